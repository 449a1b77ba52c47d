import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors/classes.ts';
import { memoryOnce, type OnceStore } from '../../src/store/once.ts';
import { onceContract } from '../support/once-contract.ts';
import { storeErrorOf } from '../support/store-contract.ts';

const clock = () => Date.now();

onceContract('memory', {
  open: () => {
    const store = memoryOnce({ clock });
    return [store, store];
  },
  failing: () => full(),
});

/** With its only entry in use. */
async function full(): Promise<OnceStore> {
  const store = memoryOnce({ maxEntries: 1, clock });
  await store.use('other', clock() + 60_000);
  return store;
}

describe('memory', () => {
  const start = Date.parse('2026-10-01T00:00:00.250Z');

  function openAt(maxEntries: number): { store: OnceStore; at: (ms: number) => void } {
    let now = start;
    const at = (ms: number) => {
      now = start + ms;
    };
    return { store: memoryOnce({ maxEntries, clock: () => now }), at };
  }

  test('that is full forgets nothing, and refuses what is new: a flood makes no token good again', async () => {
    const { store, at } = openAt(3);
    for (const key of ['a', 'b', 'c']) expect(await store.use(key, start + 10_000)).toBe(true);
    for (const ms of [0, 5000, 9999]) {
      at(ms);
      for (let n = 0; n < 10; n += 1) {
        expect((await storeErrorOf(store.use(`flood ${n}`, start + 20_000))).code).toBe('store_unavailable');
      }
      for (const key of ['a', 'b', 'c']) expect(await store.use(key, start + 20_000)).toBe(false);
    }
  });

  test('that was full has room for as many as have ended', async () => {
    const { store, at } = openAt(3);
    await store.use('a', start + 10_000);
    await store.use('b', start + 90_000);
    await store.use('c', start + 10_100);
    at(12_000);
    expect(await store.use('d', start + 90_000)).toBe(true);
    expect(await store.use('e', start + 90_000)).toBe(true);
    expect((await storeErrorOf(store.use('f', start + 90_000))).code).toBe('store_unavailable');
    expect(await store.use('b', start + 90_000)).toBe(false);
  });

  test('keeps as many as it may, however many come after each other', async () => {
    const { store, at } = openAt(10);
    for (let n = 0; n < 1000; n += 1) {
      at(n * 1000);
      expect(await store.use(`key ${n}`, start + n * 1000 + 7000)).toBe(true);
    }
  });

  test('whose clock is set back does not take again what it forgot', async () => {
    const { store, at } = openAt(10);
    expect(await store.use('a', start + 10_000)).toBe(true);
    at(20_000);
    expect(await store.use('b', start + 30_000)).toBe(true);
    at(5000);
    expect((await storeErrorOf(store.use('a', start + 10_000))).code).toBe('store_unavailable');
    expect(await store.use('b', start + 30_000)).toBe(false);
  });

  test('whose clock tells no time lets nobody in', async () => {
    const store = memoryOnce({ clock: () => Number.NaN });
    expect((await storeErrorOf(store.use('a', start))).code).toBe('store_unavailable');
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'of %d entries is a wrong setting',
    (maxEntries) => {
      expect(() => memoryOnce({ maxEntries })).toThrow(ConfigurationError);
    },
  );
});
