/**
 * The policy of the moment: how long one is held, and what decides while the store fails.
 */
import { describe, expect, test } from 'vitest';
import { StoreError } from '../../src/errors/classes.ts';
import type { TaskContext } from '../../src/lib/flights.ts';
import { mapIdentity } from '../../src/mapping/map.ts';
import type { Policy } from '../../src/mapping/rule.ts';
import type { ActivePolicy, NoPolicy } from '../../src/policy/active.ts';
import { PolicyReader, type PolicyReaderOptions } from '../../src/policy/reader.ts';
import { encodeRecord } from '../../src/policy/record.ts';
import type { Store } from '../../src/store/store.ts';
import { roleArn, session } from '../support/identities.ts';

const start = Date.UTC(2026, 10, 24, 12);
const holdMs = 30_000;
const lastGoodMs = 900_000;
const retryMs = 5000;
const storeLagMs = 120_000;
const deadlineMs = 20;

const granting: Policy = { rules: [{ role: roleArn('Admin'), username: 'admin', groups: [] }] };
const text = (version: number, policy: Policy = granting): string =>
  encodeRecord({ version, writtenAt: '2026-11-24T12:00:00Z', policy });

async function granted(current: ActivePolicy | NoPolicy): Promise<boolean> {
  const found = current.ok ? await current.rulesFor(session('alice')) : current;
  return found.ok && mapIdentity(session('alice'), found.rules).ok;
}

type Answer = (key: string) => Promise<string | undefined>;
const gives =
  (value: string | undefined): Answer =>
  async () =>
    value;

/** A store that answers as it is told, and a clock that stands. */
function setUp(first: Answer, options: Partial<PolicyReaderOptions> = {}) {
  const world = { now: start, answer: first, keys: [] as string[] };
  const store = {
    get(key: string) {
      world.keys.push(key);
      return world.answer(key);
    },
  } as unknown as Store;
  const reader = new PolicyReader({ store, cluster: 'prod', deadlineMs, clock: () => world.now, ...options });
  /** What decides so many milliseconds after the start: `v3`, or a code. */
  const at = async (ms: number, context?: TaskContext): Promise<string> => {
    world.now = start + ms;
    const policy = await reader.current(context);
    return policy.ok ? `v${policy.version}` : policy.code;
  };
  return { world, reader, at };
}

describe('a policy', () => {
  test('is that of the cluster, with what it sets', async () => {
    const policy: Policy = { ...granting, apiAudiences: ['x'], notBefore: '2026-11-24T05:00:00+01:00' };
    const { world, reader } = setUp(gives(text(3, policy)));
    const current = await reader.current();
    if (!current.ok) throw new Error(current.code);
    expect(current.version).toBe(3);
    const rulesFor = await current.rulesFor(session('alice'));
    if (!rulesFor.ok) throw new Error(rulesFor.code);
    const { version, apiAudiences, notBefore, rules } = rulesFor;
    expect({ version, apiAudiences, notBefore }).toEqual({
      version: 3,
      apiAudiences: ['x'],
      notBefore: Date.UTC(2026, 10, 24, 4),
    });
    expect(mapIdentity(session('alice'), rules)).toMatchObject({ ok: true, username: 'admin' });
    expect(world.keys).toEqual(['policy/prod']);
  });

  test('sets nothing by itself', async () => {
    const { reader } = setUp(gives(text(1)));
    const current = await reader.current();
    expect(current.ok && (await current.rulesFor(session('alice')))).toMatchObject({
      apiAudiences: undefined,
      notBefore: 0,
    });
  });

  test.each([
    ['30 s unless told', {}, 30_000],
    ['as told', { holdMs: 1000 }, 1000],
    ['longer than the last good one', { holdMs: 60_000, lastGoodMs: 0 }, 60_000],
  ])('is held %s', async (_, options, held) => {
    const { world, at } = setUp(gives(text(1)), options);
    expect(await at(0)).toBe('v1');
    world.answer = gives(text(2));
    expect(await at(held - 1)).toBe('v1');
    expect(world.keys).toHaveLength(1);
    expect(await at(held)).toBe('v2');
    expect(await at(2 * held - 1)).toBe('v2');
    expect(world.keys).toHaveLength(2);
  });

  test('is held from the beginning of its read, not from its end', async () => {
    const { world, at } = setUp(async () => {
      world.now += 10_000;
      return text(1);
    });
    expect(await at(0)).toBe('v1');
    world.answer = gives(text(2));
    expect(await at(holdMs - 1)).toBe('v1');
    expect(await at(holdMs)).toBe('v2');
  });

  test('is as old as the beginning of its read', async () => {
    const { world, reader, at } = setUp(async () => {
      world.now += 10_000;
      return text(1);
    });
    await at(0);
    expect(reader.health().ageMs).toBe(10_000);
  });

  test('without the rule refuses from then on', async () => {
    const { world, reader } = setUp(gives(text(1)));
    const outcome = async (): Promise<boolean> => {
      const current = await reader.current();
      return granted(current);
    };
    expect(await outcome()).toBe(true);
    world.answer = gives(text(2, { rules: [] }));
    world.now += holdMs;
    expect(await outcome()).toBe(false);
  });

  test('that did not change is not compiled again', async () => {
    const { world, reader } = setUp(gives(text(1)));
    const first = await reader.current();
    world.now += holdMs;
    expect(await reader.current()).toBe(first);
    expect(world.keys).toHaveLength(2);
  });

  test('of the same version with another text is another policy', async () => {
    const { world, reader } = setUp(gives(text(1)));
    await reader.current();
    world.answer = gives(text(1, { rules: [] }));
    world.now += holdMs;
    const current = await reader.current();
    expect(await granted(current)).toBe(false);
  });
});

const failing = 'policy_unavailable';
const never = new Promise<never>(() => {});
const later = (work: () => Promise<string>, ms = 50 * deadlineMs): Promise<string> =>
  new Promise((resolve, reject) => {
    setTimeout(() => work().then(resolve, reject), ms);
  });
const notJson = 'the stored policy is not JSON';
const late = 'the store did not answer in time';
const unavailable = () => new StoreError('store_unavailable', 'the store failed');

const faults: readonly (readonly [name: string, answer: Answer, code: string, problem: string])[] = [
  ['fails', () => Promise.reject(unavailable()), failing, 'the store failed'],
  [
    'fails before it gives a promise',
    () => {
      throw unavailable();
    },
    failing,
    'the store failed',
  ],
  ['fails with what is no error', () => Promise.reject('no'), failing, 'the store failed'],
  ['never answers', () => never, failing, late],
  ['answers late', () => later(gives(text(9)) as () => Promise<string>), failing, late],
  ['fails late', () => later(() => Promise.reject(unavailable())), failing, late],
  ['has nothing', gives(undefined), 'policy_missing', 'the store holds no policy'],
  ['has an empty value', gives(''), failing, notJson],
  ['has half of a value', gives(text(9).slice(0, 50)), failing, notJson],
  ['has a page of somebody else', gives('<html>'), failing, notJson],
  [
    'has a format to come',
    gives(text(9).replace('"format":1', '"format":3')),
    failing,
    'not a record of format 1 or 2',
  ],
  [
    'has a policy that does not validate',
    gives(text(9).replace('"role"', '"rule"')),
    failing,
    'rules[0]: must have',
  ],
  [
    'has a policy with a reserved name',
    gives(text(9).replace('admin', 'system:x')),
    failing,
    'rules[0].username',
  ],
  ['gives what is no text', (async () => 7) as unknown as Answer, failing, 'not a record of format 1'],
];

describe.each(faults)('while the store %s', (_, fault, code, problem) => {
  test('nothing is granted where no good version is held', async () => {
    const { world, reader, at } = setUp(fault);
    expect(await at(0)).toBe(code);
    expect(reader.health()).toEqual({
      version: undefined,
      ageMs: undefined,
      problem: expect.stringContaining(problem),
    });
    expect(await at(1)).toBe(code);
    expect(await at(retryMs)).toBe(code);
    world.answer = gives(text(2));
    expect(await at(2 * retryMs)).toBe('v2');
  });

  test('the last good version decides for 15 minutes and not longer', async () => {
    const { world, reader, at } = setUp(gives(text(1)));
    expect(await at(0)).toBe('v1');
    world.answer = fault;
    expect(await at(holdMs)).toBe('v1');
    expect(reader.health()).toEqual({ version: 1, ageMs: holdMs, problem: expect.stringContaining(problem) });
    expect(await at(lastGoodMs - 1)).toBe('v1');
    expect(await at(lastGoodMs)).toBe(code);
    expect(await at(lastGoodMs + retryMs)).toBe(code);
    expect(await at(10 * lastGoodMs)).toBe(code);
    world.answer = gives(text(2));
    expect(await at(11 * lastGoodMs)).toBe('v2');
    expect(reader.health()).toEqual({ version: 2, ageMs: 0, problem: undefined });
  });

  test('it is asked once in 5 seconds', async () => {
    const { world, at } = setUp(gives(text(1)));
    await at(0);
    world.answer = fault;
    const reads = async (ms: number): Promise<number> => {
      await at(ms);
      return world.keys.length;
    };
    const first = holdMs;
    expect(await reads(first)).toBe(2);
    expect(await reads(first + 1)).toBe(2);
    expect(await reads(first + retryMs - 1)).toBe(2);
    expect(await reads(first + retryMs)).toBe(3);
    expect(await reads(first + 2 * retryMs - 1)).toBe(3);
    expect(await reads(first + 2 * retryMs)).toBe(4);
  });
});

describe('the last good version', () => {
  const broken: Answer = () => Promise.reject(unavailable());

  test.each([
    ['decides as long as told', { lastGoodMs: 40_000 }, 40_000],
    ['not at all, but while it is held', { lastGoodMs: 0 }, holdMs],
    ['no shorter than it is held', { holdMs: 60_000, lastGoodMs: 1000 }, 60_000],
  ])('%s', async (_, options, end) => {
    const { world, at } = setUp(gives(text(1)), options);
    await at(0);
    world.answer = broken;
    expect(await at(end - 1)).toBe('v1');
    expect(await at(end)).toBe(failing);
  });

  test('counts from the last good read', async () => {
    const { world, at } = setUp(gives(text(1)));
    await at(0);
    await at(600_000);
    world.answer = broken;
    expect(await at(600_000 + lastGoodMs - 1)).toBe('v1');
    expect(await at(600_000 + lastGoodMs)).toBe(failing);
  });

  test('that the store has again decides again', async () => {
    const { world, at } = setUp(gives(text(1)));
    await at(0);
    world.answer = broken;
    expect(await at(lastGoodMs)).toBe(failing);
    world.answer = gives(text(1));
    expect(await at(lastGoodMs + retryMs - 1)).toBe(failing);
    expect(await at(lastGoodMs + retryMs)).toBe('v1');
  });

  test('says why the store gives none by what it gave last', async () => {
    const { world, at } = setUp(gives(undefined));
    expect(await at(0)).toBe('policy_missing');
    world.answer = broken;
    expect(await at(retryMs)).toBe(failing);
    world.answer = gives(undefined);
    expect(await at(2 * retryMs)).toBe('policy_missing');
  });
});

test('where nothing is held, a failure is not held either', async () => {
  const { world, at } = setUp(gives(undefined), { holdMs: 0, lastGoodMs: 0 });
  expect(await at(0)).toBe('policy_missing');
  world.answer = gives(text(1));
  expect(await at(0)).toBe('v1');
});

describe('a version older than the one held', () => {
  const older = 'the store gives an older version than the one held';

  test('is not taken: a replica behind brings no removed rule back', async () => {
    const { world, reader, at } = setUp(gives(text(5, { rules: [] })));
    await at(0);
    world.answer = gives(text(4));
    expect(await at(holdMs)).toBe('v5');
    expect(reader.health()).toEqual({ version: 5, ageMs: holdMs, problem: older });
    expect(await at(holdMs + storeLagMs - 1)).toBe('v5');
    world.answer = gives(text(6));
    expect(await at(holdMs + storeLagMs - 1 + retryMs)).toBe('v6');
  });

  test('is asked for again after 5 seconds', async () => {
    const { world, at } = setUp(gives(text(5)));
    await at(0);
    world.answer = gives(text(4));
    await at(holdMs);
    world.answer = gives(text(5));
    await at(holdMs + retryMs - 1);
    expect(world.keys).toHaveLength(2);
    expect(await at(holdMs + retryMs)).toBe('v5');
    expect(world.keys).toHaveLength(3);
  });

  test('is taken when it stays: the store began anew, and what it no longer grants is over', async () => {
    const { world, reader, at } = setUp(gives(text(5)));
    await at(0);
    world.answer = gives(text(1));
    expect(await at(holdMs)).toBe('v5');
    expect(await at(holdMs + storeLagMs - 1)).toBe('v5');
    expect(await at(holdMs + storeLagMs - 1 + retryMs)).toBe('v1');
    expect(reader.health().problem).toBeUndefined();
  });

  test('is not taken after an outage either, when a replica that is behind comes back first', async () => {
    const { world, at } = setUp(gives(text(5)));
    await at(0);
    world.answer = () => Promise.reject(new Error('down'));
    expect(await at(lastGoodMs)).toBe(failing);
    world.answer = gives(text(4));
    expect(await at(lastGoodMs + retryMs)).toBe(failing);
    world.answer = gives(text(5));
    expect(await at(lastGoodMs + 2 * retryMs)).toBe('v5');
    world.answer = gives(text(4));
    expect(await at(lastGoodMs + 2 * retryMs + storeLagMs)).toBe('v5');
  });

  test('is not taken from a read that began earlier and ends later', async () => {
    const { world, at } = setUp(gives(text(1)));
    let slow: (value: string) => void = () => {};
    world.answer = () =>
      new Promise((resolve) => {
        slow = resolve;
      });
    const first = at(0);
    world.answer = gives(text(2));
    expect(await at(1)).toBe('v2');
    slow(text(1));
    expect(await first).toBe('v2');
    expect(await at(2)).toBe('v2');
  });
});

describe('concurrent reads', () => {
  const kept: Promise<unknown>[] = [];
  const context: TaskContext = { waitUntil: (promise) => kept.push(promise) };
  const slowly: Answer = () => later(async () => text(1), deadlineMs);
  const options = { deadlineMs: 50 * deadlineMs };

  test('are one where a context keeps it alive', async () => {
    kept.length = 0;
    const { world, at } = setUp(slowly, options);
    expect(await Promise.all(Array.from({ length: 5 }, () => at(0, context)))).toEqual(Array(5).fill('v1'));
    expect(world.keys).toHaveLength(1);
    expect(kept).toHaveLength(1);
  });

  test('are as many as there are without one', async () => {
    const { world, at } = setUp(slowly, options);
    expect(await Promise.all(Array.from({ length: 5 }, () => at(0)))).toEqual(Array(5).fill('v1'));
    expect(world.keys).toHaveLength(5);
  });

  test('without a context join none that has one', async () => {
    const { world, at } = setUp(slowly, options);
    expect(await Promise.all([at(0, context), at(0), at(0, context)])).toEqual(['v1', 'v1', 'v1']);
    expect(world.keys).toHaveLength(2);
  });

  test('share a failure, and none rejects', async () => {
    kept.length = 0;
    const { world, at } = setUp(() => Promise.reject(unavailable()));
    expect(await Promise.all([at(0, context), at(0, context)])).toEqual([failing, failing]);
    expect(world.keys).toHaveLength(1);
    await expect(Promise.all(kept)).resolves.toBeDefined();
  });

  test('of a store that never answers all end', async () => {
    const { at } = setUp(() => never);
    expect(await Promise.all(Array.from({ length: 5 }, () => at(0, context)))).toEqual(
      Array(5).fill(failing),
    );
  });

  test('after one that is over are new', async () => {
    const { world, at } = setUp(gives(text(1)));
    expect(await at(0, context)).toBe('v1');
    expect(await at(holdMs, context)).toBe('v1');
    expect(world.keys).toHaveLength(2);
  });
});

describe('health', () => {
  test('before the first read knows nothing', () => {
    expect(setUp(gives(text(1))).reader.health()).toEqual({
      version: undefined,
      ageMs: undefined,
      problem: undefined,
    });
  });

  test('tells the age of what is held', async () => {
    const { world, reader, at } = setUp(gives(text(4)));
    await at(0);
    world.now += 12_345;
    expect(reader.health()).toEqual({ version: 4, ageMs: 12_345, problem: undefined });
  });

  test('asks nobody', async () => {
    const { world, reader } = setUp(gives(text(4)));
    reader.health();
    expect(world.keys).toEqual([]);
  });
});
