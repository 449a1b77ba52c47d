/**
 * The way of `callerid token`, which kubectl starts all the time: what is loaded for it, and that its arguments mean
 * the same as to the parser that is not loaded for it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { addRows } from '../../src/cli/option-rows.ts';
import { readPlainly } from '../../src/cli/options.ts';
import { tokenRows } from '../../src/cli/token/options.ts';
import { plainToken } from '../../src/cli/token/plain.ts';
import { keys, mainFile } from './cli.ts';

/** The packages that esbuild says a file holds parts of. */
function packagesOf(text: string): string[] {
  const names = text.matchAll(/^\s*\/\/ .*?node_modules\/((?:@[^/]+\/)?[^/]+)/gm);
  return [...new Set([...names].map(([, name]) => name!))].sort();
}

/** What a file imports before anything in it runs. */
function importedAtStart(text: string): string[] {
  const imports = text.matchAll(/^(?:import|export|\})[^;'"()=]*["']([^'"]+)["'];/gm);
  return [...imports].map(([, name]) => name!);
}

describe('at start', () => {
  const main = readFileSync(mainFile, 'utf8');

  test('the signer is loaded', () => {
    expect(main).toContain('// src/token/sign.ts');
  });

  test('no other file and no module of Node, which cost more than their use', () => {
    expect(importedAtStart(main)).toEqual([]);
  });

  test('no module of Node that loads others', () => {
    const builtins = main.matchAll(/getBuiltinModule\("([^"]+)"\)/g);
    expect([...builtins].map(([, name]) => name)).toEqual(['node:fs', 'node:os', 'node:path']);
  });

  test('no package but the hash', () => {
    expect(packagesOf(main)).toEqual([
      '@aws-crypto/sha256-js',
      '@aws-crypto/util',
      '@smithy/util-utf8',
      'tslib',
    ]);
  });

  test('no more than 40 kB', () => {
    expect(main.length).toBeLessThan(40_000);
  });
});

describe('what is looked for at start', () => {
  const parts = join(dirname(mainFile), 'parts');
  const texts = readdirSync(parts).map((name) => readFileSync(join(parts, name), 'utf8'));

  test('is found in the rest of the command', () => {
    expect(texts.flatMap(packagesOf)).toContain('commander');
    const imported = texts.flatMap(importedAtStart);
    expect(imported.filter(isBuiltin)).toContain('node:child_process');
    expect(imported.filter((name) => name.startsWith('./'))).not.toEqual([]);
  });
});

describe('what is not plain is left to the rest of the command', () => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = keys;
  const env = {
    AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY,
    AWS_CONFIG_FILE: '/dev/null',
    HOME: '/nonexistent',
  };
  const args = ['--cluster-id', 'prod.example.com', '--region', 'us-east-1'];

  test('static credentials are plain', async () => {
    expect(await plainToken(args, env)).toContain('"kind":"ExecCredential"');
    expect(await plainToken([...args, '--token-only'], env)).toMatch(/^k8s-aws-v1\./);
  });

  test.each([
    ['a profile', ['--profile', 'default'], {}],
    ['a role', ['--role-arn', 'arn:aws:iam::111122223333:role/Admin'], {}],
    ['an exchange', ['--exchange', 'https://callerid.example.com/clusters/prod'], {}],
    ['a session name without a role', ['--session-name', 'x'], {}],
    ['a second audience', ['--audience', 'x'], {}],
    ['arguments for the parser', ['--help'], {}],
    ['no credentials', [], { AWS_ACCESS_KEY_ID: '' }],
    ['half of the credentials', [], { AWS_SECRET_ACCESS_KEY: '' }],
    ['credentials that have expired', [], { AWS_CREDENTIAL_EXPIRATION: '2020-01-01T00:00:00Z' }],
    ['a profile that is not there', [], { AWS_PROFILE: 'missing' }],
    ['another KUBERNETES_EXEC_INFO', [], { KUBERNETES_EXEC_INFO: '{}' }],
  ])('%s', async (_, more, change) => {
    expect(await plainToken([...args, ...more], { ...env, ...change })).toBeUndefined();
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
