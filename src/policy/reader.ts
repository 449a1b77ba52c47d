/**
 * The policy of the moment: read from the store, held for a short time, and kept through an outage.
 *
 * @module
 */
import { StoreError } from '../errors/classes.ts';
import { refuse } from '../errors/refusal.ts';
import { withDeadline } from '../lib/deadline.ts';
import { Flights, type TaskContext } from '../lib/flights.ts';
import type { Store } from '../store/store.ts';
import { type ActivePolicy, activate, type NoPolicy } from './active.ts';
import { PartCache } from './part-cache.ts';
import { decodePointer, fallbacks, maxSkewMs } from './pointer.ts';
import { policyKey } from './record.ts';
import { believed, type PolicyTrust } from './trust.ts';

export interface PolicyReaderOptions {
  readonly store: Pick<Store, 'get'>;
  readonly cluster: string;
  /** Whose versions are believed. Default: those of whoever can write the store. */
  readonly trust?: PolicyTrust | undefined;
  /** How long a policy is used before the store is asked again, in milliseconds. Default 30,000. */
  readonly holdMs?: number;
  /** How long the last good version decides while the store gives none, in milliseconds. Default 900,000. */
  readonly lastGoodMs?: number;
  /** What parts of a large policy may weigh in memory, in bytes. Default 16 MiB. */
  readonly cacheBytes?: number;
  /** For one read, in milliseconds. Default 3000. */
  readonly deadlineMs?: number;
  readonly clock?: () => number;
}

/** What a health check may know. */
export interface PolicyHealth {
  readonly version: number | undefined;
  /** Since the last good read, in milliseconds. */
  readonly ageMs: number | undefined;
  /** Why the last read gave nothing, or why not all of the version can decide; undefined where all is good. */
  readonly problem: string | undefined;
}

/**
 * For how long a store may give what was there before, in milliseconds: Workers KV spreads a write in a minute or more.
 * An older version that stays is one that somebody put there: where versions are signed, that is nobody to believe.
 */
const storeLagMs = 120_000;

/** It is repeated in every log line as long as it lasts. */
const maxProblemLength = 300;

/** How long after a failed read the store is asked again, in milliseconds. */
const retryMs = 5000;

/** A policy, and what it was read from. */
interface Held {
  readonly text: string;
  readonly policy: ActivePolicy;
  /** Undefined where nothing has to be signed. */
  readonly signedText: string | undefined;
  /** Since when the version is known. What is not signed may change about it, and does not make it new. */
  readonly seenAt: number;
  /** When it was signed, in milliseconds since the epoch; by the signer's clock, and never after `seenAt`. */
  readonly signedAt: number;
}

export class PolicyReader {
  readonly #options: PolicyReaderOptions;
  readonly #clock: () => number;
  readonly #flights: Flights<ActivePolicy | NoPolicy>;
  readonly #parts: PartCache;
  readonly #deadlineMs: number;
  #held: Held | undefined;
  #goodAt = Number.NEGATIVE_INFINITY;
  /** Since when the store has given a version older than the one held. */
  #olderSince: number | undefined;
  /** When the store was last asked, and when it is asked again. */
  #readAt = Number.NEGATIVE_INFINITY;
  #nextReadAt = Number.NEGATIVE_INFINITY;
  #failure: { readonly answer: NoPolicy; readonly problem: string } | undefined;

  constructor(options: PolicyReaderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#deadlineMs = options.deadlineMs ?? 3000;
    this.#flights = new Flights(this.#deadlineMs);
    const { store, cluster, cacheBytes = 16 * 1024 * 1024 } = options;
    this.#parts = new PartCache({
      store,
      cluster,
      maxBytes: cacheBytes,
      deadlineMs: this.#deadlineMs,
      retryMs,
      clock: this.#clock,
    });
  }

  /** What the held parts of a large policy are taken to weigh, in bytes. */
  get heldBytes(): number {
    return this.#parts.bytes;
  }

  /** Never throws. */
  async current(context?: TaskContext): Promise<ActivePolicy | NoPolicy> {
    const now = this.#clock();
    if (now < this.#readAt) this.#goBack(now);
    if (now < this.#nextReadAt) return this.#usable();
    return this.#flights.join('', () => this.#find(), context);
  }

  health(): PolicyHealth {
    const { version } = this.#held?.policy ?? {};
    const ageMs = version === undefined ? undefined : this.#clock() - this.#goodAt;
    const problem = this.#failure?.problem ?? this.#held?.policy.problem()?.slice(0, maxProblemLength);
    return { version, ageMs, problem };
  }

  /** The clock was set back: what is held is as old as it can be taken to be, or it would be held for that much longer. */
  #goBack(now: number): void {
    this.#goodAt = Math.min(this.#goodAt, now);
    this.#readAt = now;
    this.#nextReadAt = now;
  }

  /** Who waited for a dead leader may find what another follower has brought since. */
  async #find(): Promise<ActivePolicy | NoPolicy> {
    return this.#clock() < this.#nextReadAt ? this.#usable() : this.#read();
  }

  async #read(): Promise<ActivePolicy | NoPolicy> {
    const { store, cluster, holdMs = 30_000 } = this.#options;
    const startedAt = this.#clock();
    try {
      const slow = () => new StoreError('store_unavailable', 'the store did not answer in time');
      const text = await withDeadline(store.get(policyKey(cluster)), this.#deadlineMs, slow);
      if (text === undefined) return this.#fail('policy_missing', 'the store holds no policy');
      const held = this.#held?.text === text ? this.#held : await this.#take(text);
      if (this.#isOther(held)) {
        return this.#fail('policy_unavailable', 'the store gives another policy of the version held');
      }
      if (this.#isEarlier(held)) {
        return this.#fail(
          'policy_unavailable',
          'the store gives a version that was signed before the one held',
        );
      }
      if (this.#isBehind(held.policy.version, startedAt)) {
        return this.#fail('policy_unavailable', 'the store gives an older version than the one held');
      }
      this.#held = held;
      this.#goodAt = startedAt;
      this.#readAt = startedAt;
      this.#nextReadAt = startedAt + holdMs;
      this.#failure = undefined;
      return held.policy;
    } catch (error) {
      return this.#fail('policy_unavailable', error instanceof Error ? error.message : 'the store failed');
    }
  }

  async #take(text: string): Promise<Held> {
    const { cluster, trust } = this.#options;
    const pointer = decodePointer(text, fallbacks);
    const checked = trust && (await believed(pointer, cluster, trust));
    const { signedText } = checked ?? {};
    const isKnown = signedText !== undefined && signedText === this.#held?.signedText;
    const seenAt = isKnown ? (this.#held as Held).seenAt : this.#clock();
    const policy = activate(checked ?? pointer, {
      parts: this.#parts,
      fallbackMs: Math.max(storeLagMs, this.#lastGoodMs()),
      deadlineMs: this.#deadlineMs,
      seenAt,
      clock: this.#clock,
    });
    const signedAt = Math.min(Date.parse(pointer.writtenAt), seenAt);
    return { text, policy, signedText, seenAt, signedAt };
  }

  /** Whether somebody has signed two policies for one version: the one that was there first stays. */
  #isOther({ policy, signedText }: Held): boolean {
    return policy.version === this.#held?.policy.version && signedText !== this.#held.signedText;
  }

  /** Numbers begin anew where the store was emptied, or an older one put back: those of before are no newer for being higher. */
  #isEarlier({ policy, signedText, signedAt }: Held): boolean {
    if (signedText === undefined || this.#held === undefined) return false;
    return policy.version > this.#held.policy.version && signedAt < this.#held.signedAt - 2 * maxSkewMs;
  }

  /** Whether a version is older than the one held, and is not to be believed, be it because the store lags. */
  #isBehind(version: number, now: number): boolean {
    const isOlder = version < (this.#held?.policy.version ?? 0);
    this.#olderSince = isOlder ? (this.#olderSince ?? now) : undefined;
    if (this.#olderSince === undefined) return false;
    return this.#options.trust !== undefined || now - this.#olderSince < storeLagMs;
  }

  #fail(code: NoPolicy['code'], problem: string): ActivePolicy | NoPolicy {
    this.#failure = { answer: refuse(code), problem: problem.slice(0, maxProblemLength) };
    this.#readAt = this.#clock();
    this.#nextReadAt = this.#readAt + Math.min(retryMs, this.#options.holdMs ?? retryMs);
    return this.#usable();
  }

  /** The held policy, unless the store has given nothing good for too long. */
  #usable(): ActivePolicy | NoPolicy {
    if (this.#held !== undefined && this.#clock() - this.#goodAt < this.#lastGoodMs())
      return this.#held.policy;
    return this.#failure?.answer ?? refuse('policy_unavailable');
  }

  #lastGoodMs(): number {
    const { holdMs = 30_000, lastGoodMs = 900_000 } = this.#options;
    return Math.max(holdMs, lastGoodMs);
  }
}
