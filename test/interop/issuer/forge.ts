/**
 * JWTs that callerid would not issue, by somebody who has a key of it.
 *
 * @module
 */
import { decodeJwt, importJWK, type JWTPayload, SignJWT } from 'jose';
import type { SigningKey } from './keys-file.ts';

/** What an issued JWT says, with other words here and there, signed now with this key. Each is another one. */
export async function forge(
  { alg, kid, ...key }: SigningKey,
  issued: string,
  claims: JWTPayload = {},
): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  const own = { iat, exp: iat + 60, jti: crypto.randomUUID() };
  return new SignJWT({ ...decodeJwt(issued), ...own, ...claims })
    .setProtectedHeader({ alg, kid, typ: 'JWT' })
    .sign(await importJWK(key, alg));
}

/** A JWT with other claims and the signature that it had. */
export function altered(issued: string, claims: JWTPayload): string {
  const [header, , signature] = issued.split('.');
  const payload = Buffer.from(JSON.stringify({ ...decodeJwt(issued), ...claims })).toString('base64url');
  return [header, payload, signature].join('.');
}

/** The same words, signed by nobody. */
export function unsigned(issued: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
  return `${header}.${issued.split('.')[1]}.`;
}
