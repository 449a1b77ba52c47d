/**
 * What records come to in metrics.
 *
 * @module
 */
import type { AdminRecord } from '../../http/admin/admin.ts';
import type { CallerFields } from '../../http/caller-fields.ts';
import type { ExchangeRecord } from '../../http/issuer/record.ts';
import type { DecisionRecord } from '../../http/log.ts';
import type { LogRecord } from '../../http/sink.ts';
import { resultOf } from './authenticator.ts';
import type { Meters } from './meters.ts';

/** Counts a record. */
export function countRecord(record: LogRecord, meters: Meters): void {
  switch (record.event) {
    case 'review':
      countReview(record, meters);
      break;
    case 'exchange':
      countExchange(record, meters);
      break;
    case 'admin':
      countAdmin(record, meters);
      break;
    case 'circuit':
      meters.gauges.callerid_sts_circuit_open.set({ host: record.host }, record.state === 'open' ? 1 : 0);
  }
}

function countReview(record: DecisionRecord, meters: Meters): void {
  const { cluster = '', verdict, code = '', durationMs, breakGlass, shadow } = record;
  meters.count('callerid_reviews_total', cluster, verdict, code);
  meters.observe('callerid_review_duration_seconds', durationMs, cluster, verdict);
  const result = resultOf(record);
  if (result !== undefined) {
    meters.observe('aws_iam_authenticator_authenticate_latency_seconds', durationMs, result);
  }
  countIdentity(cluster, record, meters);
  if (breakGlass) meters.count('callerid_break_glass_total', cluster);
  if (shadow !== undefined) {
    meters.count('callerid_shadow_reviews_total', cluster, shadow.outcome, shadow.theirs);
  }
}

function countExchange(record: ExchangeRecord, meters: Meters): void {
  const { cluster, verdict, code = '', durationMs } = record;
  meters.count('callerid_exchanges_total', cluster, verdict, code);
  meters.observe('callerid_exchange_duration_seconds', durationMs, cluster, verdict);
  countIdentity(cluster, record, meters);
}

function countAdmin(record: AdminRecord, meters: Meters): void {
  const { cluster = '', operation, status, breakGlass, policyVersion } = record;
  meters.count('callerid_admin_requests_total', cluster, operation, String(status));
  if (policyVersion !== undefined) meters.count('callerid_policy_changes_total', cluster, operation);
  if (breakGlass) meters.count('callerid_break_glass_total', cluster);
}

/** Of a proven caller alone it is said whether the identity was held. */
function countIdentity(cluster: string, { cached }: CallerFields, meters: Meters): void {
  if (cached !== undefined) meters.count('callerid_identities_total', cluster, cached ? 'hit' : 'miss');
}
