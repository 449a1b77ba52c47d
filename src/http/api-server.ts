/**
 * Which API server may ask for reviews of a cluster.
 *
 * @module
 */
import { bearerOf, hasDigest, isAmong } from './bearer.ts';

/** What an API server may prove itself by, each of which suffices; or `none` where anybody may ask. */
export type ApiServerAuth =
  | {
      /** SHA-256 digests of bearer secrets. */
      readonly secretDigests: readonly Uint8Array[];
      /** SHA-256 fingerprints of client certificates. */
      readonly certificateDigests: readonly Uint8Array[];
    }
  | 'none';

/**
 * Whether the caller may ask. Without `auth` the cluster is unknown, and the answer is no after the same work.
 *
 * @param certificate SHA-256 fingerprint of the client certificate, proven by whoever ended TLS; undefined where there is none
 */
export async function mayAsk(
  request: Request,
  auth: ApiServerAuth | undefined,
  certificate: Uint8Array | undefined,
): Promise<boolean> {
  if (auth === 'none') return true;
  const bySecret = await hasDigest(bearerOf(request), auth?.secretDigests ?? []);
  const byCertificate = certificate !== undefined && isAmong(certificate, auth?.certificateDigests ?? []);
  return bySecret || byCertificate;
}
