/**
 * Timers that stand until a test moves them, beside those of the runtime, which let everything else go on.
 */
import { afterEach, beforeEach, vi } from 'vitest';

/** The timers of the runtime: those of the tests stand still. */
const { setTimeout: realTimeout } = globalThis;

/** Lets everything go on that waits for no timer. */
export function turn(): Promise<void> {
  return new Promise((resolve) => realTimeout(resolve, 0));
}

/** Waits for what needs no timer; where it never comes the test ends by its own limit. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

/** Moves the timers, and not the clock. */
export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

/** Moves the timers until this has settled. */
export async function passUntil<T>(work: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = () => {
    isSettled = true;
  };
  work.then(settled, settled);
  for (await turn(); !isSettled; await turn()) await pass(500);
  return work;
}

/** The clock and the timers of every test of a file stand still, and what it replaced comes back. */
export function standStill(): void {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
}
