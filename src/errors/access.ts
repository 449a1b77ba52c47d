/**
 * Refusals of a web service that callerid guards.
 *
 * @module
 */
import { bodyTooLarge } from './request.ts';
import { clientOutages, stsThrottled } from './sts.ts';
import { dateInFuture, tokenExpired, tokenForeign } from './token.ts';

/** Answers to a request for a guarded service, beside refusals of the token. */
export const accessRefusals = {
  token_missing: 'the request has no bearer token',
  authorization_malformed: 'the authorization header is not "Bearer" and one token',
  account_not_expected: 'the access key ID is that of another account than those that this service expects',
  nonce_missing: 'the header callerid-nonce is missing, or is not 22 base64url characters',
  token_malformed: 'the token is not one that callerid reads',
  token_refused: 'AWS does not vouch for this token here',
  token_replayed: 'the token is good once, and was used before',
  not_allowed: 'the caller is proven, and is not among those who may come in',
  unavailable: 'nobody can be judged at present: come again',
} as const;

export type AccessRefusalCode = keyof typeof accessRefusals;

/** What a guard may answer. */
export type AccessCode =
  | AccessRefusalCode
  | 'sts_throttled'
  | 'client_throttled'
  | 'token_foreign'
  | 'token_expired'
  | 'date_in_future'
  | 'body_too_large';

/** The same in words. */
export const accessTexts: Readonly<Record<AccessCode, string>> = {
  ...accessRefusals,
  ...clientOutages,
  sts_throttled: stsThrottled,
  token_foreign: tokenForeign,
  token_expired: tokenExpired,
  date_in_future: dateInFuture,
  body_too_large: bodyTooLarge,
};
