/**
 * What has to hold besides whom a rule names.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';
import { matchesGlob, parseGlob } from './glob.ts';
import type { Conditions } from './rule.ts';

/** Conditions, read once: whether they hold for an identity; undefined where that cannot be told. */
export type Condition = (identity: Identity) => boolean | undefined;

/**
 * Reads conditions. `ignoreCase` is for deny rules: the caller chooses the session name, and must not get around one by
 * capitals.
 */
export function compileConditions({ sessionName }: Conditions = {}, ignoreCase: boolean): Condition {
  if (sessionName === undefined) return () => true;
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  const globs = sessionName.map((text) => parseGlob(fold(text)));
  return (identity) => {
    if (identity.sessionName === undefined) return undefined;
    const name = fold(identity.sessionName);
    return globs.some((glob) => matchesGlob(glob, name));
  };
}
