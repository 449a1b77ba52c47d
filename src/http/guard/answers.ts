/**
 * What a guard answers where it lets nobody in.
 *
 * @module
 */
import { type AccessCode, accessTexts } from '../../errors/access.ts';
import { jsonAnswer, retryAfterSeconds } from '../json-answer.ts';
import type { Access } from './decide.ts';

type NoAccess = Exclude<Access, { verdict: 'granted' }>;

/** HTTP status, and RFC 6750 error of the challenge, by verdict. */
const answers = {
  foreign: [401, 'invalid_token'],
  refused: [401, 'invalid_token'],
  rejected: [401, 'invalid_token'],
  denied: [403, 'insufficient_scope'],
  throttled: [429],
  unavailable: [503],
} as const satisfies Record<NoAccess['verdict'], readonly [status: number, error?: string]>;

/** Where the code makes another one of it. */
const exceptions: Partial<Record<AccessCode, readonly [status: number, error?: string]>> = {
  token_missing: [401], // RFC 6750, section 3.1: without a token no error either
  authorization_malformed: [400, 'invalid_request'],
  body_too_large: [413],
};

/** What the caller is told: of the configuration nothing, of a policy no more than that it does not let them in. */
function toldOf(access: NoAccess): AccessCode {
  if (access.verdict === 'foreign') return 'token_foreign';
  if (access.verdict === 'denied') return 'not_allowed';
  if (access.verdict === 'unavailable') return 'unavailable';
  if (access.verdict !== 'refused') return access.code;
  const { code } = access;
  if (code === 'sts_token_expired') return 'token_expired';
  if (code === 'sts_token_not_yet_current') return 'date_in_future';
  if (code === 'token_expired' || code === 'date_in_future' || code === 'token_replayed') return code;
  return /^(?:sts|region|global|account)_/.test(code) ? 'token_refused' : 'token_malformed';
}

/**
 * A JSON object with `code` and `message`, and the headers that belong to it.
 *
 * @param realm what clients sign
 */
export function refusalAnswer(access: NoAccess, realm: string, decisionId: string): Response {
  const code = toldOf(access);
  const [status, error]: readonly [number, string?] = exceptions[code] ?? answers[access.verdict];
  const headers: Record<string, string> = {};
  if (status > 428) headers['retry-after'] = String(retryAfterSeconds());
  if (status === 401 || error !== undefined) {
    // a quoted string (RFC 9110, section 5.6.4)
    const challenge = `Bearer realm="${realm.replaceAll(/["\\]/g, '\\$&')}"`;
    headers['www-authenticate'] = error === undefined ? challenge : `${challenge}, error="${error}"`;
  }
  return jsonAnswer(status, { code, message: accessTexts[code] }, decisionId, headers);
}
