/**
 * Base64url, as JWTs have it (RFC 7515, section 2).
 *
 * @module
 */

/**
 * What the last character may be, by what the length of a part leaves of four: one with stray bits would be a second spelling of
 * one JWT.
 */
const lastOnes = [undefined, undefined, 'AQgw', 'AEIMQUYcgkosw048'];

/** Whether characters of base64url are the only spelling of some bytes: without stray bits. */
export function isCanonical(part: string): boolean {
  const lastOne = lastOnes[part.length % 4];
  return (lastOne?.includes(part.slice(-1)) ?? true) && part.length % 4 !== 1;
}

/** A character for each byte. @throws where this is no base64url */
export function binaryOf(encoded: string): string {
  return atob(encoded.replaceAll('-', '+').replaceAll('_', '/'));
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Of a character for each byte. @throws where the bytes are no UTF-8 */
export function textOf(binary: string): string {
  return /^[\x20-\x7e]*$/.test(binary) ? binary : decoder.decode(bytesOf(binary));
}

/** Of a character for each byte. */
export function bytesOf(binary: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
