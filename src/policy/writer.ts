/**
 * Writing a policy.
 *
 * @module
 */
import type { Policy } from '../mapping/rule.ts';
import type { Store } from '../store/store.ts';
import { decodeVersion, encodeRecord, type PolicyRecord, policyKey } from './record.ts';

/**
 * Writes the next version of a cluster's policy. The policy has been read by `parsePolicy`. One writer at a time is
 * assumed.
 *
 * @throws {PolicyError} where it is too large, or what is stored now is no record
 * @throws {StoreError}
 */
export async function writePolicy(
  store: Store,
  cluster: string,
  policy: Policy,
  now: number = Date.now(),
): Promise<PolicyRecord> {
  const key = policyKey(cluster);
  const before = await store.get(key);
  const version = before === undefined ? 1 : decodeVersion(before) + 1;
  const record: PolicyRecord = { version, writtenAt: new Date(now).toISOString(), policy };
  await store.put(key, encodeRecord(record));
  return record;
}
