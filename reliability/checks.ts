/**
 * Checks that are counted, and figures that are kept beside them.
 *
 * @module
 */

/** What a part has brought to light: rows of a table. */
export interface Figure {
  readonly what: string;
  readonly value: string;
}

/** Runs one check and counts it; what it throws is its failure. */
export type Check = (name: string, act: () => Promise<void>) => Promise<void>;

export class Checks {
  passed = 0;
  readonly failures: string[] = [];
  readonly figures: Figure[] = [];
  readonly skipped: string[] = [];

  /** Those that pass say nothing: there are hundreds. */
  readonly check: Check = async (name, act) => {
    try {
      await act();
      this.passed++;
    } catch (error) {
      this.failures.push(name);
      console.log(`FAILED: ${name}: ${error instanceof Error ? error.message : error}`);
    }
  };

  /** Keeps a figure, and prints it. */
  readonly figure = (what: string, value: string): void => {
    this.figures.push({ what, value });
    console.log(`${what}: ${value}`);
  };

  /** Says that something was not tried, and why. */
  readonly skip = (what: string, why: string): void => {
    this.skipped.push(`${what}: ${why}`);
    console.log(`SKIPPED: ${what}: ${why}`);
  };
}
