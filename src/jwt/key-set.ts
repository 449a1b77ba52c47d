/**
 * The keys of an issuer, held and refreshed.
 *
 * jose's remote key set cannot hold these rules, so the holder is ours and jose imports the keys: that set reads `Date.now`
 * itself, asks again at once after a failure, drops what it holds when that is old, and shares promises between the requests
 * of a Worker. For the last reason keys are imported as they are fetched, and no promise of one is kept.
 *
 * @module
 */
import type { JwtOutageCode } from '../errors/jwt.ts';
import { type Refused, refuse } from '../errors/refusal.ts';
import { Flights, type TaskContext } from '../lib/flights.ts';
import { deadlineMs, fetchKeys, type KeySetSource } from './fetch-keys.ts';
import { type Algorithm, importKeys, keyName, type PublicJwk, type PublicKeys } from './public-keys.ts';

/** In milliseconds. */
const refreshMs = 10 * 60_000;
/** At least so long between two attempts, failed ones too: whoever invents key IDs causes no more. In milliseconds. */
const pauseMs = 60_000;
/** How long keys serve while the issuer gives none, in milliseconds. */
const lastGoodMs = 24 * 60 * 60_000;

/** The key, or why there is none. */
export type FoundKey =
  | { readonly ok: true; readonly key: CryptoKey }
  | Refused<'jwt_key_unknown' | JwtOutageCode>;

/** Where the key of a JWT comes from. */
export interface KeySet {
  find(algorithm: Algorithm, keyId: string, context: TaskContext | undefined): Promise<FoundKey>;
}

/** Keys that the issuer publishes. */
export class PublishedKeys implements KeySet {
  readonly #source: KeySetSource;
  readonly #clock: () => number;
  /** Longer than the leader may take. */
  readonly #flights = new Flights<void>(deadlineMs + 1000);
  #keys: PublicKeys = new Map();
  #heldSince = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #isUnderWay = false;
  /** Why the last attempt brought nothing; as long as it is under way it has not. */
  #failure: JwtOutageCode | undefined = 'jwt_keys_unreachable';

  constructor(source: KeySetSource, clock: () => number) {
    this.#source = source;
    this.#clock = clock;
  }

  /** Whoever names a key that is held waits for nobody, where a context keeps a refresh alive that is due. */
  async find(algorithm: Algorithm, keyId: string, context: TaskContext | undefined): Promise<FoundKey> {
    const name = keyName(algorithm, keyId);
    const key = this.#held(name);
    const isStale = Math.abs(this.#clock() - this.#heldSince) >= refreshMs;
    if (key !== undefined && !(isStale && this.#mayTry())) return { ok: true, key };
    const refreshed = this.#join(context);
    if (key !== undefined && context !== undefined) {
      refreshed.catch(() => {});
      return { ok: true, key };
    }
    await refreshed;
    const found = this.#held(name);
    return found === undefined ? refuse(this.#failure ?? 'jwt_key_unknown') : { ok: true, key: found };
  }

  #held(name: string): CryptoKey | undefined {
    return Math.abs(this.#clock() - this.#heldSince) <= lastGoodMs ? this.#keys.get(name) : undefined;
  }

  /**
   * A clock that was set back lets nobody wait for the time that it had. An attempt that should have ended and has not went away
   * with the request that began it.
   */
  #mayTry(): boolean {
    return Math.abs(this.#clock() - this.#triedAt) >= (this.#isUnderWay ? deadlineMs + 1000 : pauseMs);
  }

  #join(context: TaskContext | undefined): Promise<void> {
    return this.#flights.join('', () => this.#refresh(), context);
  }

  async #refresh(): Promise<void> {
    if (!this.#mayTry()) return;
    const now = this.#clock();
    this.#triedAt = now;
    this.#isUnderWay = true;
    this.#failure = 'jwt_keys_unreachable';
    const fetched = await fetchKeys(this.#source);
    if (this.#triedAt !== now) return; // somebody has begun a later one
    this.#isUnderWay = false;
    if (typeof fetched === 'string') {
      this.#failure = fetched;
      return;
    }
    this.#keys = fetched;
    this.#heldSince = now;
    this.#failure = undefined;
  }
}

/** Keys that were given: no network at all. */
export class GivenKeys implements KeySet {
  readonly #selected: readonly PublicJwk[];
  #keys: PublicKeys | undefined;

  constructor(selected: readonly PublicJwk[]) {
    this.#selected = selected;
  }

  async find(algorithm: Algorithm, keyId: string): Promise<FoundKey> {
    this.#keys ??= await importKeys(this.#selected);
    if (this.#keys === undefined) return refuse('jwt_keys_unexpected');
    const key = this.#keys.get(keyName(algorithm, keyId));
    return key === undefined ? refuse('jwt_key_unknown') : { ok: true, key };
  }
}
