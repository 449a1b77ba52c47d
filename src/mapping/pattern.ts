/**
 * Patterns of ARNs, as in IAM's ArnLike, with rails: only the name of a role or user may hold wildcards.
 *
 * @module
 */
import { isAccount } from '../identity/arn.ts';
import { type Glob, parseGlob } from './glob.ts';

/** A pattern, read once. */
export interface ArnPattern {
  /** `arn:aws:iam::111122223333:role/`, in lower case: everything before the glob. */
  readonly prefix: string;
  /** Of the path and name of a user, or the name of a role or federated user; in lower case. */
  readonly glob: Glob;
}

const form =
  /^(arn:aws(?:-[a-z]+)*:(?:iam::([0-9]{12}):(role|user)\/|sts::([0-9]{12}):federated-user\/))(.+)$/i;

/** Reads a pattern; a string says what is wrong with it. */
export function parsePattern(text: string): ArnPattern | string {
  const [, prefix, iamAccount, type, stsAccount, name = ''] = form.exec(text) ?? [];
  if (prefix === undefined || !isAccount(iamAccount ?? stsAccount)) {
    return 'must be arn:PARTITION:iam::ACCOUNT:role/… or user/…, or arn:PARTITION:sts::ACCOUNT:federated-user/…, with wildcards in the name only';
  }
  if (!/[*?]/.test(name)) return 'has no wildcard; write it as a role or a user';
  if (!/^[\x21-\x7e]{1,640}$/.test(name)) return 'must be printable ASCII';
  if (type?.toLowerCase() === 'role' && name.includes('/')) {
    return 'has a path, which STS never shows of a role; leave the path out';
  }
  return { prefix: prefix.toLowerCase(), glob: parseGlob(name.toLowerCase()) };
}
