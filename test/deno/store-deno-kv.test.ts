/**
 * A real Deno KV, in memory and on disk.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type DenoKv, DenoKvStore } from '../../src/store/deno-kv.ts';
import { atomicStoreContract, keysOf, storeContract, storeErrorOf } from '../support/store-contract.ts';

type OpenKv = DenoKv & { close(): void };
declare const Deno: { openKv(path: string): Promise<OpenKv> };

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function openKv(path: string): Promise<OpenKv> {
  const kv = await Deno.openKv(path);
  undo.push(() => kv.close());
  return kv;
}

async function newPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'callerid-'));
  undo.push(() => rm(directory, { recursive: true }));
  return join(directory, 'kv.sqlite');
}

storeContract('Deno KV in memory', async () => new DenoKvStore(await openKv(':memory:')));
storeContract('Deno KV on disk', async () => new DenoKvStore(await openKv(await newPath())));

atomicStoreContract('Deno KV in memory', async () => {
  const kv = await openKv(':memory:');
  return [new DenoKvStore(kv), new DenoKvStore(kv)];
});
atomicStoreContract('Deno KV on disk, opened twice', async () => {
  const path = await newPath();
  return [new DenoKvStore(await openKv(path)), new DenoKvStore(await openKv(path))];
});

describe('Deno KV', () => {
  test('on disk keeps what it has when opened again', async () => {
    const path = await newPath();
    const first = await Deno.openKv(path);
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
    const kv = await Deno.openKv(':memory:');
    const store = new DenoKvStore(kv);
    kv.close();
    for (const done of [store.get('a'), store.put('a', 'secret'), store.delete('a'), store.list('')]) {
      const { code, message, cause } = await storeErrorOf(done);
      expect([code, message]).toEqual(['store_unavailable', 'the store failed']);
      expect(cause).toBeInstanceOf(Error);
    }
  });
});
