/**
 * What STS's answer about a token means. Nothing is held here.
 *
 * @module
 */
import { readIdentity } from '../identity/identity.ts';
import type { StsAnswer } from '../sts/answer.ts';
import type { PartitionId } from '../sts/partitions.ts';
import type { PresignedRequest } from '../token/presigned.ts';
import type { StsVerdict } from './gate.ts';
import type { SharedAnswer } from './shared-identities.ts';
import type { RefusedToken, StsFacts, Verified } from './verification.ts';

/** By what an answer is read. */
export interface OutcomeRules {
  /** Whose identities are taken. */
  readonly partition: PartitionId;
  /** How long an identity may be held, in seconds. */
  readonly identitySeconds: number;
}

/**
 * What comes of an answer of STS. Frozen, as all who are given it share it.
 *
 * @param verifiedAt when STS was asked, in milliseconds since the epoch
 */
export function outcomeOf(
  answer: StsAnswer,
  request: PresignedRequest,
  verifiedAt: number,
  rules: OutcomeRules,
): StsVerdict {
  const { host, listed } = request.endpoint;
  const sts: StsFacts = Object.freeze({ host, requestId: answer.requestId });
  if (answer.kind === 'throttled') return Object.freeze({ verdict: 'throttled', code: 'sts_throttled', sts });
  if (answer.kind === 'refused') {
    const { code, detail } = answer.refusal;
    return Object.freeze({ ...refused(code, detail), sts });
  }
  if (answer.kind === 'identity') {
    const verified = verifiedOf({ ...answer, verifiedAt }, request, false, rules);
    if (verified !== undefined) return verified;
  }
  // An outage of a host that a table vouches for; else the invention of whoever signed for that host.
  if (!listed) return Object.freeze({ ...refused('sts_host_unlisted'), sts });
  const code = answer.kind === 'no-verdict' ? answer.code : 'sts_answer_unexpected';
  return Object.freeze({ verdict: 'unavailable', code, sts });
}

/**
 * Whom STS's words vouch for; undefined where they are no caller that could have signed this. Frozen.
 *
 * @param cached whether STS said so before
 */
export function verifiedOf(
  { caller, requestId, verifiedAt }: SharedAnswer,
  { accessKeyId, expiresAt: end, endpoint: { host } }: PresignedRequest,
  cached: boolean,
  { partition, identitySeconds }: OutcomeRules,
): Verified | undefined {
  const identity = readIdentity(caller, { partition, accessKeyId });
  if (identity === undefined) return undefined;
  return Object.freeze({
    verdict: 'verified',
    identity: Object.freeze(identity),
    verifiedAt,
    expiresAt: Math.min(verifiedAt + identitySeconds * 1000, end),
    cached,
    sts: Object.freeze({ host, requestId }),
  });
}

/** A token that cannot be good here. */
export function refused(code: RefusedToken['code'], detail?: string): RefusedToken {
  return detail === undefined ? { verdict: 'refused', code } : { verdict: 'refused', code, detail };
}
