/**
 * The JWT of an issuer, as far as a client has to know it. Its signature is for the API server to check.
 *
 * @module
 */
import { member } from '../../lib/json.ts';

/** A JWT, and when it ends in milliseconds since the epoch. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAt: number;
}

const maxLength = 16 * 1024;

/** The form of a JWT. */
export function isJwt(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxLength && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(value);
}

/**
 * When a JWT of this issuer ends, in milliseconds since the epoch; undefined where it is none of this issuer.
 */
export function endOf(token: string, issuer: string): number | undefined {
  const claims = claimsOf(token);
  const exp = member(claims, 'exp');
  if (member(claims, 'iss') !== issuer) return undefined;
  // Later than any date is no date.
  return typeof exp === 'number' && exp > 0 && exp < 8.64e12 ? exp * 1000 : undefined;
}

function claimsOf(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
