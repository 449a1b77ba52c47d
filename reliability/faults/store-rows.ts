/**
 * Faults of the store of policies, and what comes of them: for a process that has read the policy before, once it has been so
 * for longer than the last good version may decide, and for one that starts meanwhile.
 *
 * @module
 */
import type { StoreFault } from '../policies/policy-store.ts';
import type { Meanwhile } from './sts-rows.ts';

export interface StoreRow {
  readonly fault: StoreFault;
  /** New tokens at a process that has read the policy. */
  readonly warm: Meanwhile;
  /** After the life of the last good version. */
  readonly later: Meanwhile;
  readonly cold: Meanwhile;
}

const missing = ['policy_missing'];
const unavailable = ['policy_unavailable'];

/** Each of a cluster of its own, all at once. */
export const storeRows: readonly StoreRow[] = [
  { fault: 'absent', warm: 'granted', later: missing, cold: missing },
  { fault: 'truncated', warm: 'granted', later: unavailable, cold: unavailable },
  { fault: 'garbage', warm: 'granted', later: unavailable, cold: unavailable },
  // nobody can tell a process that starts that there was a newer one
  { fault: 'older', warm: 'granted', later: unavailable, cold: 'granted' },
  // what is held of immutable parts stays good
  { fault: 'altered', warm: 'granted', later: 'granted', cold: unavailable },
  { fault: 'unreadable', warm: 'granted', later: unavailable, cold: unavailable },
  { fault: 'slow', warm: 'granted', later: 'granted', cold: 'granted' },
  { fault: 'silent', warm: 'granted', later: unavailable, cold: unavailable },
  { fault: 'failing', warm: 'granted', later: unavailable, cold: unavailable },
  { fault: 'resets', warm: 'granted', later: unavailable, cold: unavailable },
];
