/**
 * A policy as a record of format 1, and where it is stored.
 */
import { describe, expect, test } from 'vitest';
import { PolicyError } from '../../src/errors/classes.ts';
import type { Policy } from '../../src/mapping/rule.ts';
import {
  decodeRecord,
  decodeStored,
  encodeRecord,
  isClusterId,
  maxPolicyBytes,
  type PolicyRecord,
  policyKey,
} from '../../src/policy/record.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { roleArn } from '../support/identities.ts';

const policy: Policy = {
  rules: [
    {
      role: roleArn('Admin'),
      username: 'admin:{{SessionName}}',
      groups: ['system:masters'],
      reserved: 'masters',
    },
  ],
  apiAudiences: ['https://kubernetes.default.svc'],
  notBefore: '2026-11-24T05:00:00Z',
};
const now = Date.UTC(2026, 10, 24, 12);
const record: PolicyRecord = { version: 7, writtenAt: '2026-11-24T12:00:00.000Z', policy };
/** A stored record with some members set otherwise; undefined leaves one out. */
const stored = (changes: Record<string, unknown> = {}): string =>
  JSON.stringify({ format: 1, ...record, ...changes });

describe('a record', () => {
  test('comes back as it was', () => {
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
    expect(decodeStored(encodeRecord(record)).version).toBe(7);
    expect(decodeRecord(stored())).toEqual(record);
  });

  test('gives nothing but what it has to hold', () => {
    expect(decodeRecord(stored({ extra: 1 }))).toEqual(record);
  });

  const noRecord = 'the stored policy is not a record of format 1';
  const noJson = 'the stored policy is not JSON';

  test.each<[string, string, string]>([
    ['nothing', '', noJson],
    ['a word', 'policy', noJson],
    ['half of one', stored().slice(0, -1), noJson],
    ['two of them', stored() + stored(), noJson],
    ['a byte order mark', `\ufeff${stored()}`, noJson],
    ['YAML', 'rules: []', noJson],
    ['null', 'null', noRecord],
    ['a number', '7', noRecord],
    ['a text', JSON.stringify(stored()), noRecord],
    ['a list', `[${stored()}]`, noRecord],
    ['an empty object', '{}', noRecord],
    ['a bare policy', JSON.stringify(policy), noRecord],
    ['no format', stored({ format: undefined }), noRecord],
    ['a format to come', stored({ format: 3 }), noRecord],
    ['a format in words', stored({ format: '1' }), noRecord],
    ['a record in __proto__', `{"__proto__":${stored()}}`, noRecord],
    [
      'a version in __proto__',
      stored({ version: undefined }).replace('{', '{"__proto__":{"version":7},'),
      noRecord,
    ],
    ['no version', stored({ version: undefined }), noRecord],
    ['version 0', stored({ version: 0 }), noRecord],
    ['a negative version', stored({ version: -1 }), noRecord],
    ['a fraction', stored({ version: 1.5 }), noRecord],
    ['a version in words', stored({ version: '7' }), noRecord],
    ['a version that cannot be counted on', stored({ version: 2 ** 53 }), noRecord],
    ['an endless version', stored().replace('7', '1e999'), noRecord],
    ['no time', stored({ writtenAt: undefined }), noRecord],
    ['a time that is a number', stored({ writtenAt: now }), noRecord],
  ])('is not: %s', (_, text, message) => {
    for (const decode of [decodeRecord, decodeStored]) {
      expect(() => decode(text)).toThrow(PolicyError);
      expect(() => decode(text)).toThrow(message);
    }
  });

  test.each<[string, unknown, string]>([
    ['none', undefined, 'must be an object'],
    ['null', null, 'must be an object'],
    ['one without rules', {}, 'rules: is missing'],
    ['one with an unknown field', { ...policy, extra: 1 }, 'extra: unknown field'],
    [
      'one that would give a reserved name',
      { rules: [{ role: roleArn('A'), username: 'system:x' }] },
      'rules[0].username',
    ],
    ['one that __proto__ holds', JSON.parse('{"__proto__":{"rules":[]}}'), 'rules: is missing'],
  ])('with a policy that does not validate is refused, and has a version: %s', (_, broken, message) => {
    const text = stored({ policy: broken });
    expect(() => decodeRecord(text)).toThrow(PolicyError);
    expect(() => decodeRecord(text)).toThrow(message);
    expect(decodeStored(text).version).toBe(7);
  });

  const rest = encodeRecord({ ...record, writtenAt: '' }).length;

  test.each([
    ['48 KiB', 'x', maxPolicyBytes - rest, true],
    ['a byte more', 'x', maxPolicyBytes - rest + 1, false],
    ['two bytes a character', 'é', Math.floor((maxPolicyBytes - rest) / 2), true],
    ['one such character more', 'é', Math.floor((maxPolicyBytes - rest) / 2) + 1, false],
    ['four bytes a character', '𝄞', Math.floor((maxPolicyBytes - rest) / 4), true],
    ['one such character more', '𝄞', Math.floor((maxPolicyBytes - rest) / 4) + 1, false],
  ])('may take 48 KiB in UTF-8: %s', (_, character, count, fits) => {
    const full: PolicyRecord = { ...record, writtenAt: character.repeat(count) };
    if (fits) expect(decodeRecord(encodeRecord(full))).toEqual(full);
    else expect(() => encodeRecord(full)).toThrow(/^the policy takes \d+ bytes, the limit is 49152$/);
  });

  test('that is too large is a PolicyError, written or read', () => {
    const large = { ...record, writtenAt: 'x'.repeat(maxPolicyBytes) };
    expect(() => encodeRecord(large)).toThrow(PolicyError);
    expect(() => decodeRecord(JSON.stringify({ format: 1, ...large }))).toThrow(
      /^the policy takes \d+ bytes/,
    );
  });
});

describe('the ID of a cluster', () => {
  test.each<[string, unknown, boolean]>([
    ['a name', 'prod', true],
    ['one character', 'a', true],
    ['every character', 'aZ09._-', true],
    ['100 characters', 'x'.repeat(100), true],
    ['101 characters', 'x'.repeat(101), false],
    ['nothing', '', false],
    ['a dot in front', '.prod', false],
    ['the directory above', '..', false],
    ['a dash in front', '-prod', false],
    ['a slash: the key of another', 'a/b', false],
    ['a backslash', 'a\\b', false],
    ['a percent sign', 'a%2fb', false],
    ['a space', 'a b', false],
    ['a line feed behind it', 'prod\n', false],
    ['a NUL', 'a\0', false],
    ['a letter beyond ASCII', 'pröd', false],
    ['a number', 7, false],
    ['a list of one', ['prod'], false],
    ['undefined', undefined, false],
  ])('%s: %s', (_, value, expected) => {
    expect(isClusterId(value)).toBe(expected);
  });

  test('of every length makes a key that a store takes, and each its own', async () => {
    const store = new MemoryStore();
    for (const id of ['x', 'X', 'x.y', 'x'.repeat(100)]) {
      await store.put(policyKey(id), id);
    }
    expect((await store.list('policy/')).keys).toHaveLength(4);
  });
});
