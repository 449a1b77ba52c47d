/**
 * Why a token, or an identity that somebody describes, is mapped as it is: every step of the decision, made by the same
 * functions as the decision.
 *
 * @module
 */

import type { PrivateDnsNames } from '../ec2/private-dns-name.ts';
import { reasonOf } from '../errors/codes.ts';
import { jwtRefusals } from '../errors/jwt.ts';
import { tokenRefusals } from '../errors/token.ts';
import type { Identity } from '../identity/identity.ts';
import type { TaskContext } from '../lib/flights.ts';
import { type ExplainedRule, explainMapping } from '../mapping/explain.ts';
import { isNoMapping } from '../mapping/map.ts';
import type { PolicyReader } from '../policy/reader.ts';
import { hasTokenPrefix } from '../token/encoding.ts';
import type { Verification } from '../verifier/verification.ts';
import type { Verifier } from '../verifier/verifier.ts';
import type { BreakGlass } from './break-glass.ts';

/** A step, and how it ended. */
export interface Step {
  readonly step: 'token' | 'sts' | 'issuer' | 'break-glass' | 'policy' | 'mapping';
  readonly outcome: 'passed' | 'refused' | 'no-verdict';
  readonly code?: string;
  readonly detail: string;
}

export interface Explanation {
  /** Up to the one that decided. */
  readonly steps: readonly Step[];
  readonly identity?: Identity;
  /** As whom they come in; absent where they do not. */
  readonly user?: { readonly username: string; readonly groups: readonly string[] };
  /** That decided. */
  readonly rule?: string;
  readonly policyVersion?: number;
  readonly considered: readonly ExplainedRule[];
  /** Where nobody was let in for want of a rule. */
  readonly nearest?: { readonly rule: string; readonly differs: string };
}

/** A token, or an identity that nobody proved. */
export type Subject = { readonly token: string } | { readonly identity: Identity };

export interface ExplainOptions {
  readonly verifier: Pick<Verifier, 'verify'>;
  readonly policies: Pick<PolicyReader, 'current' | 'health'>;
  readonly breakGlass?: BreakGlass | undefined;
  readonly privateDnsNames?: PrivateDnsNames | undefined;
  readonly context?: TaskContext | undefined;
}

/** Explains. Nobody is let in by it. */
export async function explain(subject: Subject, options: ExplainOptions): Promise<Explanation> {
  const steps: Step[] = [];
  if ('identity' in subject) return explainIdentity(subject.identity, steps, options);
  const { verifier, context } = options;
  const { token } = subject;
  // STS is asked anew; of a JWT nothing is held.
  const fresh = hasTokenPrefix(token) ? { verifiedSince: Number.POSITIVE_INFINITY } : {};
  const verification = await verifier.verify(token, { context, ...fresh });
  steps.push(...stepsOf(verification));
  if (verification.verdict !== 'verified') return { steps, considered: [] };
  const { identity, jwt, verifiedAt } = verification;
  return explainIdentity(identity, steps, options, jwt && verifiedAt);
}

/** What STS refuses has passed the grammar. */
function stepsOf(verification: Verification): Step[] {
  if (verification.verdict === 'foreign') {
    const detail =
      'somebody else\'s bearer token: it does not begin with "k8s-aws-v1.", nor is it a JWT of an issuer that is taken';
    return [{ step: 'token', outcome: 'refused', code: 'token_foreign', detail }];
  }
  const { sts, jwt } = 'jwt' in verification ? verification : { ...verification, jwt: undefined };
  const form = jwt ? 'is a JWT of an issuer that is taken' : 'has the form of a signed URL';
  const token: Step = { step: 'token', outcome: 'passed', detail: `the token ${form}` };
  const step = jwt ? 'issuer' : 'sts';
  if (verification.verdict === 'verified') {
    return [token, { step, outcome: 'passed', detail: `${jwt?.issuer ?? sts?.host} vouches for the caller` }];
  }
  const { code } = verification;
  const detail = reasonOf(verification);
  if (Object.hasOwn(tokenRefusals, code) || Object.hasOwn(jwtRefusals, code)) {
    return [{ step: 'token', outcome: 'refused', code, detail }];
  }
  const outcome = verification.verdict === 'refused' ? 'refused' : 'no-verdict';
  return [token, { step, outcome, code, detail }];
}

async function explainIdentity(
  identity: Identity,
  steps: Step[],
  { policies, breakGlass, privateDnsNames, context }: ExplainOptions,
  issuedAt?: number,
): Promise<Explanation> {
  const broken = breakGlass?.map(identity);
  if (broken !== undefined) {
    const { username, groups, rule } = broken;
    steps.push({ step: 'break-glass', outcome: 'passed', detail: `${rule} goes before the policy` });
    return { steps, identity, user: { username, groups }, rule, considered: [] };
  }
  const policy = await policies.current(context);
  const rules = policy.ok ? await policy.rulesFor(identity, context) : policy;
  if (!rules.ok) {
    const { code } = rules;
    const detail = reasonOf({ code, detail: policies.health().problem });
    steps.push({ step: 'policy', outcome: 'no-verdict', code, detail });
    return { steps, identity, considered: [] };
  }
  const { version } = rules;
  if (issuedAt !== undefined && issuedAt < rules.notBefore) {
    const code = 'jwt_too_old';
    steps.push({ step: 'policy', outcome: 'refused', code, detail: reasonOf({ code, detail: 'notBefore' }) });
    return { steps, identity, policyVersion: version, considered: [] };
  }
  const only =
    rules.apiAudiences === undefined ? '' : `, for the API audiences ${rules.apiAudiences.join(', ')} only`;
  steps.push({ step: 'policy', outcome: 'passed', detail: `version ${version}${only}` });
  const { mapping, considered, nearest } = await explainMapping(identity, {
    rules: rules.rules,
    privateDnsNames,
    context,
  });
  const facts = {
    identity,
    policyVersion: version,
    considered,
    ...(nearest === undefined ? {} : { nearest }),
  };
  const rule = mapping.rule === undefined ? {} : { rule: mapping.rule };
  if (!mapping.ok) {
    const outcome = isNoMapping(mapping) ? 'no-verdict' : 'refused';
    steps.push({ step: 'mapping', outcome, code: mapping.code, detail: reasonOf(mapping) });
    return { steps, ...facts, ...rule };
  }
  const { username, groups } = mapping;
  steps.push({ step: 'mapping', outcome: 'passed', detail: mapping.rule });
  return { steps, ...facts, ...rule, user: { username, groups } };
}
