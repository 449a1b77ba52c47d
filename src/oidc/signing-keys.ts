/**
 * The keys by which a deployment signs: all are published, and one of them signs.
 *
 * @module
 */
import { type CryptoKey, importJWK, type JSONWebKeySet, type JWK, SignJWT } from 'jose';
import { ConfigurationError } from '../errors/classes.ts';
import { isSigned } from '../jwt/signature.ts';
import type { SigningAlgorithm } from './algorithms.ts';
import { parseSigningKeys, type SigningJwk } from './key-file.ts';

/** The environment variable that holds them. */
const variable = 'CALLERID_SIGNING_KEYS';

/**
 * Reads the keys of a deployment.
 *
 * @param text of the secret
 * @throws {ConfigurationError} that names the field, and never a value
 */
export function readSigningKeys(text: string): SigningKeys {
  return new SigningKeys(parseSigningKeys(text, variable));
}

/** What everybody may know of a key. Written out, so that nothing else ever gets out with it. */
export function publicJwkOf(jwk: SigningJwk): JWK {
  const { kid, alg, use } = jwk;
  return jwk.kty === 'RSA'
    ? { kty: jwk.kty, n: jwk.n, e: jwk.e, kid, alg, use }
    : { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y, kid, alg, use };
}

/**
 * The key that signs: of those whose time has come the one with the latest; of two with the same time the later in the
 * list.
 *
 * @param now milliseconds since the epoch
 */
export function signerOf<K extends { readonly signFrom: string }>(
  keys: readonly K[],
  now: number,
): K | undefined {
  return keys
    .filter(({ signFrom }) => Date.parse(signFrom) <= now)
    .reduce<K | undefined>(
      (best, key) => (best && Date.parse(best.signFrom) > Date.parse(key.signFrom) ? best : key),
      undefined,
    );
}

/** The keys of a deployment. */
export class SigningKeys {
  readonly #keys: readonly SigningKey[];
  readonly #published: readonly JWK[];

  constructor(keys: readonly SigningJwk[]) {
    this.#keys = keys.map((jwk) => new SigningKey(jwk));
    this.#published = keys.map(publicJwkOf);
  }

  /** What is published: every key, without its private part. */
  publicKeys(): JSONWebKeySet {
    return { keys: this.#published.map((jwk) => ({ ...jwk })) };
  }

  /**
   * The key that signs now; undefined where the time of none has come.
   *
   * @param now milliseconds since the epoch
   */
  current(now: number): SigningKey | undefined {
    return signerOf(this.#keys, now);
  }

  /**
   * Tries every key.
   *
   * @throws {ConfigurationError} that names the first that does not do, and never a value
   */
  async check(): Promise<void> {
    for (const [index, key] of this.#keys.entries()) {
      try {
        await key.key();
      } catch {
        throw new ConfigurationError(
          variable,
          `the parts of keys[${index}] do not make one key`,
          'Make keys with callerid keys create, see docs/issuer.md.',
        );
      }
    }
  }
}

/** A key that can sign. */
export class SigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  /** RFC 3339 */
  readonly signFrom: string;
  readonly #jwk: SigningJwk;
  /** Held is the key and no promise of it: on Workers the promise of another request may never settle. */
  #key: CryptoKey | undefined;

  constructor(jwk: SigningJwk) {
    this.kid = jwk.kid;
    this.alg = jwk.alg;
    this.signFrom = jwk.signFrom;
    this.#jwk = jwk;
  }

  /** Not extractable. Rejects where the numbers of the key make none, or the public ones are another's: nobody could verify what it signs. */
  async key(): Promise<CryptoKey> {
    this.#key ??= await importPrivateKey(this.#jwk);
    return this.#key;
  }
}

async function importPrivateKey(signing: SigningJwk): Promise<CryptoKey> {
  const { signFrom: _, ...jwk } = signing;
  const key = await importAs('private', jwk);
  const probe = await new SignJWT({}).setProtectedHeader({ alg: jwk.alg }).sign(key);
  const published = await importAs('public', { ...publicJwkOf(signing), alg: jwk.alg });
  if (!(await isSigned(probe, published, jwk.alg))) throw new TypeError('two halves of two keys');
  return key;
}

async function importAs(type: 'private' | 'public', jwk: JWK & { readonly alg: string }): Promise<CryptoKey> {
  const key = await importJWK(jwk, jwk.alg, { extractable: false });
  if (key instanceof Uint8Array || key.type !== type) throw new TypeError(`not a ${type} key`);
  return key;
}
