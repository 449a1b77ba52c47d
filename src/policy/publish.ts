/**
 * Publishing versions of a policy: parts first, then the pointer, and only the pointer makes them live.
 *
 * @module
 */
import { PolicyConflictError, PolicyError, PolicyVersionError } from '../errors/classes.ts';
import { mapLimited } from '../lib/map-limited.ts';
import type { Policy } from '../mapping/rule.ts';
import type { AtomicStore, Store } from '../store/store.ts';
import { readBase } from './base.ts';
import { type NextPointer, nextPointer, type PublishOptions } from './next-pointer.ts';
import { decodePart, hashOf, maxPartBytes, partKey, sizeOf } from './part.ts';
import { planPolicy } from './plan.ts';
import type { Content, VersionInfo } from './pointer.ts';
import { policyKey } from './record.ts';
import {
  assemble,
  concurrency,
  findVersion,
  type Listing,
  listingsWithout,
  missingParts,
  pagesOf,
  type ReadPointer,
  readPointer,
  readRules,
  rulePartsOf,
} from './versions.ts';

/**
 * Publishes a policy, which has been read by `parsePolicy`, as the next version. Whatever goes wrong before the end, the
 * version before stays whole.
 *
 * @throws {PolicyConflictError} where another writer was first, or another version is signed than the next
 * @throws {PolicySignatureError} where it is not signed as it has to be
 * @throws {PolicyError} where the policy is too large, or what is stored now is neither pointer nor record
 * @throws {StoreError} and then the version may be live or not
 */
export async function publishPolicy(
  store: AtomicStore,
  cluster: string,
  policy: Policy,
  options: PublishOptions,
): Promise<VersionInfo> {
  const base = await readBase(store, cluster, options);
  const { content, inline, parts } = await planPolicy(policy);
  const next = await nextPointer(store, cluster, base, { content, inline }, options);
  const known = await storedHashes(store, cluster, base);
  const fresh = [...parts].filter(([hash]) => !known.has(hash));
  await mapLimited(fresh, concurrency, ([hash, text]) => store.put(partKey(cluster, hash), text));
  return swapPointer(store, cluster, base, next);
}

/**
 * Stores one part of a version to come, for imports that go in bounded requests: `planPolicy`, `missingParts`, `putPart`
 * for each of those, `publishContent`. Broken off, it goes on where it was.
 *
 * @throws {PolicyError} where the text has another hash, is too large or does not validate
 * @throws {StoreError}
 */
export async function putPart(store: Store, cluster: string, hash: string, text: string): Promise<void> {
  const isWhole = sizeOf(text) <= maxPartBytes && (await hashOf(text)) === hash;
  if (!isWhole) throw new PolicyError([{ path: '', message: 'the part is too large or has another hash' }]);
  decodePart(text);
  await store.put(partKey(cluster, hash), text);
}

/**
 * Publishes a content whose parts are stored, as the next version.
 *
 * @throws {PolicyVersionError} `policy_incomplete` where the store lacks parts
 * @throws {PolicyConflictError} where another writer was first, or another version is signed than the next
 * @throws {PolicySignatureError} where it is not signed as it has to be
 * @throws {PolicyError} where a page does not validate
 * @throws {StoreError} and then the version may be live or not
 */
export async function publishContent(
  store: AtomicStore,
  cluster: string,
  content: Content,
  options: PublishOptions,
): Promise<VersionInfo> {
  const base = await readBase(store, cluster, options);
  return publishStored(store, cluster, base, content, options);
}

/**
 * Publishes the content of an earlier version as the next one. What it does not share with the current version is read
 * and validated first: the rules for that may have grown stricter.
 *
 * @throws {PolicyVersionError} where the version is not in the history, or the store lacks parts of it
 * @throws {PolicyConflictError} where another writer was first, or another version is signed than the next
 * @throws {PolicySignatureError} where it is not signed as it has to be
 * @throws {PolicyError} where a part does not validate
 * @throws {StoreError} and then the version may be live or not
 */
export async function rollbackPolicy(
  store: AtomicStore,
  cluster: string,
  version: number,
  { message = `rollback to version ${version}`, ...options }: PublishOptions,
): Promise<VersionInfo> {
  const base = await readBase(store, cluster, options);
  const { content } = findVersion(base.pointer, version);
  if (content === undefined)
    throw new PolicyVersionError('policy_version_unknown', 'this version has no parts');
  return publishStored(store, cluster, base, content, { ...options, message });
}

async function publishStored(
  store: AtomicStore,
  cluster: string,
  base: ReadPointer,
  content: Content,
  options: PublishOptions,
): Promise<VersionInfo> {
  const inline = await readStored(store, cluster, base, content);
  const next = await nextPointer(store, cluster, base, { content, inline }, options);
  return swapPointer(store, cluster, base, next);
}

/** So many parts are read again before they go live. */
const maxValidated = 200;

/** Checks that all of a content is there; gives the policy of a document. */
async function readStored(
  store: Store,
  cluster: string,
  base: ReadPointer,
  content: Content,
): Promise<Policy | undefined> {
  if (content.kind === 'document') return assemble(store, cluster, content);
  const listings = await rulePartsOf(store, cluster, content);
  const missing = await missingParts(
    store,
    cluster,
    listings.map(({ hash }) => hash),
  );
  if (missing.size > 0) {
    throw new PolicyVersionError('policy_incomplete', `the store lacks ${missing.size} parts of the policy`);
  }
  const fresh = listingsWithout(listings, await currentParts(store, cluster, base));
  // Each was validated when it was stored. Looked at again is what one request can read; readers look at all of it.
  if (fresh.length <= maxValidated) await readRules(store, cluster, fresh);
  return undefined;
}

/** The listings of the current version. Where its pages cannot be read it is as if there were none: more is written. */
async function currentParts(store: Store, cluster: string, { pointer }: ReadPointer): Promise<Listing[]> {
  if (pointer?.content === undefined) return [];
  return rulePartsOf(store, cluster, pointer.content).catch(() => []);
}

async function storedHashes(store: Store, cluster: string, base: ReadPointer): Promise<Set<string>> {
  const content = base.pointer?.content;
  if (content === undefined) return new Set();
  if (content.kind === 'document') return new Set([content.hash]);
  const parts = await currentParts(store, cluster, base);
  return new Set(parts.length === 0 ? [] : [...pagesOf(content), ...parts].map(({ hash }) => hash));
}

async function swapPointer(
  store: AtomicStore,
  cluster: string,
  base: ReadPointer,
  { info, text }: NextPointer,
): Promise<VersionInfo> {
  if (await store.swap(policyKey(cluster), base.text, text)) return info;
  const { pointer } = await readPointer(store, cluster);
  throw new PolicyConflictError(pointer?.version ?? 0);
}
