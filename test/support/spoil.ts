/**
 * Inputs for properties that get far: good ones, most of them spoilt at a place or a few. A text by mere chance dies at the
 * first rule.
 */
import fc from 'fast-check';

/** Characters that some reader may take for something. */
export const anyAlphabet: string =
  'abyzABYZ0189 -_.~/:=&%?#+;,@\'"<>{}[]()|^`\\!$*\0\t\n\r\x7f\xa0\xe9İſK\u2028\ufeff\ufffd\ud800\udc00';

type Edit = 'insert' | 'replace' | 'delete' | 'double' | 'capitals' | 'small' | 'cut' | 'move';

interface TextEdit {
  readonly edit: Edit;
  readonly at: number;
  readonly to: number;
  readonly length: number;
  readonly text: string;
}

/**
 * A text of `good`, spoilt or, a quarter of them, as it is.
 *
 * @param alphabet what is put in
 * @param words put in besides
 */
export function spoiltText(
  good: fc.Arbitrary<string>,
  words: readonly string[] = [],
  alphabet: string = anyAlphabet,
): fc.Arbitrary<string> {
  const chars = fc.string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength: 3 });
  const edit: fc.Arbitrary<TextEdit> = fc.record({
    edit: fc.constantFrom<Edit[]>(
      ...(['insert', 'insert', 'replace', 'replace', 'replace', 'delete'] as const),
      ...(['double', 'capitals', 'small', 'cut', 'move'] as const),
    ),
    at: fc.nat(1 << 16),
    to: fc.nat(1 << 16),
    length: fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(40) }),
    text: words.length === 0 ? chars : fc.oneof(chars, fc.constantFrom(...words)),
  });
  return fc.tuple(good, few(edit)).map(([text, edits]) => edits.reduce(editText, text));
}

/** None for a quarter, one for half, and two to four for the rest. */
function few<T>(edit: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant<T[]>([]) },
    { weight: 2, arbitrary: fc.array(edit, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(edit, { minLength: 2, maxLength: 4 }) },
  );
}

function editText(text: string, { edit, at, to, length, text: put }: TextEdit): string {
  const start = at % (text.length + 1);
  const [head, cut, tail] = [
    text.slice(0, start),
    text.slice(start, start + length),
    text.slice(start + length),
  ];
  switch (edit) {
    case 'insert':
      return head + put + cut + tail;
    case 'replace':
      return head + put + tail;
    case 'delete':
      return head + tail;
    case 'double':
      return head + cut + cut + tail;
    case 'capitals':
      return head + cut.toUpperCase() + tail;
    case 'small':
      return head + cut.toLowerCase() + tail;
    case 'cut':
      return to % 4 === 0 ? head : text;
    case 'move': {
      const rest = head + tail;
      const there = to % (rest.length + 1);
      return rest.slice(0, there) + cut + rest.slice(there);
    }
  }
}

/** Values of JSON that have surprised somebody. */
const oddValues: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, 12, 2 ** 53],
  ...['', ' ', 'x', '0', 'null', '\0', '\ud800', 'é', '__proto__', 'a'.repeat(1500), '*', '?', '{{', '}}'],
  ...[
    '{{SessionName}}',
    'system:masters',
    'SYSTEM:x',
    '000000000012',
    'arn:aws:iam::111122223333:role/Admin',
  ],
  ...[[], {}, [[]], [null], { a: 1 }, JSON.parse('{"__proto__":{"ok":true}}'), { toString: 1, length: 3 }],
  Array.from({ length: 400 }).reduce((inner) => [inner], []),
  Array.from({ length: 300 }).reduce((inner) => ({ rules: inner }), {}),
];

interface ValueEdit {
  readonly edit: 'odd' | 'delete' | 'copy' | 'rename' | 'wrap' | 'add';
  readonly at: number;
  readonly to: number;
  readonly odd: unknown;
  readonly name: string;
}

/**
 * A value of JSON, spoilt or, a quarter of them, as it is.
 *
 * @param names for members that are added and renamed
 */
export function spoiltJson(
  good: fc.Arbitrary<unknown>,
  names: readonly string[] = [],
): fc.Arbitrary<unknown> {
  const edit: fc.Arbitrary<ValueEdit> = fc.record({
    edit: fc.constantFrom('odd', 'odd', 'delete', 'copy', 'rename', 'wrap', 'add'),
    at: fc.nat(1 << 16),
    to: fc.nat(1 << 16),
    odd: fc.constantFrom(...oddValues),
    name: fc.constantFrom('__proto__', 'constructor', 'toString', 'x', '', ...names),
  });
  return fc
    .tuple(good, few(edit))
    .map(([value, edits]) =>
      edits.length === 0 ? value : edits.reduce<unknown>(editValue, structuredClone(value)),
    );
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Every place of a value that something is at. The value itself is the one of a holder that is made for it. */
function placesIn(root: Record<string, unknown>): Place[] {
  const places: Place[] = [];
  const left: unknown[] = [root];
  while (left.length > 0 && places.length < 2000) {
    const holder = left.pop();
    if (typeof holder !== 'object' || holder === null) continue;
    for (const [key, value] of Object.entries(holder)) {
      places.push({ holder: holder as Record<string, unknown>, key });
      left.push(value);
    }
  }
  return places;
}

function editValue(value: unknown, { edit, at, to, odd, name }: ValueEdit): unknown {
  const root: Record<string, unknown> = { value };
  const places = placesIn(root);
  const { holder, key } = places[at % places.length] as Place;
  const other = places[to % places.length] as Place;
  const there = holder[key];
  const put = (of: Record<string, unknown>, member: string, what: unknown): void => {
    // As JSON.parse does it: also of `__proto__`.
    Object.defineProperty(of, member, { value: what, enumerable: true, configurable: true, writable: true });
  };
  const isList = Array.isArray(holder);
  switch (edit) {
    case 'odd':
      put(holder, key, structuredClone(odd));
      break;
    case 'delete':
      if (isList) (holder as unknown[]).splice(Number(key), 1);
      else if (holder !== root) delete holder[key];
      break;
    case 'copy':
      put(holder, key, structuredClone(other.holder[other.key]));
      break;
    case 'rename':
      if (isList || holder === root) break;
      delete holder[key];
      put(holder, name, there);
      break;
    case 'wrap':
      put(holder, key, [there]);
      break;
    case 'add':
      if (isList) (holder as unknown[]).push(structuredClone(odd));
      else if (typeof there === 'object' && there !== null && !Array.isArray(there))
        put(there as Record<string, unknown>, name, structuredClone(odd));
      break;
  }
  return root.value;
}

/** The text of a spoilt value, and sometimes the text itself spoilt too. */
export function spoiltJsonText(
  good: fc.Arbitrary<unknown>,
  names: readonly string[] = [],
): fc.Arbitrary<string> {
  const text = spoiltJson(good, names).map((value) => JSON.stringify(value));
  return fc.oneof(
    { weight: 3, arbitrary: text },
    {
      weight: 1,
      arbitrary: spoiltText(
        good.map((value) => JSON.stringify(value)),
        ['{', '}', '[', ',', '"', '\\', '\\u0000', ':', '1e999', ...names],
      ),
    },
  );
}
