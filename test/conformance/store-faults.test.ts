/**
 * Stores whose backend fails or answers oddly: stubs, since a real one does not fail when asked to.
 */
import { describe, expect, test, vi } from 'vitest';
import { CloudflareKvStore, type KvNamespace } from '../../src/store/cloudflare-kv.ts';
import { type DenoKv, DenoKvStore } from '../../src/store/deno-kv.ts';
import { DurableObjectStore, type PolicyObjectStub } from '../../src/store/durable-object.ts';
import { type AtomicStore, maxValueBytes, type Store } from '../../src/store/store.ts';
import { storeErrorOf } from '../support/store-contract.ts';

type Call = readonly [method: string, ...given: unknown[]];

/** Every method is `answer`; what is called is kept. */
function stub<T>(answer: (call: Call) => unknown): { backend: T; calls: Call[] } {
  const calls: Call[] = [];
  const method = (name: string) => {
    return (...given: unknown[]) => {
      const call: Call = [name, ...given];
      calls.push(call);
      return answer(call);
    };
  };
  const backend = Object.fromEntries(
    ['get', 'put', 'set', 'swap', 'delete', 'list', 'isMirrored'].map((name) => [name, method(name)]),
  );
  return { backend: backend as T, calls };
}

const backends: readonly [string, (answer: (call: Call) => unknown) => { store: Store; calls: Call[] }][] = [
  [
    'Workers KV',
    (answer) => {
      const { backend, calls } = stub<KvNamespace>(answer);
      return { store: new CloudflareKvStore(backend), calls };
    },
  ],
  [
    'Deno KV',
    (answer) => {
      const { backend, calls } = stub<DenoKv>(answer);
      return { store: new DenoKvStore(backend), calls };
    },
  ],
  [
    'Durable Object',
    (answer) => {
      const { backend, calls } = stub<PolicyObjectStub>(answer);
      return { store: new DurableObjectStore({ getByName: () => backend }), calls };
    },
  ],
];

const operations: readonly [string, (store: Store) => Promise<unknown>][] = [
  ['get', (store) => store.get('policy/a')],
  ['put', (store) => store.put('policy/a', 'the-secret-value')],
  ['delete', (store) => store.delete('policy/a')],
  ['list', (store) => store.list('policy/a/')],
];

const failure = new Error('KV PUT failed: 429 Too Many Requests');
const failures: readonly [string, () => unknown][] = [
  [
    'throws',
    () => {
      throw failure;
    },
  ],
  ['rejects', () => Promise.reject(failure)],
];

describe.each(backends)('%s', (name, open) => {
  describe.each(failures)('that %s', (how, fail) => {
    test.each(operations)('is unavailable: %s', async (operation, run) => {
      // Deno's list never rejects by itself: its iterator does, and not always at the first key.
      const iterator = async function* () {
        yield { key: ['callerid', 'policy/a'] };
        await fail();
      };
      const lazy = name === 'Deno KV' && operation === 'list' && how === 'rejects';
      const { store } = open(lazy ? iterator : fail);
      const error = await storeErrorOf(run(store));
      expect(error).toMatchObject({
        name: 'StoreError',
        code: 'store_unavailable',
        message: 'the store failed',
      });
      expect(error.cause).toBe(failure);
      expect(JSON.stringify(error) + String(error) + error.stack).not.toContain('the-secret-value');
    });
  });

  test.each<[string, (store: Store) => Promise<unknown>]>([
    ['get', (store) => store.get('../policy')],
    ['put', (store) => store.put('../policy', '')],
    ['put of too much', (store) => store.put('policy', 'a'.repeat(maxValueBytes + 1))],
    ['delete', (store) => store.delete('../policy')],
    ['list', (store) => store.list('../policy')],
  ])('is not asked for what cannot be: %s', async (_, run) => {
    const { store, calls } = open(() => undefined);
    expect((await storeErrorOf(run(store))).code).toMatch(/^store_(?:key_invalid|value_too_large)$/);
    expect(calls).toEqual([]);
  });
});

describe('Workers KV', () => {
  function listing(page: unknown): { store: Store; calls: Call[] } {
    const { backend, calls } = stub<KvNamespace>(() => Promise.resolve(page));
    return { store: new CloudflareKvStore(backend), calls };
  }

  test('may give an empty page before the last one: deleted keys take room in it', async () => {
    const { store, calls } = listing({ keys: [], list_complete: false, cursor: 'next' });
    expect(await store.list('a', { cursor: 'this', limit: 5 })).toEqual({ keys: [], cursor: 'next' });
    expect(calls).toEqual([['list', { prefix: 'a', cursor: 'this', limit: 5 }]]);
  });

  test('has no further page when complete, though there is a cursor', async () => {
    const { store, calls } = listing({ keys: [{ name: 'a' }], list_complete: true, cursor: '' });
    expect(await store.list('')).toEqual({ keys: ['a'], cursor: undefined });
    expect(calls).toEqual([['list', { prefix: '', limit: 1000 }]]);
  });
});

describe('Deno KV', () => {
  test.each([
    ['text', '{}'],
    ['a number', 1],
    ['an object', {}],
    ['false', false],
    ['bytes that are no UTF-8', new Uint8Array([0x61, 0xff])],
    ['a character cut in two', new Uint8Array([0xe6, 0xbc])],
  ])('with an entry that is not ours is unavailable, not empty: %s', async (_, value) => {
    const { backend } = stub<DenoKv>(() => Promise.resolve({ value }));
    const { code, message } = await storeErrorOf(new DenoKvStore(backend).get('a'));
    expect([code, message]).toEqual(['store_unavailable', 'the store failed']);
  });

  /** `commits` is what each commit in turn gives or throws, `values` what each get finds. */
  function committing(values: readonly (string | null)[], commits: readonly (boolean | Error)[]) {
    const tried: unknown[] = [];
    let reads = 0;
    const atomic = {
      check: ({ versionstamp }: { versionstamp: unknown }) => {
        tried.push(versionstamp);
        return atomic;
      },
      set: () => atomic,
      commit: async () => {
        const result = commits[tried.length - 1];
        if (result instanceof Error) throw result;
        return { ok: result };
      },
    };
    const get = async () => {
      const value = values[reads] ?? null;
      reads += 1;
      const bytes = value === null ? null : new TextEncoder().encode(value);
      return { value: bytes, versionstamp: value === null ? null : `version ${reads}` };
    };
    return { store: new DenoKvStore({ get, atomic: () => atomic } as unknown as DenoKv), tried };
  }

  const locked = new TypeError('database is locked');
  const { message: other } = failure;

  test.each<[string, (string | null)[], (boolean | Error)[], unknown[], boolean]>([
    ['the entry that was read is checked', ['old'], [true], ['version 1'], true],
    ['another text is there: no commit', ['other'], [], [], false],
    ['nothing is there: no commit', [null], [], [], false],
    [
      'a write of the same text came between',
      ['old', 'old'],
      [false, true],
      ['version 1', 'version 2'],
      true,
    ],
    ['a write of another text came between', ['old', 'other'], [false], ['version 1'], false],
    ['a delete came between', ['old', null], [false], ['version 1'], false],
    [
      'another process writes',
      ['old'],
      [locked, locked, true],
      ['version 1', 'version 1', 'version 1'],
      true,
    ],
    [
      'another process writes, and wins',
      ['old', 'other'],
      [locked, false],
      ['version 1', 'version 1'],
      false,
    ],
  ])('swaps by a commit with a check: %s', async (_, values, commits, checked, won) => {
    const { store, tried } = committing(values, commits);
    expect(await store.swap('a', 'old', 'new')).toBe(won);
    expect(tried).toEqual(checked);
  });

  test('checks for absence where nothing is expected', async () => {
    const { store, tried } = committing([null], [true]);
    expect(await store.swap('a', undefined, 'new')).toBe(true);
    expect(tried).toEqual([null]);
  });

  test('whose commit fails otherwise is unavailable, and is not asked again', async () => {
    const { store, tried } = committing(['old'], [failure, true]);
    const { code, cause } = await storeErrorOf(store.swap('a', 'old', 'new'));
    expect([code, (cause as Error).message, tried]).toEqual(['store_unavailable', other, ['version 1']]);
  });

  test('that another process keeps locked is unavailable in the end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const { backend, calls } = stub<DenoKv>(() => Promise.reject(locked));
      const error = storeErrorOf(new DenoKvStore(backend).put('a', 'new'));
      await vi.advanceTimersByTimeAsync(5100);
      expect((await error).cause).toBe(locked);
      expect(calls.length).toBeGreaterThan(100);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('Durable Object', () => {
  /** Errors of another isolate are plain ones, with what they owned. */
  const remote = (properties: object) => Object.assign(new Error('of the object'), properties);

  function failing(error: unknown): { store: AtomicStore; calls: Call[]; names: string[] } {
    const { backend, calls } = stub<PolicyObjectStub>(() => Promise.reject(error));
    const names: string[] = [];
    const getByName = (name: string) => {
      names.push(name);
      return backend;
    };
    return { store: new DurableObjectStore({ getByName }), calls, names };
  }

  test.each<[string, unknown, string, string]>([
    ['a code of ours', remote({ code: 'store_value_too_large' }), 'store_value_too_large', 'of the object'],
    ['a code of others', remote({ code: 'policy_invalid' }), 'store_unavailable', 'the store failed'],
    ['no code', remote({ overloaded: true }), 'store_unavailable', 'the store failed'],
    ['no error', 'a text', 'store_unavailable', 'the store failed'],
  ])('gives an error its one shape: %s', async (_, error, code, message) => {
    const { store } = failing(error);
    expect(await storeErrorOf(store.swap('policy/a', undefined, ''))).toMatchObject({ code, message });
  });

  test.each([
    ['policy/a', 'a'],
    ['policy/a/parts/b', 'a'],
    ['policy/a.b-C_d', 'a.b-C_d'],
    ['policy/policy/a', 'policy'],
  ])('is that of the cluster: %s', async (key, cluster) => {
    const { store, names } = failing(failure);
    for (const run of [
      store.get(key),
      store.put(key, ''),
      store.swap(key, undefined, ''),
      store.delete(key),
      store.list(`${key}/`),
    ]) {
      await storeErrorOf(run);
    }
    expect(new Set(names)).toEqual(new Set([cluster]));
  });

  test.each<[string, (store: AtomicStore) => Promise<unknown>]>([
    ['a key without a cluster', (store) => store.get('policy')],
    ['a key of something else', (store) => store.put('other/a', '')],
    ['a key that begins in other case', (store) => store.delete('Policy/a')],
    ['a key that holds the prefix later', (store) => store.swap('x/policy/a', undefined, '')],
    ['every key', (store) => store.list('')],
    ['the keys of all clusters', (store) => store.list('policy/')],
    ['those of all clusters that begin so', (store) => store.list('policy/a')],
  ])('is not guessed: %s', async (_, run) => {
    const { store, names } = failing(failure);
    expect((await storeErrorOf(run(store))).code).toBe('store_key_invalid');
    expect(names).toEqual([]);
  });

  test.each<[string, (store: AtomicStore) => Promise<unknown>]>([
    ['swap', (store) => store.swap('policy/../a', undefined, '')],
    ['swap of too much', (store) => store.swap('policy/a', '', 'a'.repeat(maxValueBytes + 1))],
  ])('is not asked for what cannot be: %s', async (_, run) => {
    const { store, names } = failing(failure);
    expect((await storeErrorOf(run(store))).code).toMatch(/^store_(?:key_invalid|value_too_large)$/);
    expect(names).toEqual([]);
  });
});
