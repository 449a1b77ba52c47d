/**
 * Bearer secrets that are known by their SHA-256 digests.
 *
 * @module
 */

/** The credential in an `authorization` header; empty where there is none. */
export function bearerOf(request: Request): string {
  const [, credential = ''] =
    /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  return credential;
}

/**
 * Whether a secret has one of these digests. The work is the same where there are none, and the comparison takes the
 * same time wherever two digests differ.
 */
export async function hasDigest(secret: string, digests: readonly Uint8Array[]): Promise<boolean> {
  const presented = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret)));
  let found = false;
  for (const digest of digests) {
    if (equalInConstantTime(presented, digest)) found = true;
  }
  return found && secret !== '';
}

function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) difference |= a[index]! ^ (b[index] ?? 0);
  return difference === 0;
}
