/**
 * How long a certificate is still good.
 *
 * @module
 */
import { type Finding, fail, ok, warn } from './examination.ts';
import type { Validity } from './webhook-call.ts';

const dayMs = 86_400_000;
/** Sooner than that somebody should have renewed it, unless it never lives long. */
const soonDays = 14;

/** @param now milliseconds since the epoch */
export function certificateFinding({ from, to }: Validity, now: number): Finding {
  const days = Math.floor((to - now) / dayMs);
  const date = new Date(to).toISOString().slice(0, 10);
  const fix = 'renew it, and see why that did not happen by itself';
  if (now >= to) return fail(`has expired, on ${date}`, fix);
  if (now < from) return fail('is not valid yet', 'check the clock of this machine');
  const isLate = days < soonDays && to - now < (to - from) / 3;
  const left = days === 1 ? '1 day' : `${days} days`;
  return isLate ? warn(`expires in ${left}, on ${date}`, fix) : ok(`good for ${left}, until ${date}`);
}
