/**
 * What every store of used keys keeps, whatever is behind it.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { OnceStore } from '../../src/store/once.ts';
import { Random } from './random.ts';
import { storeErrorOf } from './store-contract.ts';

export interface OnceUnderTest {
  /** Two handles on one place that is empty, with the clock of `Date`. */
  readonly open: () => readonly [OnceStore, OnceStore] | Promise<readonly [OnceStore, OnceStore]>;
  /** A store whose backend fails. */
  readonly failing: () => OnceStore | Promise<OnceStore>;
}

const minuteMs = 60_000;

/** Keys that one backend or another could take for one. */
const neighbours: readonly [string, readonly string[]][] = [
  ['only case differs', ['a', 'A']],
  ['one begins the other', ['a', 'ab', 'a/', 'a/b', 'a#', 'a#b']],
  ['spaces', ['a', ' a', 'a ', 'a  ', ' ']],
  [
    'members of every object',
    ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'undefined', 'null'],
  ],
  ['numbers', ['1', '01', '1.0', '1e0', '-0', '0']],
  ['quotes and wildcards', ["'", "''", '"', '%', '_', '*', '?', '\\', '\\\\', '%41', 'A']],
  [
    '512 characters, of which the last differs',
    [`${'a'.repeat(511)}b`, `${'a'.repeat(511)}c`, 'a'.repeat(511)],
  ],
];

const malformedKeys: readonly [string, unknown][] = [
  ['empty', ''],
  ['513 characters', 'a'.repeat(513)],
  ['a NUL', 'a\0'],
  ['a line end', 'a\n'],
  ['a tab', 'a\tb'],
  ['DEL', 'a\x7f'],
  ['an umlaut', 'ä'],
  ['a lone surrogate', '\ud800'],
  ['nothing', undefined],
  ['a number', 1],
  ['a list of a key', ['a']],
];

/** Ends that nothing can be remembered until: as if remembered, the key would be free again at once. */
const badEnds: readonly [string, (now: number) => unknown][] = [
  ['now', (now) => now],
  ['a second ago', (now) => now - 1000],
  ['seconds for milliseconds', (now) => (now + minuteMs) / 1000],
  ['zero', () => 0],
  ['no number', () => Number.NaN],
  ['never', () => Number.POSITIVE_INFINITY],
  ['in a year and a bit', (now) => now + 367 * 24 * 60 * minuteMs],
  ['microseconds for milliseconds', (now) => (now + minuteMs) * 1000],
  ['a text', (now) => `${now + minuteMs} ms`],
  ['nothing', () => undefined],
  ['null', () => null],
];

export function onceContract(name: string, { open, failing }: OnceUnderTest): void {
  describe(`${name}, as a store of used keys`, () => {
    let one: OnceStore;
    let other: OnceStore;
    /** Stands still, but for what a test adds to it. */
    let now: number;

    beforeEach(async () => {
      [one, other] = await open();
      now = Date.now();
      vi.useFakeTimers({ toFake: ['Date'], now });
    });

    afterEach(() => {
      vi.useRealTimers();
    });

    function advance(ms: number): void {
      now += ms;
      vi.setSystemTime(now);
    }

    test('the first use is the first, and no further one is, wherever it comes', async () => {
      const end = now + minuteMs;
      expect(await one.use('key', end)).toBe(true);
      for (const store of [one, other, one, other]) expect(await store.use('key', end)).toBe(false);
    });

    test('another end makes no other key', async () => {
      const end = now + minuteMs;
      expect(await one.use('key', end)).toBe(true);
      for (const later of [-1000, -1, 1, 1000, minuteMs, 100 * minuteMs]) {
        expect(await other.use('key', end + later)).toBe(false);
      }
    });

    test.each(neighbours)('keys are compared to the letter: %s', async (_, keys) => {
      const end = now + minuteMs;
      for (const key of keys) expect([key, await one.use(key, end)]).toEqual([key, true]);
      for (const key of keys) expect([key, await other.use(key, end)]).toEqual([key, false]);
    });

    test('of 20 uses at a time exactly one is the first', async () => {
      for (let round = 0; round < 5; round += 1) {
        const uses = Array.from({ length: 20 }, (_, n) =>
          (n % 2 ? one : other).use(`${round}`, now + minuteMs),
        );
        expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1);
      }
    });

    test('of 20 keys at a time each has its first use', async () => {
      const uses = Array.from({ length: 20 }, (_, n) => (n % 2 ? one : other).use(`${n}`, now + minuteMs));
      expect(await Promise.all(uses)).toEqual(Array(20).fill(true));
    });

    test('a key is remembered to the last millisecond, with its end refused from then on', async () => {
      const end = now + 15 * minuteMs;
      expect(await one.use('key', end)).toBe(true);
      advance(end - now - 1);
      expect(await other.use('key', end)).toBe(false);
      for (const ms of [1, 1, 1000, 10 * minuteMs]) {
        advance(ms);
        expect((await storeErrorOf(other.use('key', end))).code).toBe('store_unavailable');
      }
    });

    test('an end may be a year ahead, and a part of a millisecond', async () => {
      const end = now + 366 * 24 * 60 * minuteMs - 0.5;
      expect(await one.use('key', end)).toBe(true);
      expect(await other.use('key', end)).toBe(false);
    });

    test('no key is used twice before its end, while others come and go', async () => {
      const random = new Random(11);
      const ends = new Map<string, number>();
      let firsts = 0;
      for (let step = 0; step < 300; step += 1) {
        advance(random.below(20_000));
        const key = `key ${random.below(40)}`;
        const end = now + 1 + random.below(5 * minuteMs);
        const remembered = ends.get(key);
        const isFirst = await random.pick([one, other]).use(key, end);
        if (remembered === undefined) expect(isFirst).toBe(true);
        else if (now < remembered) expect(isFirst).toBe(false);
        if (isFirst) ends.set(key, end);
        if (isFirst) firsts += 1;
      }
      expect(firsts).toBeGreaterThanOrEqual(ends.size);
      expect(ends.size).toBe(40);
    });

    test.each(malformedKeys)('a key is refused: %s', async (_, key) => {
      const { code } = await storeErrorOf(one.use(key as string, now + minuteMs));
      expect(code).toBe('store_key_invalid');
    });

    test.each(badEnds)('an end is refused, and the key is not used: %s', async (_, endOf) => {
      expect((await storeErrorOf(one.use('key', endOf(now) as number))).code).toBe('store_unavailable');
      expect(await other.use('key', now + minuteMs)).toBe(true);
    });

    test('a backend that fails lets nobody in, and its error does not tell the key', async () => {
      const error = await storeErrorOf((await failing()).use('the-secret-key', now + minuteMs));
      expect(error.code).toBe('store_unavailable');
      expect(JSON.stringify(error) + String(error) + error.stack + error.cause).not.toContain(
        'the-secret-key',
      );
    });
  });
}
