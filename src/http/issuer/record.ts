/**
 * One structured line per exchange.
 *
 * @module
 */
import { type Code, outages, reasonOf } from '../../errors/codes.ts';
import type { Refused } from '../../errors/refusal.ts';
import type { Exchange } from '../../oidc/exchange.ts';
import type { Waited } from '../../review/waits.ts';
import { type CallerFields, callerFields, sourceFields } from '../caller-fields.ts';
import type { TokenRequestErrorCode } from './request.ts';

/** What is logged of an exchange. Field names are an interface. Nothing of a token is in it. */
export interface ExchangeRecord extends CallerFields, Waited {
  readonly event: 'exchange';
  /** RFC 3339 */
  readonly time: string;
  readonly decisionId: string;
  readonly cluster: string;
  /** `rejected`: the request could not be judged. */
  readonly verdict: Exchange['verdict'] | 'rejected';
  /** Why, in detail: the answer may say less. */
  readonly code?: Code | undefined;
  readonly reason?: string | undefined;
  /** With code `internal`: the kind of the error. */
  readonly problem?: string | undefined;
  readonly rule?: string | undefined;
  readonly policyVersion?: number | undefined;
  /** Why the last read of the policy gave nothing; the last good version decided, where there was one. */
  readonly policyProblem?: string | undefined;
  readonly username?: string | undefined;
  /** The `jti` of the JWT that was issued. */
  readonly issuedId?: string | undefined;
  /** When it ends, RFC 3339. */
  readonly expiresAt?: string | undefined;
  /** The key that signed it. */
  readonly kid?: string | undefined;
  /** Set where the account of the caller is scrubbed: whatever says who it was is absent. */
  readonly scrubbed?: true | undefined;
  readonly durationMs: number;
}

export type ExchangeLog = (record: ExchangeRecord) => void;

/** What came of a request. */
export type Outcome =
  | { readonly kind: 'judged'; readonly exchange: Exchange }
  | { readonly kind: 'rejected'; readonly refused: Refused<TokenRequestErrorCode> }
  /** The kind of an error is all that may be told: what it says may hold what was being worked on. */
  | { readonly kind: 'broken'; readonly problem: string };

/**
 * The fields that it gives.
 *
 * @param now when it came, in milliseconds since the epoch
 */
export function outcomeFields(
  outcome: Outcome,
  now: number,
): Partial<ExchangeRecord> & Pick<ExchangeRecord, 'verdict'> {
  switch (outcome.kind) {
    case 'rejected':
      return { verdict: 'rejected', code: outcome.refused.code, reason: reasonOf(outcome.refused) };
    case 'broken': {
      const { problem } = outcome;
      return { verdict: 'unavailable', code: 'internal', reason: outages.internal, problem };
    }
    case 'judged':
      return exchangeFields(outcome.exchange, now);
  }
}

function exchangeFields(
  exchange: Exchange,
  now: number,
): Partial<ExchangeRecord> & Pick<ExchangeRecord, 'verdict'> {
  const { verdict } = exchange;
  if (verdict === 'foreign') return { verdict, code: 'token_foreign' };
  const reason =
    verdict === 'issued' ? issuedFields(exchange) : { code: exchange.code, reason: reasonOf(exchange) };
  const policy = 'rule' in exchange && { rule: exchange.rule, policyVersion: exchange.policyVersion };
  const caller = 'identity' in exchange ? callerFields(exchange, now) : sourceFields(exchange);
  return { verdict, ...reason, ...policy, ...caller };
}

function issuedFields({
  username,
  issued,
}: Extract<Exchange, { verdict: 'issued' }>): Partial<ExchangeRecord> {
  const expiresAt = new Date(issued.expiresAt).toISOString();
  return { username, issuedId: issued.id, expiresAt, kid: issued.kid };
}
