/**
 * A directory as a store: the contract, and what is special to files. Deno runs this file too.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileStore } from '../../src/store/file.ts';
import { maxValueBytes } from '../../src/store/store.ts';
import { atomicStoreContract, keysOf, storeContract, storeErrorOf } from '../support/store-contract.ts';

/** Around the store, so that what leaves it is seen. */
let outside: string;
let directory: string;

beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), 'callerid-'));
  directory = join(outside, 'store');
});
afterEach(() => rm(outside, { recursive: true }));

storeContract('files', () => new FileStore(directory));
atomicStoreContract('files', () => [new FileStore(directory), new FileStore(directory)]);

async function filesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();
}

describe('names of files', () => {
  test('have no capital and no dot but that of the suffix, and say which key it is', async () => {
    const store = new FileStore(directory);
    for (const key of ['Policy/Prod.EU-1', 'policy/prod.eu-1', 'a.value']) await store.put(key, key);
    expect(await filesIn(directory)).toEqual([
      '+policy/+prod+.+e+u-1.value',
      'a+.value.value',
      'policy/prod+.eu-1.value',
    ]);
  });

  test('differ without regard to case, and fit into 255 bytes', async () => {
    const store = new FileStore(directory);
    const keys = ['a', 'A', 'a/a', 'a/A', 'A/a', 'A/A', 'aA', 'Aa', 'AA', 'aa', 'A'.repeat(110)];
    for (const key of keys) await store.put(key, key);
    const names = (await filesIn(directory)).map((name) => name.toLowerCase());
    expect(new Set(names).size).toBe(keys.length);
    expect(Math.max(...names.map((name) => name.length))).toBeLessThan(256);
  });

  test.each(['..', '../x', '../outside', 'a/../../x', '/x', '..\\x', 'a\0/../../x'])(
    'never lead outside: %j',
    async (key) => {
      await writeFile(join(outside, 'x.value'), 'outside');
      const store = new FileStore(directory);
      for (const done of [store.get(key), store.put(key, 'inside'), store.delete(key)]) {
        expect((await storeErrorOf(done)).code).toBe('store_key_invalid');
      }
      expect(await filesIn(outside)).toEqual(['x.value']);
    },
  );

  test('of others, and of a write that was cut short, are no keys', async () => {
    const store = new FileStore(directory);
    await store.put('a', '');
    await writeFile(join(directory, 'README'), '');
    await writeFile(join(directory, '8c4ab9f0-5a11-4d0e-9a5c-1f3c7f3c1f3c.tmp'), '{"ver');
    await mkdir(join(directory, 'directory.value'));
    expect(await keysOf(store)).toEqual(['a']);
  });
});

describe('a write', () => {
  test('makes a file that only its owner reads, also where another one could', async () => {
    const store = new FileStore(directory);
    await store.put('policy/a', 'old');
    const path = join(directory, 'policy/a.value');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await chmod(path, 0o666);
    await store.put('policy/a', 'new');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('is seen by another store on the same directory', async () => {
    await new FileStore(directory).put('policy/a', '漢');
    expect(await new FileStore(directory).get('policy/a')).toBe('漢');
  });

  test('that cannot finish leaves no file, and the rest alone', async () => {
    const store = new FileStore(directory);
    await store.put('b', 'old');
    await mkdir(join(directory, 'a.value'));
    const { code, message } = await storeErrorOf(store.put('a', 'secret'));
    expect([code, message]).toEqual(['store_unavailable', 'the store failed']);
    expect(await filesIn(directory)).toEqual(['b.value']);
    expect(await store.get('b')).toBe('old');
  });
});

describe('while others write', () => {
  /** Reads until told to stop; gives what is not the whole of one value. */
  async function readTorn(
    store: FileStore,
    until: Promise<unknown>,
  ): Promise<{ reads: number; torn: string[] }> {
    let running = true;
    const stop = () => {
      running = false;
    };
    until.then(stop, stop);
    const torn: string[] = [];
    const least = maxValueBytes - 60;
    let reads = 0;
    while (running) {
      const value = await store.get('policy/a');
      reads += 1;
      const whole = value !== undefined && value.length > least && value === value[0]?.repeat(value.length);
      if (!whole) torn.push(`${value?.length} of ${value?.[0]}`);
    }
    await until;
    return { reads, torn };
  }

  test('in one process, a reader sees the old value or the new one', async () => {
    const store = new FileStore(directory);
    await store.put('policy/a', 'a'.repeat(maxValueBytes));
    const writers = [...'bcdefghij'].map(async (character) => {
      for (let n = 0; n < 10; n += 1) await store.put('policy/a', character.repeat(maxValueBytes - n));
    });
    const written = Promise.all(writers);
    const [first, second] = await Promise.all([readTorn(store, written), readTorn(store, written)]);
    expect([...first.torn, ...second.torn]).toEqual([]);
    expect(first.reads).toBeGreaterThan(5);
    expect(await filesIn(directory)).toEqual(['policy/a.value']);
  });

  test('in two other processes too', async () => {
    const store = new FileStore(directory);
    await store.put('policy/a', 'a'.repeat(maxValueBytes));
    const script = join(import.meta.dirname, '../node/store-writer.ts');
    const writers = ['b', 'c'].map(async (character) => {
      const child = spawn(process.execPath, [script, directory, character], { stdio: 'inherit' });
      const [status] = await once(child, 'exit');
      expect(status).toBe(0);
    });
    const { reads, torn } = await readTorn(store, Promise.all(writers));
    expect(torn).toEqual([]);
    expect(reads).toBeGreaterThan(5);
    expect(['b', 'c']).toContain((await store.get('policy/a'))?.[0]);
    expect(await filesIn(directory)).toEqual(['policy/a.value']);
  }, 20_000);
});

describe('where there is no directory', () => {
  test('nothing is stored', async () => {
    const store = new FileStore(directory);
    expect(await store.get('policy/a')).toBeUndefined();
    expect(await keysOf(store)).toEqual([]);
    await store.delete('policy/a');
    expect(await filesIn(outside)).toEqual([]);
  });

  test.each<[string, (store: FileStore) => Promise<unknown>]>([
    ['get', (store) => store.get('policy/a')],
    ['put', (store) => store.put('policy/a', 'secret')],
    ['delete', (store) => store.delete('policy/a')],
    ['list', (store) => store.list('')],
  ])('but a file, the store is unavailable: %s', async (_, run) => {
    await writeFile(directory, 'a policy, not a directory of policies');
    const { code, message, cause } = await storeErrorOf(run(new FileStore(directory)));
    expect([code, message]).toEqual(['store_unavailable', 'the store failed']);
    expect((cause as { code?: unknown }).code).toMatch(/^(?:ENOTDIR|EEXIST)$/);
  });
});
