/**
 * Keys that sign policies, and versions that they have signed.
 */
import { encodeBase64url } from '../../src/lib/base64url.ts';
import type { Policy } from '../../src/mapping/rule.ts';
import type { VersionSignature } from '../../src/policy/next-pointer.ts';
import { planPolicy } from '../../src/policy/plan.ts';
import type { Content } from '../../src/policy/pointer.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { signedText } from '../../src/policy/trust.ts';
import type { AtomicStore } from '../../src/store/store.ts';

export interface Signer {
  /** The public key. */
  readonly key: string;
  /** Signs a text. */
  readonly sign: (text: string) => Promise<string>;
}

export async function newSigner(): Promise<Signer> {
  const { privateKey, publicKey } = (await crypto.subtle.generateKey('Ed25519', true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const raw = (await crypto.subtle.exportKey('raw', publicKey)) as ArrayBuffer;
  return {
    key: encodeBase64url(new Uint8Array(raw)),
    async sign(text) {
      const bytes = await crypto.subtle.sign('Ed25519', privateKey, new TextEncoder().encode(text));
      return encodeBase64url(new Uint8Array(bytes));
    },
  };
}

export interface ToSign {
  readonly cluster: string;
  readonly version: number;
  /** RFC 3339 */
  readonly writtenAt: string;
  readonly content: Content;
}

export async function signatureOf(signer: Signer, version: ToSign): Promise<VersionSignature> {
  const value = await signer.sign(signedText(version.cluster, version));
  return { version: version.version, writtenAt: version.writtenAt, key: signer.key, value };
}

/** Publishes a policy as a version that is signed. */
export async function publishSigned(
  store: AtomicStore,
  signer: Signer,
  policy: Policy,
  facts: Omit<ToSign, 'content'>,
): Promise<void> {
  const { content } = await planPolicy(policy);
  const signature = await signatureOf(signer, { ...facts, content });
  const clock = () => Date.parse(facts.writtenAt);
  await publishPolicy(store, facts.cluster, policy, { author: 'alice', signature, clock });
}
