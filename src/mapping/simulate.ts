/**
 * What another policy would have made of those who came lately.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';
import { type Mapping, mapIdentity } from './map.ts';
import type { Rule } from './rule.ts';
import { RuleIndex } from './rule-index.ts';

/** One who came lately, under two policies. */
export interface Simulated {
  readonly identity: Identity;
  readonly before: Mapping;
  readonly after: Mapping;
  /** They are let in now and would not be any more. */
  readonly lockedOut: boolean;
}

/** Replays identities; those that come out alike are left out. */
export function simulate(
  identities: readonly Identity[],
  before: readonly Rule[],
  after: readonly Rule[],
): Simulated[] {
  const [old, now] = [[new RuleIndex(before)], [new RuleIndex(after)]];
  return identities.flatMap((identity) => {
    const one = { identity, before: mapIdentity(identity, old), after: mapIdentity(identity, now) };
    const lockedOut = one.before.ok && !one.after.ok;
    return isAlike(one.before, one.after) ? [] : [{ ...one, lockedOut }];
  });
}

function isAlike(a: Mapping, b: Mapping): boolean {
  if (!a.ok || !b.ok) return !a.ok && !b.ok && a.code === b.code;
  return a.username === b.username && JSON.stringify(a.groups) === JSON.stringify(b.groups);
}
