/**
 * The form of a JWT (RFC 7519): three parts of base64url, and JSON in the first two.
 *
 * @module
 */
import { type Refused, refuse } from '../errors/refusal.ts';
import { type JsonObject, readStrictJson } from './strict-json.ts';

/**
 * What the last character may be, by what the length of a part leaves of four: one with stray bits would be a second spelling of
 * one JWT.
 */
const lastOnes = [undefined, undefined, 'AQgw', 'AEIMQUYcgkosw048'];

/** A JWT that was taken apart. Nothing is proven yet. */
export interface DecodedJwt {
  readonly ok: true;
  readonly header: JsonObject;
  readonly payload: JsonObject;
}

/** Takes a JWT apart. */
export function decodeJwt(
  token: string,
): DecodedJwt | Refused<'jwt_malformed' | 'jwt_header' | 'jwt_claims'> {
  const parts = token.split('.');
  if (parts.length !== 3 || !parts.every(isCanonical)) return refuse('jwt_malformed');
  const [header = '', payload = ''] = parts;
  const [head, body] = [header, payload].map(readPart);
  if (head?.kind === 'twice') return refuse('jwt_header');
  if (head?.kind !== 'object') return refuse('jwt_malformed');
  if (body?.kind === 'twice') return refuse('jwt_claims');
  if (body?.kind !== 'object') return refuse('jwt_malformed');
  return { ok: true, header: head.value, payload: body.value };
}

/** Base64url without padding and without stray bits. */
function isCanonical(part: string): boolean {
  const lastOne = lastOnes[part.length % 4];
  return /^[\w-]*$/.test(part) && (lastOne?.includes(part.slice(-1)) ?? true) && part.length % 4 !== 1;
}

function readPart(encoded: string): ReturnType<typeof readStrictJson> {
  const text = utf8Of(binaryOf(encoded));
  return text === undefined ? { kind: 'none' } : readStrictJson(text);
}

/** A character for each byte. @throws where this is no base64url */
export function binaryOf(encoded: string): string {
  return atob(encoded.replaceAll('-', '+').replaceAll('_', '/'));
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined where the bytes are no UTF-8. */
function utf8Of(binary: string): string | undefined {
  if (/^[\x20-\x7e]*$/.test(binary)) return binary;
  try {
    return decoder.decode(Uint8Array.from(binary, (byte) => byte.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
