/**
 * Deciding a review: whom the API server is told of.
 *
 * @module
 */
import type { PrivateDnsNames } from '../ec2/private-dns-name.ts';
import { refuse } from '../errors/refusal.ts';
import type { Identity } from '../identity/identity.ts';
import type { TaskContext } from '../lib/flights.ts';
import type { PolicyReader } from '../policy/reader.ts';
import type { Verified } from '../verifier/verification.ts';
import type { Verifier } from '../verifier/verifier.ts';
import type { BreakGlass, BrokenGlass } from './break-glass.ts';
import { judge, type Named, type NotNamed, type Proven } from './judge.ts';
import type { ReviewUser, TokenReview } from './token-review.ts';
import type { Wait } from './waits.ts';

/** A caller who comes in. */
export interface Mapped extends Proven {
  readonly verdict: 'mapped';
  readonly user: ReviewUser;
  readonly audiences: readonly string[] | undefined;
  readonly rule: string;
  /** Undefined where the break-glass rule decided. */
  readonly policyVersion: number | undefined;
  readonly breakGlass?: true;
}

/** The outcome of one review. Only `mapped` authenticates. */
export type Decision = (Mapped | NotNamed) & {
  /** Set where the account of the caller is scrubbed: whoever is answered or told of it is told of nobody. */
  readonly scrubbed?: true;
};

export interface DecideOptions {
  readonly verifier: Pick<Verifier, 'isForeign' | 'verify'>;
  readonly policies: PolicyReader;
  readonly breakGlass?: BreakGlass | undefined;
  /** Absent where the deployment cannot look them up. */
  readonly privateDnsNames?: PrivateDnsNames | undefined;
  readonly context?: TaskContext | undefined;
  readonly wait?: Wait | undefined;
  /** Accounts whose principals no answer names. */
  readonly scrubbedAccounts?: ReadonlySet<string> | undefined;
}

/** Decides. */
export async function decide(review: TokenReview, options: DecideOptions): Promise<Decision> {
  const { breakGlass, scrubbedAccounts, ...judging } = options;
  const judged = await judge(review.token, judging, (verified) => {
    const broken = breakGlass?.map(verified.identity);
    return broken && applyBreakGlass(verified, broken);
  });
  const decision = judged.verdict === 'named' ? answer(review, judged) : judged;
  const isScrubbed = 'identity' in decision && scrubbedAccounts?.has(decision.identity.account);
  return isScrubbed ? scrub(decision) : decision;
}

/** As aws-iam-authenticator answers. The groups and the name are what the policy gave, whoever it was. */
function scrub(decision: Decision): Decision {
  if (decision.verdict !== 'mapped') return { ...decision, scrubbed: true };
  const { username, groups } = decision.user;
  const user = { username, uid: `aws-iam-authenticator:administrative:${username}`, groups, extra: {} };
  return { ...decision, user, scrubbed: true };
}

/** Whatever the policy says, and whether or not it can be read. */
function applyBreakGlass(verified: Verified, { username, groups, rule }: BrokenGlass): Mapped {
  const { identity, sts, jwt, cached, verifiedAt } = verified;
  const user = userOf(identity, username, groups);
  const facts = { identity, sts, jwt, cached, verifiedAt, policyVersion: undefined };
  return { ...facts, verdict: 'mapped', user, audiences: undefined, rule, breakGlass: true };
}

function answer(review: TokenReview, named: Named): Decision {
  const { identity, sts, jwt, cached, verifiedAt, username, groups, rule, policy, policyVersion } = named;
  const facts = { identity, sts, jwt, cached, verifiedAt, rule, policyVersion };
  const audiences =
    policy.apiAudiences && review.audiences.filter((one) => policy.apiAudiences?.includes(one));
  if (audiences?.length === 0) return { ...facts, ...refuse('audiences_disjoint'), verdict: 'denied' };
  return { ...facts, verdict: 'mapped', user: userOf(identity, username, groups), audiences };
}

function userOf(identity: Identity, username: string, groups: readonly string[]): ReviewUser {
  const { account, principalId } = identity;
  const uid = principalId && { uid: `aws-iam-authenticator:${account}:${principalId}` };
  return { username, ...uid, groups, extra: extraOf(identity) };
}

/** The keys of aws-iam-authenticator, so that audit tooling keeps working; like there, no session name is one empty text. */
function extraOf(identity: Identity): ReviewUser['extra'] {
  const { arn, canonicalArn, principalId, accessKeyId, sourceIdentity } = identity;
  if (principalId === undefined || accessKeyId === undefined) {
    const source = sourceIdentity && { sourceIdentity: [sourceIdentity] };
    return { arn: [arn], canonicalArn: [canonicalArn], ...source };
  }
  return {
    arn: [arn],
    canonicalArn: [canonicalArn],
    sessionName: [identity.sessionName ?? ''],
    accessKeyId: [accessKeyId],
    principalId: [principalId],
    'sigs.k8s.io/aws-iam-authenticator/principalId': [principalId],
  };
}
