/**
 * What a decision waits for, by the clock.
 *
 * @module
 */

/** In milliseconds. A stage that was not waited for, or for less than one, is absent. */
export interface Waited {
  /** For STS, or for the keys of a JWT's issuer. */
  readonly verifyMs?: number;
  /** For the store, beyond what passed while STS was waited for. */
  readonly policyMs?: number;
  /** For EC2, which knows the names of nodes. */
  readonly ec2Ms?: number;
}

/** Waits for the work of a stage. */
export type Wait = <T>(stage: keyof Waited, work: Promise<T>) => Promise<T>;

/** Waits, and keeps no time. */
export const wait: Wait = (_, work) => work;

/**
 * Begins to keep time for one decision.
 *
 * @param clock the present, in milliseconds since the epoch
 */
export function stopwatch(clock: () => number): { readonly wait: Wait; readonly waited: Waited } {
  const waited: { -readonly [Stage in keyof Waited]: number } = {};
  return {
    waited,
    async wait(stage, work) {
      const from = clock();
      try {
        return await work;
      } finally {
        const ms = clock() - from;
        if (ms > 0) waited[stage] = ms + (waited[stage] ?? 0);
      }
    },
  };
}
