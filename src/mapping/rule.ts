/**
 * The rules of a policy, as they are written and stored.
 *
 * @module
 */
import type { Proof } from '../identity/identity.ts';

/** Which names with a reserved prefix a rule may give, as `docs/policy.md` says. */
export type ReservedUse = 'node' | 'masters' | 'custom';

/** As whom a principal comes in. */
export interface Grant {
  /** A template, such as `admin:{{SessionName}}`. */
  readonly username: string;
  /** Templates. */
  readonly groups: readonly string[];
  /** Allows names with a reserved prefix: those of nodes, `system:masters`, or whatever the rule says. */
  readonly reserved?: ReservedUse | undefined;
  /** With `reserved: node`: allows `system:node:{{SessionName}}`, a name that whoever may assume the role can choose. */
  readonly acknowledgeSessionNode?: boolean | undefined;
}

/** The principal does not come in, whatever other rules say. */
export interface Deny {
  /** Always true. */
  readonly deny: true;
}

/** What has to hold besides. What cannot be evaluated holds in a deny rule, and does not in any other. */
export interface Conditions {
  /**
   * Globs (`*` any run, `?` one character), of which the session name is like one; a deny rule ignores case, here and
   * below. Only a signed URL tells it.
   */
  readonly sessionName?: readonly string[] | undefined;
  /** Organizations, `o-…`, one of which is that of the account. Only a JWT tells it, and all that follows. */
  readonly orgId?: readonly string[] | undefined;
  /** Globs, of which the place of the account in its organization is like one: `o-…/r-…/ou-…/*`. */
  readonly ouPath?: readonly string[] | undefined;
  /** By the key of a tag: globs, of which the value is like one. Every tag named has to be like that. */
  readonly principalTags?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** What counts only under conditions. */
export interface Conditional {
  /** Several must all hold. Default: none. */
  readonly conditions?: Conditions | undefined;
  /** The only kind of proof that it takes. Default: both for a deny rule and for a role or a user, else `signed-url`. */
  readonly proof?: Proof | undefined;
}

/** Names one principal exactly. */
export interface Pinnable {
  /**
   * Unique ID of the role or user, `AROA…` or `AIDA…`: a role that was deleted and created anew has another one, and is
   * refused.
   */
  readonly principalId?: string | undefined;
}

/** Whoever assumed one IAM role. */
export interface OfRole extends Pinnable {
  /** ARN of the role, with its path or without: both mean the same role. */
  readonly role: string;
}

/** One IAM user, federated user, or the root user of an account. */
export interface OfUser extends Pinnable {
  /** ARN of the user, with its path. */
  readonly user: string;
}

/** Whoever has a permission set of IAM Identity Center in one of these accounts. */
export interface OfPermissionSet {
  /** The permission set by its exact name, the accounts by their 12 digits, and the partition. */
  readonly sso: {
    /** Its exact name, without regard to case. */
    readonly permissionSet: string;
    /** 12 digits each */
    readonly accounts: readonly string[];
    /** Default: that of the deployment. */
    readonly partition?: string | undefined;
  };
}

/** Whoever has a canonical ARN like this one. */
export interface OfPattern {
  /** `arn:PARTITION:iam::ACCOUNT:role/GLOB`, also `user/GLOB`, or `arn:…:sts::…:federated-user/GLOB`. */
  readonly pattern: string;
  /** Allows a glob without any literal text, which is everybody of that kind. */
  readonly acknowledgeBroad?: boolean | undefined;
}

/** Everybody in an account. */
export interface OfAccount {
  /** 12 digits */
  readonly account: string;
}

/** A rule for one role. */
export type RoleRule = OfRole & Grant & Conditional;
/** A rule for one user. */
export type UserRule = OfUser & Grant & Conditional;
/** A rule for one permission set. */
export type SsoRule = OfPermissionSet & Grant & Conditional;
/** A rule for whoever has an ARN of one form. */
export type PatternRule = OfPattern & Grant & Conditional;
/** Maps everybody in an account to their canonical ARN, without groups. */
export type AccountRule = OfAccount &
  Conditional & {
    /** Whether the root user is meant too. Default false. */
    readonly includeRoot?: boolean | undefined;
  };
/** A rule that keeps out whoever it names. Its account means the root user too. */
export type DenyRule = (OfRole | OfUser | OfPermissionSet | OfPattern | OfAccount) & Deny & Conditional;

/** A rule that gives a username and groups of its own. */
export type GrantRule = RoleRule | UserRule | SsoRule | PatternRule;
/** One rule of a policy. */
export type Rule = GrantRule | AccountRule | DenyRule;

/** All rules and settings of one cluster. */
export interface Policy {
  /** In any order, but for rules of one kind that name the same: of those the later counts. */
  readonly rules: readonly Rule[];
  /**
   * Audiences of API servers that this policy serves. Where set, a review's `spec.audiences` is answered with what both
   * have in common, and refused where that is nothing. Where absent, the API server assumes its own.
   */
  readonly apiAudiences?: readonly string[] | undefined;
  /** Identities verified before this time must be verified again. RFC 3339. */
  readonly notBefore?: string | undefined;
  /** The longest life of a JWT that callerid issues, in seconds: 60 to 3600. Default 900. */
  readonly tokenSeconds?: number | undefined;
}

/** Names a rule in logs, answers and messages, in at most a few hundred characters. */
export function describeRule(rule: Rule): string {
  const who = describePrincipals(rule);
  const pin = 'principalId' in rule && rule.principalId !== undefined ? ` (${rule.principalId})` : '';
  const proof = rule.proof === undefined ? '' : ` by ${rule.proof}`;
  return `${'deny' in rule ? 'deny ' : ''}${who}${pin}${describeConditions(rule.conditions)}${proof}`;
}

function describeConditions(conditions: Conditions | undefined): string {
  if (conditions === undefined) return '';
  const { sessionName, orgId, ouPath, principalTags = {} } = conditions;
  const tags = Object.entries(principalTags).map(([key, globs]) => `${clipped(key)}=${some(globs, ' or ')}`);
  const parts: readonly [word: string, texts: readonly string[] | undefined, separator: string][] = [
    ['as', sessionName, ' or '],
    ['of', orgId, ' or '],
    ['under', ouPath, ' or '],
    ['tagged', tags.length === 0 ? undefined : tags, ', '],
  ];
  return parts
    .map(([word, texts, separator]) => (texts ? ` ${word} ${some(texts, separator)}` : ''))
    .join('');
}

function describePrincipals(rule: Rule): string {
  if ('role' in rule) return `role ${rule.role}`;
  if ('user' in rule) return `user ${rule.user}`;
  if ('sso' in rule) return `permission set ${rule.sso.permissionSet} in ${some(rule.sso.accounts, ', ')}`;
  return 'pattern' in rule ? `pattern ${rule.pattern}` : `account ${rule.account}`;
}

function some(texts: readonly string[], separator: string): string {
  const shown = texts.slice(0, 3).map(clipped).join(separator);
  return texts.length > 3 ? `${shown} and ${texts.length - 3} more` : shown;
}

/** A path or the value of a tag can be very long. */
function clipped(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
