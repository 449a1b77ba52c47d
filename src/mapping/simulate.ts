/**
 * What another policy would have made of those who came lately.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';
import { type Mapping, mapIdentity } from './map.ts';
import type { RuleIndex } from './rule-index.ts';

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

/** The rules of a policy that can bear on an identity. */
export type RulesOf = (identity: Identity) => Promise<readonly RuleIndex[]>;

/**
 * Replays identities; those that come out alike are left out.
 *
 * @param findsInstances whether the deployment looks up the names of instances
 */
export async function simulate(
  identities: readonly Identity[],
  before: RulesOf,
  after: RulesOf,
  findsInstances = false,
): Promise<Simulated[]> {
  const lookedUp = findsInstances ? anyInstance : {};
  const found: Simulated[] = [];
  for (const identity of identities) {
    const was = mapIdentity(identity, await before(identity), lookedUp);
    const is = mapIdentity(identity, await after(identity), lookedUp);
    if (!isAlike(was, is)) found.push({ identity, before: was, after: is, lockedOut: was.ok && !is.ok });
  }
  return found;
}

function isAlike(a: Mapping, b: Mapping): boolean {
  if (!a.ok || !b.ok) return !a.ok && !b.ok && a.code === b.code;
  return a.username === b.username && JSON.stringify(a.groups) === JSON.stringify(b.groups);
}
