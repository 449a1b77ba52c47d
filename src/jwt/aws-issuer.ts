/**
 * The issuers of JWTs that AWS has, one for each account (IAM User Guide, outbound identity federation). Without anything that reads a
 * JWT, so that settings can be checked where none is taken.
 *
 * @module
 */

/** What AWS signs JWTs with. */
export type AwsJwtAlgorithm = 'RS256' | 'ES384';

/** The issuer of one account. */
export interface AwsJwtIssuer {
  /** Its URL, as `aws iam get-outbound-web-identity-federation-info` says it: `https://<uuid>.tokens.sts.global.api.aws`. */
  readonly issuer: string;
  /** Whose it is: 12 digits. A JWT of another account is refused. */
  readonly account: string;
  /** What its JWTs may be signed with. Default both. */
  readonly algorithms?: readonly AwsJwtAlgorithm[] | undefined;
}

/** Both of them. */
export const awsJwtAlgorithms: readonly AwsJwtAlgorithm[] = ['RS256', 'ES384'];

/** What the URL of every issuer of AWS ends with. */
export const awsIssuerDomain = '.tokens.sts.global.api.aws';

const form = /^https:\/\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tokens\.sts\.global\.api\.aws$/;

/** Whether this is the URL of an issuer of AWS, to the letter. */
export function isAwsIssuer(value: unknown): value is string {
  return typeof value === 'string' && form.test(value);
}
