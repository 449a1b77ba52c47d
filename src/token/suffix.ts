/**
 * What a client may sign after the audience, so that a token is good for one request, or once: `AUDIENCE#DIGEST`,
 * `AUDIENCE#NONCE` or `AUDIENCE#DIGEST#NONCE`. The grammar of the token knows nothing of it, and any tool that signs an
 * audience signs these too.
 *
 * @module
 */
import { digestBase64url, encodeBase64url } from '../lib/base64url.ts';
import { maxAudienceLength } from './audience.ts';

/** The header in which a nonce is sent beside its token. */
export const nonceHeader = 'callerid-nonce';

/** How many characters a suffix has: `#` and a digest, `#` and a nonce. */
export const requestSuffixLength = 44;
export const nonceSuffixLength = 23;

/** The request that a token is bound to. */
export interface BoundRequest {
  /** As it is sent, such as `POST`. */
  readonly method: string;
  /** Absolute, as the URL parser of the platform writes it (`new Request(url).url`). The fragment is no part of it. */
  readonly url: string;
  /** The bytes that are sent; empty where there is no body. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/**
 * The suffix that binds a token to a request: `#` and the SHA-256, as base64url, of three lines without an end of line
 * after the last: the method, the URL, and the SHA-256 of the body, as base64url.
 *
 * @example
 * ```ts
 * const suffix = await requestSuffix({ method: 'POST', url: 'https://orders.example.com/orders', body });
 * const result = await verifier.verify(token, { suffix });
 * ```
 */
export async function requestSuffix({ method, url, body }: BoundRequest): Promise<string> {
  const [absolute] = url.split('#', 1);
  return `#${await digestBase64url(`${method}\n${absolute}\n${await digestBase64url(body)}`)}`;
}

/**
 * The suffix that makes a token one-time.
 *
 * @throws {TypeError} where this is no nonce: another text could be the digest of a bound token
 */
export function nonceSuffix(nonce: string): string {
  if (!isNonce(nonce)) throw new TypeError('not 22 base64url characters');
  return `#${nonce}`;
}

/**
 * A new nonce: 16 random bytes as base64url, 22 characters.
 *
 * @example
 * ```ts
 * const nonce = createNonce();
 * const { token } = await createToken(credentials, { audience, region, nonce });
 * const headers = { authorization: `Bearer ${token}`, 'callerid-nonce': nonce };
 * ```
 */
export function createNonce(): string {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(16)));
}

/** Whether this has the form of a nonce: 22 base64url characters. */
export function isNonce(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{22}$/.test(value);
}

/** Whether this is what may stand behind an audience: no suffix, one, or both in their order. */
export function isSuffix(text: string): boolean {
  return /^(?:#[A-Za-z0-9_-]{43})?(?:#[A-Za-z0-9_-]{22})?$/.test(text);
}

/** The longest audience that both suffixes fit behind. */
export const maxSuffixedLength: number = maxAudienceLength - requestSuffixLength - nonceSuffixLength;
