/**
 * What logs say of a caller.
 *
 * @module
 */
import type { StsFacts, Verified } from '../verifier/verification.ts';

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
  /** The STS endpoint that was asked. */
  readonly stsHost?: string | undefined;
  /** What STS calls that request: AWS Support and CloudTrail know it by this. */
  readonly stsRequestId?: string | undefined;
  /** Whether the identity was held from an earlier call. */
  readonly cached?: boolean | undefined;
  /** When STS was asked, RFC 3339. */
  readonly verifiedAt?: string | undefined;
}

/** The fields that a proven caller gives. */
export function callerFields({
  identity,
  sts,
  cached,
  verifiedAt,
}: Pick<Verified, 'identity' | 'sts' | 'cached' | 'verifiedAt'>): CallerFields {
  const { arn, canonicalArn, account, principalId, accessKeyId, sessionName } = identity;
  return {
    arn,
    canonicalArn,
    account,
    principalId,
    accessKeyId,
    sessionName,
    ...stsFields(sts),
    cached,
    verifiedAt: new Date(verifiedAt).toISOString(),
  };
}

/** The fields that a call to STS gives. */
export function stsFields(sts: StsFacts | undefined): CallerFields {
  return { stsHost: sts?.host, stsRequestId: sts?.requestId };
}
