/**
 * The rules of a policy, as they are written and stored.
 *
 * @module
 */

/** Which reserved names a rule may give (`reserved.ts`). */
export type ReservedUse = 'node' | 'masters' | 'custom';

interface Grant {
  /** A template, such as `admin:{{SessionName}}`. */
  readonly username: string;
  /** Templates. */
  readonly groups: readonly string[];
  /** Allows names with a reserved prefix: those of nodes, `system:masters`, or whatever the rule says. */
  readonly reserved?: ReservedUse | undefined;
  /** With `reserved: node`: allows `system:node:{{SessionName}}`, a name that whoever may assume the role can choose. */
  readonly acknowledgeSessionNode?: boolean | undefined;
}

/** Maps whoever assumed one IAM role. */
export interface RoleRule extends Grant {
  /** ARN of the role, with its path or without: both mean the same role. */
  readonly role: string;
}

/** Maps one IAM user, federated user, or the root user of an account. */
export interface UserRule extends Grant {
  /** ARN of the user, with its path. */
  readonly user: string;
}

/** Maps everybody in an account to their canonical ARN, without groups. */
export interface AccountRule {
  /** 12 digits */
  readonly account: string;
  /** Whether the root user is meant too. Default false. */
  readonly includeRoot?: boolean | undefined;
}

export type Rule = RoleRule | UserRule | AccountRule;

/** All rules and settings of one cluster. */
export interface Policy {
  readonly rules: readonly Rule[];
  /**
   * Audiences of API servers that this policy serves. Where set, a review's `spec.audiences` is answered with what both
   * have in common, and refused where that is nothing. Where absent, the API server assumes its own.
   */
  readonly apiAudiences?: readonly string[] | undefined;
  /** Identities verified before this time must be verified again. RFC 3339. */
  readonly notBefore?: string | undefined;
}

/** Names a rule in logs, answers and messages. */
export function describeRule(rule: Rule): string {
  if ('role' in rule) return `role ${rule.role}`;
  return 'user' in rule ? `user ${rule.user}` : `account ${rule.account}`;
}
