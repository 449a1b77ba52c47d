/**
 * Stores whose backend fails or answers oddly: stubs, since a real one does not fail when asked to.
 */
import { describe, expect, test } from 'vitest';
import { CloudflareKvStore, type KvNamespace } from '../../src/store/cloudflare-kv.ts';
import { type DenoKv, DenoKvStore } from '../../src/store/deno-kv.ts';
import { maxValueBytes, type Store } from '../../src/store/store.ts';
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
    ['get', 'put', 'set', 'delete', 'list'].map((name) => [name, method(name)]),
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
];

const operations: readonly [string, (store: Store) => Promise<unknown>][] = [
  ['get', (store) => store.get('policy/a')],
  ['put', (store) => store.put('policy/a', 'the-secret-value')],
  ['delete', (store) => store.delete('policy/a')],
  ['list', (store) => store.list('policy/')],
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
});
