/**
 * The metrics of aws-iam-authenticator, where they mean the same: its names, labels and buckets (0.7.18, `pkg/metrics`), so
 * that dashboards go on.
 *
 * @module
 */
import type { DecisionRecord } from '../../http/log.ts';

/** With its spelling. */
type Result =
  | 'malformed_request'
  | 'invalid_token'
  | 'sts_error'
  | 'sts_throttling'
  | 'uknown_user'
  | 'success';

/** By verdict, where the code says no more. */
const results: Readonly<Partial<Record<DecisionRecord['verdict'], Result>>> = {
  mapped: 'success',
  denied: 'uknown_user',
  foreign: 'invalid_token',
  refused: 'invalid_token',
  rejected: 'malformed_request',
};

/** What it would call an outcome; undefined where it knows none such. */
export function resultOf({ verdict, code }: Pick<DecisionRecord, 'verdict' | 'code'>): Result | undefined {
  if (code === 'unauthorized') return undefined; // it asks nobody for a credential
  if (code === 'sts_throttled') return 'sts_throttling';
  return code?.startsWith('sts_') ? 'sts_error' : results[verdict];
}
