/**
 * Who a token says that it is from, told from other tokens at little cost: an API server sends every ServiceAccount JWT that it
 * does not know, ten thousands of them.
 *
 * @module
 */
import { member } from '../lib/json.ts';
import { binaryOf } from './encoding.ts';

/** Longest token that is looked at, in characters. */
const maxLookedAt = 64 * 1024;

/** The issuer that a token names; undefined where it is no JWT, or cannot be of an issuer whose URL has `marker` in it. */
export function claimedIssuer(token: string, marker: string): string | undefined {
  if (token.length > maxLookedAt || !/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) return undefined;
  try {
    const payload = binaryOf(token.split('.', 2)[1] as string);
    // Only what is escaped can name the issuer without containing it.
    if (!payload.includes(marker) && !payload.includes('\\')) return undefined;
    const issuer = member(JSON.parse(payload), 'iss');
    return typeof issuer === 'string' ? issuer : undefined;
  } catch {
    return undefined;
  }
}
