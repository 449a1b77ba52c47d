/**
 * What a guard answers where it lets nobody in.
 *
 * @module
 */
import { type AccessCode, accessTexts } from '../../errors/access.ts';
import { jsonAnswer, retryAfterSeconds } from '../json-answer.ts';
import { toldOf } from '../told.ts';
import type { Access } from './decide.ts';

type NoAccess = Exclude<Access, { verdict: 'granted' }>;

/** HTTP status, and RFC 6750 error of the challenge. */
type Form = readonly [status: number, error?: string];

/** Of a token that is not good here. */
const usual: Form = [401, 'invalid_token'];

/** By verdict. */
const forms: Partial<Record<NoAccess['verdict'], Form>> = {
  denied: [403, 'insufficient_scope'],
  throttled: [429],
  unavailable: [503],
};

/** By code, before all others. */
const exceptions: Partial<Record<AccessCode, Form>> = {
  token_missing: [401], // RFC 6750, section 3.1: without a token no error either
  authorization_malformed: [400, 'invalid_request'],
  request_malformed: [400],
  body_too_large: [413],
};

/**
 * A JSON object with `code` and `message`, and the headers that belong to it.
 *
 * @param realm what clients sign
 */
export function refusalAnswer(access: NoAccess, realm: string, decisionId: string): Response {
  const code = toldOf(access);
  const [status, error] = exceptions[code] ?? forms[access.verdict] ?? usual;
  // a quoted string (RFC 9110, section 5.6.4)
  const challenge = `Bearer realm="${realm.replaceAll(/["\\]/g, '\\$&')}"`;
  return jsonAnswer(status, { code, message: accessTexts[code] }, decisionId, {
    ...(status > 428 && {
      'retry-after': String(retryAfterSeconds('retryAfterMs' in access ? access.retryAfterMs : undefined)),
    }),
    ...(status === 401 && { 'www-authenticate': challenge }),
    ...(error !== undefined && { 'www-authenticate': `${challenge}, error="${error}"` }),
  });
}
