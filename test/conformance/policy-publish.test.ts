/**
 * Publishing versions: history, rollback, two writers, and what is left when it breaks off.
 */
import { describe, expect, test } from 'vitest';
import {
  PolicyConflictError,
  PolicyError,
  PolicyVersionError,
  StoreError,
} from '../../src/errors/classes.ts';
import type { Policy } from '../../src/mapping/rule.ts';
import type { PublishOptions } from '../../src/policy/next-pointer.ts';
import { partKey } from '../../src/policy/part.ts';
import { planPolicy } from '../../src/policy/plan.ts';
import { decodePointer, pointerLimits } from '../../src/policy/pointer.ts';
import { publishContent, publishPolicy, putPart, rollbackPolicy } from '../../src/policy/publish.ts';
import { encodeRecord, policyKey } from '../../src/policy/record.ts';
import { missingParts, readPointer, readVersion } from '../../src/policy/versions.ts';
import { maxValueBytes } from '../../src/store/store.ts';
import { roleArn } from '../support/identities.ts';
import { exactRule, parted, WatchedStore } from '../support/policies.ts';

const now = Date.UTC(2026, 10, 24, 12);
const writtenAt = '2026-11-24T12:00:00.000Z';
const alice: PublishOptions = { author: 'alice', message: 'first', clock: () => now };
const key = policyKey('prod');

const small = (name: string): Policy => ({ rules: [{ role: roleArn('Admin'), username: name, groups: [] }] });
/** The large policy with one rule changed. */
const partedAs = (name: string): Policy => ({ rules: parted.rules.with(7, exactRule(7, name)) });

const publish = (store: WatchedStore, policy: Policy, options: Partial<PublishOptions> = {}) =>
  publishPolicy(store, 'prod', policy, { ...alice, ...options });

async function pointerOf(store: WatchedStore) {
  const { pointer } = await readPointer(store, 'prod');
  if (pointer === undefined) throw new Error('no pointer');
  return pointer;
}

/** What the version decides for one principal, in a word. */
async function nameIn(store: WatchedStore, version?: number): Promise<string | undefined> {
  const { policy } = await readVersion(store, 'prod', version);
  const names = policy.rules.map((rule) => ('username' in rule ? rule.username : ''));
  return names.find((name) => /^v\d+$/.test(name));
}

const sizes = [
  ['small', small],
  ['large', partedAs],
] as const;

describe.each(sizes)('a %s policy', (size, policyAs) => {
  test('has versions that grow, with author, time and message', async () => {
    const store = new WatchedStore();
    expect(await publish(store, policyAs('v1'))).toEqual({
      version: 1,
      writtenAt,
      author: 'alice',
      message: 'first',
    });
    await publish(store, policyAs('v2'), { author: 'bob', message: undefined });
    const pointer = await pointerOf(store);
    expect(pointer).toMatchObject({ version: 2, author: 'bob', message: '', writtenAt });
    expect(pointer.history).toMatchObject([{ version: 1, author: 'alice', message: 'first', writtenAt }]);
    expect([await nameIn(store), await nameIn(store, 2), await nameIn(store, 1)]).toEqual(['v2', 'v2', 'v1']);
  });

  test('comes back whole', async () => {
    const store = new WatchedStore();
    const policy = { ...policyAs('v1'), apiAudiences: ['x'], notBefore: '2026-11-24T05:00:00Z' };
    await publish(store, policy);
    const { policy: read } = await readVersion(store, 'prod');
    const sorted = (rules: Policy['rules']) => rules.map((rule) => JSON.stringify(rule)).sort();
    expect({ ...read, rules: sorted(read.rules) }).toEqual({ ...policy, rules: sorted(policy.rules) });
  });

  test(`is read in ${size === 'small' ? 'one value' : 'parts'}`, async () => {
    const store = new WatchedStore();
    await publish(store, policyAs('v1'));
    const { content, inline } = await pointerOf(store);
    expect([content?.kind, inline !== undefined]).toEqual(
      size === 'small' ? ['document', true] : ['manifest', false],
    );
  });

  test('changed in one rule writes its part, its page where there are pages, and last the pointer', async () => {
    const store = new WatchedStore();
    await publish(store, policyAs('v1'));
    store.written.length = 0;
    await publish(store, policyAs('v2'));
    expect(store.written).toHaveLength(size === 'small' ? 2 : 3);
    expect(store.written.at(-1)).toBe(key);
  });

  test('published again unchanged writes the pointer alone', async () => {
    const store = new WatchedStore();
    await publish(store, policyAs('v1'));
    store.written.length = 0;
    expect(await publish(store, policyAs('v1'))).toMatchObject({ version: 2 });
    expect(store.written).toEqual([key]);
  });

  test('of another cluster is apart', async () => {
    const store = new WatchedStore();
    await publish(store, policyAs('v1'));
    await publishPolicy(store, 'dev', policyAs('v2'), alice);
    expect(await nameIn(store)).toBe('v1');
    expect((await store.list('policy/dev/parts/')).keys.length).toBeGreaterThan(0);
  });

  describe('rolled back', () => {
    test('is a new version with the old content, and no part is written', async () => {
      const store = new WatchedStore();
      for (const name of ['v1', 'v2', 'v3']) await publish(store, policyAs(name));
      store.written.length = 0;
      const info = await rollbackPolicy(store, 'prod', 1, { author: 'bob' });
      expect(info).toMatchObject({ version: 4, author: 'bob', message: 'rollback to version 1' });
      expect(store.written).toEqual([key]);
      expect([await nameIn(store), await nameIn(store, 3)]).toEqual(['v1', 'v3']);
      expect((await pointerOf(store)).history.map(({ version }) => version)).toEqual([3, 2, 1]);
    });

    test.each([0, 3, 99, -1, Number.NaN])(
      'to version %d, which never was, changes nothing',
      async (version) => {
        const store = new WatchedStore();
        for (const name of ['v1', 'v2']) await publish(store, policyAs(name));
        await expect(rollbackPolicy(store, 'prod', version, alice)).rejects.toMatchObject({
          code: 'policy_version_unknown',
        });
        expect(await pointerOf(store)).toMatchObject({ version: 2 });
      },
    );

    test.each<[string, (store: WatchedStore, at: string) => Promise<void>]>([
      ['is gone', (store, at) => store.delete(at)],
      ['is another', (store, at) => store.put(at, '{"policy":{"rules":[]}}')],
    ])('to a version of which a part %s changes nothing', async (_, spoil) => {
      const store = new WatchedStore();
      await publish(store, policyAs('v1'));
      await publish(store, policyAs('v2'));
      const [own] = await onlyIn(store, 1, 2);
      if (own === undefined) throw new Error('the versions share all parts');
      await spoil(store, own);
      await expect(rollbackPolicy(store, 'prod', 1, alice)).rejects.toThrow(PolicyVersionError);
      expect(await nameIn(store)).toBe('v2');
    });
  });

  test('of which a part was lost is not published, though the current version shares that part', async () => {
    const store = new WatchedStore();
    for (const name of ['v1', 'v2']) await publish(store, policyAs(name));
    const ofOne = new Set(await onlyIn(store, 1, 2));
    const { parts } = await planPolicy(policyAs('v1'));
    const lost = [...parts].find(
      ([hash, text]) =>
        size === 'small' || (!ofOne.has(partKey('prod', hash)) && text.startsWith('{"bucket"')),
    );
    await store.delete(partKey('prod', lost?.[0] ?? ''));
    await expect(rollbackPolicy(store, 'prod', 1, alice)).rejects.toMatchObject({
      code: 'policy_incomplete',
    });
    expect(await pointerOf(store)).toMatchObject({ version: 2 });
  });

  test('of two writers from one version, one wins and the other is told which', async () => {
    const store = new WatchedStore();
    await publish(store, policyAs('v1'));
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, (_, number) =>
        publish(store, policyAs(`v${number + 2}`), { author: `w${number}` }),
      ),
    );
    const won = results.filter(({ status }) => status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      expect(result.reason).toBeInstanceOf(PolicyConflictError);
      expect(result.reason).toMatchObject({ code: 'policy_conflict', version: 2 });
    }
    expect(await pointerOf(store)).toMatchObject({ version: 2 });
    expect(await nameIn(store)).toMatch(/^v[2-6]$/);
  });

  test.each([0, 1, 3])(
    'made from version %d, where 2 is current, is refused before anything is written',
    async (version) => {
      const store = new WatchedStore();
      for (const name of ['v1', 'v2']) await publish(store, policyAs(name));
      store.written.length = 0;
      for (const attempt of [
        publish(store, policyAs('v9'), { expectedVersion: version }),
        rollbackPolicy(store, 'prod', 1, { ...alice, expectedVersion: version }),
      ]) {
        await expect(attempt).rejects.toMatchObject({ code: 'policy_conflict', version: 2 });
      }
      expect(store.written).toEqual([]);
      expect(await publish(store, policyAs('v3'), { expectedVersion: 2 })).toMatchObject({ version: 3 });
    },
  );

  test.each(['put', 'swap'] as const)('torn at any %s leaves the version before whole', async (operation) => {
    const store = new WatchedStore();
    await publish(store, policyAs('v1'));
    const attempts = size === 'small' || operation === 'swap' ? 1 : 2;
    for (let at = 0; at < attempts; at++) {
      let left = at;
      store.failing = (_, now) => {
        return now === operation && left-- <= 0
          ? new StoreError('store_unavailable', 'the store failed')
          : undefined;
      };
      await expect(publish(store, policyAs('v2'))).rejects.toThrow(StoreError);
      store.failing = () => undefined;
      expect(await pointerOf(store)).toMatchObject({ version: 1 });
      expect(await nameIn(store)).toBe('v1');
    }
    await publish(store, policyAs('v3'));
    expect([await nameIn(store), await nameIn(store, 1)]).toEqual(['v3', 'v1']);
  });
});

/** Keys of parts that one version has and another has not. */
async function onlyIn(store: WatchedStore, version: number, other: number): Promise<string[]> {
  const hashes = async (of: number) => {
    const { parts } = await planPolicy((await readVersion(store, 'prod', of)).policy);
    return [...parts.keys()];
  };
  const there = new Set(await hashes(other));
  return (await hashes(version)).filter((hash) => !there.has(hash)).map((hash) => partKey('prod', hash));
}

describe('the first version', () => {
  test('may be asked to be the first', async () => {
    const store = new WatchedStore();
    await expect(publish(store, small('v1'), { expectedVersion: 1 })).rejects.toMatchObject({ version: 0 });
    expect(await publish(store, small('v1'), { expectedVersion: 0 })).toMatchObject({ version: 1 });
  });

  test('of two writers is that of one', async () => {
    const store = new WatchedStore();
    const results = await Promise.allSettled([publish(store, small('v1')), publish(store, small('v2'))]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('is not there to roll back to, or to read', async () => {
    const store = new WatchedStore();
    await expect(rollbackPolicy(store, 'prod', 1, alice)).rejects.toThrow(PolicyVersionError);
    await expect(readVersion(store, 'prod')).rejects.toThrow('no policy is stored');
  });
});

describe('after a record of format 1', () => {
  const record = encodeRecord({ version: 1_795_000_000, writtenAt, policy: small('v1') });

  test('versions go on from it, and it is in the history', async () => {
    const store = new WatchedStore();
    await store.put(key, record);
    expect(await publish(store, small('v2'))).toMatchObject({ version: 1_795_000_001 });
    expect((await pointerOf(store)).history).toMatchObject([
      { version: 1_795_000_000, author: '', writtenAt },
    ]);
    expect(await nameIn(store, 1_795_000_000)).toBe('v1');
    await rollbackPolicy(store, 'prod', 1_795_000_000, alice);
    expect(await nameIn(store)).toBe('v1');
  });

  test('that no longer validates they go on too, without it', async () => {
    const store = new WatchedStore();
    await store.put(key, record.replace('"role"', '"rule"'));
    expect(await publish(store, small('v2'))).toMatchObject({ version: 1_795_000_001 });
    expect((await pointerOf(store)).history).toEqual([]);
  });

  test('it can itself be read, and not rolled back to', async () => {
    const store = new WatchedStore();
    await store.put(key, record);
    expect(await nameIn(store)).toBe('v1');
    await expect(rollbackPolicy(store, 'prod', 1_795_000_000, alice)).rejects.toThrow(PolicyVersionError);
  });
});

test.each([
  ['garbage', 'garbage'],
  ['a format to come', encodeRecord({ version: 1, writtenAt, policy: small('v1') }).replace('1', '3')],
  ['nothing', ''],
])('what is there and cannot be read is not replaced: %s', async (_, text) => {
  const store = new WatchedStore();
  await store.put(key, text);
  await expect(publish(store, small('v2'))).rejects.toThrow(PolicyError);
  expect(await store.get(key)).toBe(text);
});

describe('a pointer', () => {
  const full = (name: string): Policy => {
    const groups = Array(43).fill('x'.repeat(1000));
    return { rules: [{ role: roleArn('Admin'), username: name, groups }], apiAudiences: ['x'.repeat(900)] };
  };

  test('is never longer than a value may be, and drops its oldest history', async () => {
    const store = new WatchedStore();
    const message = '"'.repeat(500);
    for (let version = 1; version <= 60; version++) {
      const policy =
        version % 2 === 0
          ? full(`v${version}`)
          : { ...partedAs(`v${version}`), apiAudiences: ['y'.repeat(250)] };
      await publish(store, policy, { message, author: '"'.repeat(200) });
      const text = (await store.get(key)) ?? '';
      expect(text.length).toBeLessThan(maxValueBytes);
      const { history } = decodePointer(text);
      expect(history.map((one) => one.version)).toEqual(
        Array.from({ length: history.length }, (_, index) => version - 1 - index),
      );
      expect(JSON.stringify(history).length).toBeLessThan(pointerLimits.history * 1.5);
    }
    const { history } = await pointerOf(store);
    expect(history.length).toBeGreaterThanOrEqual(2);
    expect(history.length).toBeLessThan(59);
  });

  test('has room for the two versions that readers fall back on, and below 60 KiB for all', () => {
    const { inline, history, content, author, message } = pointerLimits;
    const frame = 300;
    const entry = content + 2 * (author + message) + frame; // JSON doubles a quote
    expect(2 * entry).toBeLessThanOrEqual(history);
    expect(inline + history + entry).toBeLessThanOrEqual(maxValueBytes + content); // inline, the content is a hash
  });

  test('holds 20 and more versions of a policy of usual size', async () => {
    const store = new WatchedStore();
    for (let version = 1; version <= 30; version++) await publish(store, partedAs(`v${version}`));
    expect((await pointerOf(store)).history.length).toBeGreaterThanOrEqual(20);
  });

  test.each<[string, Partial<PublishOptions>, Policy]>([
    ['an author of two lines, of which one could pass for another entry', { author: 'a\nb' }, small('v2')],
    ['an author that is too long', { author: 'é'.repeat(101) }, small('v2')],
    ['a message with an escape sequence', { message: '\u001b[2J' }, small('v2')],
    ['a message that is too long', { message: 'x'.repeat(501) }, small('v2')],
    ['a lone surrogate, which no store keeps', { message: '\ud800' }, small('v2')],
    [
      'settings that are too long',
      {},
      { ...parted, apiAudiences: Array.from({ length: 20 }, () => 'x'.repeat(250)) },
    ],
  ])('does not take %s', async (_, options, policy) => {
    const store = new WatchedStore();
    await publish(store, small('v1'));
    store.written.length = 0;
    await expect(publish(store, policy, options)).rejects.toThrow(PolicyError);
    expect(store.written).toEqual([]);
  });
});

describe('an import in bounded requests', () => {
  test('goes on where it broke off, and is live only with its pointer', async () => {
    const store = new WatchedStore();
    await publish(store, small('v1'));
    const { content, parts } = await planPolicy(partedAs('v2'));
    for (const [hash, text] of [...parts].slice(0, 3)) await putPart(store, 'prod', hash, text);
    await expect(publishContent(store, 'prod', content, alice)).rejects.toMatchObject({
      code: 'policy_incomplete',
    });
    expect(await nameIn(store)).toBe('v1');

    const missing = await missingParts(store, 'prod', parts.keys());
    expect(missing.size).toBe(parts.size - 3);
    for (const hash of missing) await putPart(store, 'prod', hash, parts.get(hash) ?? '');
    expect(await publishContent(store, 'prod', content, alice)).toMatchObject({ version: 2 });
    expect(await nameIn(store)).toBe('v2');
  });

  test('is refused with any one part missing', async () => {
    const store = new WatchedStore();
    const { content, parts } = await planPolicy(parted);
    for (const [hash, text] of parts) await putPart(store, 'prod', hash, text);
    for (const [hash, text] of parts) {
      await store.delete(partKey('prod', hash));
      await expect(publishContent(store, 'prod', content, alice)).rejects.toMatchObject({
        code: 'policy_incomplete',
      });
      await store.put(partKey('prod', hash), text);
    }
    expect(await store.get(key)).toBeUndefined();
  });

  test('asks the store for lists of a thousand keys, not for the parts', async () => {
    const store = new WatchedStore();
    const { parts } = await planPolicy(parted);
    await missingParts(store, 'prod', parts.keys());
    expect(store.read).toEqual([]);
  });

  test('takes no page of which a part is listed where nobody would find its rules', async () => {
    const store = new WatchedStore();
    const { content, parts } = await planPolicy(parted);
    if (content.kind !== 'manifest') throw new Error('not parted');
    for (const [hash, text] of parts) await putPart(store, 'prod', hash, text);
    const swapped = { ...content, pages: { exact: content.pages.account, account: content.pages.exact } };
    await expect(publishContent(store, 'prod', swapped, alice)).rejects.toMatchObject({
      code: 'policy_incomplete',
    });
  });

  test.each<[string, (hash: string, text: string) => readonly [string, string]]>([
    ['with another hash', (_, text) => ['A'.repeat(43), text]],
    ['altered', (hash, text) => [hash, text.replace('developers', 'admins')]],
    ['with a name that leads elsewhere', (_, text) => ['../../policy/dev', text]],
  ])('takes no part %s', async (_, spoil) => {
    const store = new WatchedStore();
    const { parts } = await planPolicy(parted);
    const [[hash, text] = ['', '']] = parts;
    await expect(putPart(store, 'prod', ...spoil(hash, text))).rejects.toThrow(PolicyError);
    expect(store.written).toEqual([]);
  });
});
