/**
 * Verifying a token: grammar, one call to STS, and a cache of what STS vouched for.
 *
 * @module
 */
import type { StsRefusalCode } from '../errors/sts.ts';
import type { Identity } from '../identity/identity.ts';
import { ExpiringCache } from '../lib/expiring-cache.ts';
import { Flights } from '../lib/flights.ts';
import { assertKnownOptions } from '../lib/options.ts';
import type { StsAnswer } from '../sts/answer.ts';
import { callSts } from '../sts/call.ts';
import { endpointsOf, type StsEndpoints } from '../sts/endpoint-table.ts';
import { AWS } from '../sts/partitions.ts';
import { hasTokenPrefix } from '../token/encoding.ts';
import { parseToken } from '../token/parse.ts';
import type { PresignedRequest } from '../token/presigned.ts';
import type { StsQuestion, StsVerdict } from './gate.ts';
import { HeldIdentities } from './held-identities.ts';
import type { JwtVerifier } from './jwt-verifier.ts';
import {
  assertSuffix,
  checkVerifierOptions,
  type VerifierOptions,
  type VerifyOptions,
  verifyOptionNames,
} from './options.ts';
import { type OutcomeRules, outcomeOf, refused, verifiedOf } from './outcome.ts';
import type { SharedIdentities } from './shared-identities.ts';
import type { Verification } from './verification.ts';

/** Verifies tokens for one audience. Made by {@link createVerifier}. */
export interface Verifier {
  /** What clients sign, without any suffix. */
  readonly audience: string;
  /** Whether a token is somebody else's, by its form: `verify` would say no more of it. */
  isForeign(token: unknown): boolean;
  /**
   * Says who signed a token, or for whom it was issued. Rejects only where a given function throws, and where `suffix` is none; no path leads from a
   * failure to `verified`.
   */
  verify(token: unknown, options?: VerifyOptions): Promise<Verification>;
  /**
   * Forgets identities, so that STS is asked about them anew: after credentials were ended, for one. It is of this
   * verifier alone, and of what is under way too; with a shared cache, this verifier disbelieves what that still holds. A JWT that was
   * issued before is too old then.
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
  /** Of the token, for this audience: what is shared with other verifiers has this name. */
  readonly key: string;
  /** Of the token, in what this verifier holds alone: the token itself, so that finding it copies nothing. */
  readonly heldKey: string;
  readonly suffix: string;
  readonly verifiedSince: number;
}

class StsVerifier implements Verifier {
  readonly audience: string;
  readonly #options: VerifierOptions;
  readonly #endpoints: StsEndpoints;
  readonly #rules: OutcomeRules;
  readonly #clock: () => number;
  readonly #deadlineMs: number;
  readonly #maxTokenLength: number;
  readonly #identities: HeldIdentities;
  readonly #refusals = new ExpiringCache<Verification>(refusalBytes);
  #flights: Flights<Verification>;

  constructor(options: VerifierOptions) {
    this.audience = options.audience;
    const { gates = [], identitySeconds = 300 } = options;
    this.#options = { ...options, gates: [...gates] }; // what is given may change
    this.#endpoints = options.endpoints ?? endpointsOf(AWS);
    this.#rules = { partition: this.#endpoints.partition, identitySeconds };
    this.#clock = options.clock ?? Date.now;
    this.#deadlineMs = options.stsDeadlineMs ?? 5000;
    this.#maxTokenLength = options.maxTokenLength ?? 8192;
    this.#identities = new HeldIdentities(options.cacheBytes ?? 16 * 1024 * 1024);
    this.#flights = new Flights(this.#deadlineMs);
  }

  async verify(token: unknown, options: VerifyOptions = {}): Promise<Verification> {
    assertKnownOptions(options, verifyOptionNames);
    const { context, verifiedSince = 0, suffix = '' } = options;
    assertSuffix(this.audience, suffix);
    if (!hasTokenPrefix(token)) return this.#verifyJwt(token, options);
    if (token.length > this.#maxTokenLength) return refused('token_too_long'); // before it becomes a key
    const now = this.#clock();
    const heldKey = suffix === '' ? token : `${suffix}\n${token}`; // a token begins with no #
    const held = this.#held(heldKey, verifiedSince, now);
    if (held !== undefined) return held;

    const request = parseToken(token, {
      endpoints: this.#endpoints,
      now,
      maxLength: this.#maxTokenLength,
    });
    if (!request.ok) {
      const { code, detail } = request;
      return code === 'token_foreign' ? { verdict: 'foreign' } : refused(code, detail);
    }
    const { acceptsAccessKey } = this.#options;
    if (acceptsAccessKey !== undefined && acceptsAccessKey(request.accessKeyId) !== true)
      return refused('access_key_not_expected');
    const key = `${this.audience}${suffix}\nsigned-url\n${token}`;
    // A flight of this name was begun after `verifiedSince`: where that time is yet to come, nobody joins.
    const joinable = now >= verifiedSince ? context : undefined;
    return this.#join({ ...options, request, key, heldKey, suffix, verifiedSince }, joinable);
  }

  /** Finds it out once for all who ask it meanwhile. */
  async #join(question: Question, context: VerifyOptions['context']): Promise<Verification> {
    const { heldKey, verifiedSince } = question;
    const flight = verifiedSince === 0 ? heldKey : `${verifiedSince}\n${heldKey}`;
    let { mayAskSts } = question;
    let isLeader: boolean;
    const find = (): Promise<Verification> => {
      isLeader = true;
      return this.#find({ ...question, mayAskSts });
    };
    for (;;) {
      isLeader = false;
      const { generation } = this.#identities;
      const outcome = await this.#flights.join(flight, find, context);
      // How often the leader's client has asked says nothing of this one.
      const isOthers = 'code' in outcome && outcome.code === 'client_throttled' && !isLeader;
      if (isOthers && mayAskSts !== undefined) {
        // Before it waits again: else of many who are over their limits one a round would be told so.
        if ((await mayAskSts()) !== true) return outcome;
        mayAskSts = undefined;
      }
      const isOver = generation !== this.#identities.generation && this.#isForgotten(outcome);
      if (!isOthers && !isOver) return outcome;
    }
  }

  isForeign(token: unknown): boolean {
    return !hasTokenPrefix(token) && this.#jwtsOf(token) === undefined;
  }

  #jwtsOf(token: unknown): JwtVerifier | undefined {
    if (typeof token !== 'string') return undefined;
    return this.#options.jwts?.find((jwts) => jwts.isOurs(token) === true);
  }

  /** Nothing of it is held: who has the keys of the issuer asks nobody. */
  async #verifyJwt(token: unknown, options: VerifyOptions): Promise<Verification> {
    const audience = this.audience + (options.suffix ?? '');
    const outcome = await this.#jwtsOf(token)?.verify(token as string, { ...options, audience });
    if (outcome === undefined) return { verdict: 'foreign' };
    return this.#isForgotten(outcome) ? refused('jwt_too_old') : outcome;
  }

  forget(matches: (identity: Identity) => boolean = () => true): void {
    this.#identities.forget(matches, this.#clock());
    this.#flights = new Flights(this.#deadlineMs); // nobody joins what was begun before
  }

  #isForgotten(outcome: Verification): boolean {
    return outcome.verdict === 'verified' && this.#identities.isForgotten(outcome);
  }

  #held(key: string, verifiedSince: number, now: number): Verification | undefined {
    const held = this.#identities.get(key, now);
    // Who was verified later than now is of before the clock was set back, and would be held for that much longer.
    const isGood = held !== undefined && held.verifiedAt >= verifiedSince && held.verifiedAt <= now;
    return isGood ? held : this.#refusals.get(key, now);
  }

  async #find(question: Question): Promise<Verification> {
    // Who waited for a dead leader may find what another follower has brought since.
    const held = this.#held(question.heldKey, question.verifiedSince, this.#clock());
    if (held !== undefined) return held;
    const { shared } = this.#options;
    if (shared !== undefined && question.suffix === '') {
      const found = await shared.find(question, this.#clock, (answer) =>
        verifiedOf(answer, question.request, true, this.#rules),
      );
      if (found !== undefined && !this.#identities.isForgotten(found)) {
        this.#identities.set(question.heldKey, found, found.expiresAt);
        return found;
      }
    }
    const { mayAskSts } = question;
    if (mayAskSts !== undefined && (await mayAskSts()) !== true)
      return { verdict: 'throttled', code: 'client_throttled' };
    return this.#ask(question);
  }

  async #ask(question: Question): Promise<Verification> {
    const { endpoint, accessKeyId } = question.request;
    const { callBudget, gates = [] } = this.#options;
    const left = callBudget?.left(question.key, endpoint.host, this.#clock());
    if (left?.outcome !== undefined && left.calls <= 0) return left.outcome;
    const asked: StsQuestion = { ...endpoint, accessKeyId, clock: this.#clock };
    let answer: StsVerdict | undefined;
    const call = async (): Promise<StsVerdict> => {
      answer = await this.#call(question, left === undefined || left.calls > 1);
      return answer;
    };
    const outcome = await gates.reduceRight<typeof call>((next, gate) => () => gate(asked, next), call)();
    if (outcome.verdict === 'verified' && outcome !== answer) throw new TypeError('a gate gave an identity');
    return outcome;
  }

  async #call(question: Question, retry: boolean): Promise<StsVerdict> {
    const { request, key, suffix } = question;
    const { host, listed } = request.endpoint;
    const verifiedAt = this.#clock();
    const { callBudget, onStsCall, fetch = globalThis.fetch } = this.#options;
    let calls = 0;
    const counted: typeof globalThis.fetch = (...parameters) => {
      calls++;
      return fetch(...parameters);
    };
    const answer = await callSts(request, {
      audience: this.audience + suffix,
      fetch: counted,
      deadlineMs: this.#deadlineMs,
      retry,
    });
    try {
      const { kind: outcome, code } = { code: undefined, ...answer };
      onStsCall?.({ endpoint: request.endpoint, outcome, code, durationMs: this.#clock() - verifiedAt });
    } catch {
      // whoever only watches changes no verdict
    }
    const outcome = outcomeOf(answer, request, verifiedAt, this.#rules);
    this.#remember(question, answer, outcome, verifiedAt);
    if (outcome.verdict === 'throttled' || outcome.verdict === 'unavailable') {
      callBudget?.spend(key, host, calls, outcome, verifiedAt);
    } else if (listed) callBudget?.answered(host);
    return outcome;
  }

  /** What STS vouched for, and what it refused; an outage, and what an unlisted host invents, is forgotten at once. */
  #remember(question: Question, answer: StsAnswer, outcome: StsVerdict, verifiedAt: number): void {
    const { key, heldKey } = question;
    if (answer.kind === 'identity' && outcome.verdict === 'verified') {
      const { caller, requestId } = answer;
      this.#identities.set(heldKey, Object.freeze({ ...outcome, cached: true }), outcome.expiresAt);
      this.#share(question, (shared) =>
        shared.set(key, { caller, requestId, verifiedAt }, outcome.expiresAt),
      );
    } else if (answer.kind === 'refused') {
      this.#identities.delete(heldKey); // what STS said before is over
      this.#share(question, (shared) => shared.delete(key));
      if (definite.has(answer.refusal.code)) this.#refusals.set(heldKey, outcome, verifiedAt + refusalMs);
    }
  }

  /** Nobody waits for it. */
  #share({ suffix, context }: Question, write: (shared: SharedIdentities) => Promise<void>): void {
    const { shared } = this.#options;
    if (shared !== undefined && suffix === '') context?.waitUntil(write(shared));
  }
}
