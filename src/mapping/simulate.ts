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

/** Nobody is asked for the names of instances: whether a rule gives one is what counts. */
const anyInstance = { privateDnsName: 'ip-192-0-2-1.ec2.internal' };

/** Replays identities; those that come out alike are left out. */
export function simulate(
  identities: readonly Identity[],
  before: readonly Rule[],
  after: readonly Rule[],
): Simulated[] {
  const [old, now] = [[new RuleIndex(before)], [new RuleIndex(after)]];
  return identities.flatMap((identity) => {
    const [was, is] = [old, now].map((rules) => mapIdentity(identity, rules, anyInstance)) as [
      Mapping,
      Mapping,
    ];
    const one = { identity, before: was, after: is };
    const lockedOut = one.before.ok && !one.after.ok;
    return isAlike(one.before, one.after) ? [] : [{ ...one, lockedOut }];
  });
}

function isAlike(a: Mapping, b: Mapping): boolean {
  if (!a.ok || !b.ok) return !a.ok && !b.ok && a.code === b.code;
  return a.username === b.username && JSON.stringify(a.groups) === JSON.stringify(b.groups);
}
