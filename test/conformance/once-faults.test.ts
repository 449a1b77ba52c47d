/**
 * Stores of used keys whose backend fails or answers oddly: stubs, since a real one does not fail when asked to.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ConfigurationError } from '../../src/errors/classes.ts';
import type { DenoKv } from '../../src/store/deno-kv.ts';
import { denoKvOnce } from '../../src/store/once-deno-kv.ts';
import { durableObjectOnce, type OnceNamespace } from '../../src/store/once-durable-object.ts';
import { storeErrorOf } from '../support/store-contract.ts';

const end = () => Date.now() + 60_000;

afterEach(() => {
  vi.useRealTimers();
});

describe('a Durable Object', () => {
  type Answer = () => Promise<{ status: number; text(): Promise<string> }>;

  function answering(answer: Answer): { namespace: OnceNamespace; bodies: string[] } {
    const bodies: string[] = [];
    const fetch = (_: string, { body }: { body: string }) => {
      bodies.push(body);
      return answer();
    };
    return { namespace: { getByName: () => ({ fetch }) }, bodies };
  }

  const text =
    (body: string, status = 200): Answer =>
    async () =>
      new Response(body, { status });

  test.each([
    ['first', true],
    ['used', false],
  ])('that says %s is believed', async (body, isFirst) => {
    const { namespace, bodies } = answering(text(body));
    const expiresAt = end();
    expect(await durableObjectOnce(namespace).use('the key', expiresAt)).toBe(isFirst);
    expect(bodies.map((one) => JSON.parse(one))).toEqual([{ key: 'the key', expiresAt }]);
  });

  test.each<[string, Answer]>([
    ['500', text('first', 500)],
    ['400', text('', 400)],
    ['a redirect', async () => new Response('first', { status: 302, headers: { location: '/' } })],
    ['another kind of success', text('first', 202)],
    ['nothing', text('')],
    ['true, as another class would', text('true')],
    ['JSON', text('{"first":true}')],
    ['the word in other case', text('First')],
    ['the word and a line end', text('first\n')],
    ['the word twice', text('firstfirst')],
    ['both words', text('first,used')],
    ['a member of every object', text('constructor')],
    ['a page', text('<html>first</html>')],
    ['an exception', () => Promise.reject(new Error('Durable Object is overloaded.'))],
    [
      'a body that breaks off',
      async () => ({ status: 200, text: () => Promise.reject(new TypeError('Network connection lost.')) }),
    ],
    ['a body that is no text', async () => ({ status: 200, text: async () => true as unknown as string })],
    ['no response', async () => undefined as never],
  ])('lets nobody in, and is asked once, where it answers %s', async (_, answer) => {
    const { namespace, bodies } = answering(answer);
    const error = await storeErrorOf(durableObjectOnce(namespace).use('the-secret-key', end()));
    expect(error.code).toBe('store_unavailable');
    expect(JSON.stringify(error) + String(error) + error.stack + error.cause).not.toContain('the-secret-key');
    expect(bodies).toHaveLength(1);
  });

  test.each<[string, Answer]>([
    ['no answer', () => new Promise(() => {})],
    ['no body', async () => ({ status: 200, text: () => new Promise<string>(() => {}) })],
  ])('lets nobody in where it never gives: %s', async (_, answer) => {
    const { namespace, bodies } = answering(answer);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const error = storeErrorOf(durableObjectOnce(namespace).use('key', end()));
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
    await vi.advanceTimersByTimeAsync(5000);
    expect(await error).toMatchObject({
      code: 'store_unavailable',
      message: 'the object did not answer in time',
    });
    expect(bodies).toHaveLength(1);
  });

  test('that cannot be had lets nobody in', async () => {
    const namespace: OnceNamespace = {
      getByName: () => {
        throw new TypeError('no such class');
      },
    };
    expect((await storeErrorOf(durableObjectOnce(namespace).use('key', end()))).code).toBe(
      'store_unavailable',
    );
  });

  test.each([1, 2, 7, 1000])('is chosen by the key among %d, always the same', async (shards) => {
    const names = new Map<string, string>();
    let asked = '';
    const namespace: OnceNamespace = {
      getByName: (name) => {
        asked = name;
        return { fetch: text('first') };
      },
    };
    for (const _ of ['by one isolate', 'by another']) {
      const store = durableObjectOnce(namespace, { shards });
      for (let n = 0; n < 100; n += 1) {
        await store.use(`key ${n}`, end());
        expect(names.get(`key ${n}`) ?? asked).toBe(asked);
        names.set(`key ${n}`, asked);
      }
    }
    const all = new Set(names.values());
    if (shards <= 7) {
      const numbers = Array.from({ length: shards }, (_, n) => `callerid-once-${n}`);
      expect([...all].sort()).toEqual(numbers);
    } else expect(all.size).toBeGreaterThan(80);
  });

  test.each([0, -1, 1.5, 1001, Number.NaN])('of %d shards is a wrong setting', (shards) => {
    expect(() => durableObjectOnce(answering(text('first')).namespace, { shards })).toThrow(
      ConfigurationError,
    );
  });

  test.each<[string, unknown]>([
    ['a KV namespace', { get() {}, put() {}, delete() {}, list() {} }],
    ['no binding', undefined],
    ['a text', 'ONCE'],
  ])('is no %s, which is said at start', (_, binding) => {
    expect(() => durableObjectOnce(binding as OnceNamespace)).toThrow(/Workers KV cannot do this/);
  });
});

describe('Deno KV', () => {
  /** Each commit is applied or not, and then ends as it is told. */
  function committing(ends: readonly ('fine' | 'lost' | Error)[]) {
    const applied = new Set<string>();
    const checks: unknown[] = [];
    const lifetimes: unknown[] = [];
    const atomic = () => {
      let path = '';
      const operation = {
        check({ key, versionstamp }: { key: readonly string[]; versionstamp: string | null }) {
          path = key.join();
          checks.push(versionstamp);
          return operation;
        },
        set(_: readonly string[], __: unknown, options: { expireIn?: number } = {}) {
          lifetimes.push(options.expireIn);
          return operation;
        },
        async commit() {
          const how = ends[checks.length - 1];
          if (how instanceof Error) throw how;
          const ok = !applied.has(path);
          applied.add(path);
          if (how === 'lost') throw new Error('connection lost');
          return { ok };
        },
      };
      return operation;
    };
    return { store: denoKvOnce({ atomic } as unknown as DenoKv), checks, lifetimes };
  }

  const locked = new TypeError('database is locked');

  test('that fails after it has committed is no first use, and neither is any later one', async () => {
    const { store } = committing(['lost', 'fine', 'fine']);
    expect((await storeErrorOf(store.use('key', end()))).code).toBe('store_unavailable');
    expect([await store.use('key', end()), await store.use('key', end())]).toEqual([false, false]);
  });

  test('that fails before it has committed leaves the key for the next use', async () => {
    const { store, checks } = committing([new Error('connection refused'), 'fine', 'fine']);
    expect((await storeErrorOf(store.use('key', end()))).code).toBe('store_unavailable');
    expect([await store.use('key', end()), await store.use('key', end())]).toEqual([true, false]);
    expect(checks).toEqual([null, null, null]);
  });

  test('that another process has locked is asked again', async () => {
    const { store, checks } = committing([locked, locked, 'fine']);
    expect(await store.use('key', end())).toBe(true);
    expect(checks).toEqual([null, null, null]);
  });

  test.each([
    ['nothing', undefined],
    ['no word of it', {}],
    ['a text', { ok: 'true' }],
  ])('whose commit gives %s lets nobody in', async (_, result) => {
    const operation = { check: () => operation, set: () => operation, commit: async () => result };
    const store = denoKvOnce({ atomic: () => operation } as unknown as DenoKv);
    const isFirst = await store.use('key', end()).catch(() => 'rejected');
    expect(isFirst).not.toBe(true);
  });

  test('keeps a key for longer than asked, as clocks differ', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { store, lifetimes } = committing(['fine']);
    await store.use('key', Date.now() + 60_000);
    expect(lifetimes).toEqual([6 * 60_000]);
  });
});
