/**
 * Used keys in real Durable Objects of workerd.
 */
import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { durableObjectOnce } from '../../src/store/once-durable-object.ts';
import { onceContract } from '../support/once-contract.ts';
import { storeErrorOf } from '../support/store-contract.ts';

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

/** A real object that is asked for what is no use. */
const failing = () =>
  durableObjectOnce({
    getByName: () => ({ fetch: (url, init) => stub().fetch(url, { ...init, body: '{}' }) }),
  });

for (const shards of [1, 3]) {
  onceContract(`Durable Objects, ${shards}`, {
    open: () => [durableObjectOnce(env.ONCE, { shards }), durableObjectOnce(env.ONCE, { shards })],
    failing,
  });
}

const minuteMs = 60_000;
const stub = () => env.ONCE.getByName('callerid-once-0');
const store = () => durableObjectOnce(env.ONCE);

function countRows(): Promise<number> {
  return runInDurableObject(stub(), (_, { storage }) => {
    const query = 'SELECT count(*) AS count FROM used';
    return storage.sql.exec<{ count: number }>(query).toArray()[0]!.count;
  });
}

const alarmAt = () => runInDurableObject(stub(), (_, { storage }) => storage.getAlarm());

describe('what was used', () => {
  test('is still used when the object has ended and come again', async () => {
    expect(await store().use('key', Date.now() + minuteMs)).toBe(true);
    await evictDurableObject(stub());
    expect(await store().use('key', Date.now() + minuteMs)).toBe(false);
  });

  test('is in the object of its key, so that another number of shards may not know of it', async () => {
    const end = Date.now() + minuteMs;
    for (let n = 0; n < 20; n += 1) await durableObjectOnce(env.ONCE, { shards: 3 }).use(`key ${n}`, end);
    expect(await countRows()).toBeGreaterThan(0);
    expect(await countRows()).toBeLessThan(20);
  });
});

describe('the object', () => {
  test.each([
    ['no JSON', 'key'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '["key",9e15]'],
    ['no key', `{"expiresAt":${Date.now() + minuteMs}}`],
    ['no end', '{"key":"key"}'],
    ['an end that has passed', '{"key":"key","expiresAt":1}'],
    ['members of a prototype', `{"__proto__":{"key":"key","expiresAt":${Date.now() + minuteMs}}}`],
  ])('answers 400, and remembers nothing, where it is asked %s', async (_, body) => {
    const response = await stub().fetch('https://once.invalid/', { method: 'POST', body });
    expect([response.status, await response.text(), await countRows()]).toEqual([400, '', 0]);
  });
});

describe('the alarm', () => {
  /** A full minute, so that a test can name the time of the alarm; tomorrow, so that none comes by itself. */
  const start = Math.ceil(Date.now() / minuteMs) * minuteMs + 24 * 60 * minuteMs;
  const at = (ms: number) => vi.setSystemTime(start + ms);
  const graceMs = 5 * minuteMs;

  async function useAt(ms: number, ends: readonly number[]): Promise<void> {
    vi.useFakeTimers({ toFake: ['Date'], now: start + ms });
    await Promise.all(ends.map((end, n) => store().use(`${ms} ${n}`, start + end)));
  }

  test('comes at the full minute after the first end, and some minutes for clocks that differ', async () => {
    await useAt(0, [15 * minuteMs + 1]);
    expect(await alarmAt()).toBe(start + 16 * minuteMs + graceMs);
    await useAt(1000, [2 * minuteMs]);
    expect(await alarmAt()).toBe(start + 2 * minuteMs + graceMs);
    await useAt(2000, [10 * minuteMs]);
    expect(await alarmAt()).toBe(start + 2 * minuteMs + graceMs);
  });

  test('forgets what has ended and nothing else, and comes again for the rest', async () => {
    await useAt(0, [minuteMs, minuteMs + 1, 2 * minuteMs, 10 * minuteMs]);
    at(minuteMs + graceMs - 1);
    expect([await runDurableObjectAlarm(stub()), await countRows()]).toEqual([true, 4]);
    at(minuteMs + graceMs);
    expect([await runDurableObjectAlarm(stub()), await countRows()]).toEqual([true, 3]);
    expect(await alarmAt()).toBe(start + 2 * minuteMs + graceMs);
    at(2 * minuteMs + graceMs);
    expect([await runDurableObjectAlarm(stub()), await countRows()]).toEqual([true, 1]);
    at(10 * minuteMs + graceMs);
    expect([await runDurableObjectAlarm(stub()), await countRows()]).toEqual([true, 0]);
    expect([await alarmAt(), await runDurableObjectAlarm(stub())]).toEqual([null, false]);
  });

  test('forgets a thousand at a time, the first ones first, and goes on at once', async () => {
    await useAt(0, [minuteMs]);
    await runInDurableObject(stub(), (_, { storage }) => {
      storage.sql.exec(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
         INSERT INTO used SELECT 'key ' || i, ? + i FROM n`,
        start + minuteMs,
      );
    });
    at(60 * minuteMs);
    const left: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      expect(await runDurableObjectAlarm(stub())).toBe(true);
      left.push(await countRows());
      if (round < 2) expect(await alarmAt()).toBeLessThanOrEqual(Date.now());
    }
    expect(left).toEqual([1501, 501, 0]);
    expect(await alarmAt()).toBeNull();
  });

  test('is not put off by an object that ends again and again', async () => {
    await useAt(0, [minuteMs]);
    for (let n = 1; n < 5; n += 1) {
      await evictDurableObject(stub());
      await useAt(n * 10_000, [15 * minuteMs]);
      expect(await alarmAt()).toBe(start + minuteMs + graceMs);
    }
  });

  test('once it has forgotten a key: the key is refused with its old end, though the clock may be set back', async () => {
    await useAt(0, [minuteMs]);
    at(minuteMs + graceMs);
    await runDurableObjectAlarm(stub());
    expect(await countRows()).toBe(0);
    for (const ms of [minuteMs + graceMs, minuteMs]) {
      at(ms);
      expect((await storeErrorOf(store().use('0 0', start + minuteMs))).code).toBe('store_unavailable');
    }
  });
});
