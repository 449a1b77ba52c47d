/**
 * Measuring things side by side.
 *
 * @module
 */
import type { Figure } from './figure.ts';

/** Measures once. What it gives is of any unit. */
export type Measure = () => Promise<number>;

/**
 * Measures all of them in every round, so that what else the machine does falls on all; who is first changes from round to round.
 *
 * @param rounds at least 1
 */
export async function inTurns<Name extends string>(
  subjects: Readonly<Record<Name, Measure>>,
  rounds: number,
): Promise<Readonly<Record<Name, readonly number[]>>> {
  const names = Object.keys(subjects) as Name[];
  const measured = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      measured[name].push(await subjects[name]());
    }
  }
  return measured;
}

/** The median over the rounds of what was measured of one side ÷ the other, in the same round. */
export function ratioFigure(
  id: string,
  measured: readonly number[],
  yardstick: readonly number[],
  parts: Figure['parts'] = {},
): Figure {
  const rounds = measured.map((value, round) => value / (yardstick[round] as number));
  return { id, value: median(rounds), rounds, parts };
}

/** The middle one; of an even number of them, the higher of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}
