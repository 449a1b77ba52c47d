/**
 * Judging a token: who signed it, and what the policy of the moment calls them. What is made of that, the answer to a
 * review or a JWT, is for others.
 *
 * @module
 */
import type { PrivateDnsNames } from '../ec2/private-dns-name.ts';
import type { Ec2OutageCode } from '../errors/ec2.ts';
import type { MappingRefusalCode } from '../errors/mapping.ts';
import type { Identity } from '../identity/identity.ts';
import type { TaskContext } from '../lib/flights.ts';
import { isNoMapping, mapWithLookUps } from '../mapping/map.ts';
import type { IdentityRules, NoPolicy } from '../policy/active.ts';
import type { PolicyReader } from '../policy/reader.ts';
import type { JwtFacts, StsFacts, Verification, Verified } from '../verifier/verification.ts';
import type { Verifier } from '../verifier/verifier.ts';
import { wait as untimed, type Wait } from './waits.ts';

/** What is known of a proven caller when the decision falls. */
export interface Proven {
  readonly identity: Identity;
  readonly sts?: StsFacts | undefined;
  readonly jwt?: JwtFacts | undefined;
  readonly cached: boolean;
  /** When STS was asked, or the JWT was issued, in milliseconds since the epoch. */
  readonly verifiedAt: number;
}

/** A proven caller for whom the policy has names. */
export interface Named extends Proven {
  readonly verdict: 'named';
  readonly username: string;
  readonly groups: readonly string[];
  readonly literalGroups: readonly string[];
  readonly rule: string;
  readonly policy: IdentityRules;
  readonly policyVersion: number;
  /** Until when the proof may be held, in milliseconds since the epoch: of a JWT, its end. */
  readonly expiresAt: number;
}

/** A proven caller whom the policy keeps out. */
export interface Denied<C extends string = MappingRefusalCode> extends Proven {
  readonly verdict: 'denied';
  readonly code: C;
  readonly detail?: string | undefined;
  readonly rule: string | undefined;
  readonly policyVersion: number;
}

/** Everything else. */
export type NotNamed =
  | Denied
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

export interface JudgeOptions {
  readonly verifier: Pick<Verifier, 'isForeign' | 'verify'>;
  readonly policies: Pick<PolicyReader, 'current'>;
  /** Whether a JWT that is for other audiences too is refused. Default false. */
  readonly soleAudience?: boolean;
  /** Absent where the deployment cannot look them up. */
  readonly privateDnsNames?: PrivateDnsNames | undefined;
  readonly context?: TaskContext | undefined;
  /** Waits for whatever takes time. Default: keeps no time. */
  readonly wait?: Wait | undefined;
}

/**
 * Judges. Mapping runs every time, against the policy of the moment; only the identity may have been held.
 *
 * @param before decides on a proven caller in place of the policy, where it gives something
 */
export async function judge<Instead = never>(
  token: string,
  options: JudgeOptions,
  before: (verified: Verified) => Instead | undefined = () => undefined,
): Promise<Named | NotNamed | Instead> {
  const { verifier, policies, soleAudience = false, context, wait = untimed } = options;
  if (verifier.isForeign(token)) return { verdict: 'foreign' };
  const reading = policies.current(context); // beside the call to STS
  reading.catch(() => {}); // awaited below or not at all, and an unhandled rejection would end a Node process
  const first = await wait('verifyMs', verifier.verify(token, { context, soleAudience }));
  if (first.verdict !== 'verified') return first;
  const instead = before(first);
  if (instead !== undefined) return instead;
  const policy = await wait('policyMs', reading);
  if (!policy.ok) return outage(policy.code);
  const rules = await wait('policyMs', policy.rulesFor(first.identity, context));
  if (!rules.ok) return outage(rules.code);
  if (first.verifiedAt >= rules.notBefore) return apply(first, rules, options);
  const since = { context, soleAudience, verifiedSince: rules.notBefore };
  const again = await wait('verifyMs', verifier.verify(token, since));
  if (again.verdict !== 'verified') return again;
  // The rules at hand are those for the first; a token has one signer, whenever STS is asked.
  if (again.identity.canonicalArn !== first.identity.canonicalArn) throw new Error('one token, two signers');
  return apply(again, rules, options);
}

function outage(code: NoPolicy['code']): NotNamed {
  return { verdict: 'unavailable', code };
}

async function apply(
  { identity, sts, jwt, cached, verifiedAt, expiresAt }: Verified,
  policy: IdentityRules,
  { privateDnsNames, context, wait = untimed }: JudgeOptions,
): Promise<Named | NotNamed> {
  const facts = { identity, sts, jwt, cached, verifiedAt, policyVersion: policy.version };
  const mapping = await wait(
    'ec2Ms',
    mapWithLookUps(identity, { rules: policy.rules, privateDnsNames, context }),
  );
  if (isNoMapping(mapping)) {
    return { verdict: 'unavailable', code: mapping.code, detail: mapping.detail, sts, jwt };
  }
  if (!mapping.ok) {
    return { ...facts, verdict: 'denied', code: mapping.code, detail: mapping.detail, rule: mapping.rule };
  }
  const { username, groups, literalGroups, rule } = mapping;
  return { ...facts, verdict: 'named', username, groups, literalGroups, rule, policy, expiresAt };
}
