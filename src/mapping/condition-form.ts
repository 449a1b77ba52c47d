/**
 * What conditions may be written.
 *
 * @module
 */
import { hasTooManyStars, starsProblem } from './glob.ts';

/** Keys and values of tags are made of these (IAM API reference, Tag). */
const ofTag = String.raw`\p{L}\p{Z}\p{N}_.:/=+@\-`;
const tagKey = new RegExp(`^[${ofTag}]{1,128}$`, 'u');
const tagValue = new RegExp(`^[${ofTag}]{0,256}$`, 'u');
const tagGlob = new RegExp(`^[${ofTag}*?]+$`, 'u');

/** What is wrong with a glob for session names, which have 2 to 64 characters (STS API reference, RoleSessionName). */
export function sessionGlobProblem(glob: string): string | undefined {
  if (!/^[\w+=,.@*?-]+$/.test(glob)) return 'must be a session name with the wildcards * and ?';
  const least = leastOf(glob);
  if (least > 64 || (least < 2 && !glob.includes('*')))
    return 'is like no session name: those have 2 to 64 characters';
  return hasTooManyStars(glob) ? starsProblem : undefined;
}

/** What is wrong with the ID of an organization (Organizations API reference, Organization). */
export function orgIdProblem(id: string): string | undefined {
  return /^o-[a-z0-9]{10,32}$/.test(id)
    ? undefined
    : 'must be the ID of an organization, o-…, without wildcards';
}

/** What is wrong with a glob for the paths of accounts in organizations, which end with a slash. */
export function ouPathGlobProblem(glob: string): string | undefined {
  if (!/^o-[a-z0-9*?/-]*[*/]$/.test(glob) || glob.includes('//')) {
    return 'must be like a path with a slash at its end, o-…/r-…/ou-…/, with the wildcards * and ?';
  }
  if (leastOf(glob) > 512) return 'is like no path: those have at most 512 characters';
  return hasTooManyStars(glob) ? starsProblem : undefined;
}

/** What is wrong with a glob for values of tags, which have at most 256 characters. */
export function tagGlobProblem(glob: string): string | undefined {
  if (!tagGlob.test(glob)) return 'must be the value of a tag with the wildcards * and ?';
  if (leastOf(glob) > 256) return 'is like no value of a tag: those have at most 256 characters';
  return hasTooManyStars(glob) ? starsProblem : undefined;
}

/**
 * Whether this is the key of a tag. `__proto__` is one of AWS too, but many programs lose a field of that name, and a
 * grant that has lost a condition gives more.
 */
export function isTagKey(key: string): boolean {
  return tagKey.test(key) && key !== '__proto__';
}

/** Whether this is the value of a tag. */
export function isTagValue(value: unknown): value is string {
  return typeof value === 'string' && tagValue.test(value);
}

/** The length of the shortest text that is like a glob. */
function leastOf(glob: string): number {
  return glob.replaceAll('*', '').length;
}
