/**
 * Which API server may ask for reviews of a cluster.
 *
 * @module
 */
import { bearerOf, hasDigest } from './bearer.ts';

/** The SHA-256 digests of the bearer secrets that an API server may present, or `none` where anybody may ask. */
export type ApiServerAuth = { readonly secretDigests: readonly Uint8Array[] } | 'none';

/** Whether the caller may ask. Without `auth` the cluster is unknown, and the answer is no after the same work. */
export async function mayAsk(request: Request, auth: ApiServerAuth | undefined): Promise<boolean> {
  return auth === 'none' || hasDigest(bearerOf(request), auth?.secretDigests ?? []);
}
