/**
 * Fetching the keys of an issuer: its discovery document, and the JWK set that this names.
 *
 * @module
 */
import type { JwtOutageCode } from '../errors/jwt.ts';
import { BodyTooLargeError, readText } from '../lib/body.ts';
import { withDeadline } from '../lib/deadline.ts';
import { member } from '../lib/json.ts';
import { type Algorithm, importKeys, type PublicKeys, selectKeys } from './public-keys.ts';
import { type JsonObject, readStrictJson } from './strict-json.ts';

/** Both documents together, in milliseconds. */
export const deadlineMs = 5000;

/** Longest document, in decoded bytes. */
const maxBytes = 64 * 1024;

/** Whose keys they are, and how they are fetched. */
export interface KeySetSource {
  /** The URL of the issuer, without a slash at its end. */
  readonly issuer: string;
  readonly algorithms: readonly Algorithm[];
  readonly fetch: typeof fetch;
}

/** Something came, and was not what was asked for. */
class UnexpectedError extends Error {}

/** Fetches the keys, or says why there are none. Never rejects. */
export async function fetchKeys(source: KeySetSource): Promise<PublicKeys | JwtOutageCode> {
  const abort = new AbortController();
  try {
    return await withDeadline(readKeys(source, abort.signal), deadlineMs, () => new Error('late'));
  } catch (error) {
    const isUnexpected = error instanceof UnexpectedError || error instanceof BodyTooLargeError;
    return isUnexpected ? 'jwt_keys_unexpected' : 'jwt_keys_unreachable';
  } finally {
    abort.abort();
  }
}

async function readKeys(source: KeySetSource, signal: AbortSignal): Promise<PublicKeys> {
  const { issuer, algorithms, fetch } = source;
  const discovery = await readJson(`${issuer}/.well-known/openid-configuration`, fetch, signal);
  const url = keySetUrl(issuer, discovery);
  const selected = selectKeys(await readJson(url, fetch, signal), algorithms);
  const keys = selected && (await importKeys(selected));
  if (keys === undefined) throw new UnexpectedError();
  return keys;
}

/** Of the issuer's own origin: what the document says must not lead elsewhere. */
function keySetUrl(issuer: string, discovery: JsonObject): string {
  const named = member(discovery, 'jwks_uri');
  if (member(discovery, 'issuer') !== issuer || typeof named !== 'string') throw new UnexpectedError();
  const origin = `${new URL(issuer).origin}/`;
  if (!named.startsWith(origin) || !URL.canParse(named) || new URL(named).href !== named) {
    throw new UnexpectedError();
  }
  return named;
}

async function readJson(
  url: string,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<JsonObject> {
  const response = await fetch(url, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    redirect: 'manual',
    cache: 'no-store',
    signal,
  });
  if (response.status !== 200) throw new Error('no answer');
  const json = readStrictJson(await readText(response.body, maxBytes));
  if (json.kind !== 'object') throw new UnexpectedError();
  return json.value;
}
