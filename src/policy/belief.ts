/**
 * Whether a stored version is what its signature says: for those who show it, compare with it or write after it. Readers,
 * who let people in by it, have `believed` of `trust.ts`.
 *
 * @module
 */
import { PolicySignatureError } from '../errors/classes.ts';
import type { Content } from './pointer.ts';
import { assertSigned, inlineContent, type PolicyTrust } from './trust.ts';
import type { FoundVersion } from './versions.ts';

/** What is said of the signature of a version; nothing where nothing has to be signed, and nothing is wrong with it. */
export interface Belief {
  /** True where the version is believed: it has to be signed and is. False where it is not. */
  readonly believed?: boolean;
  /** Why it is not. */
  readonly disbelief?: string;
}

/**
 * Rejects where a version is not believed. Where nothing has to be signed, a signature has to be right all the same: by
 * whichever key, which proves no more than that nobody has altered what the holder of that key wrote.
 *
 * @throws {PolicySignatureError}
 */
export async function assertBelieved(
  cluster: string,
  version: FoundVersion,
  trust: PolicyTrust | undefined,
): Promise<void> {
  const { signature } = version;
  const wanted = trust ?? (signature && { keys: [signature.key] });
  if (wanted === undefined) return;
  // a document stands in the pointer, and that is what decides
  const isInline = 'inline' in version && version.content?.kind !== 'manifest';
  const content = isInline ? await inlineContent(version.inline) : (version.content as Content);
  await assertSigned(cluster, { ...version, content }, wanted);
}

/** The same, to be told. */
export async function beliefIn(
  cluster: string,
  version: FoundVersion,
  trust: PolicyTrust | undefined,
): Promise<Belief> {
  try {
    await assertBelieved(cluster, version, trust);
    return trust === undefined ? {} : { believed: true };
  } catch (error) {
    if (error instanceof PolicySignatureError) return { believed: false, disbelief: error.message };
    throw error;
  }
}
