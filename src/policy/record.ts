/**
 * Where the policy of a cluster is stored, and the record of format 1: a policy in one value that anybody can put there
 * with the tools of the store. Publishing writes format 2 (`pointer.ts`).
 *
 * @module
 */
import { PolicyError } from '../errors/classes.ts';
import { member } from '../lib/json.ts';
import type { Policy } from '../mapping/rule.ts';
import { parsePolicy } from '../mapping/schema.ts';
import { isStorable } from '../store/store.ts';
import type { PolicySignature } from './signature.ts';

/** A policy with its version, by itself. */
export interface PolicyRecord {
  /** Only grows. */
  readonly version: number;
  /** RFC 3339 */
  readonly writtenAt: string;
  readonly policy: Policy;
  /** Absent where it is not signed. */
  readonly signature?: PolicySignature | undefined;
}

/** Largest record, in UTF-8 bytes: it must fit into every store with room to spare. */
export const maxPolicyBytes: number = 48 * 1024;

const format = 1;

/** Whether this can be the ID of a cluster: it becomes part of URLs and of store keys. */
export function isClusterId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(value);
}

/** Whether this can be the number of a version. */
export function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
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

/** @throws {PolicyError} where the text is not a record, or its policy does not validate */
export function decodeRecord(text: string): PolicyRecord {
  const { format: found, version, writtenAt, policy } = decodeStored(text);
  if (found !== format) throw notStored(`is not a record of format ${format}`);
  return { version, writtenAt, policy: parsePolicy(policy) };
}

/** What is at the key of a policy: a record, of format 1, or a pointer (`pointer.ts`), of format 2. */
export interface StoredPolicy {
  readonly format: 1 | 2;
  readonly version: number;
  readonly writtenAt: string;
  /** Not validated: the rules for that may have grown stricter since. */
  readonly policy: unknown;
}

/** @throws {PolicyError} where the text is neither */
export function decodeStored(text: string): StoredPolicy {
  if (!isStorable(text)) throw notStored('is larger than what a store takes');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notStored('is not JSON');
  }
  const [version, writtenAt] = [member(value, 'version'), member(value, 'writtenAt')];
  const found = member(value, 'format');
  if ((found !== 1 && found !== 2) || !isVersion(version) || typeof writtenAt !== 'string') {
    throw notStored('is not a record of format 1 or 2');
  }
  if (found === 1) assertSize(text);
  return { ...(value as object), format: found, version, writtenAt, policy: member(value, 'policy') };
}

function assertSize(text: string): void {
  const size = new TextEncoder().encode(text).byteLength;
  if (size <= maxPolicyBytes) return;
  throw new PolicyError([
    { path: '', message: `the policy takes ${size} bytes, the limit is ${maxPolicyBytes}` },
  ]);
}

function notStored(problem: string): PolicyError {
  return new PolicyError([{ path: '', message: `the stored policy ${problem}` }]);
}
