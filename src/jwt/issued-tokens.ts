/**
 * JWTs that callerid itself issued, by its token exchange.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import { longestJwtSeconds } from '../lib/jwt-life.ts';
import { isLoopback } from '../lib/loopback.ts';
import { assertKnownOptions } from '../lib/options.ts';
import type { JwtVerifier } from '../verifier/jwt-verifier.ts';
import { type Times, timeOf } from './claims.ts';
import { readIssuedClaims } from './issued-claims.ts';
import { jwtVerifier } from './jwt-verifier.ts';
import { GivenKeys, type KeySet, PublishedKeys } from './key-set.ts';
import { type Algorithm, selectKeys } from './public-keys.ts';
import type { JsonObject } from './strict-json.ts';

/** Public keys, as an issuer publishes them at its `jwks_uri` (RFC 7517). */
export interface JwkSet {
  /** Each with `kty`, `kid` and the numbers that it consists of. */
  readonly keys: readonly object[];
}

/** Options of {@link issuedTokens}. */
export interface IssuedTokenOptions {
  /** The URL of the issuer: `https://callerid.example.com/clusters/orders`. */
  readonly issuer: string;
  /** Its public keys. With them nothing is fetched, ever; who changes the keys changes them here too. Default: fetched, and held. */
  readonly keys?: JwkSet | undefined;
  /** Fetches the keys. Default the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** The present, in milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: () => number;
}

/** What callerid signs with. */
const algorithms: readonly Algorithm[] = ['RS256', 'ES256'];

/** In characters. */
const maxLength = 8192;

/** How long before a JWT was issued somebody may have vouched for the caller, in seconds: the subject's token lives for an hour. */
const longestAgo = longestJwtSeconds + 60;

/**
 * Takes JWTs of an issuer that callerid is. They tell who the caller is, and as whom the policy of the issuer knows
 * them: `jwt.names`.
 *
 * @throws {ConfigurationError} where an option cannot work
 * @example
 * ```ts
 * const guard = createGuard({
 *   audience: 'https://orders.example.com',
 *   jwts: [issuedTokens({ issuer: 'https://callerid.example.com/clusters/orders' })],
 *   allow: { groups: ['orders-readers'] },
 * });
 * ```
 */
export function issuedTokens(options: IssuedTokenOptions): JwtVerifier {
  assertKnownOptions(options, 'issuer keys fetch clock');
  const { issuer, clock = Date.now } = options;
  const { host } = readIssuer(issuer);
  const trusted = {
    issuer,
    algorithms,
    keys: keySetOf(options, clock),
    takesList: false,
    vouchedAt,
    readCaller: (payload: JsonObject) => readIssuedClaims(payload, issuer, host),
  };
  return jwtVerifier([trusted], { marker: host, maxLength, clock });
}

/** `auth_time`: never after the JWT was issued. */
function vouchedAt(payload: JsonObject, { issuedAt }: Times): number | undefined {
  const time = timeOf(payload, 'auth_time');
  return time !== undefined && time <= issuedAt && time >= issuedAt - longestAgo ? time : undefined;
}

function keySetOf({ issuer, keys, fetch }: IssuedTokenOptions, clock: () => number): KeySet {
  if (keys === undefined) {
    const source = { issuer, algorithms, fetch: fetch ?? ((...call) => globalThis.fetch(...call)) };
    return new PublishedKeys(source, clock);
  }
  const selected = selectKeys(keys, algorithms);
  if (selected === undefined) {
    const fix = 'Give the JWK set that the issuer publishes, with public keys for RS256 or ES256.';
    throw new ConfigurationError('keys', 'no set of public keys', fix);
  }
  return new GivenKeys(selected);
}

/** A URL that a parser writes in the same way, so that there are no two of one issuer. */
function readIssuer(issuer: string): URL {
  const url = typeof issuer === 'string' && URL.canParse(issuer) ? new URL(issuer) : undefined;
  const isSecure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  const isPlain = url !== undefined && url.origin + url.pathname === issuer && !issuer.endsWith('/');
  if (url !== undefined && isSecure && isPlain) return url;
  const fix = 'Write it as https://callerid.example.com/clusters/orders, without a slash at the end.';
  throw new ConfigurationError('issuer', 'not the URL of an issuer', fix);
}
