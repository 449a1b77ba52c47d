/**
 * The shared cache in a real Deno KV.
 */
import { expect, test } from 'vitest';
import { denoKvCache } from '../../src/store/cache-deno-kv.ts';
import { DenoKvStore } from '../../src/store/deno-kv.ts';
import { cacheKey, sharedCacheContract } from '../support/cache-contract.ts';
import { keysOf, storeErrorOf } from '../support/store-contract.ts';
import { closedKv, newKvPath, openKv } from './kv.ts';

sharedCacheContract('Deno KV in memory', async () => {
  const kv = await openKv(':memory:');
  return [denoKvCache(kv), denoKvCache(kv)];
});
sharedCacheContract('Deno KV on disk, opened twice', async () => {
  const path = await newKvPath();
  return [denoKvCache(await openKv(path)), denoKvCache(await openKv(path))];
});

test('its keys are no keys of the store of policies', async () => {
  const kv = await openKv(':memory:');
  const store = new DenoKvStore(kv);
  const cache = denoKvCache(kv);
  const key = cacheKey('a');
  await cache.set(key, 'identity', Date.now() + 60_000);
  await store.put(key, 'policy');
  expect(await keysOf(store)).toEqual([key]);
  await store.delete(key);
  expect(await cache.get(key)).toBe('identity');
});

test('a closed database is unavailable', async () => {
  const cache = denoKvCache(await closedKv());
  const key = cacheKey('a');
  for (const done of [cache.get(key), cache.set(key, 'a', Date.now() + 60_000), cache.delete(key)]) {
    expect((await storeErrorOf(done)).code).toBe('store_unavailable');
  }
});
