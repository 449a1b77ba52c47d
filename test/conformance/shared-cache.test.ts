/**
 * Shared caches on a backend that keeps entries for longer than asked, as the real ones may.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { kvCache } from '../../src/store/cache-cloudflare-kv.ts';
import { denoKvCache } from '../../src/store/cache-deno-kv.ts';
import type { SharedCache } from '../../src/verifier/shared-cache.ts';
import { cacheKey } from '../support/cache-contract.ts';
import { storeErrorOf } from '../support/store-contract.ts';

const start = Date.parse('2026-10-01T00:00:00Z');

let now: number;
/** What the backend holds, and the lifetimes that it was told. */
let held: Map<string, unknown>;
let lifetimes: unknown[];

beforeEach(() => {
  now = start;
  held = new Map();
  lifetimes = [];
});

const clock = () => now;

const kv = {
  get: async (key: string) => (held.get(key) as string | undefined) ?? null,
  async put(key: string, value: string, options: { expirationTtl?: number } = {}) {
    lifetimes.push(options.expirationTtl);
    held.set(key, value);
  },
  delete: async (key: string) => void held.delete(key),
};

const denoKv = {
  get: async (key: readonly string[]) => ({ value: held.get(key.join('/')) ?? null, versionstamp: null }),
  async set(key: readonly string[], value: unknown, options: { expireIn?: number } = {}) {
    lifetimes.push(options.expireIn);
    held.set(key.join('/'), value);
  },
  delete: async (key: readonly string[]) => void held.delete(key.join('/')),
};

const failing = new Proxy({}, { get: () => () => Promise.reject(new Error('429 Too Many Requests')) });

const caches: readonly [string, () => SharedCache, (broken: never) => SharedCache][] = [
  ['Workers KV', () => kvCache(kv, { clock }), (broken) => kvCache(broken, { clock })],
  ['Deno KV', () => denoKvCache(denoKv, { clock }), (broken) => denoKvCache(broken, { clock })],
];

describe.each(caches)('a shared cache in %s', (_, open, openOn) => {
  test('gives a value to the last millisecond, and not at its end', async () => {
    const cache = open();
    await cache.set(cacheKey('a'), 'value', start + 45_500);
    now = start + 45_499;
    expect(await cache.get(cacheKey('a'))).toBe('value');
    for (const ms of [45_500, 45_501, 60_000, 1e9]) {
      now = start + ms;
      expect(await cache.get(cacheKey('a'))).toBeUndefined();
    }
    expect(held.size).toBe(1);
  });

  test.each([0, -1, -60_000, Number.NaN])('writes nothing that ends %d ms from now', async (ms) => {
    await open().set(cacheKey('a'), 'value', start + ms);
    expect(held.size).toBe(0);
  });

  test('without an end gives nothing', async () => {
    await open().set(cacheKey('a'), 'value', Number.POSITIVE_INFINITY);
    expect(await open().get(cacheKey('a'))).toBeUndefined();
  });

  test.each<[string, unknown]>([
    ['no JSON', 'value'],
    ['half of an entry', '{"value":"val'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '["value",9e15]'],
    ['no end', '{"value":"value"}'],
    ['an end that is a text', '{"value":"value","expiresAt":"9e15"}'],
    ['an end that is null', '{"value":"value","expiresAt":null}'],
    ['a value that is no text', '{"value":{"a":1},"expiresAt":9e15}'],
    ['members of a prototype', '{"__proto__":{"value":"value","expiresAt":9e15}}'],
    ['no text', 1],
    ['bytes', new Uint8Array(3)],
  ])('takes what is no entry for nothing: %s', async (_, entry) => {
    await open().set(cacheKey('a'), 'value', start + 1000);
    for (const key of held.keys()) held.set(key, entry);
    expect(await open().get(cacheKey('a'))).toBeUndefined();
  });

  test.each<[string, (cache: SharedCache) => Promise<unknown>]>([
    ['get', (cache) => cache.get(cacheKey('a'))],
    ['set', (cache) => cache.set(cacheKey('a'), 'the-secret-value', start + 1000)],
    ['delete', (cache) => cache.delete(cacheKey('a'))],
  ])('whose backend fails says so, and not what it was given: %s', async (_, run) => {
    const error = await storeErrorOf(run(openOn(failing as never)));
    expect(error.code).toBe('store_unavailable');
    expect(JSON.stringify(error) + String(error) + error.stack).not.toContain('the-secret-value');
  });
});

describe('the lifetime that the backend is told', () => {
  test.each([
    [1, 60],
    [59_999, 60],
    [60_000, 60],
    [60_001, 61],
    [299_500, 300],
    [300_000, 300],
  ])('for %d ms is %d s in Workers KV, which takes 60 s at least', async (ms, seconds) => {
    await kvCache(kv, { clock }).set(cacheKey('a'), 'value', start + ms);
    expect(lifetimes).toEqual([seconds]);
  });

  test.each([
    [0.5, 1],
    [1234, 1234],
    [1234.5, 1235],
  ])('for %d ms is %d ms in Deno KV, which takes whole ones', async (ms, whole) => {
    await denoKvCache(denoKv, { clock }).set(cacheKey('a'), 'value', start + ms);
    expect(lifetimes).toEqual([whole]);
  });
});
