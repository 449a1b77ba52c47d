/**
 * What every store keeps, whatever is behind it. `open` gives a store that is empty.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { StoreError } from '../../src/errors/classes.ts';
import { type AtomicStore, maxValueBytes, type Store } from '../../src/store/store.ts';

const texts: readonly [string, string][] = [
  ['nothing', ''],
  ['a NUL', 'a\0b'],
  ['the name of nothing', 'undefined'],
  ['quotes and backslashes', `"'\`\\"\\u0041`],
  ['every line end', '\r\n\n\r\u2028\u2029'],
  ['spaces outside', ' \t a \n'],
  ['a byte order mark', '\ufeff{}'],
  ['Latin-1', 'Zoë'],
  ['wide characters', '漢字'],
  ['surrogate pairs', '👩‍🚀𝒳'],
  ['combining characters, not composed', 'e\u0301 \u00e9'],
  ['noncharacters', '\ufffe\uffff'],
];

/** As long as a value may be. Deno KV alone would double a text for one wide character in it. */
const fullValues: readonly [string, string][] = [
  ['ASCII', 'a'.repeat(maxValueBytes)],
  ['NULs', '\0'.repeat(maxValueBytes)],
  ['Latin-1', 'é'.repeat(maxValueBytes / 2)],
  ['wide characters', '漢'.repeat(maxValueBytes / 3)],
  ['surrogate pairs', '👩'.repeat(maxValueBytes / 4)],
  ['ASCII with one wide character', `${'a'.repeat(maxValueBytes - 3)}漢`],
];

const invalidKeys: readonly [string, string][] = [
  ['empty', ''],
  ['the directory', '.'],
  ['the directory above', '..'],
  ['a way up', '../x'],
  ['a way up in the middle', 'a/../b'],
  ['a way up at the end', 'a/..'],
  ['a step on the spot', 'a/./b'],
  ['a hidden name', '.x'],
  ['a hidden name below', 'a/.x'],
  ['a leading slash', '/a'],
  ['only a slash', '/'],
  ['a trailing slash', 'a/'],
  ['a doubled slash', 'a//b'],
  ['a NUL', 'a\0b'],
  ['a NUL at the end', 'a\0'],
  ['a line end', 'a\n'],
  ['a backslash', 'a\\b'],
  ['a way up with backslashes', '..\\x'],
  ['a drive letter', 'C:'],
  ['a drive', 'C:/x'],
  ['a stream of a file', 'a:b'],
  ['a URL', 'file:///x'],
  ['a percent escape', 'a%2fb'],
  ['an escaped way up', '%2e%2e/x'],
  ['a plus, the escape of the file store', 'a+b'],
  ['a space', 'a b'],
  ['a wildcard', 'a*'],
  ['a tilde', '~/x'],
  ['a variable', '$HOME'],
  ['an umlaut', 'ä'],
  ['a wide full stop', '\uff0e\uff0e/x'],
  ['a wide slash', 'a\uff0fb'],
  ['a lone surrogate', '\ud800'],
  ['a Kelvin sign, K without case', '\u212a'],
  ['257 characters', `${'a/'.repeat(128)}a`],
  ['a segment of 111 characters', 'a'.repeat(111)],
  ['a later segment of 111 characters', `a/${'a'.repeat(111)}`],
];
/** No keys, but keys begin with them. */
const prefixesOnly = ['', 'a/'];

const longest = ['A'.repeat(110), 'A'.repeat(110), 'A'.repeat(34)].join('/');

/** Keys that one backend or another could take for one. */
const neighbours: readonly [string, readonly string[]][] = [
  ['one begins the other', ['a', 'a-b', 'a.b', 'a/b', 'a/b/c', 'a_b', 'ab']],
  ['only case differs', ['A', 'A/B', 'A/b', 'B', 'a', 'a/B', 'a/b']],
  ['dots and capitals', ['A.', 'a.', 'a.A', 'a.a', 'aA', 'aa']],
  ['the suffix of a file', ['a', 'a.value', 'a.value.value', 'a.value/b', 'a/value', 'avalue']],
  ['members of every object', ['__proto__', 'constructor', 'hasOwnProperty', 'toString']],
  ['names of devices', ['con', 'nul', 'policy/aux', 'prn']],
  ['as long as can be', ['A'.repeat(110), `${'A'.repeat(110)}/${'A'.repeat(110)}`, longest, 'a'.repeat(110)]],
];

const operations: readonly [string, (store: Store, key: string) => Promise<unknown>][] = [
  ['get', (store, key) => store.get(key)],
  ['put', (store, key) => store.put(key, 'value')],
  ['delete', (store, key) => store.delete(key)],
  ['list', (store, key) => store.list(key)],
];

/** Every page, by following the cursors. */
export async function pagesOf(store: Store, prefix: string, limit?: number): Promise<(readonly string[])[]> {
  const pages: (readonly string[])[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list(prefix, { cursor, ...(limit === undefined ? {} : { limit }) });
    pages.push(page.keys);
    cursor = page.cursor;
  } while (cursor !== undefined && pages.length < 100);
  expect(cursor).toBeUndefined();
  return pages;
}

export async function keysOf(store: Store, prefix = '', limit?: number): Promise<string[]> {
  return (await pagesOf(store, prefix, limit)).flat();
}

/** The error that a store gave; a store gives no other. */
export async function storeErrorOf(promise: Promise<unknown>): Promise<StoreError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  return error as StoreError;
}

export function storeContract(name: string, open: () => Store | Promise<Store>): void {
  describe(name, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });

    const fill = (keys: readonly string[]) => Promise.all(keys.map((key) => store.put(key, `at ${key}`)));

    describe('a value', () => {
      test('that is absent is undefined, empty ones are not', async () => {
        expect(await store.get('a')).toBeUndefined();
        await store.put('a', '');
        expect(await store.get('a')).toBe('');
      });

      test('is replaced by a later one', async () => {
        for (const value of ['long, long ago', 'new', '']) {
          await store.put('a', value);
          expect(await store.get('a')).toBe(value);
        }
        expect(await keysOf(store)).toEqual(['a']);
      });

      test('goes, and can come again', async () => {
        await fill(['a', 'b']);
        await store.delete('a');
        expect(await store.get('a')).toBeUndefined();
        expect(await keysOf(store)).toEqual(['b']);
        await store.put('a', 'again');
        expect(await store.get('a')).toBe('again');
      });

      test.each(['a', 'a/b/c'])('%s can be deleted though it is not there', async (key) => {
        expect(await store.delete(key)).toBeUndefined();
        await fill(['a/b']);
        await store.delete(key);
        expect(await store.get('a/b')).toBe('at a/b');
      });

      test.each(texts)('comes back as it was: %s', async (_, value) => {
        await store.put('a', value);
        expect(await store.get('a')).toBe(value);
      });

      test('that is no text, for a lone surrogate in it, is read as UTF-8 has it', async () => {
        await store.put('a', 'a\ud800b\udc00');
        expect(await store.get('a')).toBe('a\ufffdb\ufffd');
      });

      test.each(fullValues)('of 60 KiB comes back: %s', async (_, value) => {
        expect(new TextEncoder().encode(value).byteLength).toBe(60 * 1024);
        await store.put('a', value);
        expect((await store.get('a')) === value).toBe(true);
      });

      test.each(fullValues)('of 60 KiB and a byte is refused, the old one stays: %s', async (_, value) => {
        await store.put('a', 'old');
        const { code, message } = await storeErrorOf(store.put('a', `${value}b`));
        expect(code).toBe('store_value_too_large');
        expect(message).toBe('a value of 61441 bytes is over the limit of 61440');
        expect(await store.get('a')).toBe('old');
      });
    });

    describe('a key', () => {
      test.each(invalidKeys)('is refused by every operation: %s', async (_, key) => {
        await store.put('a', 'old');
        for (const [operation, run] of operations) {
          if (operation === 'list' && prefixesOnly.includes(key)) continue;
          const { code, message } = await storeErrorOf(run(store, key));
          expect([operation, code]).toEqual([operation, 'store_key_invalid']);
          expect(message).toBe('a store key is made of segments of letters, digits and . _ -');
        }
        expect(await keysOf(store)).toEqual(['a']);
      });

      test.each(neighbours)('has its own value: %s', async (_, keys) => {
        await fill(keys);
        const values = await Promise.all(keys.map((key) => store.get(key)));
        expect(values).toEqual(keys.map((key) => `at ${key}`));
        expect(await keysOf(store)).toEqual([...keys].sort());
      });

      test.each(neighbours)('goes alone: %s', async (_, keys) => {
        await fill(keys);
        const left = new Set(keys);
        for (const key of keys) {
          await store.delete(key);
          left.delete(key);
          expect(await keysOf(store)).toEqual([...left].sort());
        }
      });
    });

    describe('a list', () => {
      test('of nothing is empty, and its last page', async () => {
        expect(await store.list('')).toEqual({ keys: [], cursor: undefined });
        expect(await store.list('a/')).toEqual({ keys: [], cursor: undefined });
      });

      test('is in the order of code units, whatever the order of writing', async () => {
        const keys = [
          '-',
          '0',
          '10',
          '9',
          'A',
          'Z',
          '_',
          'a',
          'a-',
          'a.',
          'a/b',
          'a0',
          'aA',
          'a_',
          'aa',
          'b',
        ];
        for (const key of keys.toReversed()) await store.put(key, key);
        expect((await store.list('')).keys).toEqual(keys);
      });

      const keys = ['A/b', 'a', 'a-b', 'a.b', 'a/b', 'a/b/c', 'a/c', 'a0', 'a_b', 'axb', 'b/a'];
      test.each([
        ['', keys],
        ['a', keys.filter((key) => key.startsWith('a'))],
        ['a/', ['a/b', 'a/b/c', 'a/c']],
        ['a/b', ['a/b', 'a/b/c']],
        ['a/b/', ['a/b/c']],
        ['a/b/c', ['a/b/c']],
        ['a/b/c/', []],
        ['a_', ['a_b']],
        ['a.', ['a.b']],
        ['A', ['A/b']],
        ['A/', ['A/b']],
        ['B', []],
        ['b', ['b/a']],
        ['c', []],
        [longest, []],
      ])('with the prefix "%s" has just these', async (prefix, expected) => {
        await fill(keys);
        expect(await keysOf(store, prefix)).toEqual(expected);
        expect(await keysOf(store, prefix, 1)).toEqual(expected);
      });

      const many = Array.from({ length: 25 }, (_, index) => `many/${String.fromCharCode(97 + index)}`);
      test.each([1, 2, 5, 7, 24, 25, 26, 1000])(
        'in pages of %i loses no key and repeats none',
        async (limit) => {
          await fill(['many', 'many.x', 'manya', 'manz', ...many]);
          const pages = await pagesOf(store, 'many/', limit);
          expect(pages.flat()).toEqual(many);
          expect(Math.max(...pages.map(({ length }) => length))).toBe(Math.min(limit, many.length));
        },
      );

      test('goes on while keys are deleted', async () => {
        await fill(many);
        const { keys: first, cursor } = await store.list('many/', { limit: 10 });
        expect(first).toEqual(many.slice(0, 10));
        await Promise.all([0, 9, 10, 24].map((index) => store.delete(many[index] as string)));
        const rest = await store.list('many/', { cursor });
        expect(rest.keys).toEqual(many.slice(11, 24));
        expect(await keysOf(store, 'many/')).toEqual([...many.slice(1, 9), ...many.slice(11, 24)]);
      });

      test('goes on when all that was to come is deleted', async () => {
        await fill(many);
        const { cursor } = await store.list('many/', { limit: 20 });
        await Promise.all(many.slice(15).map((key) => store.delete(key)));
        expect(await store.list('many/', { cursor })).toEqual({ keys: [], cursor: undefined });
      });
    });
  });
}

/** What every store with one writer keeps besides. `open` gives two handles on one place that is empty. */
export function atomicStoreContract(
  name: string,
  open: () => [AtomicStore, AtomicStore] | Promise<[AtomicStore, AtomicStore]>,
): void {
  describe(`${name}, of two writers`, () => {
    let one: AtomicStore;
    let other: AtomicStore;
    beforeEach(async () => {
      [one, other] = await open();
    });

    /** Counts in a value until its own count was written. */
    async function increment(store: AtomicStore): Promise<number> {
      for (let tries = 1; ; tries += 1) {
        const before = await store.get('policy/a');
        if (await store.swap('policy/a', before, String(Number(before ?? 0) + 1))) return tries;
      }
    }

    test.each<[string, string | undefined, string | undefined, boolean]>([
      ['nothing, and nothing is there', undefined, undefined, true],
      ['nothing, and something is there', 'old', undefined, false],
      ['nothing, and an empty text is there', '', undefined, false],
      ['an empty text, and nothing is there', undefined, '', false],
      ['an empty text, and it is there', '', '', true],
      ['a text, and nothing is there', undefined, 'old', false],
      ['a text, and it is there', 'old', 'old', true],
      ['a text, and another is there', 'old', 'Old', false],
      ['a text, and one that begins so is there', 'older', 'old', false],
      ['a text with a NUL, and one that ends there is there', 'old', 'old\0er', false],
      ['a text with a NUL, and it is there', 'old\0er', 'old\0er', true],
      ['a composed character, and a decomposed one is there', 'e\u0301', '\u00e9', false],
      ['a byte order mark, and none is there', '{}', '\ufeff{}', false],
      ['wide characters and a line end, and they are there', '漢👩\r\n', '漢👩\r\n', true],
      ['a lone surrogate, as it was put', 'a\ud800', 'a\ud800', true],
      ['what a lone surrogate became', 'a\ud800', 'a\ufffd', true],
    ])('who expects %s', async (_, there, expected, won) => {
      await one.put('policy/b', 'beside');
      if (there !== undefined) await one.put('policy/a', there);
      expect(await other.swap('policy/a', expected, 'new')).toBe(won);
      const now = won ? 'new' : there?.toWellFormed();
      expect([await one.get('policy/a'), await other.get('policy/a')]).toEqual([now, now]);
      expect(await one.get('policy/b')).toBe('beside');
    });

    test('a swap sees what swap, put and delete did before', async () => {
      expect(await one.swap('policy/a', undefined, '1')).toBe(true);
      expect(await other.swap('policy/a', '1', '2')).toBe(true);
      expect(await one.swap('policy/a', '1', '3')).toBe(false);
      await one.put('policy/a', '4');
      expect(await other.swap('policy/a', '2', '5')).toBe(false);
      expect(await other.swap('policy/a', '4', '5')).toBe(true);
      await one.delete('policy/a');
      expect(await other.swap('policy/a', '5', '6')).toBe(false);
      expect(await other.get('policy/a')).toBeUndefined();
      expect(await other.swap('policy/a', undefined, '7')).toBe(true);
      expect(await one.get('policy/a')).toBe('7');
    });

    test('a lone surrogate is written as UTF-8 has it', async () => {
      expect(await one.swap('policy/a', undefined, 'a\ud800')).toBe(true);
      expect(await other.get('policy/a')).toBe('a\ufffd');
    });

    test.each(fullValues)('60 KiB are swapped for 60 KiB: %s', async (_, value) => {
      const old = 'b'.repeat(maxValueBytes);
      await one.put('policy/a', old);
      expect(await other.swap('policy/a', `${old.slice(1)}c`, value)).toBe(false);
      expect(await other.swap('policy/a', old, value)).toBe(true);
      expect((await one.get('policy/a')) === value).toBe(true);
    });

    test.each(fullValues)('60 KiB and a byte are refused, the old value stays: %s', async (_, value) => {
      await one.put('policy/a', 'old');
      const { code } = await storeErrorOf(other.swap('policy/a', 'old', `${value}b`));
      expect(code).toBe('store_value_too_large');
      expect(await one.get('policy/a')).toBe('old');
    });

    test.each(invalidKeys)('a key is refused: %s', async (_, key) => {
      expect((await storeErrorOf(one.swap(key, undefined, 'new'))).code).toBe('store_key_invalid');
    });

    test.each([
      ['where nothing is', undefined],
      ['where something is', 'old'],
    ])('of 20 at a time one wins, and is told so alone: %s', async (_, there) => {
      for (let round = 0; round < 3; round += 1) {
        await (there === undefined ? one.delete('policy/a') : one.put('policy/a', there));
        const won = await Promise.all(
          Array.from({ length: 20 }, (_, n) => (n % 2 ? one : other).swap('policy/a', there, `of ${n}`)),
        );
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(await other.get('policy/a')).toBe(`of ${won.indexOf(true)}`);
      }
    });

    test('20 that count lose no count', async () => {
      const writers = Array.from({ length: 20 }, async (_, n) => {
        for (let round = 0; round < 5; round += 1) await increment(n % 2 ? one : other);
      });
      await Promise.all(writers);
      expect(await one.get('policy/a')).toBe('100');
    }, 20_000);

    test('a put or delete that comes between two is not undone by a swap that saw neither', async () => {
      for (let round = 0; round < 10; round += 1) {
        await one.put('policy/a', 'old');
        const [won] = await Promise.all([
          other.swap('policy/a', 'old', 'swapped'),
          one.put('policy/a', 'put'),
        ]);
        // either order is right: the put comes first and the swap fails, or it comes last
        expect([won, await other.get('policy/a')]).toEqual([won, 'put']);
      }
    });
  });
}
