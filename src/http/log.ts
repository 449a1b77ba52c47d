/**
 * One structured line per decision. `docs/logs.md` has its fields.
 *
 * @module
 */
import type { Code, ShadowOutageCode } from '../errors/codes.ts';
import { reasonOf } from '../errors/review.ts';
import type { Decision } from '../review/decide.ts';
import type { Difference } from '../review/shadow/compare.ts';
import type { Waited } from '../review/waits.ts';
import { type CallerFields, callerFields, sourceFields } from './caller-fields.ts';

/**
 * What is logged of a review. Field names are an interface. Nothing of a token is in it, and of a foreign token
 * nothing at all.
 */
export interface DecisionRecord extends CallerFields, Waited {
  readonly event: 'review';
  /** RFC 3339 */
  readonly time: string;
  readonly decisionId: string;
  /** Absent where there is no such cluster. */
  readonly cluster?: string | undefined;
  readonly verdict: Decision['verdict'] | 'rejected';
  readonly code?: Code | undefined;
  readonly reason?: string | undefined;
  /** With code `internal`: the kind of the error. */
  readonly problem?: string | undefined;
  readonly rule?: string | undefined;
  readonly policyVersion?: number | undefined;
  /** Set where the break-glass rule decided, and not the policy. */
  readonly breakGlass?: true | undefined;
  /** Why the last read of the policy gave nothing; the last good version decided, where there was one. */
  readonly policyProblem?: string | undefined;
  readonly username?: string | undefined;
  /** Set where the account of the caller is scrubbed: whatever says who it was is absent. */
  readonly scrubbed?: true | undefined;
  readonly durationMs: number;
  /** In shadow mode, where all the rest is what callerid would have answered. */
  readonly shadow?: ShadowRecord | undefined;
}

/** What is logged of the incumbent, which answered in callerid's place. */
export interface ShadowRecord {
  /** `not_compared`: one of the two gave no verdict. */
  readonly outcome: 'agrees' | 'differs' | 'not_compared';
  readonly theirs: 'granted' | 'denied' | ShadowOutageCode;
  /** Absent where it did not answer. */
  readonly httpStatus?: number | undefined;
  /** Its own words for a denial. Absent where it has none, and of a foreign token. */
  readonly reason?: string | undefined;
  /** None where they agree; absent where nothing was compared. */
  readonly differences?: readonly Difference[] | undefined;
}

export type Log = (record: DecisionRecord) => void;

/**
 * The fields that a decision gives.
 *
 * @param now when it fell, in milliseconds since the epoch
 */
export function decisionFields(
  decision: Decision,
  now: number,
): Partial<DecisionRecord> & Pick<DecisionRecord, 'verdict'> {
  const { verdict } = decision;
  if (verdict === 'foreign') return { verdict };
  if (verdict !== 'mapped' && verdict !== 'denied') {
    return { verdict, code: decision.code, reason: reasonOf(decision), ...sourceFields(decision) };
  }
  const { rule, policyVersion } = decision;
  return {
    verdict,
    ...(verdict === 'denied'
      ? { code: decision.code, reason: reasonOf(decision) }
      : { username: decision.user.username, breakGlass: decision.breakGlass }),
    rule,
    policyVersion,
    ...callerFields(decision, now),
  };
}
