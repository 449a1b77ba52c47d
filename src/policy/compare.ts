/**
 * Two versions side by side, without reading more of large ones than differs.
 *
 * @module
 */
import type { Policy } from '../mapping/rule.ts';
import { RuleIndex } from '../mapping/rule-index.ts';
import type { RulesOf } from '../mapping/simulate.ts';
import type { Store } from '../store/store.ts';
import { rulesOfContent } from './active.ts';
import { PartCache } from './part-cache.ts';
import type { Content } from './pointer.ts';
import { assemble, type Listing, listingsWithout, readRules, rulePartsOf } from './versions.ts';

/** What a version holds: the policy itself where it is at hand, else its content. */
export type Side = { readonly policy: Policy } | { readonly content: Content };

/** More parts than these are not read for a comparison: each is a request to the store. */
const maxParts = 200;

/**
 * What differs between two versions, as two policies that hold the rules of the buckets that are not alike; undefined where
 * that is too much to read.
 *
 * @throws {PolicyVersionError} where the store lacks a part
 * @throws {PolicyError} where a part does not validate
 * @throws {StoreError}
 */
export async function differing(
  store: Store,
  cluster: string,
  before: Side,
  after: Side,
): Promise<readonly [before: Policy, after: Policy] | undefined> {
  if ('policy' in before && 'policy' in after) return [before.policy, after.policy];
  const [was, is] = [await listed(store, cluster, before), await listed(store, cluster, after)];
  const isBoth = 'content' in before && 'content' in after;
  const [old, fresh] = isBoth ? [listingsWithout(was, is), listingsWithout(is, was)] : [was, is];
  if (old.length + fresh.length > maxParts) return undefined;
  return [await policyOf(store, cluster, before, old), await policyOf(store, cluster, after, fresh)];
}

/** The rules of a version that can bear on an identity. */
export function rulesOf(store: Store, cluster: string, side: Side): RulesOf {
  if ('policy' in side) {
    const all = [new RuleIndex(side.policy.rules)];
    return async () => all;
  }
  const options = {
    store,
    cluster,
    maxBytes: 16 * 1024 * 1024,
    deadlineMs: 5000,
    retryMs: 0,
    clock: Date.now,
  };
  return rulesOfContent(side.content, new PartCache(options));
}

async function listed(store: Store, cluster: string, side: Side): Promise<readonly Listing[]> {
  return 'content' in side ? rulePartsOf(store, cluster, side.content) : [];
}

async function policyOf(
  store: Store,
  cluster: string,
  side: Side,
  listings: readonly Listing[],
): Promise<Policy> {
  if ('policy' in side) return side.policy;
  if (side.content.kind === 'document') return assemble(store, cluster, side.content);
  const { kind: _, pages: __, ...settings } = side.content;
  return { ...settings, rules: (await readRules(store, cluster, listings)).flat() };
}
