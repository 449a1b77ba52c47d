/**
 * Linear time, told by comparison: a busy machine is slow for both sizes, so no limit in seconds is needed.
 */
import { expect } from 'vitest';

/** Four times the size takes linear work 4 times as long, and quadratic work 16 times. */
const limit = 8;

/** Long enough for a clock that ticks once a millisecond, as that of workerd does. */
const leastMs = 8;

/** Noise makes work slower, never faster: so a few rounds at least, and some more before it is called quadratic. */
const rounds = { least: 3, most: 6 };

/** Does the work for a size and for four times as much, and compares the best times of each. */
export async function expectLinear(work: (size: number) => unknown, size = 1 << 13): Promise<void> {
  await msOf(work, size); // compiles it
  let one = Number.POSITIVE_INFINITY;
  let four = Number.POSITIVE_INFINITY;
  for (let round = 1; round <= rounds.most; round++) {
    one = Math.min(one, await msOf(work, size));
    four = Math.min(four, await msOf(work, 4 * size));
    if (round >= rounds.least && four < limit * one) return;
  }
  expect.fail(`4 times the size takes ${(four / one).toFixed(1)} times as long`);
}

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
