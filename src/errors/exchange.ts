/**
 * What keeps an issuer from issuing a JWT, and what is wrong with a request for one.
 *
 * @module
 */

/** Refusals of a caller whom the policy lets in, and of a subject token that was verified. */
export const exchangeRefusals = {
  jwt_issued_here: 'the subject token was issued by callerid: AWS alone vouches for who exchanges',
  reserved_not_issued:
    'the policy gives a name with a reserved prefix, and no JWT is issued that holds such a name',
} as const;

/** No verdict, and the signing keys of this deployment are the reason. */
export const signingOutages = {
  signing_key_missing: 'no signing key may sign yet: look at signFrom in CALLERID_SIGNING_KEYS',
} as const;

/** What is wrong with a request for a token, before anybody is judged. */
export const exchangeErrors = {
  form_expected: 'the content type is not application/x-www-form-urlencoded',
  parameter_duplicate: 'a parameter is there twice',
  parameter_missing: 'a required parameter is missing or empty',
  grant_type_unsupported: 'the grant type is not urn:ietf:params:oauth:grant-type:token-exchange',
  token_type_unsupported: 'a token of this type is not taken or issued here',
  token_type_mismatch: 'the subject token is not of the type that subject_token_type says',
  actor_unsupported: 'nobody acts for somebody else here: leave actor_token out',
  target_unknown: 'this issuer issues no tokens for that audience',
} as const;

/** Codes of refusals by an issuer, as `docs/codes.md` explains them. */
export type ExchangeRefusalCode = keyof typeof exchangeRefusals;
/** Codes of no verdict for which the signing keys are the reason: come again later. */
export type SigningOutageCode = keyof typeof signingOutages;
/** Codes of a request for a token that is answered before anybody is judged. */
export type ExchangeErrorCode = keyof typeof exchangeErrors;
