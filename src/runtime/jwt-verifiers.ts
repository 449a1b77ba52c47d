/**
 * What reads JWTs of AWS, for the clusters of a deployment.
 *
 * @module
 */
import type { AwsJwtIssuer } from '../jwt/aws-issuer.ts';
import type { JwtVerifier } from '../verifier/jwt-verifier.ts';
import { noJwts } from './left-out.ts';

/** Makes a verifier of the JWTs of some issuers. */
export type CreateJwts = (options: {
  readonly issuers: readonly AwsJwtIssuer[];
  readonly maxTokenLength: number;
}) => JwtVerifier;

/**
 * One for all issuers of a cluster, so that a token is looked at once; clusters that take the same share it, and the keys.
 *
 * @throws {ConfigurationError} where JWTs are to be taken and `createJwts` is left out
 */
export function jwtVerifiers(
  createJwts: CreateJwts | undefined,
  maxTokenLength: number,
): (issuers: readonly AwsJwtIssuer[]) => JwtVerifier {
  const made = new Map<string, JwtVerifier>();
  return (issuers) => {
    if (createJwts === undefined) throw noJwts('CALLERID_AWS_JWT_ISSUERS');
    const name = JSON.stringify(issuers);
    const one = made.get(name) ?? createJwts({ issuers, maxTokenLength });
    made.set(name, one);
    return one;
  };
}
