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
import { isAccessKeyId } from './access-key.ts';
import { decodeToken, hasTokenPrefix } from './encoding.ts';
import type { Endpoint, EndpointResolver } from './endpoint.ts';
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
  const url = splitUrl(decoded.url); // 3
  if (!url.ok) return url;
  const endpoint = rules.endpoints(url.host); // 4
  if ('ok' in endpoint) return endpoint;
  const query = parseQuery(url.query); // 5
  if (!query.ok) return query;
  const scope = parseScope(query.credential, query.date, endpoint); // 6
  if (!scope.ok) return scope;
  if (query.signedHeaders !== 'host;x-k8s-aws-id') return refuse('signed_headers'); // 7
  const times = checkTimes(query.date, query.expires, rules.now); // 8
  if (!times.ok) return times;
  const { date, expires, sessionToken, signature } = query;
  const { signedAt, expiresAt } = times;
  const { accessKeyId } = scope;
  const request = {
    ok: true,
    endpoint,
    accessKeyId,
    date,
    expires,
    sessionToken,
    signature,
    signedAt,
    expiresAt,
  } as const;
  // Raw `/` and `=` grow to three characters each when it is rebuilt, and STS would answer to the length alone.
  return presignedUrl(request).length > maxLength ? refuse('token_too_long') : request;
}

/** Rule 6: `KEY/DATE/REGION/sts/aws4_request`, with the date of the signature and the region of the host. */
function parseScope(
  credential: string,
  date: string,
  endpoint: Endpoint,
): { ok: true; accessKeyId: string } | TokenRefusal {
  const [accessKeyId, day, region, service, terminator, ...rest] = credential.split('/');
  if (service !== 'sts' || terminator !== 'aws4_request' || rest.length > 0) return refuse('scope_malformed');
  if (!isAccessKeyId(accessKeyId)) return refuse('access_key_id_malformed');
  if (day !== date.slice(0, 8)) return refuse('scope_date');
  if (region !== endpoint.region) {
    return refuse(endpoint.host === 'sts.amazonaws.com' ? 'scope_region_global' : 'scope_region');
  }
  return { ok: true, accessKeyId };
}
