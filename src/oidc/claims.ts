/**
 * What stands in a JWT of an issuer.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';

/** Every claim, but for the facts, which are under the host of the issuer. */
export interface IssuedClaims {
  readonly iss: string;
  /** The canonical ARN. */
  readonly sub: string;
  readonly aud: string;
  /** Seconds since the epoch, as are all times here. */
  readonly iat: number;
  readonly exp: number;
  /** When the subject was verified. */
  readonly auth_time: number;
  readonly jti: string;
  readonly username: string;
  readonly groups: readonly string[];
}

/** What is told of the caller beside. What is not known is absent. */
export interface IssuedFacts
  extends Pick<
    Identity,
    | 'arn'
    | 'canonicalArn'
    | 'account'
    | 'partition'
    | 'type'
    | 'proof'
    | 'principalId'
    | 'roleName'
    | 'sessionName'
    | 'accessKeyId'
    | 'orgId'
    | 'ouPath'
    | 'sourceIdentity'
  > {
  readonly decisionId: string;
  readonly policyVersion: number;
  /** Those of the groups that the rule names literally: no caller chose them by the name of a session. */
  readonly literalGroups: readonly string[];
}

/** The claim that holds the facts: the host of the issuer, in lower case. */
export function factsClaimOf(issuer: string): string {
  return new URL(issuer).host;
}

/** The names of all claims, as a discovery document has them. */
export function claimNamesOf(issuer: string): readonly string[] {
  const names = ['iss', 'sub', 'aud', 'iat', 'exp', 'auth_time', 'jti', 'username', 'groups'];
  return [...names, factsClaimOf(issuer)];
}

/** The facts of an identity. */
export function factsOf(
  identity: Identity,
  decided: Pick<IssuedFacts, 'decisionId' | 'policyVersion' | 'literalGroups'>,
): IssuedFacts {
  const { arn, canonicalArn, account, partition, type, proof } = identity;
  const { principalId, roleName, sessionName, accessKeyId, orgId, ouPath, sourceIdentity } = identity;
  return {
    arn,
    canonicalArn,
    account,
    partition,
    type,
    proof,
    ...(principalId !== undefined && { principalId }),
    ...(roleName !== undefined && { roleName }),
    ...(sessionName !== undefined && { sessionName }),
    ...(accessKeyId !== undefined && { accessKeyId }),
    ...(orgId !== undefined && { orgId }),
    ...(ouPath !== undefined && { ouPath }),
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    ...decided,
  };
}
