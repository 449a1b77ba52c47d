/**
 * The header of a JWT (RFC 7515, section 4.1): which key it names, and nothing that would lead elsewhere.
 *
 * @module
 */
import { type Refused, refuse } from '../errors/refusal.ts';
import { member } from '../lib/json.ts';
import { binaryOf, textOf } from './encoding.ts';
import type { Algorithm } from './public-keys.ts';
import { readStrictJson, type StrictJson } from './strict-json.ts';

/** Parameters that bring a key, or change what is signed or what it means. */
const refusedParameters = [
  ...['jku', 'jwk', 'x5u', 'x5c', 'x5t', 'x5t#S256'],
  ...['crit', 'b64', 'zip', 'cty', 'enc'],
];

/** Which key is to be taken. */
export interface JwtHeader {
  readonly ok: true;
  readonly algorithm: Algorithm;
  readonly keyId: string;
}

/**
 * @param encoded the first part of a JWT, base64url
 * @param algorithms those of the issuer
 */
export function readHeader(
  encoded: string,
  algorithms: readonly Algorithm[],
): JwtHeader | Refused<'jwt_malformed' | 'jwt_algorithm' | 'jwt_header' | 'jwt_type'> {
  const json = decoded(encoded);
  if (json.kind === 'none') return refuse('jwt_malformed');
  if (json.kind === 'twice') return refuse('jwt_header');
  const header = json.value;
  const algorithm = algorithms.find((one) => one === member(header, 'alg'));
  if (algorithm === undefined) return refuse('jwt_algorithm');
  const keyId = member(header, 'kid');
  if (typeof keyId !== 'string' || !/^[\x20-\x7e]{1,256}$/.test(keyId)) return refuse('jwt_header', 'kid');
  const type = member(header, 'typ');
  if (type !== undefined && !(typeof type === 'string' && /^jwt$/i.test(type))) return refuse('jwt_type');
  const parameter = refusedParameters.find((name) => Object.hasOwn(header, name));
  return parameter === undefined ? { ok: true, algorithm, keyId } : refuse('jwt_header', parameter);
}

/** All JWTs by one key have the same header. */
let last: { readonly encoded: string; readonly json: StrictJson } | undefined;

function decoded(encoded: string): StrictJson {
  if (last?.encoded !== encoded) last = { encoded, json: decode(encoded) };
  return last.json;
}

function decode(encoded: string): StrictJson {
  try {
    return readStrictJson(textOf(binaryOf(encoded)));
  } catch {
    return { kind: 'none' };
  }
}
