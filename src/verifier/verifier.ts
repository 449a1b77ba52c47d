/**
 * Verifying a token: grammar, one call to STS, and a cache of what STS vouched for.
 *
 * @module
 */
import { ConfigurationError, type StsRefusalCode, textOf } from '../errors.ts';
import { type Identity, readIdentity } from '../identity/identity.ts';
import { ExpiringCache } from '../lib/expiring-cache.ts';
import { Flights, type TaskContext } from '../lib/flights.ts';
import type { StsAnswer } from '../sts/answer.ts';
import { callSts } from '../sts/call.ts';
import { createEndpointResolver, type EndpointOptions } from '../sts/endpoints.ts';
import { assertAudience, couldBeEksClusterName } from '../token/audience.ts';
import { hasTokenPrefix } from '../token/encoding.ts';
import { parseToken } from '../token/parse.ts';
import type { PresignedRequest } from '../token/presigned.ts';
import { Restraint } from './restraint.ts';
import type {
  Foreign,
  RefusedToken,
  StsFacts,
  Throttled,
  Unavailable,
  Verification,
  Verified,
} from './verification.ts';

export interface VerifierOptions extends EndpointOptions {
  /**
   * What clients must have signed in `x-k8s-aws-id`: the URL of this service, or the ID of this cluster. Comes from the
   * configuration, never from a request.
   */
  readonly audience: string;
  /**
   * Accept an audience that could be the name of an EKS cluster. Whoever receives a token for `prod` can replay it for
   * 15 minutes at every EKS cluster named `prod` where the caller has rights. Default false.
   */
  readonly acknowledgeSharedName?: boolean;
  /** How long an identity is held, in seconds, never past the end of its token. Default 300. */
  readonly identitySeconds?: number;
  /** What held identities may weigh in memory, in bytes. Default 16 MiB. */
  readonly cacheBytes?: number;
  /** For the call to STS, its retry included, in milliseconds. Default 5000. */
  readonly stsDeadlineMs?: number;
  /**
   * Most calls to STS about one token that bring no verdict, in 30 seconds. Then the last outcome is given again, until
   * those 30 seconds are over. Where STS did not throttle, and has answered somebody else at that host since, there are as
   * many once more. Default no limit.
   */
  readonly stsCallsPerToken?: number;
  /** Longest token, in characters. Default 8192. */
  readonly maxTokenLength?: number;
  /** Default the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** The present, in milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: () => number;
}

export interface VerifyOptions {
  /** Lets concurrent calls for one token share one call to STS. On Workers: the `ExecutionContext`. */
  readonly context?: TaskContext | undefined;
  /** Do not use what STS said before this time, in milliseconds since the epoch. */
  readonly verifiedAfter?: number;
}

export interface Verifier {
  /**
   * Says who signed a token. Rejects only where a given `clock` or `context` throws; no path leads from a failure to
   * `verified`.
   */
  verify(token: unknown, options?: VerifyOptions): Promise<Verification>;
}

/** How long a definite refusal is remembered, and in how much memory: apart, so that garbage never evicts the good. */
const refusalMs = 10_000;
const refusalBytes = 1024 * 1024;

/** Refusals that stay true for this very token. A key may become known and a clock may catch up, so those are not here. */
const definite: ReadonlySet<StsRefusalCode> = new Set([
  'sts_signature_mismatch',
  'sts_token_expired',
  'sts_session_expired',
]);

/** What each number may be. Of more than 2^31-1 milliseconds `setTimeout` makes one. */
const ranges = [
  ['identitySeconds', 0, Number.MAX_SAFE_INTEGER],
  ['cacheBytes', 0, Number.MAX_SAFE_INTEGER],
  ['stsDeadlineMs', 1, 2 ** 31 - 1],
  ['stsCallsPerToken', 1, Number.MAX_SAFE_INTEGER],
  ['maxTokenLength', 1, Number.MAX_SAFE_INTEGER],
] as const;

/**
 * Makes a verifier for one audience.
 *
 * @throws {ConfigurationError} where an option cannot work.
 * @example
 * ```ts
 * const verifier = createVerifier({ audience: 'https://orders.example.com' });
 * const result = await verifier.verify(token);
 * if (result.verdict === 'verified') console.log(result.identity.canonicalArn);
 * ```
 */
export function createVerifier(options: VerifierOptions): Verifier {
  assertAudience('audience', options.audience);
  if (couldBeEksClusterName(options.audience) && !options.acknowledgeSharedName) {
    throw new ConfigurationError(
      'audience',
      `"${options.audience}" could be the name of an EKS cluster, where tokens for it could be replayed`,
      'Use the URL of the service, or a name with a dot or a slash in it; or set acknowledgeSharedName.',
    );
  }
  for (const [name, least, most] of ranges) assertNumber(name, options[name], least, most);
  return new StsVerifier(options);
}

/** Written so that NaN throws: as a limit it would be none. */
function assertNumber(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (typeof value === 'number' && value >= least && value <= most)) return;
  throw new ConfigurationError(name, 'not a number in its range', `Use a number from ${least} to ${most}.`);
}

class StsVerifier implements Verifier {
  readonly #options: VerifierOptions;
  readonly #endpoints;
  readonly #clock: () => number;
  readonly #deadlineMs: number;
  readonly #maxTokenLength: number;
  readonly #identities: ExpiringCache<Verified>;
  readonly #refusals = new ExpiringCache<Verification>(refusalBytes);
  readonly #flights: Flights<Verification>;
  readonly #restraint: Restraint<Throttled | Unavailable>;

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#endpoints = createEndpointResolver(options);
    this.#clock = options.clock ?? Date.now;
    this.#deadlineMs = options.stsDeadlineMs ?? 5000;
    this.#maxTokenLength = options.maxTokenLength ?? 8192;
    this.#identities = new ExpiringCache(options.cacheBytes ?? 16 * 1024 * 1024);
    this.#flights = new Flights(this.#deadlineMs);
    this.#restraint = new Restraint(options.stsCallsPerToken ?? Number.POSITIVE_INFINITY);
  }

  async verify(token: unknown, { context, verifiedAfter = 0 }: VerifyOptions = {}): Promise<Verification> {
    if (!hasTokenPrefix(token)) return { verdict: 'foreign' };
    if (token.length > this.#maxTokenLength) return refused('token_too_long'); // before it becomes a key
    const now = this.#clock();
    const key = `${this.#options.audience}\nsigned-url\n${token}`;
    const held = this.#held(key, verifiedAfter, now);
    if (held !== undefined) return held;

    const request = parseToken(token, {
      endpoints: this.#endpoints,
      now,
      maxLength: this.#maxTokenLength,
    });
    if (!request.ok)
      return request.code === 'token_foreign'
        ? { verdict: 'foreign' }
        : refused(request.code, request.reason);
    // A flight of this name was begun after `verifiedAfter`: where that time is yet to come, nobody joins.
    const joinable = now >= verifiedAfter ? context : undefined;
    const work = async (): Promise<Verification> => {
      // Who waited for a dead leader may find what another follower has brought since.
      return this.#held(key, verifiedAfter, this.#clock()) ?? this.#ask(request, key);
    };
    return this.#flights.join(`${verifiedAfter}\n${key}`, work, joinable);
  }

  #held(key: string, verifiedAfter: number, now: number): Verification | undefined {
    const held = this.#identities.get(key, now);
    return held !== undefined && held.verifiedAt >= verifiedAfter ? held : this.#refusals.get(key, now);
  }

  async #ask(request: PresignedRequest, key: string): Promise<Verification> {
    const { host, listed } = request.endpoint;
    const verifiedAt = this.#clock();
    const left = this.#restraint.left(key, host, verifiedAt);
    if (left.calls <= 0 && left.outcome !== undefined) return left.outcome;
    let calls = 0;
    const { audience, fetch = globalThis.fetch } = this.#options;
    const counted: typeof globalThis.fetch = (...parameters) => {
      calls++;
      return fetch(...parameters);
    };
    const answer = await callSts(request, {
      audience,
      fetch: counted,
      deadlineMs: this.#deadlineMs,
      retry: left.calls > 1,
    });
    const outcome = this.#outcomeOf(answer, request, key, verifiedAt);
    if (outcome.verdict === 'throttled' || outcome.verdict === 'unavailable') {
      this.#restraint.spend(key, host, calls, outcome, verifiedAt);
    } else if (listed) this.#restraint.answered(host);
    return outcome;
  }

  #outcomeOf(
    answer: StsAnswer,
    request: PresignedRequest,
    key: string,
    verifiedAt: number,
  ): Exclude<Verification, Foreign> {
    const sts: StsFacts = Object.freeze({ host: request.endpoint.host, requestId: answer.requestId });
    if (answer.kind === 'throttled') {
      const code = 'sts_throttled';
      return Object.freeze({ verdict: 'throttled', code, reason: textOf(code), sts });
    }
    if (answer.kind === 'refused') {
      const { code, reason } = answer.refusal;
      this.#identities.delete(key); // what STS said before is over
      const refusal = Object.freeze({ ...refused(code, reason), sts });
      if (definite.has(code)) this.#refusals.set(key, refusal, verifiedAt + refusalMs);
      return refusal;
    }
    const identity = answer.kind === 'identity' ? this.#identify(answer.caller, request) : undefined;
    if (identity === undefined) {
      return this.#noVerdict(
        request,
        answer.kind === 'no-verdict' ? answer.code : 'sts_answer_unexpected',
        sts,
      );
    }
    const { identitySeconds = 300 } = this.#options;
    const expiresAt = Math.min(verifiedAt + identitySeconds * 1000, request.expiresAt);
    const verified: Verified = { verdict: 'verified', identity, verifiedAt, expiresAt, cached: false, sts };
    this.#identities.set(key, Object.freeze({ ...verified, cached: true }), expiresAt);
    return Object.freeze(verified);
  }

  /** Frozen, as all who are given it share it. */
  #identify(caller: Parameters<typeof readIdentity>[0], request: PresignedRequest): Identity | undefined {
    const { partition = 'aws' } = this.#options;
    const identity = readIdentity(caller, { partition, accessKeyId: request.accessKeyId });
    return identity && Object.freeze(identity);
  }

  /** An outage of a host that a table vouches for; else the invention of whoever signed for that host. */
  #noVerdict(
    request: PresignedRequest,
    code: Unavailable['code'],
    sts: StsFacts,
  ): Unavailable | RefusedToken {
    if (request.endpoint.listed)
      return Object.freeze({ verdict: 'unavailable', code, reason: textOf(code), sts });
    return { ...refused('sts_host_unlisted'), sts };
  }
}

function refused(code: RefusedToken['code'], reason: string = textOf(code)): RefusedToken {
  return { verdict: 'refused', code, reason };
}
