/**
 * What a guard can be told.
 *
 * @module
 */
import { ConfigurationError } from '../../errors/classes.ts';
import type { TaskContext } from '../../lib/flights.ts';
import type { CallerPolicy } from '../../policy/caller-policy.ts';
import type { OnceStore } from '../../store/once.ts';
import type { VerifierOptions } from '../../verifier/options.ts';
import type { Verifier } from '../../verifier/verifier.ts';
import type { AllowList, anyone } from './allow.ts';
import type { Limiter } from './limiter.ts';
import type { AccessRecord } from './record.ts';

/** Who may come in, and how. */
export interface AccessOptions {
  /**
   * Who may come in. Required where there is no policy. Where there is one, callers must be mapped by it, and be in one of
   * these lists too where they are given.
   */
  readonly allow?: AllowList | typeof anyone;
  /** Gives callers a username and groups, and may deny them: `storedPolicy` or `fixedPolicy` of `callerid/mapping`. */
  readonly policy?: CallerPolicy | undefined;
  /**
   * Take only tokens that were signed for the very request: its method, its URL and its body. Default false. The body is
   * read into memory, beside the one that the service reads.
   */
  readonly requestBound?: boolean;
  /** Longest body of a request with a bound token, in bytes. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /**
   * Scheme, host and port by which clients reach the service, for bound tokens: `https://orders.example.com`. Default
   * those of the request, which are others where a proxy ends TLS.
   */
  readonly origin?: string | undefined;
  /** Take only tokens with a nonce, each once: this remembers them. Default: tokens may be used again. */
  readonly oneTime?: OnceStore | undefined;
  /** How often a client may make callerid ask STS. Default without limit. Each call of the guard then says who the client is. */
  readonly limiter?: Limiter | undefined;
  /** Is told of every request, once. Where it throws nobody is let in. Default none. */
  readonly log?: ((record: AccessRecord) => void) | undefined;
}

/** With the options of a verifier, or with one that is there already. */
export type GuardOptions = AccessOptions & (VerifierOptions | { readonly verifier: Verifier });

/** What is known of one request beside itself. */
export interface GuardCall {
  /** On Workers the `ExecutionContext`. Without it concurrent calls there share nothing. */
  readonly context?: TaskContext | undefined;
  /** Who the client is, for the limiter: its address, usually. */
  readonly client?: string | undefined;
}

/** The longest pair of suffixes, in characters. */
const suffixLength = 67;

/** @throws {ConfigurationError} where options do not go together */
export function checkAccessOptions({ oneTime, requestBound, origin }: AccessOptions, audience: string): void {
  if (oneTime !== undefined) checkOnceStore(oneTime);
  if ((oneTime !== undefined || requestBound) && audience.length > 256 - suffixLength) {
    throw new ConfigurationError(
      'audience',
      'too long for bound or one-time tokens',
      `Use at most ${256 - suffixLength} characters.`,
    );
  }
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).origin !== origin)) {
    throw new ConfigurationError(
      'origin',
      'not an origin',
      'Write it as https://orders.example.com, without a slash at the end.',
    );
  }
}

/** Plain JavaScript may give anything, and the binding that lies nearest would not do. */
function checkOnceStore(store: OnceStore): void {
  if (typeof store.use === 'function') return;
  const isKv = 'getWithMetadata' in store || 'get' in store;
  throw new ConfigurationError(
    'oneTime',
    isKv
      ? 'a key-value namespace cannot tell the first use from the second: it is eventually consistent, and has no compare-and-set'
      : 'not a store of used tokens',
    'Use durableObjectOnce of callerid/cloudflare, denoKvOnce of callerid/deno, or memoryOnce in a single process.',
  );
}
