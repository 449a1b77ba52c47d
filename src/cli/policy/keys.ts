/**
 * What `callerid policy keys` does. Nothing private is ever printed.
 *
 * @module
 */
import { print, say } from '../output.ts';
import { writeNewFile } from '../write-file.ts';
import { readPolicySigner } from './signer.ts';

export interface CreateKeyFlags {
  readonly out: string;
}

/** Writes a file with a key, for its writer alone, and prints the public one. */
export async function createKey({ out }: CreateKeyFlags): Promise<void> {
  const { privateKey } = (await crypto.subtle.generateKey('Ed25519', true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const { kty, crv, x, d } = await crypto.subtle.exportKey('jwk', privateKey);
  writeNewFile(out, `${JSON.stringify({ kty, crv, x, d })}\n`);
  print(String(x));
  say(
    'that is the public key: for the first key apply a version with --sign, then set CALLERID_POLICY_KEYS; for another one set it beside the first, then apply',
  );
}

/** Prints the public key of a file. */
export async function printPublicKey(file: string): Promise<void> {
  print((await readPolicySigner(file)).key);
}
