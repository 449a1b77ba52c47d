/**
 * What is wrong with a JWT, or with the keys of its issuer.
 *
 * @module
 */

/** A guarded service tells it too. */
export const jwtExpired = 'the JWT has expired: get a new one';

/** Refusals of a JWT that says it is from an issuer that is taken here. Roughly in the order of the checks. */
export const jwtRefusals = {
  jwt_too_long: 'the JWT is longer than the limit',
  jwt_malformed: 'the JWT is not three parts of base64url, of which the first two are JSON objects',
  jwt_header: 'the header of the JWT lacks a key ID, or has a parameter that is not taken',
  jwt_type: 'the JWT is of another type',
  jwt_algorithm: 'the JWT has an algorithm that is not taken from its issuer',
  jwt_key_unknown: 'the issuer of the JWT has no key of this ID',
  jwt_signature: 'the signature of the JWT is not by the key that it names',
  jwt_claims: 'a claim of the JWT is missing, malformed or there twice',
  jwt_audience: 'the JWT is for another audience',
  jwt_audiences: 'the JWT is for several audiences, and may be for this one alone',
  jwt_expired: jwtExpired as string,
  jwt_not_yet_valid: 'the JWT is from the future: check the clock of its issuer',
  jwt_too_old: 'the JWT was issued too long ago: get a new one',
  jwt_subject: 'the subject of the JWT is no IAM role or user',
  jwt_account: 'the JWT names another account than its issuer is configured for',
} as const;

/** No verdict, and the issuer of a JWT is the reason. */
export const jwtOutages = {
  jwt_keys_unreachable: 'the issuer of the JWT does not give its keys',
  jwt_keys_unexpected: 'the issuer of the JWT gave something else than its keys',
} as const;

/** Codes of the refusals of a JWT, as `docs/codes.md` explains them. */
export type JwtRefusalCode = keyof typeof jwtRefusals;
/** Codes of no verdict for which the issuer of a JWT is the reason: come again later. */
export type JwtOutageCode = keyof typeof jwtOutages;
