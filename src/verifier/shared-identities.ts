/**
 * What STS said, in a cache that several isolates share.
 *
 * @module
 */
import { digestBase64url } from '../lib/base64url.ts';
import { withDeadline } from '../lib/deadline.ts';
import { member } from '../lib/json.ts';
import type { CallerIdentity } from '../sts/answer.ts';
import type { SharedCache } from './shared-cache.ts';
import type { Verified } from './verification.ts';

/** What is shared: STS's own words, which are read again by whoever finds them. */
export interface SharedAnswer {
  readonly caller: CallerIdentity;
  readonly requestId?: string | undefined;
  /** When STS was asked, in milliseconds since the epoch. */
  readonly verifiedAt: number;
}

/** STS itself answers in less, so there is no use in waiting longer. */
const readMs = 500;

/**
 * Holds what STS said in a cache of several isolates. Whoever can write to the cache can be anybody. One that fails, or
 * takes longer than half a second, costs a call to STS, and nothing else. No token gets into it, and no key made from
 * less than a whole one.
 *
 * @example
 * ```ts
 * const verifier = createVerifier({ audience, shared: shareIdentities(kvCache(env.IDENTITIES)) });
 * const result = await verifier.verify(token, { context });
 * ```
 */
export function shareIdentities(cache: SharedCache): SharedIdentities {
  return new SharedIdentities(cache);
}

/** Identities that several isolates share: what {@link shareIdentities} makes, for the option `shared` of a verifier. */
export class SharedIdentities {
  readonly #cache: SharedCache;

  /** @internal */
  constructor(cache: SharedCache) {
    this.#cache = cache;
  }

  /**
   * What another isolate was told by STS, where it is still good; undefined also where the cache fails.
   *
   * @param question `key` names the token, and holds it: the cache sees its digest alone
   * @param read makes of STS's words what they mean here
   * @internal
   */
  async find(
    { key, verifiedSince }: { readonly key: string; readonly verifiedSince: number },
    clock: () => number,
    read: (answer: SharedAnswer) => Verified | undefined,
  ): Promise<Verified | undefined> {
    try {
      const reading = digestBase64url(key).then((digest) => this.#cache.get(digest));
      const text = await withDeadline(reading, readMs, () => new Error('the shared cache is slow'));
      const answer = text === undefined ? undefined : readAnswer(text);
      if (answer === undefined) return undefined;
      const now = clock();
      // By a clock that is ahead it would live longer, and no time that is given would be after it.
      const isOfTime = answer.verifiedAt >= verifiedSince && answer.verifiedAt <= now;
      const found = isOfTime ? read(answer) : undefined;
      return found !== undefined && now < found.expiresAt ? found : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Holds what STS said, unless the cache fails.
   *
   * @param expiresAt in milliseconds since the epoch
   * @internal
   */
  async set(key: string, answer: SharedAnswer, expiresAt: number): Promise<void> {
    try {
      await this.#cache.set(await digestBase64url(key), JSON.stringify(answer), expiresAt);
    } catch {
      // the next isolate asks STS
    }
  }

  /** @internal */
  async delete(key: string): Promise<void> {
    try {
      await this.#cache.delete(await digestBase64url(key));
    } catch {
      // it ends by itself
    }
  }
}

function readAnswer(text: string): SharedAnswer | undefined {
  const value: unknown = JSON.parse(text);
  const verifiedAt = member(value, 'verifiedAt');
  const requestId = member(value, 'requestId');
  const caller = member(value, 'caller');
  const [account, arn, userId] = ['account', 'arn', 'userId'].map((name) => member(caller, name));
  if (typeof verifiedAt !== 'number') return undefined;
  if (typeof account !== 'string' || typeof arn !== 'string' || typeof userId !== 'string') return undefined;
  return {
    caller: { account, arn, userId },
    requestId: typeof requestId === 'string' ? requestId : undefined,
    verifiedAt,
  };
}
