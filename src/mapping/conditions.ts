/**
 * What has to hold besides whom a rule names.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';
import { foldCase } from './fold-case.ts';
import { matchesGlob } from './glob.ts';
import type { Conditions } from './rule.ts';

/** Whether conditions hold for an identity; undefined where that cannot be told. */
export type Condition = (identity: Identity) => boolean | undefined;

const texts = ['sessionName', 'orgId', 'ouPath'] as const;

/**
 * Reads conditions once.
 *
 * @param ignoreCase for deny rules: the caller may choose a name or a tag, and must not get around one by capitals
 */
export function compileConditions(conditions: Conditions = {}, ignoreCase: boolean): Condition {
  const fold = ignoreCase ? foldCase : (text: string): string => text;
  const all: Condition[] = [];
  const add = (globs: readonly string[], factsOf: (identity: Identity) => readonly string[]): void => {
    const folded = globs.map(fold);
    all.push((identity) => {
      const facts = factsOf(identity);
      if (facts.length === 0) return undefined;
      return facts.map(fold).some((fact) => folded.some((glob) => matchesGlob(glob, fact)));
    });
  };
  for (const name of texts) {
    const globs = conditions[name];
    if (globs !== undefined) add(globs, ({ [name]: fact }) => (fact === undefined ? [] : [fact]));
  }
  for (const [key, globs] of Object.entries(conditions.principalTags ?? {})) {
    add(globs, ({ principalTags = {} }) => valuesOf(principalTags, fold(key), fold));
  }
  return (identity) => allOf(all, identity);
}

/** What does not hold decides, whatever cannot be told. */
function allOf(conditions: readonly Condition[], identity: Identity): boolean | undefined {
  let holds: boolean | undefined = true;
  for (const condition of conditions) {
    const one = condition(identity);
    if (one === false) return false;
    if (one === undefined) holds = undefined;
  }
  return holds;
}

/** Where case is ignored there may be several of one key. */
function valuesOf(
  tags: Readonly<Record<string, string>>,
  key: string,
  fold: (text: string) => string,
): string[] {
  return Object.keys(tags).flatMap((name) => (fold(name) === key ? [tags[name] as string] : []));
}
