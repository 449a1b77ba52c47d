/**
 * Whom readers and the admin API believe where policies are signed: whoever can write the store is not among them.
 *
 * @module
 */
import { PolicySignatureError } from '../errors/classes.ts';
import { decodeBase64url } from '../lib/base64url.ts';
import type { Policy } from '../mapping/rule.ts';
import { encodeDocument, hashOf } from './part.ts';
import { type Content, encodeContent, fallbacks, type PastVersion, type Pointer } from './pointer.ts';
import { isPolicyKey, type PolicySignature } from './signature.ts';

/** Whose versions are believed. */
export interface PolicyTrust {
  /** Public keys, as `isPolicyKey` wants them. */
  readonly keys: readonly string[];
  /** No version before this one is believed, though it is signed. Default: every one may be. */
  readonly minVersion?: number | undefined;
}

/** What is said of a version and its content. */
export interface SignedVersion {
  readonly version: number;
  /** RFC 3339 */
  readonly writtenAt: string;
  readonly content: Content;
  readonly signature?: PolicySignature | undefined;
}

/**
 * What is signed of a version: all that decides, and until when it does. JSON has one way to write each of these texts, so
 * no two versions are one text; the first word keeps it apart from whatever else a key may sign. Hashes in the content
 * cover the rules. Author and message are information.
 */
export function signedText(cluster: string, { version, writtenAt, content }: SignedVersion): string {
  return JSON.stringify(['callerid policy v1', cluster, version, writtenAt, encodeContent(content)]);
}

/** The content of a policy that stands in the pointer itself, whatever the pointer says of it. */
export async function inlineContent(policy: unknown): Promise<Content> {
  try {
    return { kind: 'document', hash: await hashOf(encodeDocument(policy as Policy)) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // nested beyond the stack: nobody has signed that
    throw new PolicySignatureError('policy_signature_invalid', 'the stored policy is nested too deeply');
  }
}

/**
 * Rejects unless a version is signed, and believed; gives the text that is signed.
 *
 * @throws {PolicySignatureError}
 */
export async function assertSigned(
  cluster: string,
  version: SignedVersion,
  { keys, minVersion = 0 }: PolicyTrust,
): Promise<string> {
  const { signature } = version;
  if (signature === undefined) throw wrong(version, 'is not signed', 'policy_unsigned');
  if (!keys.includes(signature.key) || !isPolicyKey(signature.key)) {
    throw wrong(version, 'is signed by an unknown key');
  }
  const text = signedText(cluster, version);
  if (!(await isGood(signature, text))) throw wrong(version, 'is not what was signed');
  if (version.version < minVersion) throw wrong(version, `is older than version ${minVersion}`);
  return text;
}

function wrong(
  { version }: SignedVersion,
  problem: string,
  code: 'policy_unsigned' | 'policy_signature_invalid' = 'policy_signature_invalid',
): PolicySignatureError {
  return new PolicySignatureError(code, `version ${version} of the policy ${problem}`);
}

/** Rejects where the key is no key. */
async function isGood({ key, value }: PolicySignature, text: string): Promise<boolean> {
  const publicKey = await crypto.subtle.importKey('raw', decodeBase64url(key), 'Ed25519', false, ['verify']);
  return crypto.subtle.verify('Ed25519', publicKey, decodeBase64url(value), new TextEncoder().encode(text));
}

/** A pointer with nothing in it that is not believed. */
export interface BelievedPointer extends Pointer {
  /** The text that is signed of the current version. */
  readonly signedText: string;
}

/**
 * Checks the current version, and leaves out of the history what is no fallback: the first version that is not signed, and
 * what was before it. Each has to be the one before the next, or leaving one out would let an older one decide for longer.
 *
 * @throws {PolicySignatureError} where the current version is not believed
 */
export async function believed(
  pointer: Pointer,
  cluster: string,
  trust: PolicyTrust,
): Promise<BelievedPointer> {
  const { content } = pointer;
  const current = content?.kind === 'manifest' ? content : await inlineContent(pointer.inline);
  const signedText = await assertSigned(cluster, { ...pointer, content: current }, trust);
  const history: PastVersion[] = [];
  for (const past of pointer.history.slice(0, fallbacks)) {
    const expected = pointer.version - history.length - 1;
    if (past.version !== expected || !(await isSigned(cluster, past, trust))) break;
    history.push(past);
  }
  return { ...pointer, history, signedText };
}

function isSigned(cluster: string, version: SignedVersion, trust: PolicyTrust): Promise<boolean> {
  return assertSigned(cluster, version, trust).then(
    () => true,
    () => false,
  );
}
