/**
 * An issuer of JWTs that signs whatever a test writes, well formed or not, and publishes whatever keys.
 */
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { awsJwts } from '../../src/jwt.ts';
import { encodeBase64url } from '../../src/lib/base64url.ts';
import type { Verification } from '../../src/verifier/verification.ts';
import { createVerifier, type Verifier } from '../../src/verifier/verifier.ts';
import { account, audience, start } from './verifier-setup.ts';

export const issuer = 'https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws';
export const otherIssuer = 'https://99999999-2222-3333-4444-555555555555.tokens.sts.global.api.aws';
export const role = `arn:aws:iam::${account}:role/Orders`;
/** When the tests are, in seconds since the epoch. */
export const second: number = start / 1000;

export type SigningAlgorithm = 'RS256' | 'ES256' | 'ES384';

const signing: Readonly<Record<SigningAlgorithm, string | EcdsaParams>> = {
  RS256: 'RSASSA-PKCS1-v1_5',
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  ES384: { name: 'ECDSA', hash: 'SHA-384' },
};

export interface TestKey {
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
  readonly privateJwk: JWK;
}

export async function makeKey(algorithm: SigningAlgorithm, kid: string): Promise<TestKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' };
  const privateJwk = { ...(await exportJWK(privateKey)), kid, alg: algorithm };
  return { algorithm, privateKey, publicKey, jwk, privateJwk };
}

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
export const base64url = (text: string): string => encodeBase64url(utf8(text));

export async function signatureOf(input: string, { algorithm, privateKey }: TestKey): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign(signing[algorithm], privateKey, utf8(input)));
}

/** Header and payload: objects, or the text itself. */
export async function signJwt(
  key: TestKey,
  header: object | string,
  payload: object | string,
): Promise<string> {
  const input = [header, payload]
    .map((part) => base64url(typeof part === 'string' ? part : JSON.stringify(part)))
    .join('.');
  return `${input}.${encodeBase64url(await signatureOf(input, key))}`;
}

export function headerOf({ algorithm, jwk }: TestKey, more: object = {}): object {
  return { alg: algorithm, kid: jwk.kid, typ: 'JWT', ...more };
}

/** Good ones, with others in their place. */
export function claimsOf(more: object = {}, aws: object = {}): Record<string, unknown> {
  return {
    iss: issuer,
    aud: audience,
    sub: role,
    iat: second,
    exp: second + 300,
    jti: 'b2c1',
    'https://sts.amazonaws.com/': { aws_account: account, source_region: 'eu-west-1', ...aws },
    ...more,
  };
}

/** Publishes keys at the URLs of an issuer, and counts how often it is asked for them. */
export function publisher(
  keys: () => unknown,
  at: string = issuer,
): { fetch: typeof fetch; asked: () => number } {
  let asked = 0;
  const documents: Readonly<Record<string, () => unknown>> = {
    [`${at}/.well-known/openid-configuration`]: () => {
      asked++;
      return { issuer: at, jwks_uri: `${at}/.well-known/jwks.json` };
    },
    [`${at}/.well-known/jwks.json`]: keys,
  };
  const answer = async (url: unknown): Promise<Response> => {
    const document = documents[String(url)];
    return document === undefined ? new Response('', { status: 404 }) : Response.json(document());
  };
  return { fetch: answer as typeof fetch, asked: () => asked };
}

/** A verifier that takes the JWTs of {@link issuer} alone. */
export function jwtVerifierOf(
  fetch: typeof globalThis.fetch,
  {
    algorithms,
    clock = () => start,
  }: { algorithms?: readonly ('RS256' | 'ES384')[]; clock?: () => number } = {},
): Verifier {
  const jwts = awsJwts({ issuers: [{ issuer, account, algorithms }], fetch, clock });
  return createVerifier({
    audience,
    jwts: [jwts],
    clock,
    fetch: async () => Promise.reject(new Error('no STS')),
  });
}

/** The code, and what in particular. */
export function codeOf(result: Verification): string {
  if (!('code' in result)) return result.verdict;
  return 'detail' in result && result.detail !== undefined ? `${result.code} ${result.detail}` : result.code;
}
