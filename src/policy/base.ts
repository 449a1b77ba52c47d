/**
 * What is there now, for whoever writes the version after it.
 *
 * @module
 */
import { PolicyConflictError, PolicyError, PolicySignatureError } from '../errors/classes.ts';
import type { Store } from '../store/store.ts';
import { assertBelieved } from './belief.ts';
import type { PublishOptions } from './next-pointer.ts';
import { decodePointer, type Pointer } from './pointer.ts';
import { policyKey } from './record.ts';
import type { ReadPointer } from './versions.ts';

/**
 * Reads it.
 *
 * @throws {PolicyConflictError} where another version was expected
 * @throws {PolicyError} @throws {PolicySignatureError}
 */
export async function readBase(store: Store, cluster: string, options: PublishOptions): Promise<ReadPointer> {
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
