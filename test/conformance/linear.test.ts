/**
 * What the tests of linear time rest on.
 */
import { expect, test } from 'vitest';
import { expectLinear } from '../support/linear.ts';

function steps(count: number): number {
  let sum = 0;
  for (let step = 0; step < count; step++) sum += step % 7;
  return sum;
}

test('linear work is linear', async () => {
  await expectLinear(steps);
});

test('work that does not depend on the size is', async () => {
  await expectLinear(() => steps(10));
});

test.each<[name: string, work: (size: number) => unknown]>([
  ['a loop in a loop', (size) => steps(size * size)],
  ['a pattern tried at each place', (size) => /(?:\s|a)+$/.test(`${' '.repeat(size)}!`)],
])('quadratic work is not: %s', { timeout: 20_000 }, async (_, work) => {
  await expect(expectLinear(work, 1 << 10)).rejects.toThrow('how many times as long');
});
