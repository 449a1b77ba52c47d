/**
 * What has to hold besides whom a rule names.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';
import { hasTooManyStars, matchesGlob, starsProblem } from './glob.ts';
import type { Conditions } from './rule.ts';

/** Whether conditions hold for an identity; undefined where that cannot be told. */
export type Condition = (identity: Identity) => boolean | undefined;

/**
 * Reads conditions once.
 *
 * @param ignoreCase for deny rules: the caller chooses the session name, and must not get around one by capitals
 */
export function compileConditions({ sessionName }: Conditions = {}, ignoreCase: boolean): Condition {
  if (sessionName === undefined) return () => true;
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  const globs = sessionName.map(fold);
  return (identity) => {
    if (identity.sessionName === undefined) return undefined;
    const name = fold(identity.sessionName);
    return globs.some((glob) => matchesGlob(glob, name));
  };
}

/** What is wrong with a glob for session names, which have 2 to 64 characters (STS API reference, RoleSessionName). */
export function sessionGlobProblem(glob: string): string | undefined {
  if (!/^[\w+=,.@*?-]+$/.test(glob)) return 'must be a session name with the wildcards * and ?';
  const least = glob.replaceAll('*', '').length;
  if (least > 64 || (least < 2 && !glob.includes('*')))
    return 'is like no session name: those have 2 to 64 characters';
  return hasTooManyStars(glob) ? starsProblem : undefined;
}
