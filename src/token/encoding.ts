/**
 * Rules 1 and 2: the prefix and the base64url of a token, both ways.
 *
 * @module
 */
import { type Refused, refuse } from '../errors/refusal.ts';
import { encodeBase64url } from '../lib/base64url.ts';

/** What every token of this kind begins with. */
const tokenPrefix = 'k8s-aws-v1.';

/** Whether this is a token of ours; any other is *foreign*, somebody else's, and nothing about it is ever logged. */
export function hasTokenPrefix(token: unknown): token is string {
  return typeof token === 'string' && token.startsWith(tokenPrefix);
}

/** Wraps a URL into a token. */
export function encodeToken(url: string): string {
  return tokenPrefix + encodeBase64url(new TextEncoder().encode(url));
}

/** Unwraps a token that has the prefix. */
export function decodeToken(
  token: string,
): { ok: true; url: string } | Refused<'token_encoding' | 'token_not_ascii'> {
  const encoded = token.slice(tokenPrefix.length);
  if (!/^[A-Za-z0-9_-]+$/.test(encoded)) return refuse('token_encoding');
  let url: string;
  try {
    url = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return refuse('token_encoding');
  }
  if (!/^[\x20-\x7e]*$/.test(url)) return refuse('token_not_ascii');
  return hasStrayBits(encoded) ? refuse('token_encoding') : { ok: true, url };
}

/** Whether the last character carries bits that no byte takes: two spellings of one token must not exist. */
function hasStrayBits(encoded: string): boolean {
  const last = encoded.slice(-1);
  switch (encoded.length % 4) {
    case 2:
      return !'AQgw'.includes(last);
    case 3:
      return !'AEIMQUYcgkosw048'.includes(last);
    default:
      return false;
  }
}
