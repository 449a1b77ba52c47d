/**
 * A real Deno KV, in memory and on disk.
 */
import { describe, expect, test } from 'vitest';
import { DenoKvStore } from '../../src/store/deno-kv.ts';
import { atomicStoreContract, keysOf, storeContract, storeErrorOf } from '../support/store-contract.ts';
import { closedKv, newKvPath, openKv } from './kv.ts';

storeContract('Deno KV in memory', async () => new DenoKvStore(await openKv(':memory:')));
storeContract('Deno KV on disk', async () => new DenoKvStore(await openKv(await newKvPath())));

atomicStoreContract('Deno KV in memory', async () => {
  const kv = await openKv(':memory:');
  return [new DenoKvStore(kv), new DenoKvStore(kv)];
});
atomicStoreContract('Deno KV on disk, opened twice', async () => {
  const path = await newKvPath();
  return [new DenoKvStore(await openKv(path)), new DenoKvStore(await openKv(path))];
});

describe('Deno KV', () => {
  test('on disk keeps what it has when opened again', async () => {
    const path = await newKvPath();
    const first = await openKv(path);
    await new DenoKvStore(first).put('policy/a', '漢');
    first.close();
    const store = new DenoKvStore(await openKv(path));
    expect(await store.get('policy/a')).toBe('漢');
    expect(await keysOf(store)).toEqual(['policy/a']);
  });

  test('shared with others keeps apart from them', async () => {
    const kv = await openKv(':memory:');
    for (const key of [['a'], ['call', 'a'], ['callerid'], ['callerid2', 'a'], ['z', 'a']])
      await kv.set(key, 1);
    const store = new DenoKvStore(kv);
    expect(await keysOf(store)).toEqual([]);
    expect(await store.get('a')).toBeUndefined();
    await store.put('a', 'ours');
    await store.delete('a');
    expect((await kv.get(['a'])).value).toBe(1);
  });

  test('that is closed is unavailable', async () => {
    const store = new DenoKvStore(await closedKv());
    for (const done of [store.get('a'), store.put('a', 'secret'), store.delete('a'), store.list('')]) {
      const { code, message, cause } = await storeErrorOf(done);
      expect([code, message]).toEqual(['store_unavailable', 'the store failed']);
      expect(cause).toBeInstanceOf(Error);
    }
  });
});
