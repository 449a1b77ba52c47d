/**
 * What a benchmark finds out.
 *
 * @module
 */

/** One row of the table. What it is called, and its goal, is in `rows.ts`. */
export interface Figure {
  readonly id: string;
  /** Mostly a ratio of two things that were measured side by side. */
  readonly value: number;
  /** The value of each round, of which `value` is the median. Absent where there was one. */
  readonly rounds?: readonly number[];
  /** What the value was made of, with the unit in the name: `callerid req/s`. Of this machine, so good for nothing but a look. */
  readonly parts?: Readonly<Record<string, number>>;
}

/** How much is measured. */
export interface Extent {
  /** How often both sides are measured, in turns. */
  readonly rounds: number;
  /** How long a load lasts, in seconds. */
  readonly seconds: number;
}

/** Some figures that need the same preparation. */
export interface Suite {
  readonly name: string;
  /**
   * Measures. Ends whatever it started.
   *
   * @throws {Skipped} where this machine has not what it takes
   */
  measure(extent: Extent): Promise<readonly Figure[]>;
}
