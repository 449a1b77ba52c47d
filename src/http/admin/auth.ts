/**
 * Who may administrate a cluster: whoever holds the static secret of the deployment, or whom the cluster's own policy
 * puts into the admin group, proven by a token for the admin audience.
 *
 * That audience is never a cluster's: a cluster's API server sees the tokens of its users and could replay them here.
 *
 * @module
 */
import type { AdminErrorCode, OutageCode } from '../../errors/codes.ts';
import { type Refused, refuse } from '../../errors/refusal.ts';
import type { RequestErrorCode } from '../../errors/request.ts';
import type { Identity } from '../../identity/identity.ts';
import type { TaskContext } from '../../lib/flights.ts';
import { mapIdentity } from '../../mapping/map.ts';
import type { RuleIndex } from '../../mapping/rule-index.ts';
import { searchRules } from '../../mapping/search.ts';
import type { PolicyReader } from '../../policy/reader.ts';
import type { BreakGlass } from '../../review/break-glass.ts';
import { hasTokenPrefix } from '../../token/encoding.ts';
import type { Verification, Verified } from '../../verifier/verification.ts';
import type { Verifier } from '../../verifier/verifier.ts';
import { bearerOf, hasDigest } from '../bearer.ts';

/** How administrators of a deployment prove themselves. */
export interface AdminAuth {
  /** For tokens that are signed for the admin audience; undefined where none are taken. */
  readonly verifier: Pick<Verifier, 'verify'> | undefined;
  /** SHA-256 digests of static secrets. */
  readonly secretDigests: readonly Uint8Array[];
}

/** Who asks, as the history will name them. */
export interface Administrator {
  readonly ok: true;
  readonly author: string;
  /** Undefined where it was the secret. */
  readonly identity: Identity | undefined;
  /** Set where the break-glass rule let them in, and not the policy. */
  readonly breakGlass?: true;
}

export type AdminRefusal = Refused<RequestErrorCode | AdminErrorCode | OutageCode>;

export interface AuthorizeOptions {
  /** Reads the policy as it is now: an administrator who was removed must not go on. */
  readonly policies: Pick<PolicyReader, 'current'>;
  readonly adminGroup: string;
  readonly breakGlass?: BreakGlass | undefined;
  readonly context?: TaskContext | undefined;
}

/**
 * Says who asks. Without `options` the cluster is unknown, which only the holder of the secret is told: the work and the
 * answers for everybody else are those of a cluster that they do not administrate.
 */
export async function authorize(
  request: Request,
  { verifier, secretDigests }: AdminAuth,
  options: AuthorizeOptions | undefined,
): Promise<Administrator | AdminRefusal> {
  const credential = bearerOf(request);
  if (await hasDigest(credential, secretDigests)) {
    if (options === undefined) return refuse('not_found');
    return { ok: true, author: 'static secret', identity: undefined };
  }
  if (verifier === undefined || !hasTokenPrefix(credential)) return refuse('unauthorized');
  const prove = (verifiedSince: number): Promise<Verification> =>
    verifier.verify(credential, { context: options?.context, verifiedSince });
  const held = await decide(await prove(0), options);
  return held === tooOld ? forSure(await decide(await prove(Number.POSITIVE_INFINITY), options)) : held;
}

/** The identity was verified before the time that the policy sets in `notBefore`. */
const tooOld = Symbol('too old');

function forSure(decided: Administrator | AdminRefusal | typeof tooOld): Administrator | AdminRefusal {
  return decided === tooOld ? refuse('unauthorized') : decided; // the time is yet to come
}

async function decide(
  result: Verification,
  options: AuthorizeOptions | undefined,
): Promise<Administrator | AdminRefusal | typeof tooOld> {
  if (result.verdict === 'throttled' || result.verdict === 'unavailable') return { ok: false, ...result };
  if (result.verdict !== 'verified')
    return refuse('unauthorized', 'code' in result ? result.code : undefined);
  return options === undefined ? refuse('forbidden') : authorizeProven(result, options);
}

async function authorizeProven(
  { identity, verifiedAt }: Verified,
  { policies, adminGroup, breakGlass, context }: AuthorizeOptions,
): Promise<Administrator | AdminRefusal | typeof tooOld> {
  const administrator: Administrator = { ok: true, author: identity.arn, identity };
  if (breakGlass?.map(identity) !== undefined) return { ...administrator, breakGlass: true };
  const policy = await policies.current(context);
  const found = policy.ok ? await policy.rulesFor(identity, context) : policy;
  if (!found.ok) return found.code === 'policy_missing' ? refuse('forbidden') : found;
  // A version before the current one may decide on reviews where the store lags, but makes nobody an administrator.
  if (policy.ok && found.version !== policy.version) return refuse('policy_unavailable');
  if (verifiedAt < found.notBefore) return tooOld;
  return isAdministrator(identity, found.rules, adminGroup) ? administrator : refuse('forbidden');
}

/** A group that a variable completes is none: who chooses a session name must not choose to be an administrator. */
export function isAdministrator(identity: Identity, indexes: readonly RuleIndex[], group: string): boolean {
  const found = searchRules(identity, indexes);
  return found.outcome === 'grant' && found.rule.groups.includes(group) && mapIdentity(identity, indexes).ok;
}
