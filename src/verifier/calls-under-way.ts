/**
 * How many calls to STS are under way at once.
 *
 * @module
 */
import { assertNumber } from '../lib/options.ts';
import type { StsGate, StsQuestion, StsVerdict } from './gate.ts';

/**
 * For hosts that no table names, all together: names that do not exist are the caller's choice, and on Node four look-ups of names
 * at once leave no room for any other.
 */
const mostUnlisted = 2;

/** Calls under way, each with a time after which it is taken for gone: on Workers a request that is broken off takes its call along. */
class Slots {
  readonly #most: number;
  readonly #leaseMs: number;
  /** When each began, the oldest first. */
  readonly #taken = new Map<object, number>();

  constructor(most: number, leaseMs: number) {
    this.#most = most;
    this.#leaseMs = leaseMs;
  }

  hasRoom(now: number): boolean {
    for (const [call, begunAt] of this.#taken) {
      // Either way: a clock may be set back.
      if (this.#taken.size < this.#most || Math.abs(now - begunAt) < this.#leaseMs) break;
      this.#taken.delete(call);
    }
    return this.#taken.size < this.#most;
  }

  take(call: object, now: number): void {
    this.#taken.set(call, now);
  }

  leave(call: object): void {
    this.#taken.delete(call);
  }
}

/**
 * Bounds them, for the option `gates` of verifiers that share it: each holds a connection, and a token that may be long. Who comes
 * beyond it is told `overloaded`, at once. Hosts that have not given a verdict when they were last asked have half of it together, so that an
 * STS that stalls leaves room for those that answer.
 *
 * @param most at once, from 1
 * @param leaseMs a call that has not ended by then never will, in milliseconds
 * @throws {ConfigurationError} where a number is none
 */
export function limitCallsUnderWay(most: number, leaseMs: number): StsGate {
  assertNumber('most', most, 1, Number.MAX_SAFE_INTEGER);
  assertNumber('leaseMs', leaseMs, 1, Number.MAX_SAFE_INTEGER);
  const all = new Slots(most, leaseMs);
  const silent = new Slots(Math.ceil(most / 2), leaseMs);
  const unlisted = new Slots(mostUnlisted, leaseMs);
  /** Listed hosts, of which there are few. */
  const answering = new Set<string>();

  const slotsFor = ({ host, listed }: StsQuestion): readonly Slots[] => {
    if (!listed) return [all, silent, unlisted];
    return answering.has(host) ? [all] : [all, silent];
  };

  const note = ({ host, listed }: StsQuestion, { verdict, sts }: StsVerdict): void => {
    if (!listed) return;
    if (verdict === 'unavailable') answering.delete(host);
    else if (sts !== undefined) answering.add(host); // else a gate has turned it away
  };

  return async (question, ask) => {
    const now = question.clock();
    const slots = slotsFor(question);
    if (!slots.every((one) => one.hasRoom(now))) return { verdict: 'throttled', code: 'overloaded' };
    const call = {};
    for (const one of slots) one.take(call, now);
    try {
      const outcome = await ask();
      note(question, outcome);
      return outcome;
    } finally {
      for (const one of slots) one.leave(call);
    }
  };
}
