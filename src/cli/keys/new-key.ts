/**
 * Making a signing key.
 *
 * @module
 */
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { SigningAlgorithm } from '../../oidc/algorithms.ts';
import type { SigningJwk } from '../../oidc/key-file.ts';

/** @param signFrom milliseconds since the epoch */
export async function newKey(alg: SigningAlgorithm, signFrom: number): Promise<SigningJwk> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  const time = new Date(signFrom).toISOString().replace(/\.\d+Z$/, 'Z');
  return { ...jwk, kid, alg, use: 'sig', signFrom: time } as SigningJwk;
}
