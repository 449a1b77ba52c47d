/**
 * How many calls to STS are under way at once.
 *
 * @module
 */
import { assertNumber } from '../lib/options.ts';
import type { StsGate } from './gate.ts';

/**
 * Bounds them, for the option `gates` of verifiers that share it: each holds a connection, and a token that may be long. Who comes
 * beyond it is told `overloaded`, at once.
 *
 * @param most at once, from 1
 * @param leaseMs a call that has not ended by then never will, in milliseconds: on Workers a request that is broken off takes it along
 * @throws {ConfigurationError} where a number is none
 */
export function limitCallsUnderWay(most: number, leaseMs: number): StsGate {
  assertNumber('most', most, 1, Number.MAX_SAFE_INTEGER);
  assertNumber('leaseMs', leaseMs, 1, Number.MAX_SAFE_INTEGER);
  /** When each began, the oldest first. */
  const underWay = new Map<object, number>();
  return async ({ clock }, ask) => {
    const now = clock();
    for (const [call, begunAt] of underWay) {
      if (underWay.size < most || now - begunAt < leaseMs) break;
      underWay.delete(call);
    }
    if (underWay.size >= most) return { verdict: 'throttled', code: 'overloaded' };
    const call = {};
    underWay.set(call, now);
    try {
      return await ask();
    } finally {
      underWay.delete(call);
    }
  };
}
