/**
 * Timing functions that take less time than a clock tells.
 *
 * @module
 */
import type { Extent } from './figure.ts';
import type { Measure } from './rounds.ts';

/** Between two looks at the clock. */
const perLook = 32;

/** Where results go, so that no engine leaves out work whose result nobody takes. */
export let taken: unknown;

/**
 * The median of many short slices says more than that of a few long ones: what else the machine does falls on some of them.
 *
 * @returns how many rounds, and for how long each function is timed in each, in milliseconds
 */
export function slicesOf({ rounds, seconds }: Extent): { readonly rounds: number; readonly ms: number } {
  return { rounds: rounds * 50, ms: seconds };
}

/**
 * Nanoseconds per operation, over so many milliseconds: those that this process had a processor, so that whoever else has it
 * meanwhile is left out. What threads do for this one, as those of Web Crypto, is in it.
 *
 * @param operation takes its samples in turn, so that no engine remembers what came of the last one
 */
export function nsOf(operation: (turn: number) => unknown, ms: number): Measure {
  let turn = 0;
  return timing(ms, async () => {
    for (let i = 0; i < perLook; i++) taken = operation(turn++);
  });
}

/** The same for operations that are awaited. */
export function nsOfAwaited(operation: (turn: number) => Promise<unknown>, ms: number): Measure {
  let turn = 0;
  return timing(ms, async () => {
    for (let i = 0; i < perLook; i++) taken = await operation(turn++);
  });
}

function timing(ms: number, batch: () => Promise<void>): Measure {
  return async () => {
    const began = processorMs();
    let operations = 0;
    let elapsed = 0;
    while (elapsed < ms) {
      await batch();
      operations += perLook;
      elapsed = processorMs() - began;
    }
    return (elapsed * 1e6) / operations;
  };
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The sample whose turn it is. */
export function inTurn<T>(samples: readonly T[], turn: number): T {
  return samples[turn % samples.length] as T;
}
