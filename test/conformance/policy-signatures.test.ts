/**
 * Readers of signed policies: whoever can write the store decides nothing. And writers, who write nothing that readers
 * would not believe.
 */
import { describe, expect, test } from 'vitest';
import { PolicyConflictError, PolicyError, PolicySignatureError } from '../../src/errors/classes.ts';
import { encodeBase64url } from '../../src/lib/base64url.ts';
import { detached } from '../../src/lib/flights.ts';
import { mapIdentity } from '../../src/mapping/map.ts';
import type { Policy } from '../../src/mapping/rule.ts';
import { type CallerPolicy, storedPolicy } from '../../src/policy/caller-policy.ts';
import { encodeRules, hashOf, partKey } from '../../src/policy/part.ts';
import { planPolicy } from '../../src/policy/plan.ts';
import { publishContent, publishPolicy, rollbackPolicy } from '../../src/policy/publish.ts';
import { PolicyReader, type PolicyReaderOptions } from '../../src/policy/reader.ts';
import { encodeRecord, policyKey } from '../../src/policy/record.ts';
import { isPolicyKey } from '../../src/policy/signature.ts';
import { assertSigned, inlineContent, type PolicyTrust } from '../../src/policy/trust.ts';
import { readPointer, readText, readVersion } from '../../src/policy/versions.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { maxValueBytes } from '../../src/store/store.ts';
import { roleArn, session } from '../support/identities.ts';
import { exactRules, patternRules } from '../support/policies.ts';
import { newSigner, publishSigned, type Signer, signatureOf } from '../support/policy-signing.ts';
import { thrown } from '../support/thrown.ts';
import { weakKeys } from '../support/weak-keys.ts';

const start = Date.UTC(2026, 10, 24, 12);
const holdMs = 30_000;
const retryMs = 5000;
const lastGoodMs = 900_000;
const cluster = 'prod';
const filler = [...exactRules(400), ...patternRules(50, '444455556666')];

const policyOf = (name: string): Policy => ({
  rules: [{ role: roleArn('Admin'), username: name, groups: [] }],
});
/** In parts. */
const largeOf = (name: string): Policy => ({
  rules: [...filler, ...policyOf(name).rules],
  apiAudiences: [name],
});
const timeOf = (version: number) => new Date(start + version * 1000).toISOString();
const factsOf = (version: number, of = cluster) => ({ cluster: of, version, writtenAt: timeOf(version) });

type Json = Record<string, unknown> & { history: Json[]; content: Record<string, unknown> };

/** A store with signed versions, in which anybody may write, and a reader of it. */
async function setUp(policies: readonly Policy[], options: Partial<PolicyReaderOptions> = {}) {
  const [signer, stranger] = [await newSigner(), await newSigner()];
  const store = new MemoryStore();
  const world = { now: start + 60_000 };
  const publish = async (policy: Policy, by: Signer = signer) => {
    const { pointer } = await readPointer(store, cluster);
    await publishSigned(store, by, policy, factsOf((pointer?.version ?? 0) + 1));
  };
  for (const policy of policies) await publish(policy);
  const cold = (trust: PolicyTrust = { keys: [signer.key] }, from: Pick<MemoryStore, 'get'> = store) =>
    new PolicyReader({ store: from, cluster, clock: () => world.now, trust, ...options });
  /** As somebody would who has the key of the store and no other. */
  const forge = async (change: (pointer: Json) => unknown) => {
    const pointer = JSON.parse((await store.get(policyKey(cluster))) ?? '') as Json;
    await store.put(policyKey(cluster), JSON.stringify(change(pointer) ?? pointer));
  };
  return { world, store, signer, stranger, publish, forge, cold, reader: cold() };
}

type World = Awaited<ReturnType<typeof setUp>>;

/** `v1 admin`; or why nothing decides. */
async function decision(reader: PolicyReader): Promise<string> {
  const policy = await reader.current(detached);
  const found = policy.ok ? await policy.rulesFor(session('alice'), detached) : policy;
  if (!found.ok) return found.code;
  const mapping = mapIdentity(session('alice'), found.rules);
  return `v${found.version} ${mapping.ok ? mapping.username : mapping.code}`;
}

const unsigned = /^version \d+ of the policy is not signed$/;
const altered = /is not what was signed/;
const unknownKey = /is signed by an unknown key/;
const evil = policyOf('evil');

/** What whoever can write the store does to version 2, and what readers say of it. */
const attacks: readonly (readonly [
  attack: string,
  by: (world: World) => Promise<unknown>,
  problem: RegExp,
])[] = [
  [
    'an unsigned version',
    ({ store }) => publishPolicy(store, cluster, evil, { author: 'x', unsigned: true }),
    unsigned,
  ],
  [
    'an unsigned record of format 1',
    ({ store }) =>
      store.put(policyKey(cluster), encodeRecord({ version: 9, writtenAt: timeOf(9), policy: evil })),
    unsigned,
  ],
  [
    'the signature taken off',
    ({ forge }) => forge(({ signature }) => void Object.assign(signature as Json, { value: undefined })),
    unsigned,
  ],
  [
    'another policy under the signature',
    ({ forge }) => forge((pointer) => ({ ...pointer, policy: evil })),
    altered,
  ],
  [
    'another policy under the signature, named by its own hash',
    async ({ forge }) => {
      const { hash } = (await inlineContent(evil)) as { readonly hash: string };
      await forge((pointer) => ({ ...pointer, policy: evil, content: { document: hash } }));
    },
    altered,
  ],
  [
    'a field more in the policy',
    ({ forge }) => forge(({ policy }) => void Object.assign(policy as Json, { apiAudiences: ['x'] })),
    altered,
  ],
  ['a higher version number', ({ forge }) => forge((pointer) => ({ ...pointer, version: 3 })), altered],
  [
    'another time of writing',
    ({ forge }) => forge((pointer) => ({ ...pointer, writtenAt: timeOf(3) })),
    altered,
  ],
  [
    'the signature of another version of it',
    ({ forge }) => forge((pointer) => ({ ...pointer, signature: pointer.history[0]?.signature })),
    altered,
  ],
  [
    'the pointer of another cluster, signed by the same key',
    async ({ store, signer }) => {
      await publishSigned(store, signer, evil, factsOf(9, 'staging'));
      await store.put(policyKey(cluster), (await store.get(policyKey('staging'))) ?? '');
    },
    altered,
  ],
  [
    'a version signed by a key of their own',
    async ({ store, stranger }) => publishSigned(store, stranger, evil, factsOf(3)),
    unknownKey,
  ],
  [
    'their own signature under the name of the key',
    async ({ forge, signer, stranger }) => {
      const { value } = await signatureOf(stranger, { ...factsOf(2), content: await inlineContent(evil) });
      await forge((pointer) => ({ ...pointer, policy: evil, signature: { key: signer.key, value } }));
    },
    altered,
  ],
  [
    'a signature cut short',
    ({ forge }) =>
      forge(
        ({ signature }) =>
          void Object.assign(signature as Json, { value: String((signature as Json).value).slice(0, -2) }),
      ),
    unsigned,
  ],
  [
    'a signature of zeros',
    ({ forge }) => forge(({ signature }) => void Object.assign(signature as Json, { value: 'A'.repeat(86) })),
    altered,
  ],
  [
    'a signature that is true',
    ({ forge }) => forge((pointer) => ({ ...pointer, policy: evil, signature: true })),
    unsigned,
  ],
  [
    'the name of a prototype for a key',
    ({ forge }) => forge((pointer) => ({ ...pointer, signature: { key: '__proto__', value: '' } })),
    unsigned,
  ],
];

describe('whoever can write the store, with', () => {
  test.each(attacks)('%s, is not believed', async (_, attack, problem) => {
    const world = await setUp([policyOf('one'), policyOf('two')]);
    expect(await decision(world.reader)).toBe('v2 two');
    await attack(world);
    const cold = world.cold();
    expect(await decision(cold)).toBe('policy_unavailable');
    expect(cold.health().problem).toMatch(problem);
    world.world.now += holdMs;
    expect(await decision(world.reader)).toBe('v2 two');
    expect(world.reader.health().problem).toMatch(problem);
    world.world.now += lastGoodMs - holdMs - 1;
    expect(await decision(world.reader)).toBe('v2 two');
    world.world.now += 1;
    expect(await decision(world.reader)).toBe('policy_unavailable');
  });

  test.each(attacks)('%s, is all there is where nothing has to be signed', async (_, attack) => {
    const world = await setUp([policyOf('one'), policyOf('two')]);
    await attack(world);
    expect(await decision(new PolicyReader({ store: world.store, cluster }))).toMatch(/^v\d+ (?:evil|two)$/);
  });
});

describe('an older version than the one that was seen', () => {
  const older = 'the store gives an older version than the one held';

  test('rolled back by whoever can write the store, is never believed', async () => {
    const { world, store, publish, reader } = await setUp([policyOf('leaver')]);
    const first = (await store.get(policyKey(cluster))) ?? '';
    await publish(policyOf('two'));
    expect(await decision(reader)).toBe('v2 two');
    await store.put(policyKey(cluster), first);
    world.now += holdMs;
    expect(await decision(reader)).toBe('v2 two');
    expect(reader.health().problem).toBe(older);
    for (let waited = holdMs; waited < 2 * lastGoodMs; waited += 60_000) {
      expect(await decision(reader)).not.toBe('v1 leaver');
      world.now += 60_000;
    }
    expect(await decision(reader)).toBe('policy_unavailable');
    expect(reader.health().problem).toBe(older);
  });

  test('is what a cold isolate sees, but for the floor', async () => {
    const { store, publish, cold, signer } = await setUp([policyOf('leaver')]);
    const first = (await store.get(policyKey(cluster))) ?? '';
    await publish(policyOf('two'));
    const floor = { keys: [signer.key], minVersion: 2 };
    expect(await decision(cold(floor))).toBe('v2 two');
    await store.put(policyKey(cluster), first);
    expect(await decision(cold())).toBe('v1 leaver');
    const reader = cold(floor);
    expect(await decision(reader)).toBe('policy_unavailable');
    expect(reader.health().problem).toBe('version 1 of the policy is older than version 2');
  });

  test('of the same number, signed twice for two admins of whom one lost, changes nothing', async () => {
    const { world, store, signer, publish, reader } = await setUp([policyOf('one')]);
    const elsewhere = new MemoryStore();
    await elsewhere.put(policyKey(cluster), (await store.get(policyKey(cluster))) ?? '');
    await publish(policyOf('winner'));
    await publishSigned(elsewhere, signer, policyOf('loser'), factsOf(2));
    expect(await decision(reader)).toBe('v2 winner');
    await store.put(policyKey(cluster), (await elsewhere.get(policyKey(cluster))) ?? '');
    world.now += holdMs;
    expect(await decision(reader)).toBe('v2 winner');
    expect(reader.health().problem).toBe('the store gives another policy of the version held');
  });

  // [what the attacker does before somebody writes the fix, its number]
  test.each<[what: string, before: (world: World, first: string) => Promise<unknown>, version: number]>([
    ['deleted before', ({ store }) => store.delete(policyKey(cluster)), 1],
    ['rolled back before', ({ store }, first) => store.put(policyKey(cluster), first), 2],
  ])('of a higher number, as the store was %s the fix, is never believed', async (_, before, version) => {
    const made = await setUp([policyOf('one')]);
    const { world, store, signer, publish, cold } = made;
    const first = (await store.get(policyKey(cluster))) ?? '';
    await publish(policyOf('two'));
    await publish(policyOf('leaver'));
    const stolen = (await store.get(policyKey(cluster))) ?? '';
    await before(made, first);
    world.now += 3_600_000;
    const writtenAt = new Date(world.now).toISOString();
    await publishSigned(store, signer, policyOf('fix'), { cluster, version, writtenAt });
    const reader = cold();
    expect(await decision(reader)).toBe(`v${version} fix`);
    await store.put(policyKey(cluster), stolen);
    world.now += holdMs;
    expect(await decision(reader)).toBe(`v${version} fix`);
    expect(reader.health().problem).toBe('the store gives a version that was signed before the one held');
  });

  test('is told by its signature, and a clock of a signer that is ten minutes behind does not matter', async () => {
    const { world, store, signer, reader } = await setUp([policyOf('one')]);
    expect(await decision(reader)).toBe('v1 one');
    const writtenAt = new Date(start + 1000 - 600_000).toISOString();
    await publishSigned(store, signer, policyOf('two'), { cluster, version: 2, writtenAt });
    world.now += holdMs;
    expect(await decision(reader)).toBe('v2 two');
  });
});

describe('a policy in parts', () => {
  const large = [largeOf('one'), largeOf('two'), largeOf('three')];
  const hashesOf = async (policy: Policy) => new Set((await planPolicy(policy)).parts.keys());

  /** Takes away what no version but this one has. */
  async function lose({ store }: World, policy: Policy, others: readonly Policy[]): Promise<void> {
    const shared = new Set((await Promise.all(others.map(hashesOf))).flatMap((hashes) => [...hashes]));
    for (const hash of await hashesOf(policy)) {
      if (!shared.has(hash)) await store.delete(partKey(cluster, hash));
    }
  }
  const loseThree = (world: World) => lose(world, largeOf('three'), [largeOf('one'), largeOf('two')]);
  const loseTwo = (world: World) => lose(world, largeOf('two'), [largeOf('one')]);

  test('decides as it was signed, and falls back on signed versions', async () => {
    const world = await setUp(large);
    expect(await decision(world.reader)).toBe('v3 three');
    await loseThree(world);
    expect(await decision(world.cold())).toBe('v2 two');
    await loseTwo(world);
    expect(await decision(world.cold())).toBe('v1 one');
  });

  test.each<[attack: string, change: (pointer: Json) => unknown]>([
    ['settings that are altered', ({ content }) => void Object.assign(content, { apiAudiences: ['evil'] })],
    ['a setting more', ({ content }) => void Object.assign(content, { notBefore: '2026-11-24T00:00:00Z' })],
    ['a setting less', ({ content }) => void Object.assign(content, { apiAudiences: undefined })],
    [
      'pages of another version',
      ({ content, history }) => void Object.assign(content, { exact: history[0]?.content.exact }),
    ],
  ])('with %s is not believed', async (_, change) => {
    const world = await setUp(large);
    await world.forge(change);
    const reader = world.cold();
    expect(await decision(reader)).toBe('policy_unavailable');
    expect(reader.health().problem).toMatch(altered);
  });

  test('of which a part was put in place of another: it is named by its hash', async () => {
    const world = await setUp([largeOf('one')]);
    const forged = encodeRules('exact', '', [JSON.stringify(evil.rules[0])]);
    for (const key of (await world.store.list(`policy/${cluster}/parts/`)).keys)
      await world.store.put(key, forged);
    expect(await decision(world.reader)).toBe('policy_unavailable');
  });

  /** A version of the store-writer's own making, whole, as the history of a pointer has it. */
  async function forgedPast({ store, stranger }: World, version: number): Promise<Json> {
    const text = JSON.stringify({ policy: evil });
    const hash = await hashOf(text);
    await store.put(partKey(cluster, hash), text);
    const { key, value } = await signatureOf(stranger, {
      ...factsOf(version),
      content: { kind: 'document', hash },
    });
    return {
      version,
      writtenAt: timeOf(version),
      author: '',
      message: '',
      content: { document: hash },
      signature: { key, value },
    } as unknown as Json;
  }

  const replaceFirst = ({ forge }: World, past: Json) =>
    forge((pointer) => ({ ...pointer, history: [past, ...pointer.history.slice(1)] }));

  test.each<[attack: string, forge: (world: World, past: Json) => Promise<unknown>]>([
    ['one of another key', replaceFirst],
    [
      'one under the signature of the good one',
      async (world, past) => {
        const { pointer } = await readPointer(world.store, cluster);
        await replaceFirst(world, { ...past, signature: pointer?.history[0]?.signature });
      },
    ],
    ['one without a signature', (world, past) => replaceFirst(world, { ...past, signature: undefined })],
    [
      'one of another key behind a good one',
      ({ forge }, past) =>
        forge(({ history: [first], ...pointer }) => ({
          ...pointer,
          history: [first, { ...past, version: 1 }],
        })),
    ],
    [
      'the one between left out, for an older one to decide for longer',
      ({ forge }) => forge((pointer) => ({ ...pointer, history: pointer.history.slice(1) })),
    ],
    [
      'an older one under the number of the one between',
      ({ forge }) =>
        forge(({ history: [, first], ...pointer }) => ({ ...pointer, history: [{ ...first, version: 2 }] })),
    ],
  ])('that lacks parts falls back on nothing where its history has %s', async (_, forge) => {
    const world = await setUp(large);
    await loseThree(world);
    await loseTwo(world);
    await forge(world, await forgedPast(world, 2));
    expect(await decision(world.cold())).toBe('policy_unavailable');
  });

  test('falls back no longer for what nobody has signed being altered again and again', async () => {
    const world = await setUp(large);
    await loseThree(world);
    world.world.now = Date.parse(timeOf(3)) - 300_000; // else the time of writing bounds it
    expect(await decision(world.reader)).toBe('v2 two');
    let waited = 0;
    for (; waited < lastGoodMs; waited += holdMs) {
      await world.forge((pointer) => ({ ...pointer, author: `x${waited}` }));
      world.world.now += holdMs;
      await decision(world.reader);
    }
    expect(await decision(world.reader)).toBe('policy_unavailable');
  });

  test('falls back on nothing where the version is of a time to come: it would for as long', async () => {
    const world = await setUp(large);
    await loseThree(world);
    world.world.now = Date.parse(timeOf(3)) - 300_000;
    expect(await decision(world.cold())).toBe('v2 two');
    world.world.now -= 1;
    expect(await decision(world.cold())).toBe('policy_unavailable');
  });

  test('falls back on no version below the floor', async () => {
    const world = await setUp(large);
    await loseThree(world);
    const trust = (minVersion: number) => ({ keys: [world.signer.key], minVersion });
    expect(await decision(world.cold(trust(2)))).toBe('v2 two');
    expect(await decision(world.cold(trust(3)))).toBe('policy_unavailable');
  });
});

describe('a record of format 1', () => {
  const record = async ({ store, signer }: World, of = cluster) => {
    const { version, writtenAt } = factsOf(7);
    const policy = policyOf('record');
    const content = await inlineContent(policy);
    const { key, value } = await signatureOf(signer, { cluster: of, version, writtenAt, content });
    const text = encodeRecord({ version, writtenAt, policy, signature: { key, value } });
    await store.put(policyKey(cluster), text);
    return text;
  };

  test('that is signed decides, and is a good version of the past later', async () => {
    const world = await setUp([]);
    await record(world);
    expect(await decision(world.reader)).toBe('v7 record');
    await world.publish(largeOf('eight'));
    for (const hash of (await planPolicy(largeOf('eight'))).parts.keys())
      await world.store.delete(partKey(cluster, hash));
    expect(await decision(world.cold())).toBe('v7 record');
  });

  test.each<[attack: string, alter: (text: string) => string]>([
    ['altered', (text) => text.replace('"record"', '"evil"')],
    ['with another number', (text) => text.replace('"version":7', '"version":8')],
    ['at another time', (text) => text.replace(timeOf(7), timeOf(8))],
  ])('%s is not believed', async (_, alter) => {
    const world = await setUp([]);
    const text = await record(world);
    await world.store.put(policyKey(cluster), alter(text));
    expect(alter(text)).not.toBe(text);
    expect(await decision(world.reader)).toBe('policy_unavailable');
    expect(world.reader.health().problem).toMatch(altered);
  });

  test('of another cluster is not believed', async () => {
    const world = await setUp([]);
    await record(world, 'staging');
    expect(await decision(world.reader)).toBe('policy_unavailable');
  });
});

describe('keys', () => {
  test('are rotated: for a time two are taken, then the new one alone', async () => {
    const world = await setUp([policyOf('old')]);
    const next = await newSigner();
    const both = { keys: [world.signer.key, next.key] };
    expect(await decision(world.cold(both))).toBe('v1 old');
    await world.publish(policyOf('new'), next);
    expect(await decision(world.cold(both))).toBe('v2 new');
    expect(await decision(world.cold({ keys: [next.key] }))).toBe('v2 new');
    expect(await decision(world.cold({ keys: [world.signer.key] }))).toBe('policy_unavailable');
  });

  test.each<[what: string, keys: readonly string[]]>([
    ['no key at all', []],
    ['what is no key', ['x']],
    ['a key of zeros', ['A'.repeat(43)]],
  ])('%s lets nobody decide', async (_, keys) => {
    const { cold } = await setUp([policyOf('one')]);
    expect(await decision(cold({ keys }))).toBe('policy_unavailable');
  });

  test('that make the runtime throw while it verifies let nobody decide', async () => {
    const { forge, cold } = await setUp([policyOf('one')]);
    const key = encodeBase64url(new Uint8Array(32).fill(2)); // no point of the curve
    await forge((pointer) => ({ ...pointer, signature: { key, value: (pointer.signature as Json).value } }));
    expect(await decision(cold({ keys: [key] }))).toBe('policy_unavailable');
  });
});

describe('a key of small order, or one with another spelling, for which anybody could sign', () => {
  test.each(weakKeys)('%s', async (key) => {
    expect(isPolicyKey(key)).toBe(false);
    const content = await inlineContent(evil);
    for (const value of [`${key}${'A'.repeat(43)}`, `AQ${'A'.repeat(84)}`, 'A'.repeat(86)]) {
      const version = { ...factsOf(1), content, signature: { key, value } };
      await expect(assertSigned(cluster, version, { keys: [key] })).rejects.toThrow(unknownKey);
    }
  });

  test('beside them all other keys are taken', async () => {
    const { key } = await newSigner();
    expect(isPolicyKey(key)).toBe(true);
    const next = Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 0xeb : at === 31 ? 0x7f : 0xff)); // p - 2
    expect([2, 3].every((y) => isPolicyKey(encodeBase64url(Uint8Array.of(y, ...new Uint8Array(31)))))).toBe(
      true,
    );
    expect(isPolicyKey(encodeBase64url(next))).toBe(true);
  });
});

describe('what is larger than a store takes is neither parsed nor hashed', () => {
  test('a pointer', async () => {
    const { store, forge, cold } = await setUp([policyOf('one')]);
    await forge((pointer) => ({ ...pointer, author: 'x'.repeat(60_000) }));
    expect((await store.get(policyKey(cluster)))?.length).toBeLessThan(maxValueBytes);
    expect(await decision(cold())).toBe('v1 one');
    const large = { get: async () => `${await store.get(policyKey(cluster))}${' '.repeat(2000)}` };
    const reader = cold(undefined, large);
    expect(await decision(reader)).toBe('policy_unavailable');
    expect(reader.health().problem).toMatch(/larger than what a store takes/);
  });

  test('a part', async () => {
    const text = 'x'.repeat(maxValueBytes + 1);
    const reading = readText({ get: async () => text }, cluster, await hashOf(text));
    await expect(reading).rejects.toMatchObject({ code: 'policy_incomplete' });
  });

  test('nor is more of a history than readers fall back on', async () => {
    const { publish, forge, cold, store } = await setUp([
      policyOf('one'),
      policyOf('two'),
      policyOf('three'),
    ]);
    await publish(policyOf('four'));
    await forge(({ history, ...pointer }) => ({ ...pointer, history: [...history.slice(0, 2), 'x'] }));
    expect(await decision(cold())).toBe('v4 four');
    await expect(readPointer(store, cluster)).rejects.toThrow(PolicyError);
  });
});

describe('a good version', () => {
  test('comes again after one that was not believed', async () => {
    const { world, store, forge, publish, reader } = await setUp([policyOf('one')]);
    expect(await decision(reader)).toBe('v1 one');
    const good = (await store.get(policyKey(cluster))) ?? '';
    await forge((pointer) => ({ ...pointer, policy: evil }));
    world.now += holdMs;
    expect(await decision(reader)).toBe('v1 one');
    await store.put(policyKey(cluster), good);
    await publish(policyOf('two'));
    world.now += retryMs;
    expect(await decision(reader)).toBe('v2 two');
    expect(reader.health()).toEqual({ version: 2, ageMs: 0, problem: undefined });
  });

  test('is one whatever the store says of its author', async () => {
    const { forge, reader } = await setUp([policyOf('one')]);
    await forge((pointer) => ({ ...pointer, author: 'somebody else', message: 'x' }));
    expect(await decision(reader)).toBe('v1 one');
  });
});

describe('writing', () => {
  const policy = policyOf('next');
  const optionsOf = async (signer: Signer, version: number, of = policy) => {
    const { content } = await planPolicy(of);
    const clock = () => Date.parse(timeOf(version));
    return { author: 'a', clock, signature: await signatureOf(signer, { ...factsOf(version), content }) };
  };

  test.each<[what: string, code: string, options: (world: World) => Promise<object> | object]>([
    ['unsigned', 'policy_unsigned', () => ({})],
    ['signed by an unknown key', 'policy_signature_invalid', ({ stranger }) => optionsOf(stranger, 2)],
    ['signed for another policy', 'policy_signature_invalid', ({ signer }) => optionsOf(signer, 2, evil)],
    [
      'signed for another time',
      'policy_signature_invalid',
      async ({ signer }) => {
        const options = await optionsOf(signer, 2);
        return { ...options, signature: { ...options.signature, writtenAt: timeOf(3) } };
      },
    ],
  ])('what is %s is refused, and nothing is written', async (_, code, options) => {
    const world = await setUp([policyOf('one')]);
    const before = await world.store.list('');
    const trust = { keys: [world.signer.key] };
    const writing = publishPolicy(world.store, cluster, policy, {
      author: 'a',
      trust,
      ...(await options(world)),
    });
    await expect(writing).rejects.toThrow(PolicySignatureError);
    await expect(writing).rejects.toMatchObject({ code });
    expect(await world.store.list('')).toEqual(before);
    expect(await decision(world.reader)).toBe('v1 one');
  });

  test.each([-300_001, 300_001])(
    'what is signed %i ms from the clock of the writer is refused',
    async (ms) => {
      const { store, signer } = await setUp([policyOf('one')]);
      const options = await optionsOf(signer, 2);
      const at = (now: number) => ({ ...options, clock: () => now });
      const writing = publishPolicy(store, cluster, policy, at(options.clock() + ms));
      await expect(writing).rejects.toMatchObject({ code: 'policy_signature_invalid' });
      const within = at(options.clock() + ms - Math.sign(ms));
      expect((await publishPolicy(store, cluster, policy, within)).version).toBe(2);
    },
  );

  test('a document that is not spelt as readers spell it again is refused: nobody would believe it', async () => {
    const { store, signer, reader } = await setUp([policyOf('one')]);
    const text = JSON.stringify({ policy }, null, 1);
    const content = { kind: 'document', hash: await hashOf(text) } as const;
    await store.put(partKey(cluster, content.hash), text);
    const signature = await signatureOf(signer, { ...factsOf(2), content });
    const options = { author: 'a', signature, clock: () => Date.parse(timeOf(2)) };
    await expect(publishContent(store, cluster, content, options)).rejects.toThrow(/is not written as/);
    expect(await decision(reader)).toBe('v1 one');
  });

  test('after a version that is not believed is refused, and its number is never used', async () => {
    const world = await setUp([policyOf('one')]);
    await world.forge((pointer) => ({ ...pointer, version: Number.MAX_SAFE_INTEGER - 1 }));
    const before = await world.store.get(policyKey(cluster));
    const trust = { keys: [world.signer.key] };
    const { content } = await planPolicy(policy);
    for (const version of [2, Number.MAX_SAFE_INTEGER]) {
      const signature = await signatureOf(world.signer, { ...factsOf(2), version, content });
      const writing = publishPolicy(world.store, cluster, policy, { author: 'a', trust, signature });
      await expect(writing).rejects.toThrow(/^what is stored is not believed: version/);
    }
    expect(await world.store.get(policyKey(cluster))).toBe(before);
    const options = { ...(await optionsOf(world.signer, 1_800_000_000)), trust, replaceUnreadable: true };
    expect((await publishPolicy(world.store, cluster, policy, options)).version).toBe(1_800_000_000);
    expect((await readPointer(world.store, cluster)).pointer?.history).toEqual([]);
  });

  test.each([1, 3])('what is signed as version %i after version 1 is a conflict', async (version) => {
    const { store, signer } = await setUp([policyOf('one')]);
    const options = await optionsOf(signer, version);
    await expect(publishPolicy(store, cluster, policy, options)).rejects.toThrow(PolicyConflictError);
  });

  test('a signature that is wrong is refused though nobody asks for one', async () => {
    const { store, signer } = await setUp([policyOf('one')]);
    const options = await optionsOf(signer, 2, evil);
    await expect(publishPolicy(store, cluster, policy, options)).rejects.toThrow(PolicySignatureError);
  });

  test('a signature is kept though nobody asks for one, and by the versions after it', async () => {
    const { store, signer, cold } = await setUp([policyOf('one')]);
    const { signature } = await readVersion(store, cluster);
    expect(signature?.key).toBe(signer.key);
    await publishPolicy(store, cluster, largeOf('x'), { author: 'a', unsigned: true });
    expect(await decision(cold())).toBe('policy_unavailable');
    expect((await readPointer(store, cluster)).pointer?.history[0]?.signature).toEqual(signature);
    expect((await readVersion(store, cluster, 1)).signature).toEqual(signature);
  });

  test('nothing that is not signed comes after it by a slip: readers with keys would be left with nothing', async () => {
    const { store } = await setUp([policyOf('one'), policyOf('two')]);
    const options = { author: 'a' };
    const { content } = await planPolicy(policyOf('one'));
    for (const slip of [
      () => publishPolicy(store, cluster, policyOf('x'), options),
      () => publishContent(store, cluster, content, options),
      () => rollbackPolicy(store, cluster, 1, options),
    ]) {
      await expect(slip()).rejects.toMatchObject({
        code: 'policy_unsigned',
        message: 'version 2 of the policy is signed, and the next would not be',
      });
    }
    expect((await readVersion(store, cluster)).version).toBe(2);
  });

  test('over what cannot be read takes the number that is signed', async () => {
    const world = await setUp([]);
    await world.store.put(policyKey(cluster), '<html>');
    const trust = { keys: [world.signer.key] };
    const options = { ...(await optionsOf(world.signer, 1_800_000_000)), trust, replaceUnreadable: true };
    expect((await publishPolicy(world.store, cluster, policy, options)).version).toBe(1_800_000_000);
    expect(await decision(world.reader)).toBe('v1800000000 next');
  });

  test('over what is nested beyond the stack is as over anything that is not believed', async () => {
    const { store, signer, reader } = await setUp([policyOf('one')]);
    const nested = '['.repeat(8000) + ']'.repeat(8000);
    await store.put(policyKey(cluster), `{"format":1,"version":9,"writtenAt":"x","policy":${nested}}`);
    expect(await decision(reader)).toBe('policy_unavailable');
    const trust = { keys: [signer.key] };
    const options = { ...(await optionsOf(signer, 1_800_000_000)), trust, replaceUnreadable: true };
    expect((await publishPolicy(store, cluster, policy, options)).version).toBe(1_800_000_000);
  });

  test('of a content and of an older version are signed as any other', async () => {
    const world = await setUp([largeOf('one'), policyOf('two')]);
    const trust = { keys: [world.signer.key] };
    const { content } = await planPolicy(largeOf('one'));
    const unsignedOptions = { author: 'a', trust };
    await expect(rollbackPolicy(world.store, cluster, 1, unsignedOptions)).rejects.toMatchObject({
      code: 'policy_unsigned',
    });
    await expect(publishContent(world.store, cluster, content, unsignedOptions)).rejects.toMatchObject({
      code: 'policy_unsigned',
    });
    const third = await optionsOf(world.signer, 3, largeOf('one'));
    await rollbackPolicy(world.store, cluster, 1, { ...third, trust });
    expect(await decision(world.cold())).toBe('v3 one');
    const fourth = await optionsOf(world.signer, 4, largeOf('one'));
    await publishContent(world.store, cluster, content, { ...fourth, trust });
    expect(await decision(world.cold())).toBe('v4 one');
  });
});

describe('a policy that a web service reads', () => {
  const open = ({ store, signer, world }: World, more: object = {}) =>
    storedPolicy({
      store,
      name: cluster,
      policyKeys: [signer.key],
      holdSeconds: 0,
      clock: () => world.now,
      ...more,
    });
  const outcome = async (policy: CallerPolicy) => {
    const verdict = await policy.map(session('alice'));
    return verdict.verdict === 'mapped' ? verdict.username : verdict.verdict;
  };

  test('is believed as it was signed, and not below the floor', async () => {
    const world = await setUp([policyOf('one')]);
    expect(await outcome(open(world))).toBe('one');
    expect(await outcome(open(world, { minPolicyVersion: 1 }))).toBe('one');
    expect(await outcome(open(world, { minPolicyVersion: 2 }))).toBe('unavailable');
    await world.forge((pointer) => ({ ...pointer, policy: evil }));
    expect(await outcome(open(world))).toBe('unavailable');
    expect(await outcome(storedPolicy({ store: world.store, name: cluster }))).toBe('evil');
  });

  test.each<[slip: string, setting: string, options: object]>([
    ['no key in the list', 'policyKeys', { policyKeys: [] }],
    ['a text for the list', 'policyKeys', { policyKeys: 'A'.repeat(43) }],
    ['nothing for the list', 'policyKeys', { policyKeys: null }],
    ['a floor without keys', 'policyKeys', { policyKeys: undefined, minPolicyVersion: 1 }],
    ['a list that came to nothing', 'policyKeys', { policyKeys: undefined }],
    ['no number for the floor', 'minPolicyVersion', { minPolicyVersion: '1' }],
    ['a floor that is no version', 'minPolicyVersion', { minPolicyVersion: 0 }],
  ])('%s is an error', async (_, setting, options) => {
    const world = await setUp([]);
    expect(thrown(() => open(world, options))).toMatchObject({ code: 'configuration', setting });
  });
});

test('what is signed has one form', async () => {
  const { key, sign } = await newSigner();
  const texts: string[] = [];
  const signer: Signer = {
    key,
    sign(text) {
      texts.push(text);
      return sign(text);
    },
  };
  const document = { kind: 'document', hash: 'h'.repeat(43) } as const;
  await signatureOf(signer, { cluster, version: 7, writtenAt: timeOf(7), content: document });
  const { content } = await planPolicy({ ...largeOf('one'), notBefore: '2026-11-24T05:00:00Z' });
  await signatureOf(signer, { cluster, version: 8, writtenAt: '",\n["', content });
  expect(texts[0]).toBe(
    `["callerid policy v1","prod",7,"2026-11-24T12:00:07.000Z",{"document":"${document.hash}"}]`,
  );
  const [domain, ...rest] = JSON.parse(texts[1] ?? '') as unknown[];
  expect([domain, ...rest.slice(0, 3)]).toEqual(['callerid policy v1', 'prod', 8, '",\n["']);
  expect(Object.keys(rest[3] as object)).toEqual(['exact', 'account', 'apiAudiences', 'notBefore']);
});
