/**
 * What a suite of `npm run interop` is: it proves callerid against software that nobody here wrote.
 *
 * @module
 */

/** Runs one test and counts it; what it throws is its failure. */
export type Check = (name: string, act: () => Promise<void>) => Promise<void>;

export interface Suite {
  /** The peer and its version. */
  readonly name: string;
  /** Starts the peer, checks, and ends what it started. Throws {@link Skipped} where the peer cannot be had here. */
  run(check: Check): Promise<void>;
}

/** The peer is not to be had on this machine, and why. Whatever else goes wrong is a failure. */
export class Skipped extends Error {}
