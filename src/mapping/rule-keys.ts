/**
 * By what rules and identities are found: a rule that names an identity has its key or its account.
 *
 * @module
 */
import { type CallerArn, parseCallerArn } from '../identity/arn.ts';
import type { Identity } from '../identity/identity.ts';
import { parsePattern } from './pattern.ts';
import type { OfRole, OfUser, Rule } from './rule.ts';

/** What a rule names: one principal exactly, a permission set, whatever is like a pattern, or an account. */
export type RuleKind = 'exact' | 'sso' | 'pattern' | 'account';

export function kindOf(rule: Rule): RuleKind {
  if ('sso' in rule) return 'sso';
  if ('pattern' in rule) return 'pattern';
  return 'account' in rule ? 'account' : 'exact';
}

export function isExact<R extends Rule>(rule: R): rule is Extract<R, OfRole | OfUser> {
  return kindOf(rule) === 'exact';
}

/** The ARN that an exact rule names. */
export function arnOf(rule: OfRole | OfUser): CallerArn {
  return parse('role' in rule ? rule.role : rule.user);
}

/**
 * The key of an exact rule: of several principals only one at a time can have it. Names of roles and users are unique in
 * an account whatever their path and case (IAM User Guide, Friendly names and paths), so neither is in it.
 */
export function exactKeyOf(rule: OfRole | OfUser): string {
  return keyOf(arnOf(rule));
}

/** The key of the exact rules that may name an identity. */
export function exactKeyOfIdentity(identity: Identity): string {
  const { partition, account, type, canonicalArn } = identity;
  const kind = type === 'assumed-role' ? 'role' : type;
  const name = type === 'root' ? '' : canonicalArn.slice(canonicalArn.lastIndexOf('/'));
  return `${partition}:${account}:${kind}${name}`.toLowerCase();
}

/**
 * What a grant compares beside the key. STS never shows the path of a role. That of a user is compared, and the name of a
 * federated user as it is written: it is no IAM name, and in another case may be somebody else's. A deny rule leaves both
 * out, so that no renaming gets around it.
 */
export function spellingOf(rule: OfRole | OfUser): string {
  if ('role' in rule) return '';
  return arnOf(rule).type === 'federated-user' ? rule.user : rule.user.toLowerCase();
}

/** Whether a grant's ARN means this principal, whose key it has: so both are of one type, and what `spellingOf` compares is at hand. */
export function isWritten(rule: OfRole | OfUser, { canonicalArn, type }: Identity): boolean {
  if ('role' in rule) return true;
  if (type === 'federated-user') return rule.user === canonicalArn;
  return rule.user.toLowerCase() === canonicalArn.toLowerCase();
}

/** The accounts that a rule names principals of, 12 digits each. */
export function accountsOf(rule: Rule): readonly string[] {
  if ('sso' in rule) return rule.sso.accounts;
  if ('account' in rule) return [rule.account];
  if (!('pattern' in rule)) return [arnOf(rule).account];
  const pattern = parsePattern(rule.pattern);
  if (typeof pattern === 'string') throw notValidated();
  return [pattern.account];
}

/** What only a rule that never went through `parsePolicy` leads to. */
export function notValidated(): TypeError {
  return new TypeError('a rule was not validated before it was used');
}

function keyOf(arn: CallerArn): string {
  const name = arn.type === 'root' ? '' : `/${arn.name}`;
  const type = arn.type === 'assumed-role' ? 'role' : arn.type;
  return `${arn.partition}:${arn.account}:${type}${name}`.toLowerCase();
}

function parse(text: string): CallerArn {
  const arn = parseCallerArn(text);
  if (arn === undefined) throw notValidated();
  return arn;
}
