/**
 * What the admin API answers.
 *
 * @module
 */
import {
  PolicyConflictError,
  PolicyError,
  type PolicyIssue,
  PolicySignatureError,
  PolicyVersionError,
  StoreError,
} from '../../errors/classes.ts';
import { type AdminErrorCode, type OutageCode, textOf } from '../../errors/codes.ts';
import type { RequestErrorCode } from '../../errors/request.ts';
import { jsonAnswer, retryAfterSeconds } from '../json-answer.ts';

export type ErrorCode = AdminErrorCode | RequestErrorCode | OutageCode;

/** An answer that is not what was asked for. */
export interface Failure {
  readonly code: ErrorCode;
  /** In place of the text of the code; holds only what the caller may know. */
  readonly reason?: string | undefined;
  readonly issues?: readonly PolicyIssue[];
  readonly version?: number;
  readonly effects?: readonly object[];
}

/** Thrown by an operation that ends with a failure. */
export class FailureError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.code);
    this.failure = failure;
  }
}

/** Statuses; all other codes are outages. */
const statusOf: Partial<Record<ErrorCode, number>> = {
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  body_too_large: 413,
  unsupported_media_type: 415,
  not_json: 400,
  request_invalid: 400,
  policy_invalid: 422,
  policy_conflict: 409,
  would_lock_out: 409,
  policy_incomplete: 422,
  policy_unsigned: 422,
  policy_signature_invalid: 422,
  policy_version_unknown: 404,
  sts_throttled: 429,
  ec2_throttled: 429,
  caller_throttled: 429,
  cluster_throttled: 429,
  overloaded: 429,
};

export function statusOfFailure({ code }: Failure): number {
  return statusOf[code] ?? 503;
}

/** What an exception means for the caller. Of one that is not ours nothing is told. */
export function failureOf(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  if (error instanceof PolicyError)
    return { code: 'policy_invalid', issues: error.issues.slice(0, maxIssues) };
  if (error instanceof PolicyConflictError) return { code: 'policy_conflict', version: error.version };
  if (error instanceof PolicyVersionError || error instanceof PolicySignatureError)
    return { code: error.code as ErrorCode, reason: error.message };
  return { code: error instanceof StoreError ? 'store_failed' : 'internal' };
}

/** A list without end would help nobody. */
const maxIssues = 100;

export function failureAnswer(
  failure: Failure,
  decisionId: string,
  headers: Record<string, string> = {},
): Response {
  const { code, reason: message = textOf(code), ...rest } = failure;
  const status = statusOfFailure(failure);
  const wait = status === 429 || status === 503 ? { 'retry-after': String(retryAfterSeconds()) } : {};
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  return jsonAnswer(status, { code, message, ...rest }, decisionId, { ...wait, ...challenge, ...headers });
}
