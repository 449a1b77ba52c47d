/**
 * Clocks, compared by the `Date` header of an answer.
 *
 * @module
 */
import { type Finding, fail, ok, skip, warn } from './examination.ts';

/** From then on it is worth a look. In milliseconds. */
const noticeableMs = 60_000;
/** From then on tokens with the right time are refused, as more than 5 minutes ahead or before their end. */
const harmfulMs = 5 * 60_000;

/**
 * How far another clock is ahead of this machine's, in milliseconds; undefined where its time is not told.
 *
 * @param began when the request was sent, and `ended` when the answer began; in milliseconds since the epoch
 */
export function clockOffset(
  date: string | null | undefined,
  began: number,
  ended: number,
): number | undefined {
  const time = Date.parse(date ?? '');
  // the header has whole seconds, cut off
  return Number.isNaN(time) ? undefined : Math.round(time + 500 - (began + ended) / 2);
}

/** The one in the middle: one server with a wrong clock, or one cached answer, is outvoted. */
export function median(numbers: readonly number[]): number | undefined {
  return numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];
}

/**
 * Judges a clock.
 *
 * @param aheadMs how far it is ahead of the one that it is compared with, in milliseconds
 * @param whose and `than`: what the two are called
 */
export function clockFinding(aheadMs: number | undefined, whose: string, than: string): Finding {
  if (aheadMs === undefined) return skip(`because no answer told the time`);
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  const far = `${whose} is ${seconds} s ${aheadMs < 0 ? 'behind' : 'ahead of'} ${than}`;
  const fix = `set the clock of ${whose}, and let NTP keep it`;
  if (Math.abs(aheadMs) > harmfulMs) return fail(`${far}: good tokens are refused`, fix);
  if (Math.abs(aheadMs) > noticeableMs) return warn(far, fix);
  return ok(`${whose} and ${than} are within a minute`);
}
