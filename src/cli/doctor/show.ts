/**
 * Findings, for a reader at a terminal and for a program.
 *
 * @module
 */
import type { Colour, Paint } from '../terminal.ts';
import { jsonText } from '../text.ts';
import type { Check, Examination, State } from './examination.ts';

const colours: Readonly<Record<State, Colour | undefined>> = {
  ok: 'green',
  warn: 'yellow',
  fail: 'red',
  skipped: undefined,
};

/** The longest state, and two spaces. */
const stateWidth = 'skipped'.length + 2;

/** Lines with the names in one column and what was seen in another; below a finding, what to do. */
export function examinationLines(examinations: readonly Examination[], paint: Paint): string[] {
  const checks = examinations.flatMap((one) => one.checks);
  const nameWidth = Math.max(...checks.map(({ name }) => name.length)) + 2;
  const lines = examinations.flatMap(({ subject, checks: own }) => [
    paint('bold', subject),
    ...own.flatMap((check) => checkLines(check, nameWidth, paint)),
    '',
  ]);
  return [...lines, summary(checks, paint)];
}

function checkLines(
  { name, state, seen, details = [], fix }: Check,
  nameWidth: number,
  paint: Paint,
): string[] {
  const colour = colours[state];
  const word = state.padEnd(stateWidth);
  const indent = ' '.repeat(2 + stateWidth + nameWidth);
  return [
    `  ${colour === undefined ? word : paint(colour, word)}${name.padEnd(nameWidth)}${seen}`,
    ...details.map((line) => `${indent}- ${line}`),
    ...(fix === undefined ? [] : [`${indent}> ${fix}`]),
  ];
}

function summary(checks: readonly Check[], paint: Paint): string {
  const count = (state: State) => checks.filter((check) => check.state === state).length;
  const counts = `${count('fail')} failed, ${count('warn')} to look at, ${count('ok')} ok, ${count('skipped')} skipped`;
  return paint('bold', counts);
}

/** One line of JSON. */
export function examinationJson(examinations: readonly Examination[]): string {
  const parts = examinations.map(({ subject, checks }) => ({ subject, checks }));
  return jsonText({ ok: !hasFailed(examinations), examinations: parts });
}

export function hasFailed(examinations: readonly Examination[]): boolean {
  return examinations.some(({ checks }) => checks.some(({ state }) => state === 'fail'));
}
