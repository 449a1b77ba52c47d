/**
 * Refusals of a web service that callerid guards. Its `reasonOf` has words for every code; that of `codes.ts` is for who gives
 * none of these.
 *
 * @module
 */
import { type Code, textOf } from './codes.ts';
import { jwtExpired } from './jwt.ts';
import { bodyTooLarge } from './request.ts';
import { withDetail } from './review.ts';
import { clientThrottled, stsThrottled } from './sts.ts';
import { dateInFuture, tokenExpired, tokenForeign } from './token.ts';

/** Answers to a request for a guarded service, beside refusals of the token. */
export const accessRefusals = {
  token_missing: 'there is no bearer token',
  authorization_malformed: 'authorization is not Bearer and one token',
  request_malformed: 'the request could be read in two ways',
  nonce_missing: 'callerid-nonce is not 22 base64url characters',
  token_malformed: 'callerid cannot read the token',
  token_refused: 'AWS does not vouch for this token here',
  token_replayed: 'the token was used before',
  not_allowed: 'the caller may not come in',
  unavailable: 'no verdict now: come again',
} as const;

/** Codes that a guarded service gives besides those of the token, as `docs/codes.md` explains them. */
export type AccessRefusalCode = keyof typeof accessRefusals;

/** What a guard may answer. */
export type AccessCode =
  | keyof typeof accessRefusals
  | 'sts_throttled'
  | 'client_throttled'
  | 'token_foreign'
  | 'token_expired'
  | 'jwt_expired'
  | 'date_in_future'
  | 'body_too_large';

/** The same in words. */
export const accessTexts: Readonly<Record<AccessCode, string>> = {
  ...accessRefusals,
  sts_throttled: stsThrottled,
  client_throttled: clientThrottled,
  token_foreign: tokenForeign,
  token_expired: tokenExpired,
  jwt_expired: jwtExpired,
  date_in_future: dateInFuture,
  body_too_large: bodyTooLarge,
};

/** Why, in a sentence: what the code means, and what in particular. Holds nothing secret. */
export function reasonOf({
  code,
  detail,
}: {
  readonly code: Code;
  readonly detail?: string | undefined;
}): string {
  return withDetail(isAccessRefusal(code) ? accessRefusals[code] : textOf(code), detail);
}

function isAccessRefusal(code: Code): code is AccessRefusalCode {
  return Object.hasOwn(accessRefusals, code);
}
