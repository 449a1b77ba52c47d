/**
 * A policy as it is stored: one value for each cluster.
 *
 * @module
 */
import { PolicyError } from '../errors.ts';
import type { Policy } from '../mapping/rule.ts';
import { parsePolicy } from '../mapping/schema.ts';

/** One version of a policy. Immutable once written. */
export interface PolicyRecord {
  /** Only grows. */
  readonly version: number;
  /** RFC 3339 */
  readonly writtenAt: string;
  readonly policy: Policy;
}

/** Largest stored policy, in UTF-8 bytes: it must fit into every store with room to spare. */
export const maxPolicyBytes: number = 48 * 1024;

const format = 1;

/** Whether this can be the ID of a cluster: it becomes part of URLs and of store keys. */
export function isClusterId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(value);
}

/** Where the policy of a cluster is stored. */
export function policyKey(cluster: string): string {
  return `policy/${cluster}`;
}

/** @throws {PolicyError} where the policy is too large */
export function encodeRecord(record: PolicyRecord): string {
  const text = JSON.stringify({ format, ...record });
  assertSize(text);
  return text;
}

/** @throws {PolicyError} where the text is not a stored policy, or its policy does not validate */
export function decodeRecord(text: string): PolicyRecord {
  assertSize(text);
  const record = readRecord(text);
  return { ...record, policy: parsePolicy(record.policy) };
}

/**
 * The version of a stored policy. The policy in it need not validate: the rules for that may have grown stricter since.
 *
 * @throws {PolicyError} where the text is not a stored policy
 */
export function decodeVersion(text: string): number {
  return readRecord(text).version;
}

function assertSize(text: string): void {
  const size = new TextEncoder().encode(text).byteLength;
  if (size <= maxPolicyBytes) return;
  const message = `the policy takes ${size} bytes, the limit is ${maxPolicyBytes}`;
  throw new PolicyError([{ path: '', message }]);
}

function readRecord(text: string): Omit<PolicyRecord, 'policy'> & { readonly policy: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PolicyError([{ path: '', message: 'the stored policy is not JSON' }]);
  }
  const record = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const { version, writtenAt, policy } = record;
  const isVersion = typeof version === 'number' && Number.isSafeInteger(version) && version >= 1;
  if (record.format !== format || !isVersion || typeof writtenAt !== 'string') {
    throw new PolicyError([{ path: '', message: `the stored policy is not a record of format ${format}` }]);
  }
  return { version, writtenAt, policy };
}
