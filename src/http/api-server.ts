/**
 * Which API server may ask for reviews of a cluster.
 *
 * @module
 */
import { bearerOf, isAmong, KnownSecrets } from './bearer.ts';

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
 * Whether the caller may ask.
 *
 * @param certificate SHA-256 fingerprint of the client certificate, proven by whoever ended TLS; undefined where there is none
 */
export type MayAsk = (request: Request, certificate: Uint8Array | undefined) => Promise<boolean>;

/** Makes what says who may ask. Without `auth` the cluster is unknown, and the answer is no after the same work. */
export function createMayAsk(auth: ApiServerAuth | undefined): MayAsk {
  if (auth === 'none') return async () => true;
  const secrets = new KnownSecrets(auth?.secretDigests ?? []);
  return async (request, certificate) => {
    const bySecret = await secrets.has(bearerOf(request));
    const byCertificate = certificate !== undefined && isAmong(certificate, auth?.certificateDigests ?? []);
    return bySecret || byCertificate;
  };
}
