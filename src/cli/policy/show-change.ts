/**
 * What a change of a policy does, for a reader at a terminal.
 *
 * @module
 */
import type { Change } from '../../mapping/diff.ts';
import type { Changed } from '../admin/upload.ts';
import type { Colour, Paint } from '../terminal.ts';
import { shown } from '../text.ts';

const marks: Readonly<Record<Change['kind'], readonly [string, Colour]>> = {
  gains: ['+', 'green'],
  loses: ['-', 'red'],
  changes: ['~', 'yellow'],
};

type ShownChange = NonNullable<Changed['changes']>[number];
type ShownEffect = Changed['effects'][number];

/** A line for each of those whom the policies name differently. */
export function changeLines(changes: readonly ShownChange[], paint: Paint): string[] {
  return changes.map((change) => {
    const [mark, colour] = marks[change.kind];
    return paint(colour, shown(`${mark} ${change.who}: ${given(change)}`));
  });
}

function given({ before, after }: ShownChange): string {
  if (after === undefined) return `no longer ${before}`;
  return before === undefined ? after : `${before} → ${after}`;
}

/** The changes, and what becomes of those who came lately. */
export function reportLines(changed: Changed, paint: Paint): string[] {
  return [...countedLines(changed, paint), '', ...effectLines(changed.effects, changed.tried, paint)];
}

function countedLines({ changes, changeCount }: Changed, paint: Paint): string[] {
  if (changes === undefined) return ['what changes is unknown: the versions cannot be compared'];
  if (changes.length === 0) return ['nobody gains or loses by the rules'];
  const more = (changeCount ?? 0) - changes.length;
  return [...changeLines(changes, paint), ...(more > 0 ? [`and ${more} more`] : [])];
}

function effectLines(effects: readonly ShownEffect[], tried: number, paint: Paint): string[] {
  const lockedOut = effects.filter((one) => one.lockedOut).length;
  const summary =
    tried === 0
      ? 'who came lately is unknown, there is no record: so is who would be locked out'
      : `of ${tried} who came lately, ${effects.length === 0 ? 'nobody is affected' : `affected: ${effects.length}`}`;
  const lines = effects.map((effect) => {
    const { arn, lastSeen, before, after } = effect;
    const who = lastSeen === undefined ? 'you' : `last seen ${lastSeen}`;
    const text = shown(`${arn} (${who}): ${before} → ${after}`);
    return effect.lockedOut ? paint('red', `! ${text}, locked out`) : paint('yellow', `~ ${text}`);
  });
  return [summary, ...lines, ...(lockedOut > 0 ? [paint('bold', `locked out: ${lockedOut}`)] : [])];
}
