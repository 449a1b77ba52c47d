/**
 * What logs say of a caller.
 *
 * @module
 */
import type { JwtFacts, StsFacts, Verified } from '../verifier/verification.ts';

/** What is logged of a proven caller, and of the call to STS. */
export interface CallerFields {
  /** As STS gave it: `arn:aws:sts::111122223333:assumed-role/Admin/alice`. */
  readonly arn?: string | undefined;
  /** The ARN that rules name: `arn:aws:iam::111122223333:role/Admin`. */
  readonly canonicalArn?: string | undefined;
  /** 12 digits. */
  readonly account?: string | undefined;
  /** Unique ID that AWS never gives twice. */
  readonly principalId?: string | undefined;
  /** Access key ID that signed. Not a secret, but personal data. */
  readonly accessKeyId?: string | undefined;
  /** Of assumed roles: chosen by whoever assumed the role. */
  readonly sessionName?: string | undefined;
  /** Set by whoever assumed the first role of a chain. */
  readonly sourceIdentity?: string | undefined;
  /** The STS endpoint that was asked. */
  readonly stsHost?: string | undefined;
  /** What STS calls that request: AWS Support and CloudTrail know it by this. */
  readonly stsRequestId?: string | undefined;
  /** The issuer of a JWT. */
  readonly jwtIssuer?: string | undefined;
  /** What the issuer calls the JWT (`jti`). */
  readonly jwtId?: string | undefined;
  /** Whether the identity was held from an earlier call. */
  readonly cached?: boolean | undefined;
  /** Where it was: how long ago STS was asked, in milliseconds. */
  readonly ageMs?: number | undefined;
  /** When STS was asked, or the JWT was issued, RFC 3339. */
  readonly verifiedAt?: string | undefined;
}

/**
 * The fields that a proven caller gives.
 *
 * @param now the time of the decision, in milliseconds since the epoch
 */
export function callerFields(
  proven: Pick<Verified, 'identity' | 'cached' | 'verifiedAt'> & Source,
  now: number,
): CallerFields {
  const { identity, cached, verifiedAt } = proven;
  const { arn, canonicalArn, account, principalId, accessKeyId, sessionName, sourceIdentity } = identity;
  return {
    arn,
    canonicalArn,
    account,
    principalId,
    accessKeyId,
    sessionName,
    sourceIdentity,
    ...sourceFields(proven),
    cached,
    ageMs: cached ? now - verifiedAt : undefined,
    verifiedAt: new Date(verifiedAt).toISOString(),
  };
}

/** Who vouched for a caller, or was to. */
export interface Source {
  readonly sts?: StsFacts | undefined;
  readonly jwt?: Pick<JwtFacts, 'issuer' | 'id' | 'names'> | undefined;
}

/** The fields that it gives. */
export function sourceFields({ sts, jwt }: Source): CallerFields {
  return {
    stsHost: sts?.host,
    stsRequestId: sts?.requestId,
    jwtIssuer: jwt?.issuer,
    jwtId: jwt?.id,
  };
}
