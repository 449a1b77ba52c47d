/**
 * Linear time, told by comparison: a busy machine is slow for both sizes, so no limit in seconds is needed.
 */
import { expect } from 'vitest';

/** Sixteen times the size takes linear work 16 times as long, and quadratic work 256 times. What memory costs is between. */
const factor = 16;
const limit = 64;

/** Long enough for a clock that ticks once a millisecond, as that of workerd does. */
const leastMs = 4;

/** Compares the time for a quarter of a size with that for four times the size; the best of four attempts counts. */
export async function expectLinear(work: (size: number) => unknown, size = 1 << 12): Promise<void> {
  await msOf(work, size); // compiles it
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 4 && best >= limit; attempt++)
    best = Math.min(best, await ratioOf(work, size / 4));
  expect(best, `how many times as long ${factor} times the size takes`).toBeLessThan(limit);
}

/** The median of some pairs. The two of a pair follow each other, so that what slows one down slows the other. */
async function ratioOf(work: (size: number) => unknown, size: number): Promise<number> {
  const ratios: number[] = [];
  for (let pair = 0; pair < 7; pair++) {
    const one = await msOf(work, size);
    ratios.push((await msOf(work, factor * size)) / one);
  }
  return ratios.sort((a, b) => a - b)[3] as number;
}

/** For one call of several. */
async function msOf(work: (size: number) => unknown, size: number): Promise<number> {
  const began = performance.now();
  for (let calls = 1; ; calls++) {
    await work(size);
    const elapsed = performance.now() - began;
    if (elapsed >= leastMs) return elapsed / calls;
  }
}

/** A text again and again, to a length of about `size`. */
export function fill(text: string, size: number): string {
  return text.repeat(Math.ceil(size / text.length));
}
