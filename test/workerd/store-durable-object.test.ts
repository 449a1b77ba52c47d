/**
 * Real Durable Objects of workerd, and the real KV namespace that they mirror to.
 */
import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { StoreError } from '../../src/errors/classes.ts';
import type { KvNamespace } from '../../src/store/cloudflare-kv.ts';
import { DurableObjectStore, type PolicyObjectStub } from '../../src/store/durable-object.ts';
import { PolicyObject } from '../../src/store/policy-object.ts';
import {
  type AtomicStore,
  assertKey,
  assertPrefix,
  assertValue,
  type KeyPage,
} from '../../src/store/store.ts';
import { atomicStoreContract, keysOf, storeContract, storeErrorOf } from '../support/store-contract.ts';

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

const key = 'policy/prod.example.com';
const stubOf = (name = 'prod.example.com') => env.POLICY_WRITER.getByName(name);

/** One object with any key, to hold it to the whole contract. */
function wholeObject(stub: PolicyObjectStub): AtomicStore {
  return {
    async get(of: string): Promise<string | undefined> {
      assertKey(of);
      return stub.get(of);
    },
    async put(of: string, value: string): Promise<void> {
      assertKey(of);
      assertValue(value);
      await stub.put(of, value);
    },
    async swap(of: string, expected: string | undefined, value: string): Promise<boolean> {
      assertKey(of);
      assertValue(value);
      return stub.swap(of, expected, value);
    },
    async delete(of: string): Promise<void> {
      assertKey(of);
      await stub.delete(of);
    },
    async list(prefix: string, options?: { cursor?: string; limit?: number }): Promise<KeyPage> {
      assertPrefix(prefix);
      return stub.list(prefix, options);
    },
  };
}

storeContract('Durable Object', () => wholeObject(stubOf()));
atomicStoreContract('Durable Objects', () => [
  new DurableObjectStore(env.POLICY_WRITER),
  new DurableObjectStore(env.POLICY_WRITER),
]);

test('what only writers read is not mirrored', async () => {
  const store = new DurableObjectStore(env.POLICY_WRITER);
  await store.put(`${key}/_recent`, 'x');
  expect(await store.get(`${key}/_recent`)).toBe('x');
  expect(await env.POLICY.get(`${key}/_recent`, 'text')).toBeNull();
});

describe('the keys of a cluster', () => {
  test('are in the object of its name, and in no other', async () => {
    const store = new DurableObjectStore(env.POLICY_WRITER);
    const keys = ['policy/a', 'policy/a/parts/1', 'policy/a.b', 'policy/a.b/parts/2', 'policy/A/parts/3'];
    for (const one of keys) await store.put(one, one);
    expect(await keysOf(stubOf('a'))).toEqual(['policy/a', 'policy/a/parts/1']);
    expect(await keysOf(stubOf('a.b'))).toEqual(['policy/a.b', 'policy/a.b/parts/2']);
    expect(await keysOf(store, 'policy/a/')).toEqual(['policy/a/parts/1']);
    expect(await keysOf(store, 'policy/A/')).toEqual(['policy/A/parts/3']);
  });
});

describe('an error of the object', () => {
  test.each<[string, string, (stub: PolicyObjectStub) => Promise<unknown>]>([
    ['a key that is none', 'store_key_invalid', (stub) => stub.get('../x')],
    ['a key that is none, put', 'store_key_invalid', (stub) => stub.put('../x', 'secret')],
    ['a key that is none, swapped', 'store_key_invalid', (stub) => stub.swap('../x', undefined, 'secret')],
    ['a prefix that is none', 'store_key_invalid', (stub) => stub.list('../x')],
    ['a value that is too large', 'store_value_too_large', (stub) => stub.put('a', 'a'.repeat(61_441))],
    [
      'a swap that is too large',
      'store_value_too_large',
      (stub) => stub.swap('a', undefined, 'a'.repeat(61_441)),
    ],
  ])('keeps its code on the way, and nothing is written: %s', async (_, code, run) => {
    const stub = stubOf();
    const store = new DurableObjectStore({
      getByName: () => ({ get: () => run(stub) }) as unknown as PolicyObjectStub,
    });
    expect((await storeErrorOf(store.get(key))).code).toBe(code);
    expect(await keysOf(stub)).toEqual([]);
  });

  test('that has no KV namespace: it is unavailable', async () => {
    const error = await runInDurableObject(stubOf(), (_, state) => {
      try {
        return new PolicyObject(state, {});
      } catch (reason) {
        return reason;
      }
    });
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code: 'store_unavailable' });
  });
});

/** Every write that KV was asked for, and what a test does about it instead. */
interface FakeKv extends KvNamespace {
  readonly calls: string[];
  /** Called with the value, null for a delete, before KV itself is. */
  before: (value: string | null) => unknown;
  beforeGet: () => unknown;
}

/** The real KV namespace, with something that happens before. */
function fakeKv(): FakeKv {
  const kv: FakeKv = {
    calls: [],
    before: () => {},
    beforeGet: () => {},
    async get(of) {
      await kv.beforeGet();
      return env.POLICY.get(of, 'text');
    },
    async put(of, value) {
      kv.calls.push(`put ${value}`);
      await kv.before(value);
      await env.POLICY.put(of, value);
    },
    async delete(of) {
      kv.calls.push('delete');
      await kv.before(null);
      await env.POLICY.delete(of);
    },
    list: (options) => env.POLICY.list(options),
  };
  return kv;
}

const fail = () => {
  throw new Error('KV PUT failed: 429 Too Many Requests');
};

/** The object of a cluster, started anew on the storage that is there, with another KV namespace. */
function withKv<T>(kv: KvNamespace, run: (object: PolicyObject) => Promise<T>): Promise<T> {
  return runInDurableObject(stubOf(), (_, state) => run(new PolicyObject(state, { POLICY: kv })));
}

const inKv = (of = key) => env.POLICY.get(of, 'text');

/** Lets time go by, and runs what is due then. */
function alarmAfter(seconds: number): Promise<boolean> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 });
  return runDurableObjectAlarm(stubOf());
}

describe('the mirror', () => {
  test('holds what was written before the answer, and no alarm is left', async () => {
    const store = new DurableObjectStore(env.POLICY_WRITER);
    await store.put(`${key}/parts/a`, 'part');
    expect(await inKv(`${key}/parts/a`)).toBe('part');
    expect(await store.swap(key, undefined, '1')).toBe(true);
    expect(await inKv()).toBe('1');
    expect(await store.swap(key, '0', '2')).toBe(false);
    expect(await inKv()).toBe('1');
    expect(await store.swap(key, '1', '2\ud800')).toBe(true);
    expect(await inKv()).toBe('2\ufffd');
    await store.delete(`${key}/parts/a`);
    expect(await inKv(`${key}/parts/a`)).toBeNull();
    expect(await store.isMirrored(key)).toBe(true);
    expect(await runDurableObjectAlarm(stubOf())).toBe(false);
  });

  test('that fails: the swap has won, and the alarm brings it to KV', async () => {
    const stub = stubOf();
    await stub.put(key, '1');
    const kv = fakeKv();
    kv.before = fail;
    expect(await withKv(kv, (object) => object.swap(key, '1', '2'))).toBe(true);
    expect([await stub.get(key), await inKv(), await stub.isMirrored(key)]).toEqual(['2', '1', false]);
    expect(await alarmAfter(10)).toBe(true);
    expect(await inKv()).toBe('2');
  });

  test('that fails: the alarm outlives the object', async () => {
    const stub = stubOf();
    const kv = fakeKv();
    kv.before = fail;
    await withKv(kv, (object) => object.swap(key, undefined, '1'));
    await evictDurableObject(stub);
    expect(await alarmAfter(10)).toBe(true);
    expect([await inKv(), await stub.get(key)]).toEqual(['1', '1']);
  });

  test('gets the value of then, not that of the attempt which failed', async () => {
    const kv = fakeKv();
    kv.before = fail;
    await withKv(kv, async (object) => {
      await object.swap(key, undefined, '1');
      await object.swap(key, '1', '2');
    });
    expect(kv.calls).toEqual(['put 1', 'put 2']);
    await alarmAfter(20);
    expect(await inKv()).toBe('2');
  });

  test('is written once more when what failed may have arrived late, over a newer one', async () => {
    const stub = stubOf();
    const kv = fakeKv();
    kv.before = fail;
    await withKv(kv, (object) => object.swap(key, undefined, '1'));
    await stub.swap(key, '1', '2');
    expect(await inKv()).toBe('2');
    await env.POLICY.put(key, '1'); // the attempt that seemed to fail
    expect(await stub.isMirrored(key)).toBe(false);
    await alarmAfter(50);
    expect(await inKv()).toBe('1');
    await alarmAfter(70);
    expect([await inKv(), await stub.isMirrored(key)]).toEqual(['2', true]);
    expect(await runDurableObjectAlarm(stub)).toBe(false);
  });

  test('a delete that fails is no value of before', async () => {
    const stub = stubOf();
    await stub.put(key, '1');
    const kv = fakeKv();
    kv.before = fail;
    const failed = withKv(kv, (object) => object.delete(key).catch((error: Error) => error.message));
    expect(await failed).toMatch(/429/);
    expect(kv.calls).toEqual(['delete', 'delete']);
    expect([await stub.get(key), await inKv()]).toEqual([undefined, '1']);
    expect(await stub.swap(key, '1', '2')).toBe(false);
    await alarmAfter(20);
    expect(await inKv()).toBeNull();
  });

  test('a put within a second of another is tried again, and answered when KV has it', async () => {
    const kv = fakeKv();
    kv.before = () => kv.calls.length === 1 && fail();
    await withKv(kv, (object) => object.put(key, '1'));
    expect(kv.calls).toEqual(['put 1', 'put 1']);
    expect(await inKv()).toBe('1');
  });

  test('a put that KV does not take is an error, and the alarm goes on', async () => {
    const kv = fakeKv();
    kv.before = fail;
    const failed = withKv(kv, (object) => object.put(key, '1').catch((error: Error) => error.message));
    expect(await failed).toMatch(/429/);
    await alarmAfter(20);
    expect(await inKv()).toBe('1');
  });

  test('is tried again ever more seldom, down to every five minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const kv = fakeKv();
    kv.before = fail;
    const delays = await runInDurableObject(stubOf(), async (_, state) => {
      const object = new PolicyObject(state, { POLICY: kv });
      await object.swap(key, undefined, '1');
      const seen: number[] = [];
      for (let round = 0; round < 12; round += 1) {
        const [row] = state.storage.sql.exec<{ due: number }>('SELECT due FROM mirror').toArray();
        seen.push((row as { due: number }).due - Date.now());
        vi.setSystemTime(Date.now() + (seen.at(-1) as number) - 1);
        await object.alarm(); // too early
        vi.setSystemTime(Date.now() + 1);
        await object.alarm();
      }
      return seen;
    });
    const backoff = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300];
    expect(delays).toEqual(backoff.map((seconds) => (seconds + 5) * 1000));
    expect(kv.calls).toHaveLength(13);
  });

  test('that hangs: the swap is answered, and the alarm goes on', async () => {
    const kv = fakeKv();
    kv.before = () => new Promise(() => {});
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    const won = withKv(kv, async (object) => {
      const swapped = object.swap(key, undefined, '1');
      await vi.waitFor(() => expect(kv.calls).toEqual(['put 1']));
      await vi.advanceTimersByTimeAsync(5000);
      return swapped;
    });
    expect(await won).toBe(true);
    expect(await inKv()).toBeNull();
    await alarmAfter(10);
    expect(await inKv()).toBe('1');
  });

  describe('of swaps at the same time', () => {
    /** Each write to KV waits until the test lets it go on, or fail. */
    function gatedKv(): { kv: FakeKv; gates: PromiseWithResolvers<void>[] } {
      const gates: PromiseWithResolvers<void>[] = [];
      const kv = fakeKv();
      kv.before = () => {
        const gate = Promise.withResolvers<void>();
        gates.push(gate);
        return gate.promise;
      };
      return { kv, gates };
    }

    const begun = (kv: FakeKv, calls: readonly string[]) => vi.waitFor(() => expect(kv.calls).toEqual(calls));

    test('is one write at a time, and the last one is the newest', async () => {
      const { kv, gates } = gatedKv();
      await withKv(kv, async (object) => {
        const first = object.swap(key, undefined, '1');
        await begun(kv, ['put 1']);
        const second = object.swap(key, '1', '2');
        const third = object.swap(key, '2', '3');
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(await object.get(key)).toBe('3');
        expect(kv.calls).toEqual(['put 1']);
        gates[0]?.resolve();
        expect(await first).toBe(true);
        await begun(kv, ['put 1', 'put 3']);
        expect(await object.isMirrored(key)).toBe(false);
        gates[1]?.resolve();
        expect(await Promise.all([second, third])).toEqual([true, true]);
        expect(await object.isMirrored(key)).toBe(true);
      });
      expect([await inKv(), kv.calls]).toEqual(['3', ['put 1', 'put 3']]);
      expect(await runDurableObjectAlarm(stubOf())).toBe(false);
    });

    test('where the first write fails late, the second still comes after it', async () => {
      const { kv, gates } = gatedKv();
      await withKv(kv, async (object) => {
        const first = object.swap(key, undefined, '1');
        await begun(kv, ['put 1']);
        const second = object.swap(key, '1', '2');
        gates[0]?.reject(new Error('KV PUT failed: 500'));
        await begun(kv, ['put 1', 'put 2']);
        gates[1]?.resolve();
        expect(await Promise.all([first, second])).toEqual([true, true]);
      });
      expect(await inKv()).toBe('2');
    });

    test('an alarm that comes between waits, and has nothing to do', async () => {
      const { kv, gates } = gatedKv();
      vi.useFakeTimers({ toFake: ['Date'] });
      await withKv(kv, async (object) => {
        const first = object.swap(key, undefined, '1');
        await begun(kv, ['put 1']);
        vi.setSystemTime(Date.now() + 60_000);
        const alarm = object.alarm();
        gates[0]?.resolve();
        await Promise.all([first, alarm]);
      });
      expect(kv.calls).toEqual(['put 1']);
    });

    test('keys do not wait for each other', async () => {
      const { kv, gates } = gatedKv();
      await withKv(kv, async (object) => {
        const puts = ['a', 'b'].map((part) => object.put(`${key}/parts/${part}`, part));
        await begun(kv, ['put a', 'put b']);
        for (const gate of gates) gate.resolve();
        await Promise.all(puts);
      });
    });
  });
});

describe('what KV held before there was an object', () => {
  test('is read, listed and swapped as if the object had written it', async () => {
    await env.POLICY.put(key, '1');
    const stub = stubOf();
    expect(await stub.swap(key, undefined, '2')).toBe(false);
    expect(await stub.get(key)).toBe('1');
    expect(await keysOf(stub)).toEqual([key]);
    expect(await stub.swap(key, '1', '2')).toBe(true);
    expect(await inKv()).toBe('2');
  });

  test('is adopted once: what is written there later by others is not', async () => {
    await env.POLICY.put(key, '1');
    const stub = stubOf();
    expect(await stub.get(key)).toBe('1');
    await env.POLICY.put(key, 'by hand');
    expect(await stub.get(key)).toBe('1');
    expect(await stub.swap(key, 'by hand', '2')).toBe(false);
  });

  test('is not adopted where the object has deleted or put the key', async () => {
    const stub = stubOf();
    await stub.delete(key);
    await env.POLICY.put(key, 'from a cache');
    expect(await stub.get(key)).toBeUndefined();
    expect(await stub.swap(key, 'from a cache', '1')).toBe(false);
    expect(await stub.swap(key, undefined, '1')).toBe(true);
  });

  test('is not taken for nothing while KV fails, and nothing is written then', async () => {
    await env.POLICY.put(key, '1');
    const kv = fakeKv();
    kv.beforeGet = fail;
    await withKv(kv, async (object) => {
      await expect(object.get(key)).rejects.toThrow('429');
      await expect(object.swap(key, undefined, '2')).rejects.toThrow('429');
    });
    expect([await inKv(), await stubOf().get(key), kv.calls]).toEqual(['1', '1', []]);
  });

  test('gives way to a write that comes while it is read', async () => {
    await env.POLICY.put(key, '1');
    const kv = fakeKv();
    const gate = Promise.withResolvers<void>();
    kv.beforeGet = () => gate.promise;
    kv.before = fail;
    await withKv(kv, async (object) => {
      const read = object.get(key);
      const swapped = object.swap(key, '1', 'swapped');
      kv.beforeGet = () => {};
      expect(await object.swap(key, '1', 'first')).toBe(true);
      gate.resolve();
      expect(await Promise.all([read, swapped])).toEqual(['first', false]);
    });
  });
});
