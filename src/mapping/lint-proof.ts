/**
 * Rules that ask for what no proof that they take can tell.
 *
 * @module
 */
import type { Proof } from '../identity/identity.ts';
import type { Finding } from './lint.ts';
import { proofs, proofsOf } from './proof.ts';
import type { Rule } from './rule.ts';

/** What one kind of proof alone tells, by the names of conditions, fields and variables. */
const toldBy: Readonly<Record<string, Proof>> = {
  sessionName: 'signed-url',
  principalId: 'signed-url',
  SessionName: 'signed-url',
  SessionNameRaw: 'signed-url',
  AccessKeyID: 'signed-url',
  PrincipalID: 'signed-url',
  EC2PrivateDNSName: 'signed-url',
  orgId: 'aws-jwt',
  ouPath: 'aws-jwt',
  principalTags: 'aws-jwt',
  SourceIdentity: 'aws-jwt',
  PrincipalTag: 'aws-jwt',
};

const called: Readonly<Record<Proof, string>> = { 'signed-url': 'a signed URL', 'aws-jwt': 'a JWT' };

export function lintProofs(rules: readonly Rule[]): Finding[] {
  return rules.flatMap((rule, index) => {
    const message = 'deny' in rule ? lintDeny(rule) : lintGrant(rule);
    return message === undefined ? [] : [{ severity: 'warning', path: `rules[${index}]`, message }];
  });
}

function lintGrant(rule: Rule): string | undefined {
  const needed = neededBy(rule);
  if (needed.length === 0) return undefined;
  const reasons = proofsOf(rule).map((proof) => reason(needed, proof));
  if (reasons.includes(undefined)) return undefined;
  const fitting = proofs.find((proof) => reason(needed, proof) === undefined);
  const fix = fitting === undefined ? '' : `; say proof: ${fitting}`;
  return `lets nobody in: ${reasons.join(', and ')}${fix}`;
}

/** Denying by session name is left alone: whoever lets JWTs in later reads of it in the documentation. */
function lintDeny(rule: Rule): string | undefined {
  const why = reason(Object.keys(rule.conditions ?? {}), 'signed-url');
  if (why === undefined || !proofsOf(rule).includes('signed-url')) return undefined;
  return `denies whomever it names with a signed URL, unless another condition does not hold: ${why}; say proof: aws-jwt if that is not meant`;
}

function reason(needed: readonly string[], proof: Proof): string | undefined {
  const missing = needed.filter((name) => toldBy[name] !== proof);
  return missing.length === 0 ? undefined : `${called[proof]} does not tell ${missing.join(' and ')}`;
}

function neededBy(rule: Rule): string[] {
  const names = 'username' in rule ? [rule.username, ...rule.groups] : [];
  const variables = names.flatMap((name) => [...name.matchAll(/\{\{(\w+)/g)].map(([, variable]) => variable));
  const pin = 'principalId' in rule && rule.principalId !== undefined ? ['principalId'] : [];
  const needed = [...Object.keys(rule.conditions ?? {}), ...pin, ...variables];
  return [...new Set(needed)].filter((name) => name !== undefined && Object.hasOwn(toldBy, name)) as string[];
}
