/**
 * The client certificate of a request, as Cloudflare's edge says on Workers.
 *
 * @module
 */
import { fromHex } from '../lib/hex.ts';

/**
 * What `tlsClientAuth` says of a certificate that counts. `certVerified` alone does not do: it is `SUCCESS` for a
 * certificate that was revoked, too.
 */
const good = { certPresented: '1', certVerified: 'SUCCESS', certRevoked: '0' };

/**
 * The SHA-256 fingerprint of the certificate that a client has proven; undefined for whatever is not wholly so.
 *
 * @param cf `request.cf`, which the edge makes and no client can
 */
export function edgeCertificate(cf: unknown): Uint8Array | undefined {
  const auth = own(cf, 'tlsClientAuth');
  if (!Object.entries(good).every(([name, value]) => own(auth, name) === value)) return undefined;
  const fingerprint = own(auth, 'certFingerprintSHA256');
  if (typeof fingerprint !== 'string' || !/^[0-9a-f]{64}$/i.test(fingerprint)) return undefined;
  return fromHex(fingerprint);
}

function own(holder: unknown, name: string): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name)) return undefined;
  return (holder as Record<string, unknown>)[name];
}
