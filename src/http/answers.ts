/**
 * Decisions and errors as HTTP answers.
 *
 * @module
 */

import { type RequestErrorCode, requestErrors } from '../errors/request.ts';
import { type OutageCode, outages, reasonOf } from '../errors/review.ts';
import type { Decision } from '../review/decide.ts';
import type { IncumbentAnswer } from '../review/shadow/answer.ts';
import { errorText, type ReviewStatus, type TokenReview } from '../review/token-review.ts';
import { jsonAnswer, retryAfterSeconds } from './json-answer.ts';

/** HTTP status and `reason` of a Kubernetes Status, by code. */
const statusOf = {
  unauthorized: [401, 'Unauthorized'],
  not_found: [404, 'NotFound'],
  method_not_allowed: [405, 'MethodNotAllowed'],
  unsupported_media_type: [415, 'UnsupportedMediaType'],
  body_too_large: [413, 'RequestEntityTooLarge'],
  not_json: [400, 'BadRequest'],
  not_a_review: [400, 'BadRequest'],
  misconfigured: [503, 'ServiceUnavailable'],
} as const satisfies Record<RequestErrorCode, readonly [number, string]>;

/** The answer to a request that could not be reviewed. */
export function errorAnswer(code: RequestErrorCode, decisionId: string): Response {
  const [status, reason] = statusOf[code];
  const headers: Record<string, string> = {};
  if (code === 'unauthorized') headers['www-authenticate'] = 'Bearer';
  if (code === 'method_not_allowed') headers.allow = 'POST';
  if (status === 503) headers['retry-after'] = String(retryAfterSeconds());
  return statusAnswer(status, reason, code, requestErrors[code], decisionId, headers);
}

/** The answer to a review. */
export function decisionAnswer(review: TokenReview, decision: Decision, decisionId: string): Response {
  if (decision.verdict === 'throttled' || decision.verdict === 'unavailable') {
    return outageAnswer(
      decision.code,
      decisionId,
      'retryAfterMs' in decision ? decision.retryAfterMs : undefined,
    );
  }
  return reviewAnswer(200, review, reviewStatus(decision, decisionId), decisionId);
}

/** The answer of shadow mode: what the incumbent answered, and nothing of callerid's own decision. */
export function incumbentAnswer(review: TokenReview, theirs: IncumbentAnswer, decisionId: string): Response {
  if (theirs.code !== undefined) return outageAnswer(theirs.code, decisionId);
  const { status, httpStatus } = theirs;
  const error = status.error && errorText(status.error, decisionId);
  return reviewAnswer(httpStatus, review, { ...status, error }, decisionId);
}

function reviewAnswer(
  httpStatus: number,
  { apiVersion }: TokenReview,
  status: ReviewStatus,
  decisionId: string,
): Response {
  return jsonAnswer(httpStatus, { apiVersion, kind: 'TokenReview', status }, decisionId);
}

const throttling: ReadonlySet<OutageCode> = new Set([
  'sts_throttled',
  'client_throttled',
  'caller_throttled',
  'cluster_throttled',
  'overloaded',
  'ec2_throttled',
  'shadow_throttled',
]);

/**
 * No verdict: the caller should come again.
 *
 * @param retryAfterMs not before that, in milliseconds; by default whenever they like
 */
export function outageAnswer(code: OutageCode, decisionId: string, retryAfterMs?: number): Response {
  const seconds = retryAfterSeconds(retryAfterMs);
  const [status, name] = throttling.has(code)
    ? ([429, 'TooManyRequests'] as const)
    : ([503, 'ServiceUnavailable'] as const);
  return statusAnswer(
    status,
    name,
    code,
    outages[code],
    decisionId,
    { 'retry-after': String(seconds) },
    { retryAfterSeconds: seconds },
  );
}

type Verdict = Exclude<Decision, { verdict: 'throttled' | 'unavailable' }>;

function reviewStatus(decision: Verdict, decisionId: string): ReviewStatus {
  switch (decision.verdict) {
    case 'mapped': {
      const { user, audiences } = decision;
      return { authenticated: true, user, ...(audiences === undefined ? {} : { audiences }) };
    }
    case 'foreign':
      return { authenticated: false };
    case 'refused':
      return {
        authenticated: false,
        error: errorText(`${decision.code}: ${reasonOf(decision)}`, decisionId),
      };
    case 'denied': {
      const { code, detail, identity, policyVersion, scrubbed } = decision;
      const reason = reasonOf({ code, detail: scrubbed ? undefined : detail });
      const who = scrubbed ? '' : `; ${identity.canonicalArn}`;
      const text = `${code}: ${reason}${who}; policy version ${policyVersion}`;
      return { authenticated: false, error: errorText(text, decisionId) };
    }
  }
}

function statusAnswer(
  code: number,
  reason: string,
  ourCode: string,
  text: string,
  decisionId: string,
  headers: Record<string, string>,
  details?: object,
): Response {
  const message = errorText(`${ourCode}: ${text}`, decisionId);
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    details,
    code,
  };
  return jsonAnswer(code, body, decisionId, headers);
}
