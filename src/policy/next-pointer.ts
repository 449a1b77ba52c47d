/**
 * The pointer of the version to come.
 *
 * @module
 */
import { PolicyConflictError, PolicyError, PolicySignatureError } from '../errors/classes.ts';
import type { Policy } from '../mapping/rule.ts';
import { parsePolicy } from '../mapping/schema.ts';
import type { Store } from '../store/store.ts';
import { encodeDocument, hashOf, partKey, sizeOf } from './part.ts';
import {
  type Content,
  encodePointer,
  maxSkewMs,
  type PastVersion,
  type Pointer,
  pointerLimits,
  type VersionInfo,
} from './pointer.ts';
import type { PolicySignature } from './signature.ts';
import { assertSigned, inlineContent, type PolicyTrust } from './trust.ts';
import type { ReadPointer } from './versions.ts';

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
  /**
   * Whether a version that is not signed may come after one that is: readers with keys do not believe it. Default false.
   */
  readonly unsigned?: boolean | undefined;
  /** Where given, nothing else is written than what it believes, nor after anything else. */
  readonly trust?: PolicyTrust | undefined;
  readonly clock?: (() => number) | undefined;
}

/** The text of the pointer to come, and what it says. */
export interface NextPointer {
  readonly info: VersionInfo;
  readonly text: string;
}

/**
 * Makes the pointer of the version after what is there.
 *
 * @throws {PolicyConflictError} where another version is signed than the next
 * @throws {PolicySignatureError} where it is not signed as it has to be
 * @throws {PolicyError} where it is too large
 */
export async function nextPointer(
  store: Store,
  cluster: string,
  { text, pointer }: ReadPointer,
  { content, inline }: { readonly content: Content; readonly inline: Policy | undefined },
  { author, message = '', signature, unsigned = false, trust, clock = Date.now }: PublishOptions,
): Promise<NextPointer> {
  // Readers disbelieve a lower version. The seconds since the epoch are more than any that was counted up to.
  const isLost = pointer === undefined && text !== undefined;
  const next = isLost ? Math.floor(clock() / 1000) : (pointer?.version ?? 0) + 1;
  if (signature !== undefined && pointer !== undefined && signature.version !== next)
    throw new PolicyConflictError(pointer.version);
  if (pointer?.signature !== undefined && signature === undefined && !unsigned) {
    const problem = `version ${pointer.version} of the policy is signed, and the next would not be`;
    throw new PolicySignatureError('policy_unsigned', problem);
  }
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
