/**
 * What an issuer answers to a request for a token (RFC 6749, section 5, and RFC 8693, section 2.2).
 *
 * @module
 */
import { type AccessCode, accessTexts } from '../../errors/access.ts';
import { reasonOf } from '../../errors/codes.ts';
import type { ExchangeErrorCode } from '../../errors/exchange.ts';
import type { Refused } from '../../errors/refusal.ts';
import type { Issued } from '../../oidc/issue.ts';
import { errorText } from '../../review/token-review.ts';
import { jsonAnswer, retryAfterSeconds } from '../json-answer.ts';
import { type Kept, toldOf } from '../told.ts';
import { jwtType, type TokenRequestErrorCode } from './request.ts';

/** HTTP status, and error of OAuth. */
type Form = readonly [status: number, error: string];

/** Of a request that is wrong, and of a subject token that is not good here. */
const usual: Form = [400, 'invalid_request'];

const exceptions: Partial<Record<ExchangeErrorCode | AccessCode | 'method_not_allowed', Form>> = {
  form_expected: [415, 'invalid_request'],
  body_too_large: [413, 'invalid_request'],
  method_not_allowed: [405, 'invalid_request'],
  grant_type_unsupported: [400, 'unsupported_grant_type'],
  target_unknown: [400, 'invalid_target'],
  sts_throttled: [429, 'temporarily_unavailable'],
  client_throttled: [429, 'temporarily_unavailable'],
  unavailable: [503, 'temporarily_unavailable'],
};

/** The token. Nobody on the way may keep it. */
export function tokenAnswer({ token, expiresIn }: Issued, decisionId: string): Response {
  const body = {
    access_token: token,
    issued_token_type: jwtType,
    token_type: 'Bearer',
    expires_in: expiresIn,
  };
  return jsonAnswer(200, body, decisionId, { pragma: 'no-cache' });
}

/** The answer to a request that cannot be judged. */
export function requestErrorAnswer(
  refused: Refused<TokenRequestErrorCode | 'method_not_allowed'>,
  decisionId: string,
): Response {
  const { code } = refused;
  const headers = code === 'method_not_allowed' ? { allow: 'POST' } : undefined;
  return errorAnswer(code, reasonOf(refused), decisionId, { headers });
}

/** The answer to a caller who gets no token. */
export function keptAnswer(kept: Kept, decisionId: string): Response {
  const code = toldOf(kept);
  const { retryAfterMs } = kept;
  return errorAnswer(code, accessTexts[code], decisionId, { retryAfterMs });
}

function errorAnswer(
  code: keyof typeof exceptions,
  text: string,
  decisionId: string,
  further: {
    readonly headers?: Record<string, string> | undefined;
    readonly retryAfterMs?: number | undefined;
  },
): Response {
  const [status, error] = exceptions[code] ?? usual;
  // Without the two characters that RFC 6749, section 5.2, leaves out.
  const description = errorText(text, decisionId).replace(/["\\]/g, "'");
  const headers = {
    pragma: 'no-cache',
    ...(status > 428 && { 'retry-after': String(retryAfterSeconds(further.retryAfterMs)) }),
    ...further.headers,
  };
  return jsonAnswer(status, { error, error_description: description, code }, decisionId, headers);
}
