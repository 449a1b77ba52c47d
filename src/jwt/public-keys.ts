/**
 * The keys of an issuer, from its JWK set (RFC 7517): public ones, for signatures, of the algorithms that are taken.
 *
 * @module
 */
import { importJWK, type JWK } from 'jose';
import { member } from '../lib/json.ts';
import { isJsonObject, type JsonObject } from './strict-json.ts';

/** Algorithms of JWTs that are taken from somebody. */
export type Algorithm = 'RS256' | 'ES256' | 'ES384';

/** Keys that are ready for use, by {@link keyName}. */
export type PublicKeys = ReadonlyMap<string, CryptoKey>;

/** A key as its set has it. */
export interface PublicJwk {
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly jwk: JWK;
}

/** What a key of an algorithm is, and the members that it consists of. */
const kinds: Readonly<Record<Algorithm, { kty: string; crv?: string; members: readonly string[] }>> = {
  RS256: { kty: 'RSA', members: ['n', 'e'] },
  ES256: { kty: 'EC', crv: 'P-256', members: ['x', 'y'] },
  ES384: { kty: 'EC', crv: 'P-384', members: ['x', 'y'] },
};

/** Members that no public key has. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** More in a set are a mistake. */
const maxKeys = 32;

/** Shorter RSA keys are not taken, in bits. */
const leastRsaBits = 2048;

/** One key ID may name a key of each algorithm, and none of them serves for another. */
export function keyName(algorithm: Algorithm, keyId: string): string {
  return `${algorithm}\n${keyId}`;
}

/** The keys of a set that can be taken; undefined where it is no set, has none or too many, or two of one name. */
export function selectKeys(set: unknown, algorithms: readonly Algorithm[]): readonly PublicJwk[] | undefined {
  const keys = member(set, 'keys');
  if (!Array.isArray(keys) || keys.length > maxKeys) return undefined;
  const taken = keys.flatMap((key) => selectKey(key, algorithms) ?? []);
  const names = new Set(taken.map(({ name }) => name));
  return taken.length > 0 && names.size === taken.length ? taken : undefined;
}

function selectKey(key: unknown, algorithms: readonly Algorithm[]): PublicJwk | undefined {
  if (!isJsonObject(key) || privateMembers.some((name) => Object.hasOwn(key, name))) return undefined;
  const keyId = member(key, 'kid');
  const algorithm = algorithms.find((one) => isOf(key, one));
  if (algorithm === undefined || typeof keyId !== 'string' || !isForSignatures(key)) return undefined;
  const { kty, crv, members } = kinds[algorithm];
  const values = members.map((name) => [name, member(key, name)] as const);
  if (!values.every(([, value]) => typeof value === 'string' && /^[\w-]+$/.test(value))) return undefined;
  const jwk = { kty, ...(crv === undefined ? {} : { crv }), ...Object.fromEntries(values) } as JWK;
  return { name: keyName(algorithm, keyId), algorithm, jwk };
}

function isOf(key: JsonObject, algorithm: Algorithm): boolean {
  const { kty, crv } = kinds[algorithm];
  if (member(key, 'kty') !== kty || (crv !== undefined && member(key, 'crv') !== crv)) return false;
  return (member(key, 'alg') ?? algorithm) === algorithm;
}

function isForSignatures(key: JsonObject): boolean {
  const operations = member(key, 'key_ops') ?? ['verify'];
  return (
    (member(key, 'use') ?? 'sig') === 'sig' && Array.isArray(operations) && operations.includes('verify')
  );
}

/** Makes them ready for use; those that are no point of their curve, or too short, are left out. Undefined where none is left. */
export async function importKeys(selected: readonly PublicJwk[]): Promise<PublicKeys | undefined> {
  const keys = new Map<string, CryptoKey>();
  for (const { name, algorithm, jwk } of selected) {
    const key = await importJWK(jwk, algorithm).catch(() => undefined);
    if (key !== undefined && !(key instanceof Uint8Array) && isLongEnough(key)) keys.set(name, key);
  }
  return keys.size === 0 ? undefined : keys;
}

function isLongEnough({ algorithm }: CryptoKey): boolean {
  const bits = 'modulusLength' in algorithm ? (algorithm.modulusLength as number) : leastRsaBits;
  return bits >= leastRsaBits;
}
