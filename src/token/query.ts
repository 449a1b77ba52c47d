/**
 * Rule 5: the query has exactly the parameters of a pre-signed GetCallerIdentity URL, each once, in any order.
 *
 * Names are compared as raw bytes, before any decoding: `x-amz-date` and `X%2DAmz-Date` are not `X-Amz-Date`, and
 * nothing can hide from this reader what another one might see.
 *
 * @module
 */
import { type Refused, refuse } from '../errors/refusal.ts';
import type { TokenRefusalCode } from '../errors/token.ts';
import { isAccessKeyId, isSessionToken } from './access-key.ts';

/** The values that vary from token to token, decoded once. */
export interface TokenQuery {
  readonly ok: true;
  readonly accessKeyId: string;
  /** Of the credential scope, `YYYYMMDD` where it is good. */
  readonly day: string;
  /** Of the credential scope. */
  readonly region: string;
  readonly date: string;
  readonly expires: string;
  readonly signedHeaders: string;
  /** As it stands in the rebuilt URL: percent-encoded, each character in one way. */
  readonly encodedSessionToken: string | undefined;
  readonly signature: string;
}

/** In the order in which their absence is told. Those with a value have that one alone. */
const required: readonly (readonly [name: string, value?: string, code?: TokenRefusalCode])[] = [
  ['Action', 'GetCallerIdentity', 'query_action'],
  ['Version', '2011-06-15', 'query_version'],
  ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256', 'query_algorithm'],
  ['X-Amz-Credential'],
  ['X-Amz-Date'],
  ['X-Amz-Expires'],
  ['X-Amz-SignedHeaders'],
  ['X-Amz-Signature'],
];

/** Reads the raw query string. */
export function parseQuery(query: string): TokenQuery | Refused<TokenRefusalCode> {
  const values = new Map<string, string>();
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 1) return refuse('query_malformed');
    const name = pair.slice(0, equals);
    if (name !== 'X-Amz-Security-Token' && !required.some(([known]) => known === name)) {
      return refuse('query_parameter_unknown');
    }
    if (values.has(name)) return refuse('query_parameter_duplicate', name);
    values.set(name, pair.slice(equals + 1));
  }
  for (const [name, value, code] of required) {
    const raw = values.get(name);
    if (raw === undefined) return refuse('query_parameter_missing', name);
    if (value !== undefined && raw !== value) return refuse(code as TokenRefusalCode);
  }
  for (const [name, raw] of values) {
    const value = decodeValue(raw);
    if (value === undefined) return refuse('query_malformed', name);
    values.set(name, value);
  }
  const sessionToken = values.get('X-Amz-Security-Token');
  if (sessionToken !== undefined && !isSessionToken(sessionToken)) {
    return refuse('session_token_malformed');
  }
  const signature = values.get('X-Amz-Signature') as string;
  if (!/^[0-9a-f]{64}$/.test(signature)) return refuse('signature_malformed');
  const date = values.get('X-Amz-Date') as string;
  if (!/^[0-9]{8}T[0-9]{6}Z$/.test(date)) return refuse('date_malformed');
  const [accessKeyId, day = '', region = '', service, terminator, ...rest] = (
    values.get('X-Amz-Credential') as string
  ).split('/');
  if (service !== 'sts' || terminator !== 'aws4_request' || rest.length > 0) return refuse('scope_malformed');
  if (!isAccessKeyId(accessKeyId)) return refuse('access_key_id_malformed');
  return {
    ok: true,
    accessKeyId,
    day,
    region,
    date,
    expires: values.get('X-Amz-Expires') as string,
    signedHeaders: values.get('X-Amz-SignedHeaders') as string,
    encodedSessionToken: sessionToken && encodeURIComponent(sessionToken),
    signature,
  };
}

/** Decodes `%XX` once; undefined where the raw value holds more than unreserved characters, `%XX` and `/ : =`. */
function decodeValue(raw: string): string | undefined {
  if (!/^(?:[A-Za-z0-9\-._~/:=]|%[0-9A-Fa-f]{2})*$/.test(raw)) return undefined;
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw; // not UTF-8: the percent sign is in no alphabet below, nor is anything that is not ASCII
  }
}
