/**
 * What a guard answers where it lets nobody in.
 *
 * @module
 */
import { type AccessCode, textOf } from '../../errors/access.ts';
import type { RefusalCode } from '../../errors/codes.ts';
import { jsonAnswer, retryAfterSeconds } from '../json-answer.ts';

/** HTTP status and RFC 6750 error, by code; all other codes mean that nobody was judged. */
const answers: Partial<Record<AccessCode, readonly [status: number, error?: string]>> = {
  token_missing: [401], // RFC 6750, section 3.1: without a token no error either
  authorization_malformed: [400, 'invalid_request'],
  nonce_missing: [401, 'invalid_token'],
  token_foreign: [401, 'invalid_token'],
  token_malformed: [401, 'invalid_token'],
  token_expired: [401, 'invalid_token'],
  date_in_future: [401, 'invalid_token'],
  token_refused: [401, 'invalid_token'],
  token_replayed: [401, 'invalid_token'],
  not_allowed: [403, 'insufficient_scope'],
  body_too_large: [413],
  sts_throttled: [429],
  client_throttled: [429],
};

/** What the caller is told in place of a code that says more than is theirs to know. */
const told: Partial<Record<RefusalCode, AccessCode>> = {
  token_too_long: 'token_malformed',
  region_not_allowed: 'token_refused',
  global_endpoint_disabled: 'token_refused',
  account_not_expected: 'token_refused',
  sts_token_expired: 'token_expired',
  sts_token_not_yet_current: 'date_in_future',
};

/** The code that the caller is told for a token that was refused. */
export function toldOf(code: RefusalCode): AccessCode {
  if (Object.hasOwn(answers, code)) return code as AccessCode;
  return told[code] ?? (code.startsWith('sts_') ? 'token_refused' : 'token_malformed');
}

/**
 * The answer for a code: a JSON object with `code` and `message`, and the headers that belong to it.
 *
 * @param realm what clients sign
 */
export function refusalAnswer(code: AccessCode, realm: string, decisionId: string): Response {
  const [status, error] = answers[code] ?? [503];
  const message = textOf(code);
  const headers: Record<string, string> = {};
  if (status === 429 || status === 503) headers['retry-after'] = String(retryAfterSeconds());
  if (status === 401 || error !== undefined) headers['www-authenticate'] = challenge(realm, error, message);
  return jsonAnswer(status, { code, message }, decisionId, headers);
}

function challenge(realm: string, error: string | undefined, message: string): string {
  const bearer = `Bearer realm=${quoted(realm)}`;
  if (error === undefined) return bearer;
  return `${bearer}, error="${error}", error_description=${quoted(message.replaceAll('"', "'"))}`;
}

/** A quoted string (RFC 9110, section 5.6.4). */
function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
