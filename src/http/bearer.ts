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

/** Whether a secret has one of these digests. The work is the same where there are none. */
export async function hasDigest(secret: string, digests: readonly Uint8Array[]): Promise<boolean> {
  const presented = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret)));
  return isAmong(presented, digests) && secret !== '';
}

/**
 * Secrets that are known by their digests. One that was presented and is right is remembered as it is: an API server comes
 * with the same one every time, and digesting it takes longer than all the rest of a review of a token that is known.
 */
export class KnownSecrets {
  readonly #digests: readonly Uint8Array[];
  /** No more than there are digests. */
  readonly #presented: string[] = [];

  /** @param digests SHA-256 */
  constructor(digests: readonly Uint8Array[]) {
    this.#digests = digests;
  }

  /** Whether it is one of them. */
  async has(secret: string): Promise<boolean> {
    if (this.#presented.some((known) => isSameText(known, secret))) return true;
    const isKnown = await hasDigest(secret, this.#digests);
    if (isKnown && !this.#presented.includes(secret)) this.#presented.push(secret);
    return isKnown;
  }
}

/** As many as may be configured while one is rotated. */
const usualDigests = 2;

const noDigest = new Uint8Array(32);

/**
 * Whether a digest is one of these. The comparison takes the same time wherever two digests differ, and as long where
 * fewer than two are known, or none.
 */
export function isAmong(presented: Uint8Array, digests: readonly Uint8Array[]): boolean {
  let found = false;
  for (let index = 0; index < Math.max(usualDigests, digests.length); index++) {
    const equal = equalInConstantTime(presented, digests[index] ?? noDigest);
    if (equal && index < digests.length) found = true;
  }
  return found;
}

function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) difference |= a[index]! ^ (b[index] ?? 0);
  return difference === 0;
}

/** Takes the same time wherever two texts of one length differ. */
function isSameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}
