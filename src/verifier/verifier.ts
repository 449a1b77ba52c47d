/**
 * Verifying a token: grammar, one call to STS, and a cache of what STS vouched for.
 *
 * @module
 */
import { clientOutages, type StsRefusalCode, stsOutages, stsRefusals } from '../errors/sts.ts';
import { tokenRefusals } from '../errors/token.ts';
import { type Identity, readIdentity } from '../identity/identity.ts';
import { ExpiringCache } from '../lib/expiring-cache.ts';
import { Flights } from '../lib/flights.ts';
import type { StsAnswer } from '../sts/answer.ts';
import { callSts } from '../sts/call.ts';
import { createEndpointResolver } from '../sts/endpoints.ts';
import { hasTokenPrefix } from '../token/encoding.ts';
import { accountInKey } from '../token/key-account.ts';
import { parseToken } from '../token/parse.ts';
import type { PresignedRequest } from '../token/presigned.ts';
import { HeldIdentities } from './held-identities.ts';
import { assertSuffix, checkVerifierOptions, type VerifierOptions, type VerifyOptions } from './options.ts';
import { Restraint } from './restraint.ts';
import { SharedIdentities } from './shared-identities.ts';
import type {
  Foreign,
  RefusedToken,
  StsFacts,
  Throttled,
  Unavailable,
  Verification,
  Verified,
} from './verification.ts';

export interface Verifier {
  /** What clients sign, without any suffix. */
  readonly audience: string;
  /**
   * Says who signed a token. Rejects only where a given function throws, and where `suffix` is none; no path leads from a
   * failure to `verified`.
   */
  verify(token: unknown, options?: VerifyOptions): Promise<Verification>;
  /**
   * Forgets identities, so that STS is asked about them anew: after credentials were ended, for one. It is of this
   * verifier alone, and of what is under way too; with a shared cache, this verifier disbelieves what that still holds.
   *
   * @param matches which of them; default all
   * @example
   * ```ts
   * verifier.forget(({ accessKeyId }) => accessKeyId === 'AKIAIOSFODNN7EXAMPLE');
   * ```
   */
  forget(matches?: (identity: Identity) => boolean): void;
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
  checkVerifierOptions(options);
  return new StsVerifier(options);
}

/** A token that was read, and what is asked about it. */
interface Question extends VerifyOptions {
  readonly request: PresignedRequest;
  readonly key: string;
  readonly suffix: string;
  readonly verifiedAfter: number;
}

class StsVerifier implements Verifier {
  readonly audience: string;
  readonly #options: VerifierOptions;
  readonly #endpoints;
  readonly #clock: () => number;
  readonly #deadlineMs: number;
  readonly #maxTokenLength: number;
  readonly #keyAccounts: ReadonlySet<string> | undefined;
  readonly #identities: HeldIdentities;
  readonly #shared: SharedIdentities | undefined;
  readonly #refusals = new ExpiringCache<Verification>(refusalBytes);
  readonly #flights: Flights<Verification>;
  readonly #restraint: Restraint<Throttled | Unavailable>;

  constructor(options: VerifierOptions) {
    this.audience = options.audience;
    this.#options = options;
    this.#endpoints = createEndpointResolver(options);
    this.#clock = options.clock ?? Date.now;
    this.#deadlineMs = options.stsDeadlineMs ?? 5000;
    this.#maxTokenLength = options.maxTokenLength ?? 8192;
    this.#keyAccounts = options.keyAccounts && new Set(options.keyAccounts);
    this.#identities = new HeldIdentities(options.cacheBytes ?? 16 * 1024 * 1024);
    this.#shared = options.sharedCache && new SharedIdentities(options.sharedCache);
    this.#flights = new Flights(this.#deadlineMs);
    this.#restraint = new Restraint(options.stsCallsPerToken ?? Number.POSITIVE_INFINITY);
  }

  async verify(token: unknown, options: VerifyOptions = {}): Promise<Verification> {
    const { context, verifiedAfter = 0, suffix = '' } = options;
    assertSuffix(this.audience, suffix);
    if (!hasTokenPrefix(token)) return { verdict: 'foreign' };
    if (token.length > this.#maxTokenLength) return refused('token_too_long', tokenRefusals.token_too_long); // before it becomes a key
    const now = this.#clock();
    const key = `${this.audience}${suffix}\nsigned-url\n${token}`;
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
    if (!this.#mayBe(accountInKey(request.accessKeyId)))
      return refused('account_not_expected', tokenRefusals.account_not_expected);
    const question: Question = { ...options, request, key, suffix, verifiedAfter };
    // A flight of this name was begun after `verifiedAfter`: where that time is yet to come, nobody joins.
    const joinable = now >= verifiedAfter ? context : undefined;
    const flight = `${this.#identities.generation}\n${verifiedAfter}\n${key}`;
    const outcome = await this.#flights.join(flight, () => this.#find(question), joinable);
    const isForgotten = outcome.verdict === 'verified' && this.#identities.isForgotten(outcome);
    return isForgotten ? this.#askIfAllowed(question) : outcome;
  }

  forget(matches: (identity: Identity) => boolean = () => true): void {
    this.#identities.forget(matches, this.#clock());
  }

  #held(key: string, verifiedAfter: number, now: number): Verification | undefined {
    const held = this.#identities.get(key, now);
    return held !== undefined && held.verifiedAt >= verifiedAfter ? held : this.#refusals.get(key, now);
  }

  #mayBe(account: string | undefined): boolean {
    return account === undefined || (this.#keyAccounts?.has(account) ?? true);
  }

  async #find(question: Question): Promise<Verification> {
    // Who waited for a dead leader may find what another follower has brought since.
    const held = this.#held(question.key, question.verifiedAfter, this.#clock());
    if (held !== undefined) return held;
    const shared = this.#shared === undefined ? undefined : await this.#findShared(question, this.#shared);
    return shared ?? this.#askIfAllowed(question);
  }

  /** What another isolate was told by STS. */
  async #findShared(
    { request, key, suffix, verifiedAfter }: Question,
    shared: SharedIdentities,
  ): Promise<Verified | undefined> {
    const answer = suffix === '' ? await shared.get(key) : undefined;
    if (answer === undefined) return undefined;
    const now = this.#clock();
    const verifiedAt = Math.min(answer.verifiedAt, now); // another clock may be ahead
    const identity = this.#identify(answer.caller, request);
    if (identity === undefined || !(verifiedAt >= verifiedAfter)) return undefined;
    const sts = Object.freeze({ host: request.endpoint.host, requestId: answer.requestId });
    const expiresAt = this.#endOf(verifiedAt, request);
    const found: Verified = { verdict: 'verified', identity, verifiedAt, expiresAt, cached: true, sts };
    if (!(now < expiresAt) || this.#identities.isForgotten(found)) return undefined;
    this.#identities.keep(key, Object.freeze(found));
    return found;
  }

  async #askIfAllowed(question: Question): Promise<Verification> {
    const { mayAskSts } = question;
    if (mayAskSts === undefined || (await mayAskSts())) return this.#ask(question);
    return { verdict: 'throttled', code: 'client_throttled', reason: clientOutages.client_throttled };
  }

  async #ask(question: Question): Promise<Verification> {
    const { request, key, suffix } = question;
    const { host, listed } = request.endpoint;
    const verifiedAt = this.#clock();
    const left = this.#restraint.left(key, host, verifiedAt);
    if (left.calls <= 0 && left.outcome !== undefined) return left.outcome;
    let calls = 0;
    const { fetch = globalThis.fetch } = this.#options;
    const counted: typeof globalThis.fetch = (...parameters) => {
      calls++;
      return fetch(...parameters);
    };
    const answer = await callSts(request, {
      audience: this.audience + suffix,
      fetch: counted,
      deadlineMs: this.#deadlineMs,
      retry: left.calls > 1,
    });
    const outcome = this.#outcomeOf(answer, question, verifiedAt);
    if (outcome.verdict === 'throttled' || outcome.verdict === 'unavailable') {
      this.#restraint.spend(key, host, calls, outcome, verifiedAt);
    } else if (listed) this.#restraint.answered(host);
    return outcome;
  }

  #outcomeOf(answer: StsAnswer, question: Question, verifiedAt: number): Exclude<Verification, Foreign> {
    const { request, key } = question;
    const sts: StsFacts = Object.freeze({ host: request.endpoint.host, requestId: answer.requestId });
    if (answer.kind === 'throttled') {
      const code = 'sts_throttled';
      return Object.freeze({ verdict: 'throttled', code, reason: stsOutages[code], sts });
    }
    if (answer.kind === 'refused') {
      const { code, reason } = answer.refusal;
      this.#identities.delete(key); // what STS said before is over
      this.#share(question, (shared) => shared.delete(key));
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
    const expiresAt = this.#endOf(verifiedAt, request);
    const verified: Verified = { verdict: 'verified', identity, verifiedAt, expiresAt, cached: false, sts };
    this.#identities.keep(key, Object.freeze({ ...verified, cached: true }));
    if (answer.kind === 'identity') {
      const { caller, requestId } = answer;
      this.#share(question, (shared) => shared.set(key, { caller, requestId, verifiedAt }, expiresAt));
    }
    return Object.freeze(verified);
  }

  #endOf(verifiedAt: number, request: PresignedRequest): number {
    const { identitySeconds = 300 } = this.#options;
    return Math.min(verifiedAt + identitySeconds * 1000, request.expiresAt);
  }

  /** Nobody waits for it. */
  #share({ suffix, context }: Question, write: (shared: SharedIdentities) => Promise<void>): void {
    if (this.#shared !== undefined && suffix === '') context?.waitUntil(write(this.#shared));
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
      return Object.freeze({ verdict: 'unavailable', code, reason: stsOutages[code], sts });
    return { ...refused('sts_host_unlisted', stsRefusals.sts_host_unlisted), sts };
  }
}

function refused(code: RefusedToken['code'], reason: string): RefusedToken {
  return { verdict: 'refused', code, reason };
}
