/**
 * Two versions side by side, without reading more of large ones than differs.
 *
 * @module
 */
import type { Policy, Rule } from '../mapping/rule.ts';
import { RuleIndex } from '../mapping/rule-index.ts';
import { accountsOf } from '../mapping/rule-keys.ts';
import type { RulesOf } from '../mapping/simulate.ts';
import type { Store } from '../store/store.ts';
import { rulesOfContent } from './active.ts';
import { PartCache } from './part-cache.ts';
import { hash32, rangeOf } from './placement.ts';
import type { Content } from './pointer.ts';
import { assemble, type Listing, listingsWithout, readRules, rulePartsOf } from './versions.ts';

/** What a version holds: the policy itself where it is at hand, else its content. */
export type Side = { readonly policy: Policy } | { readonly content: Content };

/** More parts than these are not read for a comparison: each is a request to the store. */
const maxParts = 200;

/** What differs between two versions: as policies with the rules of the buckets that are not alike. */
export interface Difference {
  readonly before: Policy;
  readonly after: Policy;
  /** Rules of the second version that may name those whom the first did. */
  readonly others: readonly Rule[];
}

/**
 * Reads what differs between two versions; undefined where that is too much to read.
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
): Promise<Difference | undefined> {
  if ('policy' in before && 'policy' in after)
    return { before: before.policy, after: after.policy, others: [] };
  const [was, is] = [await listed(store, cluster, before), await listed(store, cluster, after)];
  const isBoth = 'content' in before && 'content' in after;
  const [old, fresh] = isBoth ? [unlike(was, is), unlike(is, was)] : [was, is];
  if (old.length + fresh.length > maxParts) return undefined;
  const first = await policyOf(store, cluster, before, old);
  const accounts = new Set(first.rules.flatMap(accountsOf));
  const beside = listingsWithout(is, fresh).filter((one) => isOfAny(one, accounts));
  if (old.length + fresh.length + beside.length > maxParts) return undefined;
  const others = (await readRules(store, cluster, beside)).flat();
  return { before: first, after: await policyOf(store, cluster, after, fresh), others };
}

/** The buckets that the other version does not have as they are: their parts in this order. */
function unlike(these: readonly Listing[], others: readonly Listing[]): readonly Listing[] {
  const known = hashesByBucket(others);
  const own = hashesByBucket(these);
  return these.filter((one) => known.get(bucketOf(one)) !== own.get(bucketOf(one)));
}

function hashesByBucket(listings: readonly Listing[]): Map<string, string> {
  const buckets = new Map<string, string>();
  for (const one of listings) buckets.set(bucketOf(one), `${buckets.get(bucketOf(one)) ?? ''} ${one.hash}`);
  return buckets;
}

function bucketOf({ space, prefix }: Listing): string {
  return `${space}:${prefix}`;
}

/** Whether the rules of one of these accounts are there. */
function isOfAny({ space, prefix }: Listing, accounts: ReadonlySet<string>): boolean {
  const [first, last] = rangeOf(prefix);
  const isHere = (account: string): boolean => first <= hash32(account) && hash32(account) <= last;
  return space === 'account' && [...accounts].some(isHere);
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
