/**
 * What every shared cache keeps, whatever is behind it.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import type { SharedCache } from '../../src/verifier/shared-cache.ts';
import { storeErrorOf } from './store-contract.ts';

/** A key, as long as a SHA-256 in base64url. */
export function cacheKey(name: string): string {
  return name.padEnd(43, '-');
}

const malformedKeys = [
  '',
  'a'.repeat(42),
  'a'.repeat(44),
  `${'a'.repeat(42)}=`,
  `${'a'.repeat(42)}/`,
  `${'a'.repeat(42)}\n`,
  `${'a'.repeat(43)}\n`,
  `../${'a'.repeat(40)}`,
  `k8s-aws-v1.${'a'.repeat(40)}`,
];

const operations: readonly [string, (cache: SharedCache, key: string) => Promise<unknown>][] = [
  ['get', (cache, key) => cache.get(key)],
  ['set', (cache, key) => cache.set(key, 'value', Date.now() + 60_000)],
  ['delete', (cache, key) => cache.delete(key)],
];

/** `open` gives two handles on one place that is empty. */
export function sharedCacheContract(
  name: string,
  open: () => [SharedCache, SharedCache] | Promise<[SharedCache, SharedCache]>,
): void {
  describe(`${name}, as a shared cache`, () => {
    let one: SharedCache;
    let other: SharedCache;
    let end: number;
    beforeEach(async () => {
      [one, other] = await open();
      end = Date.now() + 120_000;
    });

    test('has nothing at first, and deletes that too', async () => {
      expect(await one.get(cacheKey('a'))).toBeUndefined();
      await one.delete(cacheKey('a'));
    });

    test.each([
      ['JSON', '{"arn":"arn:aws:iam::111122223333:role/a"}'],
      ['nothing', ''],
      ['quotes, line ends and a NUL', '"\\\r\n\u2028\0'],
      ['wide characters', '漢👩‍🚀'],
      ['2 KiB', 'a'.repeat(2047)],
    ])('gives what was set, elsewhere too, until it is deleted: %s', async (_, value) => {
      await one.set(cacheKey('a'), value, end);
      await one.set(cacheKey('A'), 'another', end);
      expect([await one.get(cacheKey('a')), await other.get(cacheKey('a'))]).toEqual([value, value]);
      await other.delete(cacheKey('a'));
      expect([await one.get(cacheKey('a')), await one.get(cacheKey('A'))]).toEqual([undefined, 'another']);
    });

    test('gives the value that was set last', async () => {
      await one.set(cacheKey('a'), '1', end);
      await other.set(cacheKey('a'), '2', end);
      expect(await one.get(cacheKey('a'))).toBe('2');
    });

    describe.each(operations)('%s', (_, run) => {
      test.each(malformedKeys)('refuses the key %j', async (key) => {
        expect((await storeErrorOf(run(one, key))).code).toBe('store_key_invalid');
      });
    });
  });
}
