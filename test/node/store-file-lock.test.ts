/**
 * Writers of one file: each other's waiting, crashes and stalls. Deno runs this file too.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileStore } from '../../src/store/file.ts';
import { FileLock } from '../../src/store/file-lock.ts';
import { keysOf, storeErrorOf } from '../support/store-contract.ts';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callerid-'));
  await mkdir(join(directory, 'policy'));
  path = join(directory, 'policy/a.value');
});
afterEach(() => rm(directory, { recursive: true }));

const names = () => readdir(join(directory, 'policy')).then((all) => all.sort());
const contents = () => readFile(path, 'utf8');

describe('the lock of a file', () => {
  test('is held by one at a time, and its writes are the only ones', async () => {
    let holding = 0;
    const most = { holding: 0 };
    const owners = Array.from({ length: 20 }, async (_, n) => {
      const lock = await FileLock.take(path, `of ${n}`);
      holding += 1;
      most.holding = Math.max(most.holding, holding);
      await sleep(2);
      holding -= 1; // the write is the end of it
      expect(await lock.commit()).toBe(true);
      await lock.release();
    });
    await Promise.all(owners);
    expect(most.holding).toBe(1);
    expect(await names()).toEqual(['a.value']);
  });

  test('goes back without a write', async () => {
    const lock = await FileLock.take(path, 'unwritten');
    await lock.release();
    expect(await names()).toEqual([]);
    const next = await FileLock.take(path, 'next', { waitMs: 0 });
    expect(await next.commit()).toBe(true);
  });

  test('is waited for no longer than told, and stays what it was', async () => {
    const lock = await FileLock.take(path, 'first');
    const late = FileLock.take(path, 'late', { waitMs: 100, staleMs: 60_000 });
    const { code, message } = await storeErrorOf(late);
    expect([code, message]).toEqual(['store_unavailable', 'another writer holds the lock of the file']);
    expect(await names()).toEqual(['a.value.lock']);
    expect(await lock.commit()).toBe(true);
    expect(await contents()).toBe('first');
  });

  test('of a writer that ended between its write and the release is free', async () => {
    const lock = await FileLock.take(path, 'first');
    await lock.commit();
    const next = await FileLock.take(path, 'next', { waitMs: 1000, staleMs: 60_000 });
    expect(await next.commit()).toBe(true);
    expect(await contents()).toBe('next');
  });

  test('of a crashed owner is broken by the one who has seen it long enough', async () => {
    await FileLock.take(path, 'of the dead');
    const began = performance.now();
    const next = await FileLock.take(path, 'next', { staleMs: 200 });
    expect(performance.now() - began).toBeGreaterThanOrEqual(200);
    expect(await next.commit()).toBe(true);
    await next.release();
    expect(await names()).toEqual(['a.value']);
  });

  test('is not broken while owners come and go, however long one waits', async () => {
    const held = { on: true };
    const broken: boolean[] = [];
    const others = Array.from({ length: 2 }, async () => {
      while (held.on) {
        const lock = await FileLock.take(path, 'busy');
        await sleep(20);
        broken.push(!(await lock.commit()));
        await lock.release();
      }
    });
    const waiters = Array.from({ length: 5 }, async () => {
      const lock = await FileLock.take(path, 'patient', { staleMs: 150, waitMs: 8000 });
      expect(await lock.commit()).toBe(true);
      await lock.release();
    });
    await sleep(400);
    await Promise.all(waiters);
    held.on = false;
    await Promise.all(others);
    expect(broken.length).toBeGreaterThan(5);
    expect(broken).not.toContain(true);
  });

  test.each([
    ['while the next one holds it', false],
    ['when the next one is done', true],
  ])('that was broken writes nothing, releases nothing: %s', async (_, done) => {
    const slow = await FileLock.take(path, 'slow');
    const next = await FileLock.take(path, 'next', { staleMs: 50 });
    if (done) {
      expect(await next.commit()).toBe(true);
      await next.release();
    }
    expect(await slow.commit()).toBe(false);
    expect(await slow.remove()).toBe(false);
    await slow.release();
    if (!done) expect(await next.commit()).toBe(true);
    expect(await contents()).toBe('next');
  });

  test('that ten break at the same time lets in one after the other', async () => {
    for (let round = 0; round < 3; round += 1) {
      await FileLock.take(path, 'of the dead');
      let holding = 0;
      const breakers = Array.from({ length: 10 }, async (_, n) => {
        const lock = await FileLock.take(path, `of ${n}`, { staleMs: 100 });
        expect(++holding).toBe(1);
        await sleep(5);
        holding -= 1;
        expect(await lock.commit()).toBe(true);
        await lock.release();
      });
      await Promise.all(breakers);
    }
    expect(await names()).toEqual(['a.value']);
  });
});

describe('a file store', () => {
  test('takes over from a crashed writer, whose write never happens', async () => {
    const store = new FileStore(directory, { lock: { staleMs: 100 } });
    await store.put('policy/a', '1');
    const dead = await FileLock.take(path, 'of the dead');
    expect(await store.swap('policy/a', '1', '2')).toBe(true);
    expect(await dead.commit()).toBe(false);
    expect(await store.get('policy/a')).toBe('2');
  });

  test.each([
    ['what it expected', 'old'],
    ['another value', 'other'],
  ])('that stalls within a swap is told that it lost, when it had read %s', async (_, expected) => {
    // a pipe for the file: to read it takes until somebody writes
    await once(spawn('mkfifo', [path]), 'exit');
    const pipe = await open(path, 'r+');
    const stalled = new FileStore(directory).swap('policy/a', expected, 'slow');
    while (!(await names()).includes('a.value.lock')) await sleep(5);
    await new FileStore(directory, { lock: { staleMs: 100 } }).put('policy/a', 'next');
    await pipe.write('old');
    await pipe.close();
    expect(await stalled).toBe(false);
    expect(await contents()).toBe('next');
    expect(await names()).toEqual(['a.value']);
  });

  test.each<[string, (store: FileStore) => Promise<unknown>]>([
    ['put', (store) => store.put('policy/a', 'new')],
    ['swap', (store) => store.swap('policy/a', 'old', 'new')],
    ['delete', (store) => store.delete('policy/a')],
  ])('is unavailable while another writer holds the lock, but for reading: %s', async (_, run) => {
    const store = new FileStore(directory, { lock: { waitMs: 50 } });
    await store.put('policy/a', 'old');
    const lock = await FileLock.take(path, 'unwritten');
    expect((await storeErrorOf(run(store))).code).toBe('store_unavailable');
    expect([await store.get('policy/a'), await keysOf(store)]).toEqual(['old', ['policy/a']]);
    await lock.release();
    await run(store);
    expect(await store.get('policy/a')).not.toBe('old');
  });

  test('lists no key while others write, of which it is not one', async () => {
    const store = new FileStore(directory);
    const keys = ['policy/a', 'policy/a/parts/1', 'policy/b'];
    for (const key of keys) await store.put(key, 'there');
    const writing = { on: true };
    const writers = keys.map(async (key) => {
      while (writing.on) await store.put(key, 'again');
    });
    for (let round = 0; round < 50; round += 1) expect(await keysOf(store)).toEqual(keys);
    writing.on = false;
    await Promise.all(writers);
  });
});

describe('processes that count in one file', () => {
  interface Counter {
    readonly child: ChildProcess;
    readonly ended: Promise<unknown>;
    /** How often it was told that it won. */
    readonly won: { count: number };
  }

  function count(staleMs: number): Counter {
    const script = join(import.meta.dirname, '../node/store-counter.ts');
    const child = spawn(process.execPath, [script, directory, String(staleMs)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const won = { count: 0 };
    child.stdout?.on('data', (dots: Buffer) => {
      won.count += dots.length;
    });
    return { child, ended: once(child, 'close'), won };
  }

  const started = async (counters: readonly Counter[]) => {
    while (counters.some(({ won }) => won.count === 0)) await sleep(5);
  };
  const stop = async ({ child, ended }: Counter) => {
    child.stdin?.end();
    await ended;
  };
  const toldWon = (counters: readonly Counter[]) => counters.reduce((sum, { won }) => sum + won.count, 0);

  test('lose no count', async () => {
    const counters = [count(3000), count(3000), count(3000)];
    await started(counters);
    await sleep(400);
    await Promise.all(counters.map(stop));
    expect(Number(await contents())).toBe(toldWon(counters));
    expect(await names()).toEqual(['a.value']);
  }, 20_000);

  test('lose no count though they stall for longer than their locks are good', async () => {
    const counters = [count(40), count(40), count(40)];
    await started(counters);
    for (let stall = 0; stall < 12; stall += 1) {
      const { child } = counters[stall % 3] as Counter;
      process.kill(child.pid as number, 'SIGSTOP'); // child.kill does it once only on Deno
      await sleep(100);
      process.kill(child.pid as number, 'SIGCONT');
      await sleep(Math.random() * 10);
    }
    await Promise.all(counters.map(stop));
    expect(Number(await contents())).toBe(toldWon(counters));
    expect(await names()).toEqual(['a.value']);
  }, 20_000);

  test('lose no count when others are killed, who may have won without a word', async () => {
    const survivor = count(40);
    const victims: Counter[] = [];
    while (victims.length < 5) {
      const victim = count(40);
      victims.push(victim);
      await started([survivor, victim]);
      await sleep(Math.random() * 20);
      victim.child.kill('SIGKILL');
      await victim.ended;
    }
    await stop(survivor);
    const counted = Number(await contents());
    const told = toldWon([survivor, ...victims]);
    expect(counted).toBeGreaterThanOrEqual(told);
    expect(counted).toBeLessThanOrEqual(told + victims.length);
    await writeFile(join(directory, 'policy/b.value'), 'there');
    expect(await keysOf(new FileStore(directory))).toEqual(['policy/a', 'policy/b']);
  }, 20_000);
});
