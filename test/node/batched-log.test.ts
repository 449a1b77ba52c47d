/**
 * The log of a process of its own: all lines of a moment in one write, none lost, none late.
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DecisionRecord } from '../../src/http/log.ts';
import { BatchedLog } from '../../src/runtime/log.ts';

function record(decisionId: string, more: Partial<DecisionRecord> = {}): DecisionRecord {
  const time = '2026-11-24T12:00:00.000Z';
  return { event: 'review', time, decisionId, verdict: 'foreign', durationMs: 0, ...more };
}

const written: string[] = [];
const errors: string[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, 'log').mockImplementation((text) => void written.push(text));
  vi.spyOn(console, 'error').mockImplementation((text) => void errors.push(text));
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  written.length = 0;
  errors.length = 0;
});

const idsOf = (text: string | undefined) =>
  text?.split('\n').map((line) => JSON.parse(line).decisionId as string);

test('all lines of a moment are one write, in their order', () => {
  const { log } = new BatchedLog();
  for (const id of ['a', 'b', 'c']) log(record(id));
  expect(written).toEqual([]);
  vi.runAllTimers();
  expect(written).toHaveLength(1);
  expect(idsOf(written[0])).toEqual(['a', 'b', 'c']);
});

test('a line waits for no further one', () => {
  const { log } = new BatchedLog();
  log(record('a'));
  vi.advanceTimersByTime(1);
  log(record('b'));
  vi.advanceTimersByTime(1);
  expect(written.map(idsOf)).toEqual([['a'], ['b']]);
});

test('what waits is written when the process ends, once', () => {
  const { log, flush } = new BatchedLog();
  log(record('a'));
  flush();
  flush();
  vi.runAllTimers();
  expect(written.map(idsOf)).toEqual([['a']]);
});

test('a use of the break-glass rule is told at once, as an error', () => {
  const { log } = new BatchedLog();
  log(record('a', { verdict: 'mapped', breakGlass: true }));
  expect(errors.map(idsOf)).toEqual([['a']]);
  vi.runAllTimers();
  expect(written).toEqual([]);
});

test('attack: words of a caller make no line of their own', () => {
  const { log } = new BatchedLog();
  log(record('a', { username: 'x"}\n{"event":"review"' }));
  vi.runAllTimers();
  expect(written[0]?.split('\n')).toHaveLength(1);
});
