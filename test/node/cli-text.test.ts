/**
 * What a terminal gets: text of others made harmless, colours, progress; and JSON of files, read fast and strictly.
 */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { changeLines } from '../../src/cli/policy/show-change.ts';
import { parseJson } from '../../src/cli/split-json.ts';
import { Progress, painter } from '../../src/cli/terminal.ts';
import { jsonText, shown, yamlText } from '../../src/cli/text.ts';

const evil = 'a\x1b[2J\x9b\x7f\r\nb\u2028\u202e\u200b\ud800\u{e0041}"\\ü😀';

describe('text of others', () => {
  test('shown: in one line, and what cannot be seen is spelt out', () => {
    expect(shown(evil)).toBe(
      'a\\u{1b}[2J\\u{9b}\\u{7f}\\u{d}\\u{a}b\\u{2028}\\u{202e}\\u{200b}\\u{d800}\\u{e0041}"\\ü😀',
    );
  });

  const value = {
    [evil]: [
      evil,
      1,
      null,
      { a: 'plain', b: '', c: 'one \x9b line \u202e', d: 'e\x7f', e: 'from \u202eright' },
    ],
  };
  const unseen = /[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

  test.each([0, 2])('in JSON: the same to a parser, indented by %i', (indent) => {
    const text = jsonText(value, indent);
    expect(text).not.toMatch(unseen);
    expect(JSON.parse(text)).toEqual(value);
    expect(text.split('\n').length > 1).toBe(indent > 0);
  });

  test('in YAML: the same to a parser', () => {
    const sound = JSON.parse(JSON.stringify(value).replaceAll('\\ud800', ''));
    const text = yamlText(sound);
    expect(text).not.toMatch(unseen);
    expect(parse(text)).toEqual(sound);
  });

  test('in YAML: lines that would be a block', () => {
    const text = yamlText({ a: `${'long '.repeat(40)}\n# \x1b[2J\n` });
    expect(text).toMatch(/^a: "long .*\\n# \\e\[2J\\n"\n$/);
  });
});

describe('colours', () => {
  const changes = [
    { kind: 'gains', who: 'role A', after: 'a' },
    { kind: 'loses', who: 'role B', before: 'b' },
    { kind: 'changes', who: 'role C', before: 'c', after: 'd' },
    { kind: 'loses', who: 'deny role D', after: 'denied' },
    { kind: 'gains', who: 'deny role E', before: 'denied' },
  ] as const;

  test('on a terminal', () => {
    expect(changeLines(changes, painter({}, true))).toEqual([
      '\x1b[32m+ role A: a\x1b[39m',
      '\x1b[31m- role B: no longer b\x1b[39m',
      '\x1b[33m~ role C: c → d\x1b[39m',
      '\x1b[31m- deny role D: denied\x1b[39m',
      '\x1b[32m+ deny role E: no longer denied\x1b[39m',
    ]);
  });

  test.each<[string, NodeJS.ProcessEnv, boolean]>([
    ['no terminal', {}, false],
    ['NO_COLOR', { NO_COLOR: '1' }, true],
    ['a terminal that has none', { TERM: 'dumb' }, true],
  ])('%s: none', (_, env, isTerminal) => {
    expect(changeLines(changes, painter(env, isTerminal)).join('')).not.toContain('\x1b');
  });
});

describe('progress', () => {
  test('in one line of a terminal, which goes away', () => {
    let text = '';
    const progress = new Progress('parts', { isTerminal: true, writeTo: (more) => (text += more) });
    progress.show(1, 2);
    progress.show(2, 2);
    progress.end();
    expect(text).toBe('\r\x1b[Kcallerid: parts 1/2\r\x1b[Kcallerid: parts 2/2\r\x1b[K');
  });

  test('not elsewhere', () => {
    let text = '';
    const progress = new Progress('parts', { isTerminal: false, writeTo: (more) => (text += more) });
    progress.show(1, 2);
    progress.end();
    expect(text).toBe('');
  });
});

describe('JSON, read fast', () => {
  test.each([
    ['{}'],
    ['[]'],
    ['"a:"'],
    ['{"a":{"a":1},"b":["a",{"a":"\\":"}]}'],
    [' { "a" : 1 ,\n"\\"b\\":" :\t[ ] } '],
    ['{"__proto__":1,"a":{"__proto__":{"b":2}}}'],
  ])('%s', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  test.each([
    ['a key twice', '{"a":1,"a":2}'],
    ['a key twice, deep inside', '[{"b":[{"a":1,"c":{},"a":2}]}]'],
    ['a key twice, spelt differently', '{"a":1,"\\u0061":2}'],
    ['a key of objects twice', '{"__proto__":1,"__proto__":2}'],
    ['a key twice, and a text like a key', '{"a":1,"a":":"}'],
    ['YAML', 'a: 1'],
    ['two documents', '{}{}'],
    ['nothing', ''],
  ])('%s: left to the reader of YAML', (_, text) => {
    expect(parseJson(text)).toBeUndefined();
  });

  test('ten megabytes of rules, and a value as deep as they come', () => {
    const rules = Array.from({ length: 100_000 }, (_, i) => ({ role: `role/${i}`, groups: ['a', 'b'], i }));
    const began = performance.now();
    expect(parseJson(JSON.stringify({ rules }))).toEqual({ rules });
    expect(performance.now() - began).toBeLessThan(5000);
    expect(parseJson('['.repeat(5000) + ']'.repeat(5000))).toBeDefined();
  });
});
