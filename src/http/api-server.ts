/**
 * Which API server may ask for reviews of a cluster.
 *
 * @module
 */

/** The SHA-256 digests of the bearer secrets that an API server may present, or `none` where anybody may ask. */
export type ApiServerAuth = { readonly secretDigests: readonly Uint8Array[] } | 'none';

/**
 * Whether the caller may ask. Without `auth` the cluster is unknown, and the answer is no after the same work. The
 * comparison takes the same time wherever two digests differ.
 */
export async function mayAsk(request: Request, auth: ApiServerAuth | undefined): Promise<boolean> {
  if (auth === 'none') return true;
  const [, secret = ''] = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  const presented = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret)));
  let allowed = false;
  for (const digest of auth?.secretDigests ?? []) {
    if (equalInConstantTime(presented, digest)) allowed = true;
  }
  return allowed && secret !== '';
}

function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) difference |= a[index]! ^ (b[index] ?? 0);
  return difference === 0;
}
