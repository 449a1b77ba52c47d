/**
 * The immutable parts of a policy, as they are stored: each named by the hash of its text.
 *
 * @module
 */

import { PolicyError } from '../errors/classes.ts';
import { digestBase64url } from '../lib/base64url.ts';
import { member } from '../lib/json.ts';
import type { Policy, Rule } from '../mapping/rule.ts';
import { parsePolicy } from '../mapping/schema.ts';
import { isPrefix, PrefixTable, placementsOf, rangeOf, type Space, spaces } from './placement.ts';
import { policyKey } from './record.ts';

/** Largest part, in UTF-8 bytes. */
export const maxPartBytes: number = 48 * 1024;

/** How many parts the rules of one bucket may take: a decision reads all of them, and a Worker may only ask so often. */
export const maxPartsOfBucket = 40;

/** A whole small policy. */
export interface DocumentPart {
  readonly kind: 'document';
  readonly policy: Policy;
}

/** Rules of one bucket. Of several parts of one the later hold the later rules. */
export interface RulesPart {
  readonly kind: 'rules';
  readonly space: Space;
  readonly prefix: string;
  readonly rules: readonly Rule[];
}

/** The parts of every bucket below a prefix, by their hashes. */
export interface PagePart {
  readonly kind: 'page';
  readonly space: Space;
  readonly prefix: string;
  readonly buckets: PrefixTable<readonly string[]>;
}

export type Part = DocumentPart | RulesPart | PagePart;

/** SHA-256 of the text in UTF-8, in base64url: 43 characters. */
export function hashOf(text: string): Promise<string> {
  return digestBase64url(text);
}

export function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value);
}

/** Where the parts of a cluster are stored. */
export function partsPrefix(cluster: string): string {
  return `${policyKey(cluster)}/parts/`;
}

export function partKey(cluster: string, hash: string): string {
  return partsPrefix(cluster) + hash;
}

export function sizeOf(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

export function encodeDocument(policy: Policy): string {
  return JSON.stringify({ policy });
}

/** @param rules as JSON */
export function encodeRules(space: Space, prefix: string, rules: readonly string[]): string {
  return `{"bucket":"${space}:${prefix}","rules":[${rules.join(',')}]}`;
}

export function encodePage(
  space: Space,
  prefix: string,
  buckets: readonly (readonly [string, readonly string[]])[],
): string {
  return JSON.stringify({ page: `${space}:${prefix}`, buckets });
}

/**
 * Reads a part as strictly as it was written: rules that work, each in the bucket that it belongs to; pages without a
 * gap.
 *
 * @throws {PolicyError}
 */
export function decodePart(text: string): Part {
  const size = sizeOf(text);
  if (size > maxPartBytes) throw invalid(`takes ${size} bytes, the limit is ${maxPartBytes}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('is not JSON');
  }
  const [policy, bucket, page] = ['policy', 'bucket', 'page'].map((name) => member(value, name));
  if (policy !== undefined) return { kind: 'document', policy: parsePolicy(policy) };
  if (bucket !== undefined) return readRules(bucket, member(value, 'rules'));
  return readPage(page, member(value, 'buckets'));
}

function readRules(bucket: unknown, list: unknown): RulesPart {
  const name = readName(bucket);
  const { rules } = parsePolicy({ rules: list });
  const [first, last] = rangeOf(name.prefix);
  for (const [index, rule] of rules.entries()) {
    const [{ space, position } = { space: undefined, position: -1 }, ...others] = placementsOf(rule);
    const isInside = space === name.space && first <= position && position <= last;
    if (!isInside || others.length > 0) {
      throw new PolicyError([{ path: `rules[${index}]`, message: `is not of the bucket ${bucket}` }]);
    }
  }
  return { kind: 'rules', ...name, rules };
}

function readPage(page: unknown, list: unknown): PagePart {
  const name = readName(page);
  const buckets = PrefixTable.of(readEntries(list, isHashes), name.prefix);
  if (buckets === undefined) throw invalid('is a page with a gap');
  return { kind: 'page', ...name, buckets };
}

function isHashes(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length <= maxPartsOfBucket &&
    value.every(isHash) &&
    new Set(value).size === value.length
  );
}

function readName(value: unknown): { readonly space: Space; readonly prefix: string } {
  const [name, prefix, ...rest] = typeof value === 'string' ? value.split(':') : [];
  const space = spaces.find((one) => one === name);
  if (space === undefined || !isPrefix(prefix) || rest.length > 0) throw invalid('is no part of a policy');
  return { space, prefix };
}

/** Pairs of a prefix and what is there. */
export function readEntries<T>(
  value: unknown,
  isValue: (value: unknown) => value is T,
): readonly (readonly [string, T])[] {
  if (!Array.isArray(value)) throw invalid('is no table of prefixes');
  return value.map((entry) => {
    const [prefix, at, ...rest] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (!isPrefix(prefix) || !isValue(at) || rest.length > 0) throw invalid('is no table of prefixes');
    return [prefix, at] as const;
  });
}

function invalid(problem: string): PolicyError {
  return new PolicyError([{ path: '', message: `a part of the policy ${problem}` }]);
}
