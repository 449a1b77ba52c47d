/**
 * Publishing versions of a policy: parts first, then the pointer, and only the pointer makes them live.
 *
 * @module
 */
import {
  PolicyConflictError,
  PolicyError,
  PolicySignatureError,
  PolicyVersionError,
} from '../errors/classes.ts';
import { mapLimited } from '../lib/map-limited.ts';
import type { Policy } from '../mapping/rule.ts';
import { parsePolicy } from '../mapping/schema.ts';
import type { AtomicStore, Store } from '../store/store.ts';
import { assertBelieved } from './belief.ts';
import { decodePart, encodeDocument, hashOf, maxPartBytes, partKey, sizeOf } from './part.ts';
import { planPolicy } from './plan.ts';
import {
  type Content,
  decodePointer,
  encodePointer,
  maxSkewMs,
  type PastVersion,
  type Pointer,
  pointerLimits,
  type VersionInfo,
} from './pointer.ts';
import { policyKey } from './record.ts';
import type { PolicySignature } from './signature.ts';
import { assertSigned, inlineContent, type PolicyTrust } from './trust.ts';
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

/** A signature, and what was signed beside the content. */
export interface VersionSignature extends PolicySignature {
  /** The one after the current version; any where there is none, or none that can be read and is believed. */
  readonly version: number;
  /** RFC 3339, at most five minutes from the clock of whoever writes it. */
  readonly writtenAt: string;
}

/** Who changes a policy, and why. */
export interface PublishOptions {
  /** One line, at most 200 bytes. */
  readonly author: string;
  /** One line, at most 500 bytes. Default: empty. */
  readonly message?: string | undefined;
  /** The version that the change was made from, 0 for none. Where another is current, nothing is changed. */
  readonly expectedVersion?: number | undefined;
  /**
   * Writes over what is there and cannot be read, be it garbage, of a version of callerid to come, or not believed; its
   * history is lost. Default false.
   */
  readonly replaceUnreadable?: boolean | undefined;
  /** By whoever planned the policy. It has to be right in any case. Default: the version is not signed. */
  readonly signature?: VersionSignature | undefined;
  /** Where given, nothing else is written than what it believes, nor after anything else. */
  readonly trust?: PolicyTrust | undefined;
  readonly clock?: (() => number) | undefined;
}

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

async function readBase(store: Store, cluster: string, options: PublishOptions): Promise<ReadPointer> {
  const text = await store.get(policyKey(cluster));
  const pointer = text === undefined ? undefined : await decodeBase(cluster, text, options);
  const version = pointer?.version ?? 0;
  if ((options.expectedVersion ?? version) !== version) throw new PolicyConflictError(version);
  return { text, pointer };
}

/**
 * What is there now, for a writer: one that is not believed counts as one that cannot be read, or whoever can write the
 * store would choose the numbers of the versions to come. Undefined where it is to be written over.
 *
 * @throws {PolicyError} @throws {PolicySignatureError}
 */
export async function decodeBase(
  cluster: string,
  text: string,
  { replaceUnreadable, trust }: Pick<PublishOptions, 'replaceUnreadable' | 'trust'>,
): Promise<Pointer | undefined> {
  try {
    const pointer = decodePointer(text);
    if (trust !== undefined) await assertBelieved(cluster, pointer, trust);
    return pointer;
  } catch (error) {
    const isUnreadable = error instanceof PolicyError || error instanceof PolicySignatureError;
    if (isUnreadable && replaceUnreadable) return undefined;
    if (!(error instanceof PolicySignatureError)) throw error;
    throw new PolicySignatureError(
      'policy_signature_invalid',
      `what is stored is not believed: ${error.message}`,
    );
  }
}

/** The text of the pointer to come, and what it says. */
interface NextPointer {
  readonly info: VersionInfo;
  readonly text: string;
}

async function nextPointer(
  store: Store,
  cluster: string,
  { text, pointer }: ReadPointer,
  { content, inline }: { readonly content: Content; readonly inline: Policy | undefined },
  { author, message = '', signature, trust, clock = Date.now }: PublishOptions,
): Promise<NextPointer> {
  // Readers disbelieve a lower version. The seconds since the epoch are more than any that was counted up to.
  const isLost = pointer === undefined && text !== undefined;
  const next = isLost ? Math.floor(clock() / 1000) : (pointer?.version ?? 0) + 1;
  if (signature !== undefined && pointer !== undefined && signature.version !== next)
    throw new PolicyConflictError(pointer.version);
  const { version, writtenAt } = signature ?? { version: next, writtenAt: new Date(clock()).toISOString() };
  const stored = signature && { key: signature.key, value: signature.value };
  // Even where nobody is asked for, a signature has to be right: else it would be found out when somebody is.
  const believed = trust ?? (signature && { keys: [signature.key] });
  if (believed !== undefined) {
    await assertSigned(cluster, { version, writtenAt, content, signature: stored }, believed);
    await assertReadable(version, writtenAt, { content, inline }, clock);
  }
  const info = { version, writtenAt, author, message, ...(stored && { signature: stored }) };
  const history =
    pointer === undefined ? [] : [...(await asPast(store, cluster, pointer)), ...pointer.history];
  return { info, text: encodePointer({ ...info, content, inline, history }) };
}

/** That readers will see what was signed, and that it was signed now: its time says how long the version before may decide. */
async function assertReadable(
  version: number,
  writtenAt: string,
  { content, inline }: { readonly content: Content; readonly inline: Policy | undefined },
  clock: () => number,
): Promise<void> {
  const isNow = Math.abs(Date.parse(writtenAt) - clock()) <= maxSkewMs;
  const shown = inline && (await inlineContent(JSON.parse(JSON.stringify(inline))));
  if (isNow && (content.kind === 'manifest' || (shown?.kind === 'document' && shown.hash === content.hash)))
    return;
  const problem = isNow
    ? 'is not written as callerid writes it, and readers would not believe it'
    : `was signed for another time than now, ${maxSkewMs / 60_000} minutes away or more`;
  throw new PolicySignatureError('policy_signature_invalid', `version ${version} of the policy ${problem}`);
}

/** The current version as one of the past. A record of format 1 gets a part for it, unless it is no longer good. */
async function asPast(store: Store, cluster: string, pointer: Pointer): Promise<readonly PastVersion[]> {
  const { version, writtenAt, author, message, signature, content, inline } = pointer;
  const info = { version, writtenAt, author, message, ...(signature && { signature }) };
  if (content !== undefined) return [{ ...info, content }];
  const text = documentOf(inline);
  if (text === undefined) return [];
  const hash = await hashOf(text);
  await store.put(partKey(cluster, hash), text);
  return [{ ...info, content: { kind: 'document', hash } }];
}

function documentOf(inline: unknown): string | undefined {
  try {
    const text = encodeDocument(parsePolicy(inline));
    return sizeOf(text) <= pointerLimits.inline ? text : undefined;
  } catch (error) {
    if (error instanceof PolicyError) return undefined;
    throw error;
  }
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
