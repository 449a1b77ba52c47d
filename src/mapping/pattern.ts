/**
 * Patterns of ARNs, as in IAM's ArnLike, with rails: only the name of a role or user may hold wildcards.
 *
 * @module
 */
import { isAccount } from '../identity/arn.ts';
import { hasTooManyStars, hasWildcard, starsProblem } from './glob.ts';

/** A pattern, read once. */
export interface ArnPattern {
  /** `arn:aws:iam::111122223333:role/`: everything before the glob. */
  readonly prefix: string;
  /** Of the form of one; whether AWS has it is for others to say. */
  readonly partition: string;
  readonly account: string;
  /** Of the path and name of a user, or the name of a role or federated user. */
  readonly glob: string;
}

const form = /^(arn:(aws[a-z-]*):(?:iam::([0-9]{12}):(role|user)\/|sts::([0-9]{12}):federated-user\/))(.+)$/;

/** Role and federated names are of one part, users' may have a path before (IAM API reference, RoleName and Path). */
const alphabets = {
  name: /^[\w+=,.@*?-]{1,128}$/,
  pathAndName: /^(?!\/)(?!.*\/\/)[\x21-\x39\x3b-\x7e]{0,512}[\w+=,.@*?-]$/,
};

/**
 * Whether a pattern of a grant can mean this ARN at all: in ArnLike no wildcard stands for a colon, which the path of a
 * user may hold. A deny rule takes it all the same.
 */
export function canBeLike(canonicalArn: string): boolean {
  return /^(?:[^:]*:){5}[^:]*$/.test(canonicalArn);
}

/** What can be wrong with a pattern. */
export type PatternProblem = 'form' | 'literal' | 'path' | 'alphabet' | 'stars';

/** The same in words; apart, so that a bundle of who does not tell has none of them. */
export const patternProblems: Readonly<Record<PatternProblem, string>> = {
  form: 'must be arn:PARTITION:iam::ACCOUNT:role/… or user/…, or arn:PARTITION:sts::ACCOUNT:federated-user/…, with wildcards in the name only',
  literal: 'has no wildcard; write it as a role or a user',
  path: 'has a path, which STS never shows of a role; leave the path out',
  alphabet: 'has a character that no such name has, or is too long',
  stars: starsProblem,
};

/** Reads a pattern, or says what is wrong with it. */
export function parsePattern(text: string): ArnPattern | PatternProblem {
  const [, prefix, partition, iamAccount, type = 'federated-user', stsAccount, glob = ''] =
    form.exec(text) ?? [];
  const account = iamAccount ?? stsAccount;
  if (prefix === undefined || partition === undefined || !isAccount(account)) return 'form';
  if (!hasWildcard(glob)) return 'literal';
  if (type === 'role' && glob.includes('/')) return 'path';
  if (!alphabets[type === 'user' ? 'pathAndName' : 'name'].test(glob)) return 'alphabet';
  return hasTooManyStars(glob) ? 'stars' : { prefix, partition, account, glob };
}
