/**
 * Who a token says that it is from, told from other tokens at little cost: an API server sends every ServiceAccount JWT that it
 * does not know, ten thousands of them.
 *
 * @module
 */
import { member } from '../lib/json.ts';
import { binaryOf, textOf } from './encoding.ts';
import { readStrictJson, type StrictJson } from './strict-json.ts';

/** Longest token that is looked at, in characters. */
const maxLookedAt = 64 * 1024;

/** What a token says; nothing of it is proven. */
export interface Claimed {
  readonly issuer: string;
  readonly payload: Exclude<StrictJson, { readonly kind: 'none' }>;
}

/** Undefined where a token is no JWT, or cannot be of an issuer whose URL has `marker` in it. */
export function readClaimed(token: string, marker: string): Claimed | undefined {
  if (token.length > maxLookedAt || !/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) return undefined;
  const payload = payloadOf(token.split('.', 2)[1] as string, marker);
  if (payload.kind === 'none') return undefined;
  const issuer = member(payload.value, 'iss');
  return typeof issuer === 'string' ? { issuer, payload } : undefined;
}

function payloadOf(encoded: string, marker: string): StrictJson {
  try {
    const binary = binaryOf(encoded);
    // Only what is escaped can name the issuer without containing it.
    if (!binary.includes(marker) && !binary.includes('\\')) return { kind: 'none' };
    return readStrictJson(textOf(binary));
  } catch {
    return { kind: 'none' };
  }
}
