/**
 * Used keys in a real Deno KV, in memory and on disk.
 */
import { expect, test } from 'vitest';
import { DenoKvStore } from '../../src/store/deno-kv.ts';
import { denoKvOnce } from '../../src/store/once-deno-kv.ts';
import { onceContract } from '../support/once-contract.ts';
import { keysOf } from '../support/store-contract.ts';
import { closedKv, newKvPath, openKv } from './kv.ts';

const failing = async () => denoKvOnce(await closedKv());

onceContract('Deno KV in memory', {
  open: async () => {
    const kv = await openKv(':memory:');
    return [denoKvOnce(kv), denoKvOnce(kv)];
  },
  failing,
});

onceContract('Deno KV on disk, opened twice', {
  open: async () => {
    const path = await newKvPath();
    return [denoKvOnce(await openKv(path)), denoKvOnce(await openKv(path))];
  },
  failing,
});

test('what was used is still used after a restart', async () => {
  const path = await newKvPath();
  const end = Date.now() + 60_000;
  const before = await openKv(path);
  expect(await denoKvOnce(before).use('key', end)).toBe(true);
  before.close();
  expect(await denoKvOnce(await openKv(path)).use('key', end)).toBe(false);
});

test('used keys are no keys of the store of policies', async () => {
  const kv = await openKv(':memory:');
  const store = new DenoKvStore(kv);
  await store.put('key', 'policy');
  expect(await denoKvOnce(kv).use('key', Date.now() + 60_000)).toBe(true);
  expect(await keysOf(store)).toEqual(['key']);
  await store.delete('key');
  expect(await denoKvOnce(kv).use('key', Date.now() + 60_000)).toBe(false);
});
