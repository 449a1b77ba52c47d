/**
 * Deciding a review: who signed the token, and what the policy makes of them.
 *
 * @module
 */
import type { PrivateDnsNames } from '../ec2/private-dns-name.ts';
import type { Ec2OutageCode } from '../errors/ec2.ts';
import type { MappingRefusalCode } from '../errors/mapping.ts';
import { refuse } from '../errors/refusal.ts';
import type { Identity } from '../identity/identity.ts';
import type { TaskContext } from '../lib/flights.ts';
import { isNoMapping, mapWithLookUps } from '../mapping/map.ts';
import type { IdentityRules, NoPolicy } from '../policy/active.ts';
import type { PolicyReader } from '../policy/reader.ts';
import type { JwtFacts, StsFacts, Verification, Verified } from '../verifier/verification.ts';
import type { Verifier } from '../verifier/verifier.ts';
import type { BreakGlass, BrokenGlass } from './break-glass.ts';
import type { ReviewUser, TokenReview } from './token-review.ts';

/** What is known of a proven caller when the decision falls. */
interface Proven {
  readonly identity: Identity;
  readonly sts?: StsFacts | undefined;
  readonly jwt?: JwtFacts | undefined;
  readonly cached: boolean;
  /** When STS was asked, or the JWT was issued, in milliseconds since the epoch. */
  readonly verifiedAt: number;
}

/** The outcome of one review. Only `mapped` authenticates. */
export type Decision =
  | (Proven & {
      readonly verdict: 'mapped';
      readonly user: ReviewUser;
      readonly audiences: readonly string[] | undefined;
      readonly rule: string;
      /** Undefined where the break-glass rule decided. */
      readonly policyVersion: number | undefined;
      readonly breakGlass?: true;
    })
  | (Proven & {
      readonly verdict: 'denied';
      readonly code: MappingRefusalCode;
      readonly detail?: string | undefined;
      readonly rule: string | undefined;
      readonly policyVersion: number;
    })
  | {
      readonly verdict: 'unavailable';
      readonly code: NoPolicy['code'];
      readonly detail?: string | undefined;
      readonly sts?: undefined;
      readonly jwt?: undefined;
    }
  /** Who it is was proven; what the rule needs besides could not be found out. */
  | {
      readonly verdict: 'unavailable';
      readonly code: Ec2OutageCode;
      readonly detail?: string | undefined;
      readonly sts?: StsFacts | undefined;
      readonly jwt?: JwtFacts | undefined;
    }
  | Exclude<Verification, Verified>;

export interface DecideOptions {
  readonly verifier: Pick<Verifier, 'isForeign' | 'verify'>;
  readonly policies: PolicyReader;
  readonly breakGlass?: BreakGlass | undefined;
  /** Absent where the deployment cannot look them up. */
  readonly privateDnsNames?: PrivateDnsNames | undefined;
  readonly context?: TaskContext | undefined;
}

/** Decides. Mapping runs on every review against the policy of the moment; only the identity may have been held. */
export async function decide(review: TokenReview, options: DecideOptions): Promise<Decision> {
  const { verifier, policies, breakGlass, context } = options;
  if (verifier.isForeign(review.token)) return { verdict: 'foreign' };
  const reading = policies.current(context); // beside the call to STS
  reading.catch(() => {}); // awaited below or not at all, and an unhandled rejection would end a Node process
  const first = await verifier.verify(review.token, { context });
  if (first.verdict !== 'verified') return first;
  const broken = breakGlass?.map(first.identity);
  if (broken !== undefined) return applyBreakGlass(first, broken);
  const policy = await reading;
  if (!policy.ok) return outage(policy.code);
  const rules = await policy.rulesFor(first.identity, context);
  if (!rules.ok) return outage(rules.code);
  if (first.verifiedAt >= rules.notBefore) return apply(review, first, rules, options);
  const again = await verifier.verify(review.token, { context, verifiedSince: rules.notBefore });
  if (again.verdict !== 'verified') return again;
  // The rules at hand are those for the first; a token has one signer, whenever STS is asked.
  if (again.identity.canonicalArn !== first.identity.canonicalArn) throw new Error('one token, two signers');
  return apply(review, again, rules, options);
}

/** Whatever the policy says, and whether or not it can be read. */
function applyBreakGlass(verified: Verified, { username, groups, rule }: BrokenGlass): Decision {
  const { identity, sts, jwt, cached, verifiedAt } = verified;
  const user = userOf(identity, username, groups);
  const facts = { identity, sts, jwt, cached, verifiedAt, policyVersion: undefined };
  return { ...facts, verdict: 'mapped', user, audiences: undefined, rule, breakGlass: true };
}

function outage(code: NoPolicy['code']): Decision {
  return { verdict: 'unavailable', code };
}

async function apply(
  review: TokenReview,
  verified: Verified,
  policy: IdentityRules,
  { privateDnsNames, context }: DecideOptions,
): Promise<Decision> {
  const { identity, sts, jwt, cached, verifiedAt } = verified;
  const facts = { identity, sts, jwt, cached, verifiedAt, policyVersion: policy.version };
  const mapping = await mapWithLookUps(identity, { rules: policy.rules, privateDnsNames, context });
  if (isNoMapping(mapping)) {
    return { verdict: 'unavailable', code: mapping.code, detail: mapping.detail, sts, jwt };
  }
  if (!mapping.ok) {
    return { ...facts, verdict: 'denied', code: mapping.code, detail: mapping.detail, rule: mapping.rule };
  }
  const audiences =
    policy.apiAudiences && review.audiences.filter((one) => policy.apiAudiences?.includes(one));
  if (audiences?.length === 0) {
    return { ...facts, ...refuse('audiences_disjoint'), verdict: 'denied', rule: mapping.rule };
  }
  const { username, groups, rule } = mapping;
  return { ...facts, verdict: 'mapped', user: userOf(identity, username, groups), audiences, rule };
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
