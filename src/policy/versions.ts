/**
 * Reading versions from a store: a whole one, and what is there of one.
 *
 * @module
 */
import { PolicyError, PolicyVersionError } from '../errors/classes.ts';
import { mapLimited } from '../lib/map-limited.ts';
import type { Policy, Rule } from '../mapping/rule.ts';
import { isStorable, type Store } from '../store/store.ts';
import { decodePart, hashOf, type Part, partKey, partsPrefix } from './part.ts';
import { type Space, spaces } from './placement.ts';
import {
  type Content,
  decodePointer,
  inlinePolicyOf,
  type PastVersion,
  type Pointer,
  type VersionInfo,
} from './pointer.ts';
import { policyKey } from './record.ts';

/** Requests to the store at a time. */
export const concurrency = 8;

/** A pointer, and its text: what a swap expects. Both undefined where the store has none. */
export interface ReadPointer {
  readonly text: string | undefined;
  readonly pointer: Pointer | undefined;
}

/** @throws {PolicyError} where what is there is neither pointer nor record @throws {StoreError} */
export async function readPointer(store: Store, cluster: string): Promise<ReadPointer> {
  const text = await store.get(policyKey(cluster));
  return { text, pointer: text === undefined ? undefined : decodePointer(text) };
}

/**
 * The text of a part, checked against its hash.
 *
 * @throws {PolicyVersionError} where the store has it not, or not whole
 * @throws {StoreError}
 */
export async function readText(store: Pick<Store, 'get'>, cluster: string, hash: string): Promise<string> {
  const text = await store.get(partKey(cluster, hash));
  if (text === undefined) throw incomplete('a part of the policy is not in the store');
  if (!isStorable(text) || (await hashOf(text)) !== hash)
    throw incomplete('a part of the policy is not as it was written');
  return text;
}

async function readPart(store: Store, cluster: string, hash: string): Promise<Part> {
  return decodePart(await readText(store, cluster, hash));
}

/** Where a part stands in a version. */
export interface Listing {
  readonly space: Space;
  readonly prefix: string;
  readonly hash: string;
}

/** Those of these that are not among the others. */
export function listingsWithout(these: readonly Listing[], others: readonly Listing[]): readonly Listing[] {
  const nameOf = ({ space, prefix, hash }: Listing): string => `${space}:${prefix} ${hash}`;
  const known = new Set(others.map(nameOf));
  return these.filter((one) => !known.has(nameOf(one)));
}

interface ListedPart {
  readonly kind: Part['kind'];
  readonly space?: Space;
  readonly prefix?: string;
}

/** @throws {PolicyVersionError} where the part is not what it is listed as */
export function assertListed<P extends ListedPart, K extends 'page' | 'rules'>(
  part: P,
  kind: K,
  { space, prefix }: Omit<Listing, 'hash'>,
): asserts part is Extract<P, { readonly kind: K }> {
  // A page has to say of its whole range what is there; a part may have rules of some of its bucket alone.
  const isThere = kind === 'page' ? part.prefix === prefix : part.prefix?.startsWith(prefix);
  if (part.kind !== kind || part.space !== space || !isThere) throw misplaced();
}

/** The page tables of a content, in order; none of a document. */
export function pagesOf(content: Content): Listing[] {
  if (content.kind === 'document') return [];
  return spaces.flatMap((space) =>
    content.pages[space].entries.map(([prefix, hash]) => ({ space, prefix, hash })),
  );
}

/** The parts with the rules of a content, in order, from its pages; none of a document. */
export async function rulePartsOf(store: Store, cluster: string, content: Content): Promise<Listing[]> {
  const lists = await mapLimited(pagesOf(content), concurrency, async (listing) => {
    const page = await readPart(store, cluster, listing.hash);
    assertListed(page, 'page', listing);
    const { space, buckets } = page;
    return buckets.entries.flatMap(([prefix, hashes]) => hashes.map((hash) => ({ space, prefix, hash })));
  });
  return lists.flat();
}

/**
 * @throws {PolicyVersionError} where the store has a part not, not whole, or listed as what it is not
 * @throws {PolicyError} where it does not validate
 * @throws {StoreError}
 */
export function readRules(
  store: Store,
  cluster: string,
  listings: readonly Listing[],
): Promise<(readonly Rule[])[]> {
  return mapLimited(listings, concurrency, async (listing) => {
    const part = await readPart(store, cluster, listing.hash);
    assertListed(part, 'rules', listing);
    return part.rules;
  });
}

/**
 * The policy of a content, whole. The rules of a large one come in the order of their buckets, which keeps that of
 * the rules of one principal and of one account.
 *
 * @throws as `readRules`
 */
export async function assemble(store: Store, cluster: string, content: Content): Promise<Policy> {
  if (content.kind === 'document') {
    const part = await readPart(store, cluster, content.hash);
    if (part.kind !== 'document') throw misplaced();
    return part.policy;
  }
  const lists = await readRules(store, cluster, await rulePartsOf(store, cluster, content));
  const { kind: _, pages: __, ...settings } = content;
  return { rules: lists.flat(), ...settings };
}

export function misplaced(): PolicyVersionError {
  return incomplete('a part of the policy is not what it is listed as');
}

function incomplete(problem: string): PolicyVersionError {
  return new PolicyVersionError('policy_incomplete', problem);
}

/** A version with its policy. */
export interface WholeVersion extends VersionInfo {
  readonly policy: Policy;
}

/**
 * The current version of a cluster's policy, or one of its history.
 *
 * @throws {PolicyVersionError} where there is no such version, or the store lacks a part of it
 */
export async function readVersion(store: Store, cluster: string, version?: number): Promise<WholeVersion> {
  const { pointer } = await readPointer(store, cluster);
  return wholeVersion(store, cluster, findVersion(pointer, version));
}

/**
 * A version of a pointer, or one of its history, with its policy.
 *
 * @throws {PolicyVersionError} where the store lacks a part of it
 */
export async function wholeVersion(
  store: Store,
  cluster: string,
  found: FoundVersion,
): Promise<WholeVersion> {
  const { version: number, writtenAt, author, message, signature } = found;
  const policy =
    ('inline' in found ? inlinePolicyOf(found) : undefined) ??
    (await assemble(store, cluster, contentOf(found)));
  return { version: number, writtenAt, author, message, ...(signature && { signature }), policy };
}

/** The current version, or one of the history. */
export type FoundVersion = Pointer | PastVersion;

/** @throws {PolicyVersionError} */
export function findVersion(pointer: Pointer | undefined, version: number | undefined): FoundVersion {
  if (pointer !== undefined && (version ?? pointer.version) === pointer.version) return pointer;
  const found = pointer?.history.find((one) => one.version === version);
  if (found !== undefined) return found;
  const what = version === undefined ? 'no policy is stored' : `version ${version} is not in the history`;
  throw new PolicyVersionError('policy_version_unknown', what);
}

function contentOf({ content }: { readonly content: Content | undefined }): Content {
  if (content === undefined) throw new PolicyError([{ path: '', message: 'the version has no parts' }]);
  return content;
}

/**
 * Those of the hashes that the store has no part of. It is asked for a list of its keys, a thousand a request, and not
 * for the parts: Workers KV remembers for a minute that one was absent.
 *
 * @throws {StoreError}
 */
export async function missingParts(
  store: Store,
  cluster: string,
  hashes: Iterable<string>,
): Promise<Set<string>> {
  const missing = new Set(hashes);
  const prefix = partsPrefix(cluster);
  let cursor: string | undefined;
  do {
    const page = await store.list(prefix, { cursor });
    for (const key of page.keys) missing.delete(key.slice(prefix.length));
    cursor = page.cursor;
  } while (cursor !== undefined && missing.size > 0);
  return missing;
}
