/**
 * The way of `callerid token`, which kubectl starts all the time: what is loaded for it, and that its arguments mean
 * the same as to the parser that is not loaded for it.
 */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { addRows } from '../../src/cli/option-rows.ts';
import { readPlainly } from '../../src/cli/options.ts';
import { tokenRows } from '../../src/cli/token/options.ts';
import { mainFile } from './cli.ts';

/** A built file and those that it imports, however far; not what is imported lazily. */
function loadedAtStart(entry: string): { files: string[]; builtins: string[] } {
  const files = new Set([entry]);
  const builtins = new Set<string>();
  for (const file of files) {
    for (const [, name] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export|\})[^;'"()]*["']([^'"]+)["'];/gm,
    )) {
      if (name!.startsWith('.')) files.add(join(dirname(file), name!));
      else if (isBuiltin(name!)) builtins.add(name!);
    }
  }
  return { files: [...files], builtins: [...builtins] };
}

describe('at start', () => {
  const { files, builtins } = loadedAtStart(mainFile);
  const texts = files.map((file) => readFileSync(file, 'utf8'));

  test('the signer is loaded', () => {
    expect(texts.join('\n')).toContain('// src/token/sign.ts');
  });

  test('no package', () => {
    const packages = texts.flatMap((text) => [
      ...text.matchAll(/^\s*\/\/ .*?node_modules\/((?:@[^/]+\/)?[^/]+)/gm),
    ]);
    expect(packages.map(([, name]) => name)).toEqual([]);
  });

  test('no module of Node by import, which costs more than its use', () => {
    expect(builtins).toEqual([]);
  });

  test('no more than 64 kB', () => {
    expect(texts.join('').length).toBeLessThan(64_000);
  });
});

describe('the finder of what is loaded', () => {
  test('finds packages and modules of Node in what is loaded lazily', () => {
    const main = readFileSync(mainFile, 'utf8');
    const [, program] = /import\("(\.\/parts\/program-[^"]+)"\)/.exec(main) ?? [];
    const { files, builtins } = loadedAtStart(join(dirname(mainFile), program!));
    expect(files.map((file) => readFileSync(file, 'utf8')).join('')).toContain('node_modules/commander/');
    expect(builtins).toContain('node:child_process');
  });
});

describe('the arguments of token', () => {
  function parse(args: readonly string[]): Record<string, unknown> {
    const command = new Command()
      .exitOverride()
      .configureOutput({ writeErr: () => {}, outputError: () => {} });
    return addRows(command, tokenRows).parse(args, { from: 'user' }).opts();
  }

  test.each([
    [[]],
    [['-a', 'x']],
    [['--audience', 'x y']],
    [['--audience=x=y']],
    [['--audience=']],
    [['--audience', '']],
    [['--audience=a\nb']],
    [['-i', 'x', '--region', 'eu-west-1', '--token-only']],
    [['--cluster-name', 'x', '--fips', '--dual-stack', '--forward-session-name']],
    [['--exchange', 'https://callerid.example.com/clusters/prod', '--no-cache']],
    [['-a', 'x', '-a', 'y']],
    [
      [
        '--role-arn',
        'arn:aws:iam::111122223333:role/A',
        '--external-id',
        'x',
        '--session-name',
        'y',
        '--profile',
        'z',
      ],
    ],
  ])('%j: read plainly, as by the parser', (args) => {
    expect(readPlainly(args, tokenRows)).toEqual(parse(args));
  });

  test.each([
    ['an attached value', ['-ax']],
    ['a value that looks like an option', ['-a', '--region']],
    ['a value that is missing', ['-a']],
    ['a flag with a value', ['--token-only=no']],
    ['a short option with =', ['-a=x']],
    ['one that is unknown', ['--verbose']],
    ['one that is unknown and short', ['-x']],
    ['an argument', ['prod']],
    ['the end of the options', ['--', '-a']],
    ['a call for help', ['--help']],
    ['an option in capitals', ['--Audience', 'x']],
    ['the name of a member of objects', ['--constructor', 'x']],
  ])('%s: left to the parser', (_, args) => {
    expect(readPlainly(args, tokenRows)).toBeUndefined();
  });
});
