/**
 * The strict grammar of a token: `k8s-aws-v1.` + base64url of one pre-signed GetCallerIdentity URL.
 *
 * The rules are numbered as in `docs/architecture.md`. They are checked in that order, cheapest first, on the raw
 * bytes: no URL parser normalises anything before it was looked at, and what STS is sent later is rebuilt from the
 * checked parts (`presigned.ts`), never the caller's string.
 *
 * @module
 */
import { type Refused, refuse } from '../errors/refusal.ts';
import type { TokenRefusalCode } from '../errors/token.ts';
import { readCanonicalUrl } from './canonical.ts';
import { decodeToken, hasTokenPrefix } from './encoding.ts';
import type { EndpointResolver } from './endpoint.ts';
import { type PresignedRequest, presignedUrl } from './presigned.ts';
import { parseQuery } from './query.ts';
import { checkTimes } from './times.ts';
import { splitUrl } from './url.ts';

/** What the grammar needs to know of its deployment. */
export interface TokenRules {
  /** Finds the STS endpoint of a host. */
  readonly endpoints: EndpointResolver;
  /** The present, in milliseconds since the epoch. */
  readonly now: number;
  /** Longest token, and longest URL that is rebuilt from it, in characters. Default 8192. */
  readonly maxLength?: number;
}

export type TokenRefusal = Refused<TokenRefusalCode>;

/** Reads a token, or says by code which rule it breaks. Never throws, whatever the input; takes linear time. */
export function parseToken(token: unknown, rules: TokenRules): PresignedRequest | TokenRefusal {
  if (!hasTokenPrefix(token)) return refuse('token_foreign'); // 1
  const { maxLength = 8192 } = rules;
  if (token.length > maxLength) return refuse('token_too_long');
  const decoded = decodeToken(token); // 2
  if (!decoded.ok) return decoded;
  const request = parseUrl(decoded.url, rules);
  // Each rule has an alphabet within ASCII, so that what is not ASCII was refused by one of them: it is left to say so.
  if (!request.ok) return /^[\x20-\x7e]*$/.test(decoded.url) ? request : refuse('token_not_ascii');
  // Raw `/` and `=` grow to three characters each when it is rebuilt, and STS would answer to the length alone.
  const mayBeTooLong = decoded.url.length * 3 > maxLength;
  return mayBeTooLong && presignedUrl(request).length > maxLength ? refuse('token_too_long') : request;
}

function parseUrl(text: string, rules: TokenRules): PresignedRequest | TokenRefusal {
  const url = readCanonicalUrl(text) ?? splitUrl(text); // 3
  if (!url.ok) return url;
  const endpoint = rules.endpoints(url.host); // 4
  if ('ok' in endpoint) return endpoint;
  const query = 'query' in url ? parseQuery(url.query) : url; // 5
  if (!query.ok) return query;
  const { accessKeyId, day, region, date, expires, signedHeaders, encodedSessionToken, signature } = query;
  if (day !== date.slice(0, 8)) return refuse('scope_date'); // 6
  if (region !== endpoint.region) {
    return refuse(endpoint.host === 'sts.amazonaws.com' ? 'scope_region_global' : 'scope_region');
  }
  if (signedHeaders !== 'host;x-k8s-aws-id') return refuse('signed_headers'); // 7
  const times = checkTimes(date, expires, rules.now); // 8
  if (!times.ok) return times;
  const { signedAt, expiresAt } = times;
  return {
    ok: true,
    endpoint,
    accessKeyId,
    date,
    expires,
    encodedSessionToken,
    signature,
    signedAt,
    expiresAt,
  };
}
