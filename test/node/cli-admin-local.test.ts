/**
 * The commands without a server: on a store of this machine, and on files alone.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { hypotheticalIdentity } from '../../src/identity/hypothetical.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { recentKey } from '../../src/policy/recent.ts';
import { readVersion } from '../../src/policy/versions.ts';
import { FileStore } from '../../src/store/file.ts';
import { cliIn, temporaryDirectory } from './cli.ts';
import { account, cluster, policy, roleArn } from './cli-admin.ts';

// a test runs the command several times, and others run beside it
vi.setConfig({ testTimeout: 20_000 });

const home = temporaryDirectory();
const { cli } = cliIn(home);
const [admin, reader] = policy.rules;
const write = (name: string, value: unknown) => {
  const file = join(home, name);
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  return file;
};
const full = join(home, 'full.json');
const less = join(home, 'less.json');

beforeAll(() => {
  write('full.json', policy);
  write('less.json', { rules: [admin] });
});

let stores = 0;

/** A store with `policy` as version 1, and the options that name it. */
async function newStore(): Promise<{ store: FileStore; args: string[] }> {
  const directory = join(home, `store-${stores++}`);
  mkdirSync(directory);
  const args = ['--store', `file:${directory}`, '--cluster', cluster];
  expect((await cli(['policy', 'apply', full, '-m', 'the first', ...args])).status).toBe(0);
  return { store: new FileStore(directory), args };
}

async function note(store: FileStore, arn: string): Promise<void> {
  const caller = { identity: hypotheticalIdentity({ arn }), at: Date.now(), letIn: true };
  await store.put(recentKey(cluster), JSON.stringify([caller]));
}

describe('a store of this machine', () => {
  test('get, apply, history, rollback', async () => {
    const { store, args } = await newStore();
    expect((await cli(['policy', 'apply', less, '-m', 'less', ...args])).status).toBe(0);
    const { stdout } = await cli(['policy', 'get', '--version', '1', '--output', 'json', ...args]);
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, message: 'the first', policy });
    const back = await cli(['policy', 'rollback', '1', '--output', 'json', ...args]);
    expect(JSON.parse(back.stdout)).toMatchObject({
      applied: true,
      version: 3,
      changes: [{ kind: 'gains' }],
    });
    const history = await cli(['policy', 'history', ...args]);
    expect(history.stdout).toMatch(/^3 .*rollback to version 1\n2 .*less\n1 .*the first\n$/);
    expect((await readVersion(store, cluster)).policy).toEqual(parsePolicy(policy));
  });

  test('a conflict', async () => {
    const { args } = await newStore();
    const { status, stderr } = await cli([
      'policy',
      'apply',
      less,
      '-m',
      'x',
      '--expected-version',
      '0',
      ...args,
    ]);
    expect([status, stderr]).toEqual([
      6,
      expect.stringMatching(/^callerid: not applied: version 1 is current/),
    ]);
  });

  test.each([
    ['apply', 'apply'],
    ['import', 'import'],
  ])('a lock-out, by %s', async (_, command) => {
    const { store, args } = await newStore();
    await note(store, `arn:aws:sts::${account}:assumed-role/Reader/bob`);
    const line = ['policy', command, less, ...args, ...(command === 'apply' ? ['-m', 'x'] : [])];
    const { status, stdout, stderr } = await cli(line);
    expect({ status, stdout }).toEqual({ status: 6, stdout: '' });
    expect(stderr).toMatch(/^callerid: would be locked out: \S+\/Reader\/bob /);
    expect((await readVersion(store, cluster)).version).toBe(1);
    expect((await cli([...line, '--yes-lock-out'])).status).toBe(0);
    expect((await readVersion(store, cluster)).version).toBe(2);
  });

  test('a large policy, whole', async () => {
    const { store, args } = await newStore();
    const rules = Array.from({ length: 3000 }, (_, i) => ({ role: roleArn(`R${i}`), username: `u${i}` }));
    const { status } = await cli(['policy', 'apply', '-', '-m', 'x', ...args], {}, JSON.stringify({ rules }));
    expect(status).toBe(0);
    expect((await readVersion(store, cluster)).policy.rules).toHaveLength(3000);
  });

  test('a policy that is too old to be known, and a store that is a file', async () => {
    const { args } = await newStore();
    expect((await cli(['policy', 'rollback', '9', ...args])).stderr).toMatch(/\(policy_version_unknown\)/);
    const none = ['--store', `file:${full}`, '--cluster', cluster];
    expect(await cli(['policy', 'apply', less, '-m', 'x', ...none])).toMatchObject({ status: 1, stdout: '' });
  });
});

describe.concurrent('a lint', () => {
  const lint = (value: unknown, ...args: string[]) =>
    cli(['policy', 'lint', '-', ...args], {}, typeof value === 'string' ? value : JSON.stringify(value));

  test('of a good policy', async () => {
    expect(await lint(policy)).toEqual({
      status: 0,
      stdout: '',
      stderr: 'callerid: nothing is wrong with it\n',
    });
  });

  test('with warnings', async () => {
    const { status, stdout } = await lint({ rules: [] });
    expect([status, stdout]).toEqual([0, 'warning: rules: let nobody in\n']);
  });

  test('with an error, and a suggestion', async () => {
    const { status, stdout, stderr } = await lint({ rules: [{ ...admin, grups: [] }] });
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
    expect(stdout).toBe('error: rules[0].grups: unknown field grups, did you mean groups\n');
  });

  test('in JSON', async () => {
    const { status, stdout } = await lint({ rules: [{ ...admin, grups: [] }] }, '--output', 'json');
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      findings: [
        { severity: 'error', path: 'rules[0].grups', message: 'unknown field grups, did you mean groups' },
      ],
    });
  });

  test('of what paints over the terminal', async () => {
    const { stdout } = await lint({ rules: [], 'a\x1b[2J\u202e': 1 });
    expect(stdout).toMatch(/^error: a\\u\{1b\}\[2J\\u\{202e\}: /);
  });
});

describe.concurrent('a diff of two files', () => {
  test('in text', async () => {
    const { status, stdout } = await cli(['policy', 'diff', full, less]);
    expect([status, stdout]).toEqual([0, `- role ${roleArn('Reader')}: no longer reader\n`]);
  });

  test('in JSON', async () => {
    const { stdout } = await cli(['policy', 'diff', less, full, '--output', 'json']);
    expect(JSON.parse(stdout)).toEqual({
      changes: [{ kind: 'gains', who: `role ${roleArn('Reader')}`, after: 'reader' }],
    });
  });

  test.each([
    ['that are the same', [full, full], 0, /^$/],
    ['and a store', [full, less, '--store', 'file:x'], 2, /^callerid: two files, and --server or --store: /],
    ['of which both are standard input', ['-', '-'], 2, /^callerid: standard input twice: /],
    ['of which one is none', [full, '/nonexistent'], 2, /^callerid: the policy cannot be read \(ENOENT\)/],
  ])('%s', async (_, args, exitCode, line) => {
    const { status, stderr } = await cli(['policy', 'diff', ...args], {}, '');
    expect([status, stderr]).toEqual([exitCode, expect.stringMatching(line)]);
  });
});

describe.concurrent('an explanation', () => {
  const session = `arn:aws:sts::${account}:assumed-role/Reader/bob`;

  test('by a file: who comes in', async () => {
    const { status, stdout } = await cli(['explain', '--arn', session, '--policy', full]);
    expect(status).toBe(0);
    expect(stdout.split('\n')).toEqual([
      `${session}, canonical ${roleArn('Reader')}`,
      `✓ policy: ${full}`,
      `✓ mapping: role ${roleArn('Reader')}`,
      'rules considered, in the order of precedence:',
      `  role ${roleArn('Reader')}: applies`,
      `decided by: role ${roleArn('Reader')}`,
      'comes in as reader, in no group',
      '',
    ]);
  });

  test('by a file: who does not, and the nearest miss', async () => {
    const { status, stdout } = await cli(['explain', '--arn', roleArn('Readr'), '--policy', full]);
    expect(status).toBe(4);
    expect(stdout).toMatch(/^✗ refused mapping: .*\(not_mapped\)$/m);
    expect(stdout).toMatch(/^nearest miss: role \S+\/Reader: .*\ndoes not come in\n$/m);
  });

  test.each<[string, object, string[], number]>([
    ['a pin to another ID', { principalId: 'AROAEXAMPLE0123456789' }, [], 4],
    ['a pin', { principalId: 'AROAEXAMPLE0123456789' }, ['--principal-id', 'AROAEXAMPLE0123456789'], 0],
    [
      'a condition that does not hold',
      { conditions: { sessionName: ['bob'] } },
      ['--session-name', 'eve'],
      4,
    ],
    ['a condition', { conditions: { sessionName: ['bob'] } }, ['--session-name', 'bob'], 0],
  ])('by %s', async (_, more, args, exitCode) => {
    const input = JSON.stringify({ rules: [{ ...reader, ...more }] });
    const line = ['explain', '--arn', roleArn('Reader'), '--policy', '-', ...args];
    expect((await cli(line, {}, input)).status).toBe(exitCode);
  });

  test('by a store, in JSON', async () => {
    const { args } = await newStore();
    const { status, stdout } = await cli(['explain', '--arn', session, ...args, '--output', 'json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      steps: [{ step: 'policy' }, { step: 'mapping', outcome: 'passed' }],
      user: { username: 'reader', groups: [] },
      policyVersion: 1,
    });
  });

  test('by a store without a policy: no verdict', async () => {
    const args = ['--store', `file:${join(home, 'nothing')}`, '--cluster', cluster];
    const { status, stdout } = await cli(['explain', '--arn', session, ...args]);
    expect([status, stdout]).toEqual([
      5,
      expect.stringMatching(/^\? no verdict policy: .*\(policy_missing\)$/m),
    ]);
  });

  test('of a token that is none', async () => {
    const { args } = await newStore();
    const { status, stdout } = await cli(['explain', '--token', '-', ...args], {}, 'a.b.c');
    expect([status, stdout]).toEqual([4, expect.stringMatching(/^✗ refused token: .*\(token_foreign\)\n/)]);
  });

  test.each([
    ['of nobody', ['--policy', full], /^callerid: nobody to explain: /],
    ['of two', ['--token', '-', '--arn', session], /^callerid: both --token and --arn: /],
    [
      'of a token with a name',
      ['--token', '-', '--session-name', 'x'],
      /^callerid: --session-name with --token: /,
    ],
    ['of a token of a kind', ['--token', '-', '--proof', 'aws-jwt'], /^callerid: --proof with --token: /],
    [
      'of an organization by a signed URL',
      ['--arn', session, '--org-id', 'o-a1b2c3d4e5', '--policy', full],
      /^callerid: --org-id with --proof signed-url: /,
    ],
    [
      'of a session name by a JWT',
      ['--arn', session, '--proof', 'aws-jwt', '--session-name', 'bob', '--policy', full],
      /^callerid: --session-name with --proof aws-jwt: /,
    ],
    [
      'of a tag without a value',
      ['--arn', session, '--proof', 'aws-jwt', '--principal-tag', 'team', '--policy', full],
      /^callerid: --principal-tag team: /,
    ],
    [
      'of a tag that is none',
      ['--arn', session, '--proof', 'aws-jwt', '--principal-tag', '__proto__=x', '--policy', full],
      /^callerid: the request does not have the form/,
    ],
    ['of a token by a file', ['--token', '-', '--policy', full], /^callerid: --policy with --token: /],
    [
      'by two',
      ['--arn', session, '--policy', full, '--store', 'file:x'],
      /^callerid: --policy with --server or --store: /,
    ],
    ['by nothing', ['--arn', session], /^callerid: neither --server nor --store: /],
    ['of what is no ARN', ['--arn', 'x', '--policy', full], /^callerid: arn: must be the ARN of .*\n/],
    [
      'of a name that is none',
      ['--arn', roleArn('A'), '--session-name', ' ', '--policy', full],
      /^callerid: the request does not have the form/,
    ],
    [
      'of a token as an argument',
      ['--token', 'k8s-aws-v1.aHR0cHM', '--store', 'file:x', '--cluster', 'x'],
      /^callerid: a token as an argument: /,
    ],
  ])('%s: wrong usage', async (_, args, line) => {
    const { status, stdout, stderr } = await cli(['explain', ...args], {}, 'x');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(line);
    expect(stderr).not.toContain('aHR0cHM');
  });
});
