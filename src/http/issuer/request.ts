/**
 * Reading a request for a token (RFC 8693, section 2.1).
 *
 * @module
 */
import type { ExchangeErrorCode } from '../../errors/exchange.ts';
import { type Refused, refuse } from '../../errors/refusal.ts';
import type { RequestErrorCode } from '../../errors/request.ts';
import { BodyTooLargeError, readText } from '../../lib/body.ts';
import { hasTokenPrefix } from '../../token/encoding.ts';

export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const jwtType = 'urn:ietf:params:oauth:token-type:jwt';
/** The types that a JWT has here, whatever it is for there. */
const jwtTypes: ReadonlySet<string> = new Set([
  jwtType,
  'urn:ietf:params:oauth:token-type:id_token',
  'urn:ietf:params:oauth:token-type:access_token',
]);
/** A signed URL. */
export const signedUrlType = 'urn:callerid:params:oauth:token-type:k8s-aws-v1';

/** Longest body, in bytes. */
const maxBodyBytes = 64 * 1024;

/** What is asked for. */
export interface TokenRequest {
  readonly ok: true;
  readonly subjectToken: string;
}

/** Codes of a request that cannot be answered. */
export type TokenRequestErrorCode = ExchangeErrorCode | Extract<RequestErrorCode, 'body_too_large'>;

/**
 * Reads it. Nothing of what the caller wrote is in a refusal.
 *
 * @param audience of the tokens of this issuer
 */
export async function readTokenRequest(
  request: Request,
  audience: string,
): Promise<TokenRequest | Refused<TokenRequestErrorCode>> {
  if (!isForm(request.headers.get('content-type'))) return refuse('form_expected');
  // A length that is told can only refuse: it spares the reading, and what is read is counted all the same.
  if (Number(request.headers.get('content-length') ?? 0) > maxBodyBytes) return refuse('body_too_large');
  let text: string;
  try {
    text = await readText(request.body, maxBodyBytes);
  } catch (error) {
    if (error instanceof BodyTooLargeError) return refuse('body_too_large');
    throw error;
  }
  const form = new URLSearchParams(text);
  // RFC 6749, section 3.2, of any parameter: two readers could each take another one.
  const names = [...form.keys()];
  if (new Set(names).size < names.length) return refuse('parameter_duplicate');
  return check((name) => form.get(name) || undefined, audience);
}

/** @param of the value of a parameter; one without a value is absent (RFC 6749, section 3.2) */
function check(
  of: (name: string) => string | undefined,
  audience: string,
): TokenRequest | Refused<ExchangeErrorCode> {
  const grant = of('grant_type');
  if (grant === undefined) return refuse('parameter_missing', 'grant_type');
  if (grant !== exchangeGrant) return refuse('grant_type_unsupported');
  const subjectToken = of('subject_token');
  if (subjectToken === undefined) return refuse('parameter_missing', 'subject_token');
  const type = of('subject_token_type');
  if (type === undefined) return refuse('parameter_missing', 'subject_token_type');
  const isSignedUrl = type === signedUrlType;
  if (!isSignedUrl && !jwtTypes.has(type)) return refuse('token_type_unsupported', 'subject_token_type');
  if (!jwtTypes.has(of('requested_token_type') ?? jwtType)) {
    return refuse('token_type_unsupported', 'requested_token_type');
  }
  if (of('actor_token') !== undefined || of('actor_token_type') !== undefined) {
    return refuse('actor_unsupported');
  }
  for (const target of ['audience', 'resource']) {
    if ((of(target) ?? audience) !== audience) return refuse('target_unknown');
  }
  if (hasTokenPrefix(subjectToken) !== isSignedUrl) return refuse('token_type_mismatch');
  return { ok: true, subjectToken };
}

function isForm(contentType: string | null): boolean {
  return /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(contentType ?? '');
}
