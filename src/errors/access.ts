/**
 * Refusals of a web service that callerid guards.
 *
 * @module
 */
import { policyOutages } from './policy.ts';
import { internalOutages, requestErrors } from './request.ts';
import { clientOutages, stsOutages } from './sts.ts';
import { tokenRefusals } from './token.ts';

/** Answers to a request for a guarded service, beside refusals of the token. */
export const accessRefusals = {
  token_missing: 'the request has no bearer token',
  authorization_malformed: 'the authorization header is not "Bearer" and one token',
  nonce_missing: 'the header callerid-nonce is missing, or is not 22 base64url characters',
  token_malformed: 'the token is not one that callerid reads',
  token_refused: 'AWS does not vouch for this token here',
  token_replayed: 'the token is good once, and was used before',
  not_allowed: 'the caller is proven, and is not among those who may come in',
} as const;

export type AccessRefusalCode = keyof typeof accessRefusals;

const texts = {
  ...tokenRefusals,
  ...stsOutages,
  ...clientOutages,
  ...policyOutages,
  ...internalOutages,
  ...accessRefusals,
  body_too_large: requestErrors.body_too_large,
} as const;

/** What a guard may answer. */
export type AccessCode = keyof typeof texts;

/** What a code means, in a sentence. */
export function textOf(code: AccessCode): string {
  return texts[code];
}
