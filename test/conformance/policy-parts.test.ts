/**
 * Deciding by a policy in parts: whole versions only, and what decides while a store lacks some of one.
 */
import { describe, expect, test } from 'vitest';
import { PolicyError, StoreError } from '../../src/errors/classes.ts';
import { detached } from '../../src/lib/flights.ts';
import { mapIdentity } from '../../src/mapping/map.ts';
import type { Policy, Rule } from '../../src/mapping/rule.ts';
import type { IdentityRules, NoPolicy } from '../../src/policy/active.ts';
import { encodeDocument, encodePage, encodeRules, hashOf, partKey } from '../../src/policy/part.ts';
import { PrefixTable } from '../../src/policy/placement.ts';
import { planPolicy } from '../../src/policy/plan.ts';
import { type Content, encodePointer } from '../../src/policy/pointer.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { PolicyReader, type PolicyReaderOptions } from '../../src/policy/reader.ts';
import { policyKey } from '../../src/policy/record.ts';
import { account as accountOfPeople, Deployment, people, rules } from '../support/deployment.ts';
import { account, roleArn, session } from '../support/identities.ts';
import { exactRules, patternRules, WatchedStore } from '../support/policies.ts';

const start = Date.UTC(2026, 10, 24, 12);
const holdMs = 30_000;
const retryMs = 5000;
const lackMs = 120_000;
const filler = [...exactRules(400), ...patternRules(50, '444455556666')];

/** Admin is named by its rule; the rules of its account are in another part. */
function policyAs(name: string, ...more: Rule[]): Policy {
  return {
    rules: [...filler, { role: roleArn('Admin'), username: name, groups: [] }, ...more],
    apiAudiences: [name],
  };
}

const denied = (name: string): Rule => ({ pattern: `arn:aws:iam::${account}:role/${name}*`, deny: true });

interface World {
  now: number;
  readonly store: WatchedStore;
  /** Keys that the store says it does not have. */
  absent: (key: string) => boolean;
  /** Other values than the store has. */
  altered: (key: string, value: string) => string;
}

async function setUp(policies: readonly Policy[], options: Partial<PolicyReaderOptions> = {}) {
  const store = new WatchedStore();
  const world: World = { now: start, store, absent: () => false, altered: (_, value) => value };
  const publish = (policy: Policy) =>
    publishPolicy(store, 'prod', policy, { author: 'alice', clock: () => world.now });
  const writes: string[][] = [];
  const publishing = async (policy: Policy) => {
    store.written.length = 0;
    await publish(policy);
    writes.push([...store.written]);
  };
  for (const policy of policies) await publishing(policy);
  const view = Object.assign(Object.create(store) as WatchedStore, {
    async get(key: string) {
      const value = await store.get(key);
      return value === undefined || world.absent(key) ? undefined : world.altered(key, value);
    },
  });
  const cold = (more: Partial<PolicyReaderOptions> = {}) =>
    new PolicyReader({ store: view, cluster: 'prod', clock: () => world.now, ...options, ...more });
  store.read.length = 0;
  return { world, store, publish: publishing, writes, cold, reader: cold() };
}

async function rulesFor(reader: PolicyReader, role = 'Admin'): Promise<IdentityRules | NoPolicy> {
  const policy = await reader.current(detached);
  return policy.ok ? policy.rulesFor(session('alice', role), detached) : policy;
}

/** `v1 admin` or `v1 not_mapped`; or why nothing decides. */
async function decision(reader: PolicyReader, role = 'Admin'): Promise<string> {
  const found = await rulesFor(reader, role);
  if (!found.ok) return found.code;
  const mapping = mapIdentity(session('alice', role), found.rules);
  return `v${found.version} ${mapping.ok ? mapping.username : mapping.code}`;
}

const partsOf = (keys: readonly string[]) => keys.filter((key) => key !== policyKey('prod'));

describe('a decision', () => {
  test('has the rule of the principal and those of its account, and the settings of that version', async () => {
    const { reader } = await setUp([policyAs('one', denied('Adm'))]);
    const found = await rulesFor(reader);
    expect(found).toMatchObject({ ok: true, version: 1, apiAudiences: ['one'], notBefore: 0 });
    expect(await decision(reader)).toBe('v1 denied_by_rule');
    expect(await decision(reader, 'Other')).toBe('v1 not_mapped');
  });

  test('reads the pointer, two pages and two parts, and the next one nothing', async () => {
    const { reader, store } = await setUp([policyAs('one')]);
    expect(await decision(reader)).toBe('v1 one');
    const first = store.read.length;
    expect(first).toBeLessThanOrEqual(5);
    expect(await decision(reader)).toBe('v1 one');
    expect(store.read).toHaveLength(first);
  });

  test('by the next version reads what has changed alone', async () => {
    const { world, reader, store, publish } = await setUp([policyAs('one')]);
    await decision(reader);
    await publish(policyAs('two'));
    world.now += holdMs;
    store.read.length = 0;
    expect(await decision(reader)).toBe('v2 two');
    expect(store.read).toHaveLength(3);
  });

  test('that came before the next version was read goes on by its own', async () => {
    const { world, reader, publish } = await setUp([policyAs('one')]);
    const policy = await reader.current();
    await publish(policyAs('two'));
    world.now += holdMs;
    expect(await decision(reader)).toBe('v2 two');
    expect(policy.ok && (await policy.rulesFor(session('alice')))).toMatchObject({ version: 1 });
  });

  test('joins the reads of others', async () => {
    const { reader, store } = await setUp([policyAs('one')]);
    await Promise.all(Array.from({ length: 10 }, () => decision(reader)));
    expect(new Set(store.read).size).toBe(store.read.length);
  });
});

const faults: readonly (readonly [string, (world: World, keys: ReadonlySet<string>) => void, string])[] = [
  [
    'does not have',
    (world, keys) => {
      world.absent = (key) => keys.has(key);
    },
    'a part of the policy is not in the store',
  ],
  [
    'has half of',
    (world, keys) => {
      world.altered = (key, value) => (keys.has(key) ? value.slice(0, -1) : value);
    },
    'a part of the policy is not as it was written',
  ],
  [
    'has others in place of',
    (world, keys) => {
      world.altered = (key, value) => (keys.has(key) ? '{"bucket":"exact:","rules":[]}' : value);
    },
    'a part of the policy is not as it was written',
  ],
  [
    'fails to give',
    (world, keys) => {
      world.store.failing = (key) =>
        keys.has(key) ? new StoreError('store_unavailable', 'the store failed') : undefined;
    },
    'the store failed',
  ],
];

describe.each(faults)('while the store %s a part of the newest version', (_, fault, problem) => {
  /** Version 2 denies by account what version 1 grants, and grants another name; each wrote parts in both spaces. */
  const versions = [policyAs('one'), policyAs('two', denied('Adm'))];

  test.each([0, 1, 2, 3])(
    'the one before decides, whole, with its settings: value %i of 4',
    async (index) => {
      const { world, reader, writes } = await setUp(versions);
      const key = partsOf(writes[1] ?? [])[index];
      if (key === undefined) throw new Error('there are fewer parts');
      fault(world, new Set([key]));
      expect(await rulesFor(reader)).toMatchObject({ version: 1, apiAudiences: ['one'] });
      expect(await decision(reader)).toBe('v1 one');
      expect(reader.health()).toMatchObject({
        version: 2,
        problem: `version 2: ${problem}; version 1 decides`,
      });
    },
  );

  test('nothing decides where it is the first version: nobody has no rule for want of a part', async () => {
    const { world, reader, writes } = await setUp([policyAs('one')]);
    fault(world, new Set(partsOf(writes[0] ?? [])));
    expect(await decision(reader)).toBe('policy_unavailable');
    expect(await decision(reader, 'Other')).toBe('policy_unavailable');
    expect(reader.health().problem).toBe(
      `version 1: ${problem}; no version before it is whole and young enough`,
    );
  });

  test('nothing decides where the versions before lack one too', async () => {
    const { world, reader, writes } = await setUp(versions);
    fault(world, new Set(writes.flatMap(partsOf)));
    expect(await decision(reader)).toBe('policy_unavailable');
  });

  test('the one before that decides where two lack one, and no older', async () => {
    const { world, writes, cold, publish } = await setUp([
      policyAs('one'),
      policyAs('two'),
      policyAs('three'),
    ]);
    fault(world, new Set(writes.slice(1).flatMap(partsOf)));
    expect(await decision(cold())).toBe('v1 one');
    await publish(policyAs('four'));
    fault(world, new Set(writes.slice(1).flatMap(partsOf)));
    expect(await decision(cold())).toBe('policy_unavailable');
  });

  test('those whose parts are there have the newest', async () => {
    const { world, reader, writes, publish } = await setUp([policyAs('one')]);
    const added: Rule = { role: 'arn:aws:iam::444455556666:role/New', username: 'new', groups: [] };
    await publish({ ...policyAs('one'), rules: [...policyAs('one').rules, added] });
    const [bucket = ''] = partsOf(writes[1] ?? []);
    fault(world, new Set([bucket]));
    const versionsFound = new Set<string>();
    for (const { role } of filler.slice(0, 60) as { role: string }[]) {
      const [, , , , of = '', name = ''] = role.split(':');
      const policy = await reader.current();
      const identity = { ...session('alice', name.slice(5)), account: of, canonicalArn: role };
      const found = policy.ok ? await policy.rulesFor(identity) : policy;
      versionsFound.add(found.ok ? `v${found.version} ${mapIdentity(identity, found.rules).ok}` : found.code);
    }
    expect([...versionsFound].sort()).toEqual(['v1 true', 'v2 true']);
  });

  test('it is asked for the part once in 5 seconds, and health is good again when it is there', async () => {
    const { world, store, reader, writes } = await setUp(versions);
    const [key = ''] = partsOf(writes[1] ?? []);
    fault(world, new Set([key]));
    const reads = async (ms: number): Promise<number> => {
      world.now = start + ms;
      await decision(reader);
      return store.read.filter((one) => one === key).length;
    };
    expect(await reads(0)).toBe(1);
    expect(await reads(retryMs - 1)).toBe(1);
    expect(await reads(retryMs)).toBe(2);
    expect(reader.health().problem).toBeDefined();
    Object.assign(world, { absent: () => false, altered: (_: string, value: string) => value });
    store.failing = () => undefined;
    world.now += retryMs;
    expect(await decision(reader)).toBe('v2 denied_by_rule');
    expect(reader.health().problem).toBeUndefined();
  });

  test('health forgets a part that nobody asks for again', async () => {
    const { world, reader, writes } = await setUp(versions);
    fault(world, new Set(partsOf(writes[1] ?? [])));
    await decision(reader);
    world.now += lackMs - 1;
    expect(reader.health().problem).toBeDefined();
    world.now += 1;
    expect(reader.health().problem).toBeUndefined();
  });
});

describe('the version before the newest', () => {
  const versions = [policyAs('one'), policyAs('two')];

  test.each<[string, Partial<PolicyReaderOptions>, number]>([
    ['15 minutes', {}, 900_000],
    ['as told', { lastGoodMs: 200_000 }, 200_000],
    ['two minutes at least, since a store may lag as long', { lastGoodMs: 0 }, 120_000],
  ])(
    'decides no longer after that was written than %s: no removed rule lives on',
    async (_, options, end) => {
      const { world, cold, writes } = await setUp(versions, options);
      const lacking = new Set(partsOf(writes[1] ?? []));
      world.absent = (key) => lacking.has(key);
      world.now = start + end - 1;
      expect(await decision(cold())).toBe('v1 one');
      world.now = start + end;
      expect(await decision(cold())).toBe('policy_unavailable');
    },
  );

  test('and the one before that each count from the next', async () => {
    const { world, publish, cold, writes } = await setUp([policyAs('one'), policyAs('two')]);
    world.now = start + 800_000;
    await publish(policyAs('three'));
    const lacking = new Set(writes.slice(1).flatMap(partsOf));
    world.absent = (key) => lacking.has(key);
    world.now = start + 899_999;
    expect(await decision(cold())).toBe('v1 one');
    world.now = start + 900_000;
    expect(await decision(cold())).toBe('policy_unavailable');
  });

  test('does not live on because the clock of whoever wrote was ahead', async () => {
    const { world, publish, reader, writes } = await setUp([policyAs('one')]);
    world.now = start + 300_000;
    await publish(policyAs('two'));
    const lacking = new Set(partsOf(writes[1] ?? []));
    world.absent = (key) => lacking.has(key);
    world.now = start;
    expect(await decision(reader)).toBe('v1 one');
    for (let ms = 0; ms < 900_000; ms += holdMs) {
      world.now = start + ms;
      expect(await decision(reader)).toBe('v1 one');
    }
    world.now = start + 900_000;
    expect(await decision(reader)).toBe('policy_unavailable');
  });

  test('does not decide where whoever wrote was more than five minutes ahead', async () => {
    const { world, publish, reader, writes } = await setUp([policyAs('one')]);
    world.now = start + 300_001;
    await publish(policyAs('two'));
    const lacking = new Set(partsOf(writes[1] ?? []));
    world.absent = (key) => lacking.has(key);
    world.now = start;
    expect(await decision(reader)).toBe('policy_unavailable');
  });

  test('may be a small one', async () => {
    const small: Policy = { rules: [{ role: roleArn('Admin'), username: 'small', groups: [] }] };
    const { world, reader, writes } = await setUp([small, policyAs('two')]);
    const lacking = new Set(partsOf(writes[1] ?? []));
    world.absent = (key) => lacking.has(key);
    expect(await decision(reader)).toBe('v1 small');
  });

  test('is not asked for where the newest is small', async () => {
    const small: Policy = { rules: [{ role: roleArn('Admin'), username: 'small', groups: [] }] };
    const { world, reader, store } = await setUp([policyAs('one'), small]);
    world.absent = (key) => key !== policyKey('prod');
    expect(await decision(reader)).toBe('v2 small');
    expect(store.read).toEqual([policyKey('prod')]);
  });
});

describe('what is listed as what it is not decides nothing, though its hash is right', () => {
  /** Publishes with the policy, but with other pages. */
  async function forged(forge: (pages: Pages) => Promise<Pages>) {
    const { store, cold } = await setUp([]);
    const { content, parts } = await planPolicy(policyAs('one', denied('Adm')));
    if (content.kind !== 'manifest') throw new Error('not parted');
    for (const [hash, text] of parts) await store.put(partKey('prod', hash), text);
    const pages = await forge(content.pages);
    for (const text of made.splice(0)) await store.put(partKey('prod', await hashOf(text)), text);
    const info = { version: 1, writtenAt: new Date(start).toISOString(), author: '', message: '' };
    const pointer = { ...info, content: { ...content, pages }, inline: undefined, history: [] };
    await store.put(policyKey('prod'), encodePointer(pointer));
    return decision(cold());
  }
  type Pages = Extract<Content, { kind: 'manifest' }>['pages'];
  const made: string[] = [];
  const make = (text: string): Promise<string> => {
    made.push(text);
    return hashOf(text);
  };
  const only = (hash: string) => PrefixTable.of([['', hash]], '') as PrefixTable<string>;

  test('the policy itself, unforged, decides', async () => {
    expect(await forged(async (pages) => pages)).toBe('v1 denied_by_rule');
  });

  test.each<[string, (pages: Pages) => Promise<Pages>]>([
    [
      'exact pages for those of accounts: no deny rule would be found',
      async ({ exact }) => ({ exact, account: exact }),
    ],
    [
      'a page of half a space for all of it',
      async ({ exact }) => ({ exact, account: only(await make(encodePage('account', '0', [['0', []]]))) }),
    ],
    [
      'a part with rules for a page',
      async ({ exact }) => ({ exact, account: only(await make(encodeRules('account', '', []))) }),
    ],
    [
      'a part of exact rules in a bucket of accounts',
      async ({ exact }) => {
        const rules = await make(encodeRules('exact', '', []));
        return { exact, account: only(await make(encodePage('account', '', [['', [rules]]]))) };
      },
    ],
    [
      'a part of another bucket',
      async ({ exact }) => {
        const halves = await Promise.all(['0', '1'].map((half) => make(encodeRules('account', half, []))));
        const buckets = [
          ['0', [halves[1]]],
          ['1', [halves[0]]],
        ] as unknown as [string, string[]][];
        return { exact, account: only(await make(encodePage('account', '', buckets))) };
      },
    ],
    [
      'a document for a part with rules',
      async ({ exact }) => {
        const document = await make(encodeDocument({ rules: [] }));
        return { exact, account: only(await make(encodePage('account', '', [['', [document]]]))) };
      },
    ],
  ])('%s', async (_, forge) => {
    expect(await forged(forge)).toBe('policy_unavailable');
  });
});

describe('memory', () => {
  const cacheBytes = 2 * 1024 * 1024;
  const large: Policy = { rules: exactRules(5000) };

  test('for parts is bounded, however many are asked for', async () => {
    const { reader } = await setUp([large], { cacheBytes });
    for (let number = 0; number < 5000; number += 7) {
      const identity = identityOf(number);
      const policy = await reader.current();
      const found = policy.ok ? await policy.rulesFor(identity) : policy;
      expect(found.ok && mapIdentity(identity, found.rules).ok).toBe(true);
      expect(reader.heldBytes).toBeLessThanOrEqual(cacheBytes);
    }
    expect(reader.heldBytes).toBeGreaterThan(cacheBytes / 2);
  });

  test('keeps what is in use', async () => {
    const { reader, store } = await setUp([large], { cacheBytes });
    const ask = async (number: number) => {
      const policy = await reader.current();
      return policy.ok && (await policy.rulesFor(identityOf(number)));
    };
    await ask(1);
    for (let number = 2; number < 400; number++) {
      await ask(number);
      store.read.length = 0;
      await ask(1);
      expect(store.read).toEqual([]);
    }
  });

  test('too small for a part still decides', async () => {
    const { reader } = await setUp([policyAs('one')], { cacheBytes: 0 });
    expect(await decision(reader)).toBe('v1 one');
    expect(reader.heldBytes).toBe(0);
  });
});

function identityOf(number: number) {
  const of = String(111122220000 + (number % 500));
  const name = `Team-${number}-Deployer`;
  const canonicalArn = `arn:aws:iam::${of}:role/${name}`;
  return { ...session('alice', name), account: of, canonicalArn };
}

describe('a pointer', () => {
  const good = async (): Promise<string> => {
    const { store } = await setUp([policyAs('one'), policyAs('two')]);
    return (await store.get(policyKey('prod'))) ?? '';
  };

  test.each<[string, (text: string) => string]>([
    ['without pages of a space', (text) => text.replaceAll('"account":', '"accounts":')],
    ['with a gap in them', (text) => text.replaceAll('"account":[["",', '"account":[["0",')],
    [
      'with a hash that leads elsewhere',
      (text) => text.replace(/"account":\[\["","[^"]{43}/, '"account":[["","../x'),
    ],
    ['without a history', (text) => text.replace('"history":', '"past":')],
    ['with a time for a version', (text) => text.replaceAll('"version":1', '"version":"1"')],
    ['without an author', (text) => text.replace('"author":', '"writer":')],
    ['with settings that do not validate', (text) => text.replaceAll('["two"]', '[]')],
    [
      'that is a document without one',
      (text) =>
        text.replace(/"content":\{.*?\},"history"/, `"content":{"document":"${'A'.repeat(43)}"},"history"`),
    ],
  ])('%s decides nothing', async (_, spoil) => {
    const { world, reader } = await setUp([policyAs('one'), policyAs('two')]);
    const text = await good();
    expect(spoil(text)).not.toBe(text);
    world.altered = (key, value) => (key === policyKey('prod') ? spoil(text) : value);
    expect(await decision(reader)).toBe('policy_unavailable');
    expect(reader.health().problem).toBeDefined();
  });

  test('is refused with a PolicyError', async () => {
    const { publish, store } = await setUp([policyAs('one')]);
    await store.put(policyKey('prod'), (await good()).replace('"history":', '"past":'));
    await expect(publish(policyAs('two'))).rejects.toThrow(PolicyError);
  });
});

describe('a review by a policy in parts', () => {
  const large = (...more: object[]) => ({ rules: [...filler, ...rules, ...more] });
  const ask = async (deployment: Deployment) => {
    await deployment.ask(await deployment.sign(people.admin));
    return deployment.log.at(-1);
  };

  test('is decided as by one value, and says by which version', async () => {
    const deployment = await Deployment.start();
    await deployment.write(large());
    expect(await ask(deployment)).toMatchObject({ verdict: 'mapped', policyVersion: 2 });
    await deployment.write(large({ account: accountOfPeople, deny: true }));
    deployment.time += holdMs;
    expect(await ask(deployment)).toMatchObject({
      verdict: 'denied',
      code: 'denied_by_rule',
      policyVersion: 3,
    });
  });

  test('verifies anew whoever was verified before notBefore', async () => {
    const deployment = await Deployment.start();
    const token = await deployment.sign(people.admin);
    const cachedNow = async () => {
      await deployment.ask(token);
      return deployment.log.at(-1);
    };
    await cachedNow();
    await deployment.write({ ...large(), notBefore: new Date(deployment.time + 1000).toISOString() });
    deployment.time += holdMs;
    expect(await cachedNow()).toMatchObject({ verdict: 'mapped', cached: false, policyVersion: 2 });
    expect(await cachedNow()).toMatchObject({ verdict: 'mapped', cached: true, policyVersion: 2 });
  });

  test('has the audiences of the version that decides', async () => {
    const deployment = await Deployment.start();
    await deployment.write({ ...large(), apiAudiences: ['x'] });
    const { body } = await deployment.ask(await deployment.sign(people.admin), { audiences: ['x', 'y'] });
    expect(body.status.audiences).toEqual(['x']);
  });

  test('is no verdict where parts cannot be read and no version before is held', async () => {
    const deployment = await Deployment.start();
    for (let version = 2; version < 5; version++)
      await deployment.write(large({ account: `00000000000${version}` }));
    await deployment.send('/readyz'); // reads the pointer
    deployment.storeError = new StoreError('store_unavailable', 'the store failed');
    expect(await ask(deployment)).toMatchObject({
      verdict: 'unavailable',
      code: 'policy_unavailable',
      policyProblem: 'version 4: the store failed; no version before it is whole and young enough',
    });
    expect((await deployment.send('/readyz')).body.problems).toContain(
      'a policy cannot be read whole at the moment; the last good version decides as long as it may',
    );
  });
});
