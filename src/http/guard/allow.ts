/**
 * Who may come in, by lists.
 *
 * @module
 */
import { ConfigurationError } from '../../errors/classes.ts';
import { canonicalArn, isAccount, parseCallerArn } from '../../identity/arn.ts';
import { assertKnownOptions } from '../../lib/options.ts';
import { hasWildcard, matchesGlob } from '../../mapping/glob.ts';
import { canBeLike } from '../../mapping/pattern.ts';
import type { Verified } from '../../verifier/verification.ts';

/** Whoever is in one of these lists comes in. */
export interface AllowList {
  /** Everybody in an account but its root user. 12 digits each. */
  readonly accounts?: readonly string[];
  /** Roles (whoever assumed them), users, federated users and root users, by ARN. */
  readonly arns?: readonly string[];
  /** `arn:PARTITION:iam::ACCOUNT:role/GLOB`, also `user/GLOB` or `arn:…:sts::…:federated-user/GLOB`; `*` any run, `?` one character. */
  readonly patterns?: readonly string[];
  /**
   * Groups that the policy gives, as they stand in a rule; one that a variable completes does not count. Without a policy those
   * that a JWT of callerid names.
   */
  readonly groups?: readonly string[];
  /** Everybody who comes with a JWT of one of these issuers, by URL, that callerid is: its policy knows them. */
  readonly issuers?: readonly string[];
}

/** Nobody writes this by mistake. */
export const anyone = 'anyone-with-aws-credentials';

const lists = 'accounts arns patterns groups issuers';
type Lists = [string[], string[], string[], string[], string[]];

/** Whether somebody is in a list. */
export type Allows = (proven: Verified, literalGroups: readonly string[]) => boolean;

/**
 * @param hasPolicy whether a policy says who a caller is
 * @param hasNames whether a policy or JWTs may give groups
 * @throws {ConfigurationError} where a list cannot work, or nobody would come in, or everybody unsaid
 */
export function compileAllow(
  allow: AllowList | typeof anyone | undefined,
  hasPolicy: boolean,
  hasNames: boolean,
): Allows {
  if (allow === anyone || (allow === undefined && hasPolicy)) return () => true;
  assertKnownOptions(allow ?? {}, lists);
  // copies: what is given may change
  const copies = lists.split(' ').map((name) => [...(allow?.[name as keyof AllowList] ?? [])]) as Lists;
  const [accounts, arns, patterns, groups, issuers] = copies;
  if (!copies.some(({ length }) => length)) {
    throw problem('', 'it lets nobody in', 'List somebody, or give a policy.');
  }
  if (groups.length + issuers.length && !hasNames)
    throw problem('.groups', 'nothing gives any', 'Give a policy.');
  accounts.forEach((account, index) => {
    if (!isAccount(account))
      throw problem(`.accounts[${index}]`, 'not an account number', 'Use a string of 12 digits.');
  });
  patterns.forEach((text, index) => {
    checkPattern(text, `.patterns[${index}]`);
  });
  const exact = new Set(arns.map((text, index) => readArn(text, `.arns[${index}]`)));
  return ({ identity, jwt }, literalGroups) =>
    (identity.type !== 'root' && accounts.includes(identity.account)) ||
    exact.has(keyOf(identity)) ||
    (canBeLike(identity.canonicalArn) && patterns.some((glob) => matchesGlob(glob, identity.canonicalArn))) ||
    groups.some((group) => literalGroups.includes(group)) ||
    (jwt?.names !== undefined && issuers.includes(jwt.issuer));
}

function problem(where: string, what: string, fix: string): ConfigurationError {
  return new ConfigurationError(`allow${where}`, what, fix);
}

/** IAM names are unique without regard to case; that of a federated user is no IAM name, and is as it is written. */
function keyOf({
  type,
  canonicalArn: arn,
}: {
  readonly type: string;
  readonly canonicalArn: string;
}): string {
  return type === 'federated-user' ? arn : arn.toLowerCase();
}

function readArn(text: string, where: string): string {
  const arn = hasWildcard(text) ? undefined : parseCallerArn(text);
  if (arn === undefined) {
    throw problem(where, 'not the ARN of a role or a user', 'Wildcards belong into patterns.');
  }
  const canonical = canonicalArn(arn);
  if (arn.type === 'assumed-role') throw problem(where, 'the ARN of a session', `Use ${canonical}.`);
  return keyOf({ type: arn.type, canonicalArn: canonical });
}

/**
 * As `mapping/pattern.ts` reads them, in one expression: a wildcard in the name alone, and text beside it. STS never shows the
 * path of a role.
 */
const patternForm =
  /^arn:aws[a-z-]*:(?:iam::\d{12}:(?:role\/(?!.*\/)|user\/)|sts::\d{12}:federated-user\/)(?=.*[^*?/])(?=.*[*?])[\w+=,.@*?/-]+$/;

function checkPattern(text: string, where: string): void {
  if (patternForm.test(text)) return;
  throw problem(where, 'not an ARN with wildcards in its name alone', 'List whole accounts in accounts.');
}
