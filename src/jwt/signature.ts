/**
 * The signature of a JWT (RFC 7515, section 5.2), by Web Crypto.
 *
 * The key was imported by jose, for one algorithm. jose's own verification would read the whole JWT again, after this room has read it
 * more strictly, and that takes as long as all the checks here (`npm run bench -- --only jwt`).
 *
 * @module
 */
import { binaryOf, bytesOf } from './encoding.ts';
import type { Algorithm } from './public-keys.ts';

/** RFC 7518, sections 3.3 and 3.4. */
const parameters: Readonly<Record<Algorithm, AlgorithmIdentifier | EcdsaParams>> = {
  RS256: 'RSASSA-PKCS1-v1_5',
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  ES384: { name: 'ECDSA', hash: 'SHA-384' },
};

const utf8 = new TextEncoder();

/** Whether a JWT, whose parts are base64url, is signed with this key. Never rejects. */
export async function isSigned(token: string, key: CryptoKey, algorithm: Algorithm): Promise<boolean> {
  const end = token.lastIndexOf('.');
  const signature = bytesOf(binaryOf(token.slice(end + 1)));
  try {
    return await crypto.subtle.verify(
      parameters[algorithm],
      key,
      signature,
      utf8.encode(token.slice(0, end)),
    );
  } catch {
    return false; // the key is for another algorithm
  }
}
