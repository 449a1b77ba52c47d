/**
 * A report on shadow mode, for a reader at a terminal.
 *
 * @module
 */
import type { Paint } from '../terminal.ts';
import { shown } from '../text.ts';
import type { DifferenceGroup, ShadowReport } from './report.ts';

export function reportLines(report: ShadowReport, paint: Paint): string[] {
  const { differences, unlisted } = report;
  const more = unlisted === 0 ? [] : [`and ${unlisted} differences of others, which are not listed`, ''];
  return [
    ...differences.flatMap((group) => groupLines(group, paint)),
    ...more,
    ...summaryLines(report, paint),
  ];
}

function groupLines(group: DifferenceGroup, paint: Paint): string[] {
  const { cluster, who, field, count, firstAt, lastAt, theirs, ours, decisionId } = group;
  const times = count === 1 ? `once, ${lastAt}` : `${count} times, ${firstAt} to ${lastAt}`;
  const version = ours.policyVersion === undefined ? [] : `policy version ${ours.policyVersion}`;
  const because = [ours.reason ?? [], ours.rule ?? [], version].flat().join('; ');
  return [
    paint('bold', shown(cluster === undefined ? who : `${who}, cluster ${cluster}`)),
    paint('red', shown(`  ${field}: ${times}`)),
    shown(`    theirs: ${sideText(theirs)} (${theirs.reason ?? 'no reason given'})`),
    shown(`    ours:   ${sideText(ours)} (${because === '' ? 'no reason given' : because})`),
    shown(`    latest decision: ${decisionId}`),
    '',
  ];
}

function sideText({ value, user }: DifferenceGroup['theirs']): string {
  if (value === undefined) return 'none';
  if (value === false) return 'not let in';
  if (value === true)
    return user === undefined ? 'let in' : `let in as ${user.username} ${listText(user.groups)}`;
  return typeof value === 'string' ? JSON.stringify(value) : listText(value);
}

function listText(values: readonly string[]): string {
  return `[${values.join(', ')}]`;
}

function summaryLines(report: ShadowReport, paint: Paint): string[] {
  const { from, to, granted, denied, differed, refused, foreign, notCompared, unread, otherLines } = report;
  const reasons = Object.entries(notCompared);
  const without = reasons.reduce((sum, [, count]) => sum + count, 0);
  const why = reasons.map(([reason, count]) => `${reason} ${count}`).join(', ');
  return [
    ...(from === undefined ? [] : [`reviews from ${from} to ${to}`]),
    paint(differed > 0 ? 'red' : 'green', `differ: ${differed}`),
    `agree: ${granted} let in, ${denied} kept out`,
    `not compared: ${without}${why === '' ? '' : ` (${shown(why)})`}`,
    `tokens that prove nobody, refused by both: ${refused}`,
    `somebody else's tokens, refused by both: ${foreign}`,
    ...(unread === 0 ? [] : [paint('yellow', `lines of shadow mode that cannot be read: ${unread}`)]),
    `other lines: ${otherLines}`,
  ];
}
