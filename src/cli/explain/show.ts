/**
 * An explanation, for a reader at a terminal.
 *
 * @module
 */
import type { Colour, Paint } from '../terminal.ts';
import { shown } from '../text.ts';
import type { Explanation } from './run.ts';

type Step = Explanation['steps'][number];

const outcomes: Readonly<Record<Step['outcome'], readonly [string, Colour]>> = {
  passed: ['✓', 'green'],
  refused: ['✗ refused', 'red'],
  'no-verdict': ['? no verdict', 'yellow'],
};

export function explanationLines(explanation: Explanation, paint: Paint): string[] {
  const { steps, identity, user, rule, considered, nearest } = explanation;
  const who =
    identity === undefined ? [] : [`${shown(identity.arn)}, canonical ${shown(identity.canonicalArn)}`];
  const rules = considered.map((one) => shown(`  ${one.rule}: ${one.because}`));
  return [
    ...who,
    ...steps.map((step) => stepLine(step, paint)),
    ...(rules.length === 0 ? [] : ['rules considered, in the order of precedence:', ...rules]),
    ...(rule === undefined ? [] : [shown(`decided by: ${rule}`)]),
    ...(nearest === undefined ? [] : [shown(`nearest miss: ${nearest.rule}: ${nearest.differs}`)]),
    paint('bold', shown(user === undefined ? 'does not come in' : `comes in as ${nameOf(user)}`)),
  ];
}

function stepLine({ step, outcome, code, detail }: Step, paint: Paint): string {
  const [words, colour] = outcomes[outcome];
  const why = code === undefined ? detail : `${detail} (${code})`;
  return `${paint(colour, words)} ${shown(`${step}: ${why}`)}`;
}

function nameOf({ username, groups }: NonNullable<Explanation['user']>): string {
  return groups.length === 0 ? `${username}, in no group` : `${username} [${groups.join(', ')}]`;
}
