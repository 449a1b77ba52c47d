/**
 * What standard error gets of an error: one line, bounded, without a token, and in linear time.
 */
import { describe, expect, test } from 'vitest';
import { errorLine } from '../../src/cli/failure.ts';
import { cliIn, temporaryDirectory } from './cli.ts';

const { cli } = cliIn(temporaryDirectory());

describe('a line', () => {
  test.each<[string, string, string]>([
    ['control characters, which could paint over the terminal', 'a\r\x1b[2K\x07b', 'a [2K b'],
    ['line ends of every kind', 'a\n\nb\r\nc\u2028d\u2029e\u0085f', 'a b c d e f'],
    ['what turns the order of reading, and what cannot be seen', 'a\u202eb\u200bc', 'a b c'],
    ['spaces, which may stay', 'a  b', 'a  b'],
    ['space at the ends, and the full stop', ' \n a sentence. \n', 'a sentence'],
    ['a token', `a k8s-aws-v1.${'A'.repeat(100)} b`, 'a k8s-aws-v1.[…] b'],
  ])('of %s', (_, text, line) => {
    expect(errorLine(text)).toBe(`callerid: ${line}`);
  });

  test('is cut where it is long, after a token in it was', () => {
    const line = errorLine(`${'x'.repeat(1980)} k8s-aws-v1.${'A'.repeat(5000)}`);
    expect(line).toBe(`callerid: ${'x'.repeat(1980)} k8s-aws-v1.[…]`);
    const cut = errorLine('x'.repeat(100_000));
    expect(cut).toBe(`callerid: ${'x'.repeat(2000)}…`);
  });

  test.each([
    ['spaces', ' '],
    ['tabs', '\t'],
    ['spaces and line ends', ' \n'],
    ['full stops', '.'],
    ['beginnings of tokens', 'k8s-aws-v1.'],
  ])('takes linear time: %s', (_, unit) => {
    const began = performance.now();
    errorLine(`a${unit.repeat(200_000)}b`);
    expect(performance.now() - began).toBeLessThan(500);
  });
});

test.concurrent.each([
  ['a long key', `${'k'.repeat(150_000)}: []`],
  ['a long key of spaces', `"a${' '.repeat(150_000)}b": []`],
  ['a long key in aws-auth', `mapRoles: [{"a${' '.repeat(150_000)}b": c}]`],
  ['a long role', `rules: [{role: "a${' '.repeat(150_000)}b", username: c}]`],
  [
    'a long username',
    `rules: [{role: 'arn:aws:iam::111122223333:role/A', username: "a${' '.repeat(150_000)}b"}]`,
  ],
])('a policy with %s is refused soon, in short lines', async (_, policy) => {
  const began = performance.now();
  const { status, stderr } = await cli(['policy', 'import', '-'], {}, policy);
  expect(status).toBe(2);
  expect(performance.now() - began).toBeLessThan(4000);
  for (const line of stderr.split('\n')) expect(line.length).toBeLessThan(2100);
});
