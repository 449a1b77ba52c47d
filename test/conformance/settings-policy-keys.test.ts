/**
 * The settings by which policies have to be signed: no slip switches that off unseen.
 */
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors/classes.ts';
import { leftOut } from '../../src/runtime/left-out.ts';
import { readSettings } from '../../src/runtime/settings.ts';
import { readWebhookSettings } from '../../src/runtime/webhook-settings.ts';
import { thrown } from '../support/thrown.ts';
import { weakKeys } from '../support/weak-keys.ts';

const base = { CALLERID_CLUSTER: 'prod.example.com', CALLERID_API_SERVER_AUTH: 'none' };
const keyOf = (number: number) => `${String(number).repeat(42)}A`;
const [one, two] = [keyOf(1), keyOf(2)];
const five = [1, 2, 3, 4, 5].map(keyOf);

function further(fields: object) {
  const dev = { audience: 'dev.example.com', apiServerAuth: 'none', ...fields };
  return { ...base, CALLERID_CLUSTERS: { dev } };
}

function problemOf(env: Readonly<Record<string, unknown>>): ConfigurationError {
  const error = thrown(() => readSettings(env));
  expect(error).toBeInstanceOf(ConfigurationError);
  return error as ConfigurationError;
}

test('without them nothing has to be signed', () => {
  expect(readSettings(base).clusters[0]?.trust).toBeUndefined();
});

describe('keys that are taken', () => {
  test.each<[what: string, text: string, keys: readonly string[]]>([
    ['one', one, [one]],
    ['two, while one takes the place of the other', `${one}, ${two}`, [one, two]],
    ['four', five.slice(0, 4).join(), five.slice(0, 4)],
  ])('%s', (_, text, keys) => {
    const own = { ...base, CALLERID_POLICY_KEYS: text };
    expect(readSettings(own).clusters[0]?.trust).toEqual({ keys });
    expect(readSettings(further({ policyKeys: keys })).clusters.map(({ trust }) => trust)).toEqual([
      undefined,
      { keys },
    ]);
    expect(readWebhookSettings(own, leftOut)).toEqual(readSettings(own));
  });

  test('with a floor', () => {
    const own = { ...base, CALLERID_POLICY_KEYS: one, CALLERID_POLICY_MIN_VERSION: '1795000000' };
    const trust = { keys: [one], minVersion: 1_795_000_000 };
    expect(readSettings(own).clusters[0]?.trust).toEqual(trust);
    expect(readSettings({ ...own, CALLERID_POLICY_MIN_VERSION: 1_795_000_000 })).toEqual(readSettings(own));
    const { clusters } = readSettings(further({ policyKeys: [one], minPolicyVersion: 1_795_000_000 }));
    expect(clusters[1]?.trust).toEqual(trust);
  });
});

describe('keys that are refused, since nobody could sign for them or anybody could', () => {
  test.each<[slip: string, keys: unknown]>([
    ['a variable that came to nothing, by which nothing would have to be signed', ''],
    ['commas alone', ','],
    ['five', five.join()],
    ['one cut short', one.slice(0, -1)],
    ['one too long', `${one}A`],
    ['one with stray bits', `${one.slice(0, -1)}B`],
    ['one with padding', `${one}=`],
    ['one with another alphabet', `${one.slice(0, 40)}+/A`],
    ['a JWK', JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: one })],
    ['a good one and a bad one', `${one},x`],
  ])('%s', (_, keys) => {
    const own = problemOf({ ...base, CALLERID_POLICY_KEYS: keys });
    expect(own.message).toMatch(/^CALLERID_POLICY_KEYS: must be 1 to 4 public keys\. See docs/);
    const field = problemOf(further({ policyKeys: String(keys).split(',') }));
    expect(field.setting).toBe('CALLERID_CLUSTERS.dev.policyKeys');
  });

  test.each([[[]], [null], [one], [{ 0: one, length: 1 }], [[1]], [[[one]]], [true]])('%j', (policyKeys) => {
    expect(problemOf(further({ policyKeys })).setting).toBe('CALLERID_CLUSTERS.dev.policyKeys');
  });
});

test.each(weakKeys)('a key for which anybody could sign is refused: %s', (key) => {
  expect(problemOf({ ...base, CALLERID_POLICY_KEYS: `${one},${key}` }).setting).toBe('CALLERID_POLICY_KEYS');
  expect(problemOf(further({ policyKeys: [key] })).setting).toBe('CALLERID_CLUSTERS.dev.policyKeys');
});

test('clusters without keys are named where others have them', () => {
  const warningsOf = (env: Readonly<Record<string, unknown>>) =>
    readSettings(env).warnings.filter((text) => text.startsWith('policyKeys: '));
  expect(warningsOf(base)).toEqual([]);
  expect(warningsOf(further({}))).toEqual([]);
  expect(warningsOf({ ...further({ policyKeys: [two] }), CALLERID_POLICY_KEYS: one })).toEqual([]);
  const why = 'whoever can write the store decides there.';
  expect(warningsOf(further({ policyKeys: [one] }))).toEqual([
    `policyKeys: set for other clusters and not for prod.example.com: ${why}`,
  ]);
  expect(warningsOf({ ...further({}), CALLERID_POLICY_KEYS: one })).toEqual([
    `policyKeys: set for other clusters and not for dev: ${why}`,
  ]);
});

describe('a floor that is refused', () => {
  test.each(['', '0', '-1', '1.5', 'many', '9'.repeat(30), 'NaN', 'Infinity', ' '])('%j', (text) => {
    const env = { ...base, CALLERID_POLICY_KEYS: one, CALLERID_POLICY_MIN_VERSION: text };
    expect(problemOf(env).setting).toBe('CALLERID_POLICY_MIN_VERSION');
  });

  test.each([0, -1, 1.5, '7', null, true, [7]])('%j', (minPolicyVersion) => {
    const { setting } = problemOf(further({ policyKeys: [one], minPolicyVersion }));
    expect(setting).toBe('CALLERID_CLUSTERS.dev.minPolicyVersion');
  });

  test('one without keys, as whoever can write the store chooses numbers too', () => {
    expect(problemOf({ ...base, CALLERID_POLICY_MIN_VERSION: '7' }).message).toBe(
      'CALLERID_POLICY_MIN_VERSION: has no effect without CALLERID_POLICY_KEYS. Set both.',
    );
    const { setting, problem } = problemOf(further({ minPolicyVersion: 7 }));
    expect(setting).toBe('CALLERID_CLUSTERS.dev.minPolicyVersion');
    expect(problem).toContain('CALLERID_CLUSTERS.dev.policyKeys');
  });
});
