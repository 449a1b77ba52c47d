/**
 * How often STS is asked about a token to which it gives no verdict.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import { ExpiringCache } from '../lib/expiring-cache.ts';
import type { Throttled, Unavailable } from './verification.ts';

/** What came of the calls for a token so far. */
interface Spent {
  readonly since: number;
  readonly calls: number;
  readonly outcome: Throttled | Unavailable;
  /** How often its host had answered by then; infinite where another answer of it means nothing. */
  readonly answers: number;
}

/** In milliseconds: as long as an API server tries one token. */
const windowMs = 30_000;
const maxBytes = 1024 * 1024;

/**
 * Counts calls without a verdict, by token: an API server comes again every few seconds, and each time STS would be asked
 * twice. A token that has had its calls waits for the end of 30 seconds, or, once and unless STS throttles, until its host
 * has answered somebody. For the option `callBudget` of a verifier.
 *
 * @example
 * ```ts
 * const verifier = createVerifier({ audience, callBudget: createCallBudget(2) });
 * ```
 */
export class CallBudget {
  readonly #maxCalls: number;
  readonly #spent = new ExpiringCache<Spent>(maxBytes);
  /** Listed hosts alone, of which there are few. */
  readonly #answers = new Map<string, number>();

  /**
   * Begins with nothing spent.
   *
   * @param maxCalls for each token, in 30 seconds
   * @throws {ConfigurationError} where that is no number from 1
   */
  constructor(maxCalls: number) {
    if (!(maxCalls >= 1)) {
      throw new ConfigurationError('maxCalls', 'not a number of calls', 'Use a number from 1, such as 2.');
    }
    this.#maxCalls = maxCalls;
  }

  /**
   * The calls that a token still has, and what came of the others.
   *
   * @internal
   */
  left(
    key: string,
    host: string,
    now: number,
  ): { readonly calls: number; readonly outcome?: Throttled | Unavailable } {
    const spent = this.#spentOf(key, now);
    if (spent === undefined || spent.answers < this.#answersOf(host)) return { calls: this.#maxCalls };
    return { calls: this.#maxCalls - spent.calls, outcome: spent.outcome };
  }

  /**
   * Notes calls that brought no verdict.
   *
   * @internal
   */
  spend(key: string, host: string, calls: number, outcome: Throttled | Unavailable, now: number): void {
    const before = this.#spentOf(key, now);
    const since = before?.since ?? now;
    const isRenewed = before !== undefined && before.answers < this.#answersOf(host);
    const isLast =
      isRenewed || before?.answers === Number.POSITIVE_INFINITY || outcome.verdict === 'throttled';
    const spent = {
      since,
      calls: isRenewed ? calls : calls + (before?.calls ?? 0),
      outcome,
      answers: isLast ? Number.POSITIVE_INFINITY : this.#answersOf(host),
    };
    this.#spent.set(key, spent, since + windowMs);
  }

  /**
   * Notes that a listed host has given somebody a verdict.
   *
   * @internal
   */
  answered(host: string): void {
    this.#answers.set(host, this.#answersOf(host) + 1);
  }

  /** What is a window ahead is of before the clock was set back; less may be of a call that began later and ended sooner. */
  #spentOf(key: string, now: number): Spent | undefined {
    const spent = this.#spent.get(key, now);
    return spent !== undefined && spent.since - now < windowMs ? spent : undefined;
  }

  #answersOf(host: string): number {
    return this.#answers.get(host) ?? 0;
  }
}

/**
 * Bounds how often STS is asked about one token while it gives no verdict, for the option `callBudget` of a verifier.
 *
 * @param calls for each token in 30 seconds, from 1
 * @throws {ConfigurationError} where that is no number from 1
 */
export function createCallBudget(calls: number): CallBudget {
  return new CallBudget(calls);
}
