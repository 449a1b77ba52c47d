/**
 * How often a client may make callerid ask STS.
 *
 * @module
 */
import { ExpiringCache } from './expiring-cache.ts';
import { assertKnownOptions, assertNumber } from './options.ts';

/** Cloudflare's rate limiting binding is one; {@link createLimiter} makes another. */
export interface Limiter {
  /** Counts a call of a client. It may reject: what follows from that is for its user. */
  limit(options: { key: string }): Promise<{ readonly success: boolean }>;
}

/** Options of {@link createLimiter}. */
export interface LimiterOptions {
  /** So many calls, for each client. */
  readonly calls: number;
  /** In so many seconds, which begin with the first of them. */
  readonly seconds: number;
  /** The present, in milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: () => number;
}

/** What the counts may weigh, in bytes: some 7,000 clients. Of more those are forgotten that were longest away. */
const maxBytes = 8 * 1024 * 1024;

/** The key of a client is whatever the service says: of a longer one the rest is not looked at. */
const maxKeyLength = 256;

/**
 * Counts in memory: for this process or isolate alone.
 *
 * @throws {ConfigurationError} where a number is none
 * @example
 * ```ts
 * const guard = createGuard({ audience, allow, limiter: createLimiter({ calls: 30, seconds: 60 }) });
 * const caller = await guard(request, { client: address });
 * ```
 */
export function createLimiter(options: LimiterOptions): Limiter {
  const { calls, seconds, clock = Date.now } = options;
  assertKnownOptions(options, 'calls seconds clock');
  assertNumber('calls', calls, 1, Number.MAX_SAFE_INTEGER);
  assertNumber('seconds', seconds, 1, Number.MAX_SAFE_INTEGER);
  const windows = new ExpiringCache<{ calls: number; readonly begunAt: number }>(maxBytes);
  return {
    async limit({ key: client }) {
      const now = clock();
      const key = client.slice(0, maxKeyLength);
      const window = windows.get(key, now);
      // One that began later than now is of a clock that was set back.
      if (window === undefined || window.begunAt > now) {
        windows.set(key, { calls: 1, begunAt: now }, now + seconds * 1000);
        return { success: true };
      }
      window.calls++;
      return { success: window.calls <= calls };
    },
  };
}
