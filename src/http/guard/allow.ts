/**
 * Who may come in, by lists.
 *
 * @module
 */
import { ConfigurationError } from '../../errors/classes.ts';
import { canonicalArn, isAccount, parseCallerArn } from '../../identity/arn.ts';
import type { Identity } from '../../identity/identity.ts';
import { hasWildcard, isBare, matchesGlob } from '../../mapping/glob.ts';
import { canBeLike, parsePattern } from '../../mapping/pattern.ts';
import type { OfRole, OfUser } from '../../mapping/rule.ts';
import { exactKeyOf, exactKeyOfIdentity, isWritten } from '../../mapping/rule-keys.ts';

/** Whoever is in one of these lists comes in. */
export interface AllowList {
  /** Everybody in an account but its root user. 12 digits each. */
  readonly accounts?: readonly string[];
  /** Roles (whoever assumed them), users, federated users and root users, by ARN. */
  readonly arns?: readonly string[];
  /** `arn:PARTITION:iam::ACCOUNT:role/GLOB`, also `user/GLOB` or `arn:…:sts::…:federated-user/GLOB`; `*` any run, `?` one character. */
  readonly patterns?: readonly string[];
  /** Groups that the policy gives, as they stand in a rule; one that a variable completes does not count. */
  readonly groups?: readonly string[];
}

/** Nobody writes this by mistake. */
export const anyone = 'anyone-with-aws-credentials';

/** Whether somebody is in a list. */
export type Allows = (identity: Identity, literalGroups: readonly string[]) => boolean;

/** @throws {ConfigurationError} where a list cannot work, or nobody would come in, or everybody unsaid. */
export function compileAllow(allow: AllowList | typeof anyone | undefined, hasPolicy: boolean): Allows {
  if (allow === anyone || (allow === undefined && hasPolicy)) return () => true;
  const { accounts = [], arns = [], patterns = [], groups = [] } = allow ?? {};
  if ([accounts, arns, patterns, groups].every((list) => list.length === 0)) {
    throw new ConfigurationError(
      'allow',
      'it does not say who may come in',
      `List accounts, arns, patterns or groups, or give a policy. "${anyone}" lets in everybody whom AWS knows.`,
    );
  }
  if (groups.length > 0 && !hasPolicy) {
    throw new ConfigurationError('allow.groups', 'groups come from a policy', 'Give a policy.');
  }
  accounts.forEach(checkAccount);
  const exact = arns.map(readArn).map((one) => ({ one, key: exactKeyOf(one) }));
  const globs = patterns.map(checkPattern);
  return (identity, literalGroups) =>
    (identity.type !== 'root' && accounts.includes(identity.account)) ||
    exact.some(({ one, key }) => key === exactKeyOfIdentity(identity) && isWritten(one, identity)) ||
    globs.some((glob) => canBeLike(identity.canonicalArn) && matchesGlob(glob, identity.canonicalArn)) ||
    groups.some((group) => literalGroups.includes(group));
}

function checkAccount(account: unknown, index: number): void {
  if (isAccount(account)) return;
  throw new ConfigurationError(
    `allow.accounts[${index}]`,
    'not an account number',
    'Use a string of 12 digits.',
  );
}

function readArn(text: string, index: number): OfRole | OfUser {
  const arn = hasWildcard(text) ? undefined : parseCallerArn(text);
  if (arn?.type === 'role') return { role: text };
  if (arn !== undefined && arn.type !== 'assumed-role') return { user: text };
  throw new ConfigurationError(
    `allow.arns[${index}]`,
    'not the ARN of a role, a user, a federated user or a root user',
    arn === undefined
      ? 'One with wildcards belongs into patterns.'
      : `Whoever assumed the role has ${canonicalArn(arn)}.`,
  );
}

function checkPattern(text: string, index: number): string {
  const pattern = parsePattern(text);
  if (typeof pattern !== 'string' && !isBare(pattern.glob)) return text;
  throw new ConfigurationError(
    `allow.patterns[${index}]`,
    typeof pattern === 'string' ? pattern : 'it names everybody of that kind',
    'Correct it, or list the account.',
  );
}
