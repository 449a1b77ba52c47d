/**
 * Letting AWS identities into a web service: a request in, the caller or an answer out.
 *
 * @module
 */
import { type AccessCode, textOf } from '../../errors/access.ts';
import type { Identity } from '../../identity/identity.ts';
import { detached, type TaskContext } from '../../lib/flights.ts';
import type { PolicyDenied, PolicyMapped } from '../../policy/caller-policy.ts';
import { createVerifier } from '../../verifier/verifier.ts';
import { callerFields, stsFields } from '../log.ts';
import { compileAllow } from './allow.ts';
import { refusalAnswer, toldOf } from './answers.ts';
import { type Access, type DecideAccessOptions, decideAccess } from './decide.ts';
import { checkAccessOptions, type GuardCall, type GuardOptions } from './options.ts';
import type { AccessRecord } from './record.ts';

/** Who signed the token of a request, and who that is here. */
export interface Caller extends Identity {
  /** As the policy names them; absent where there is none. */
  readonly username?: string;
  /** As the policy gives them; empty where there is none. */
  readonly groups: readonly string[];
  /** Names this decision in the log. */
  readonly decisionId: string;
}

/**
 * Lets a request in, or says what to answer it with. The answer is a 400, 401, 403, 413, 429 or 503 with a JSON object
 * of `code` and `message`; `docs/library.md` lists them. The body of the request can still be read afterwards.
 *
 * Rejects with a TypeError where the guard is used wrongly: the body was read before, or `client` is missing.
 */
export type Guard = (request: Request, call?: GuardCall) => Promise<Caller | Response>;

/**
 * Makes a guard.
 *
 * @throws {ConfigurationError} where an option cannot work, or nothing says who may come in.
 * @example
 * ```ts
 * const guard = createGuard({
 *   audience: 'https://orders.example.com',
 *   allow: { accounts: ['111122223333'] },
 * });
 *
 * const caller = await guard(request);
 * if (caller instanceof Response) return caller;
 * console.log(caller.canonicalArn);
 * ```
 */
export function createGuard(options: GuardOptions): Guard {
  const verifier = 'verifier' in options ? options.verifier : createVerifier(options);
  const clock = ('clock' in options ? options.clock : undefined) ?? Date.now;
  checkAccessOptions(options, verifier.audience);
  const allows = compileAllow(options.allow, options.policy !== undefined);
  const deciding: DecideAccessOptions = { ...options, verifier, allows, clock };
  return (request, call = {}) => guard(request, call, deciding);
}

async function guard(
  request: Request,
  call: GuardCall,
  options: DecideAccessOptions,
): Promise<Caller | Response> {
  if (options.requestBound && request.bodyUsed) {
    throw new TypeError('callerid: the body was read before the guard could compare it; put the guard first');
  }
  if (options.limiter !== undefined && call.client === undefined) {
    throw new TypeError('callerid: with a limiter each call has to say who the client is');
  }
  const { verifier, clock, log } = options;
  const startedAt = clock();
  const decisionId = crypto.randomUUID();
  const refusal = (code: AccessCode): Response => refusalAnswer(code, verifier.audience, decisionId);
  try {
    const context = call.context ?? defaultContext();
    const access = await decideAccess(request, { ...call, context }, options).catch(brokenBy);
    const time = new Date(startedAt).toISOString();
    log?.({ event: 'access', time, decisionId, ...fieldsOf(access), durationMs: clock() - startedAt });
    return access.verdict === 'granted' ? callerOf(access, decisionId) : refusal(toldTo(access));
  } catch {
    return refusal('internal'); // a log that fails: what cannot be recorded does not happen
  }
}

/** On Workers work ends with its request unless that request registers it; elsewhere it goes on by itself. */
function defaultContext(): TaskContext | undefined {
  return globalThis.navigator?.userAgent === 'Cloudflare-Workers' ? undefined : detached;
}

/** The kind of an error is all that may be told: what it says may hold what was being worked on. */
function brokenBy(error: unknown): Access {
  const problem = error instanceof Error ? error.name : typeof error;
  return { verdict: 'unavailable', code: 'internal', reason: textOf('internal'), problem };
}

function callerOf({ proven, mapped }: Extract<Access, { verdict: 'granted' }>, decisionId: string): Caller {
  const { username, groups = [] } = mapped ?? {};
  return Object.freeze({
    ...proven.identity,
    ...(username === undefined ? {} : { username }),
    groups,
    decisionId,
  });
}

/** What the caller is told: of a policy no more than that it does not let them in. */
function toldTo(access: Exclude<Access, { verdict: 'granted' }>): AccessCode {
  switch (access.verdict) {
    case 'foreign':
      return 'token_foreign';
    case 'denied':
      return 'not_allowed';
    case 'refused':
      return access.code === 'token_replayed' ? access.code : toldOf(access.code);
    default:
      return access.code;
  }
}

function fieldsOf(access: Access): Partial<AccessRecord> & Pick<AccessRecord, 'verdict'> {
  const { verdict } = access;
  if (verdict === 'foreign') return { verdict, code: 'token_foreign', reason: textOf('token_foreign') };
  const caller =
    'proven' in access ? callerFields(access.proven) : 'sts' in access ? stsFields(access.sts) : {};
  if (verdict === 'granted') return { verdict, ...policyFields(access.mapped), ...caller };
  const problem = 'problem' in access ? access.problem : undefined;
  const policy = verdict === 'denied' ? policyFields(access.policy) : {};
  return { verdict, code: access.code, reason: access.reason, problem, ...policy, ...caller };
}

function policyFields(policy: PolicyMapped | PolicyDenied | undefined): Partial<AccessRecord> {
  const username = policy?.verdict === 'mapped' ? policy.username : undefined;
  return { username, rule: policy?.rule, policyVersion: policy?.policyVersion };
}
