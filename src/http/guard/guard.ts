/**
 * Letting AWS identities into a web service: a request in, the caller or an answer out.
 *
 * @module
 */
import { ConfigurationError } from '../../errors/classes.ts';
import type { Identity } from '../../identity/identity.ts';
import { detached, type TaskContext } from '../../lib/flights.ts';
import { assertKnownOptions } from '../../lib/options.ts';
import { verifierOptionNames } from '../../verifier/options.ts';
import { createVerifier } from '../../verifier/verifier.ts';
import { compileAllow } from './allow.ts';
import { refusalAnswer } from './answers.ts';
import { type Access, type DecideAccessOptions, decideAccess } from './decide.ts';
import { accessOptionNames, checkAccessOptions, type GuardCall, type GuardOptions } from './options.ts';

/** Who signed the token of a request, and who that is here. */
export interface Caller extends Identity {
  /** As the policy names them, or without one a JWT of callerid; absent where there is neither. */
  readonly username?: string;
  /** As the policy gives them, or without one a JWT of callerid; empty where there is neither. */
  readonly groups: readonly string[];
  /** Names this decision in the log. */
  readonly decisionId: string;
}

/**
 * Lets a request in, or says what to answer it with: 400, 401, 403, 413, 429 or 503 with a JSON object of `code` and
 * `message`, which `docs/library.md` lists. The body of the request can still be read afterwards.
 *
 * Rejects with a ConfigurationError where it is used wrongly: the body was read before, or `client` is missing.
 */
export type Guard = (request: Request, call?: GuardCall) => Promise<Guarded>;

/**
 * Either the caller or the answer. Two fields and no union of the two: of a service that forgets to look at `response`, the
 * caller is undefined, and nothing goes on by mistake.
 */
export type Guarded =
  | { readonly caller: Caller; readonly response?: undefined }
  | { readonly caller?: undefined; readonly response: Response };

/**
 * Makes a guard: it verifies the bearer token of a request, and lets the caller in or says what to answer.
 *
 * @throws {ConfigurationError} where an option cannot work, or nothing says who may come in.
 * @example
 * ```ts
 * const guard = createGuard({
 *   audience: 'https://orders.example.com',
 *   allow: { accounts: ['111122223333'] },
 * });
 *
 * const { caller, response } = await guard(request);
 * if (response) return response;
 * console.log(caller.canonicalArn);
 * ```
 */
export function createGuard(given: GuardOptions): Guard {
  const options = { ...given }; // a copy: what is given may change
  const { allow, policy, binding, oneTime, limiter, log, ...others } = options;
  assertKnownOptions(
    given,
    `${accessOptionNames} ${others.verifier ? 'verifier clock' : verifierOptionNames}`,
  );
  const verifier = others.verifier ?? createVerifier(others);
  checkAccessOptions(options, verifier.audience);
  const hasNames = policy ?? others.verifier ?? others.jwts; // a verifier may take JWTs
  const allows = compileAllow(allow, policy !== undefined, hasNames !== undefined);
  const { clock = Date.now } = others;
  const deciding = { ...options, allows, verifier, clock };
  return (request, call = {}) => guard(request, call, deciding);
}

async function guard(request: Request, call: GuardCall, options: DecideAccessOptions): Promise<Guarded> {
  if (typeof request?.headers?.get !== 'function') {
    throw new ConfigurationError('request', 'not a Request', 'Before Express use nodeGuard.');
  }
  const { verifier, clock, log } = options;
  const startedAt = clock();
  const decisionId = crypto.randomUUID();
  const context = call.context ?? defaultContext();
  let access = await decideAccess(request, { ...call, context }, options).catch(brokenBy);
  try {
    await log?.({ ...access, decisionId, startedAt, durationMs: clock() - startedAt });
  } catch (error) {
    access = brokenBy(error); // what cannot be recorded does not happen
  }
  if (access.verdict !== 'granted') return { response: refusalAnswer(access, verifier.audience, decisionId) };
  const { identity, jwt } = access.proven;
  const { username, groups = [] } = access.policy ?? jwt?.names ?? {};
  return { caller: { ...identity, ...(username !== undefined && { username }), groups, decisionId } };
}

/** On Workers work ends with its request unless that request registers it; elsewhere it goes on by itself. */
function defaultContext(): TaskContext | undefined {
  return globalThis.navigator?.userAgent === 'Cloudflare-Workers' ? undefined : detached;
}

/** The kind of an error is all that may be told: what it says may hold what was being worked on. */
function brokenBy(error: unknown): Access {
  if (error instanceof ConfigurationError) throw error;
  const problem = error instanceof Error ? error.name : typeof error;
  return { verdict: 'unavailable', code: 'internal', problem };
}
