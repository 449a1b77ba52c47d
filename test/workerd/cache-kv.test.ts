/**
 * The shared cache in a real KV namespace of workerd.
 */
import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, test } from 'vitest';
import { kvCache } from '../../src/store/cache-cloudflare-kv.ts';
import { CloudflareKvStore } from '../../src/store/cloudflare-kv.ts';
import { cacheKey, sharedCacheContract } from '../support/cache-contract.ts';
import { keysOf } from '../support/store-contract.ts';

afterEach(() => reset());

sharedCacheContract('Workers KV', async () => {
  await reset();
  return [kvCache(env.TEST_KV), kvCache(env.TEST_KV)];
});

test('an entry that ends within the least lifetime of KV is taken, and is over in time', async () => {
  let now = Date.now();
  const cache = kvCache(env.TEST_KV, { clock: () => now });
  await cache.set(cacheKey('a'), 'identity', now + 1000);
  expect(await cache.get(cacheKey('a'))).toBe('identity');
  now += 1000;
  expect(await cache.get(cacheKey('a'))).toBeUndefined();
});

test('its keys are below a prefix of their own', async () => {
  await kvCache(env.TEST_KV).set(cacheKey('a'), 'identity', Date.now() + 60_000);
  expect(await keysOf(new CloudflareKvStore(env.TEST_KV))).toEqual([`callerid-cache/${cacheKey('a')}`]);
});
