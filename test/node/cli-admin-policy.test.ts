/**
 * `callerid policy get`, `diff`, `apply`, `history` and `rollback` against a real admin API.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { cliIn, type Run, temporaryDirectory } from './cli.ts';
import {
  AdminServer,
  adminAudience,
  adminSecret,
  cluster,
  envOf,
  people,
  policy,
  roleArn,
} from './cli-admin.ts';

// a test runs the command several times
vi.setConfig({ testTimeout: 20_000 });

const home = temporaryDirectory();
const { cli } = cliIn(home);
const secret = { CALLERID_ADMIN_SECRET: adminSecret };
const asAdmin = envOf(people.admin);
const token = ['--admin-audience', adminAudience];
const [admin, reader] = policy.rules;

let server: AdminServer;

beforeEach(async () => {
  server = await AdminServer.start();
});

afterEach(() => server.close());

/** Runs, and looks for secrets in what is said. */
async function run(args: string[], env: Record<string, string>, input?: string): Promise<Run> {
  const result = await cli(args, env, input);
  for (const secret of [
    adminSecret,
    asAdmin.AWS_SECRET_ACCESS_KEY,
    asAdmin.AWS_SESSION_TOKEN,
    'k8s-aws-v1.aHR',
  ]) {
    expect(result.stdout + result.stderr).not.toContain(secret);
  }
  expect(result.stdout + result.stderr).not.toContain('\x1b');
  return result;
}

const apply = (rules: readonly object[], args: string[] = [], env: Record<string, string> = secret) =>
  run(['policy', 'apply', '-', '-m', 'a test', ...server.args(...args)], env, JSON.stringify({ rules }));

async function versionThere(): Promise<number> {
  return JSON.parse((await server.store.get(`policy/${cluster}`)) ?? '{}').version;
}

describe('an apply', () => {
  const newcomer = { account: '444455556666' };

  test('writes the next version, and says what changed', async () => {
    const { status, stdout, stderr } = await apply([admin!, newcomer]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      '+ account 444455556666: their ARN',
      `- role ${roleArn('Reader')}: no longer reader`,
      '',
      'who came lately is unknown, there is no record: so is who would be locked out',
      '',
      'version 2 is written',
      '',
    ]);
    const { stdout: history } = await run(['policy', 'history', ...server.args()], secret);
    expect(history).toMatch(/^2 {2}\S+Z {2}static secret {2}a test\n1 {2}\S+Z {2}somebody {7}the first\n$/);
  });

  test('by a token names its signer in the history', async () => {
    expect((await apply([admin!, newcomer], token, asAdmin)).status).toBe(0);
    const { stdout } = await run(
      ['policy', 'history', ...server.args(...token, '--output', 'json')],
      asAdmin,
    );
    expect(JSON.parse(stdout).versions[0]).toMatchObject({
      version: 2,
      author: 'arn:aws:sts::111122223333:assumed-role/Admin/alice',
      message: 'a test',
    });
  });

  test('by a token for the audience in the environment', async () => {
    const env = { ...asAdmin, CALLERID_ADMIN_AUDIENCE: adminAudience };
    expect((await apply([admin!, newcomer], [], env)).status).toBe(0);
  });

  test('in JSON', async () => {
    server.note('arn:aws:sts::111122223333:assumed-role/Admin/bob');
    const { status, stdout } = await apply([admin!], ['--output', 'json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      applied: true,
      version: 2,
      changes: [{ kind: 'loses', before: 'reader' }],
      effects: [],
      tried: 1,
    });
  });

  test('that only tries writes nothing, and needs no message', async () => {
    const args = ['policy', 'apply', '-', '--dry-run', ...server.args()];
    const { status, stdout } = await run(args, secret, JSON.stringify({ rules: [admin] }));
    expect([status, stdout.split('\n').at(-2)]).toEqual([0, 'nothing is written, version 1 is current']);
    expect(await versionThere()).toBe(1);
  });

  test('without a message is none', async () => {
    const { status, stderr } = await run(['policy', 'apply', '-', ...server.args()], secret, '{"rules":[]}');
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^callerid: no message: /)]);
    expect(server.seen).toEqual([]);
  });

  test('of another format: notes are shown', async () => {
    const awsAuth = `mapRoles: [{rolearn: "${roleArn('Admin')}", username: admin, groups: [system:masters]}]`;
    const args = ['policy', 'apply', '-', '-m', 'from aws-auth', ...server.args()];
    const { status, stderr } = await run(args, secret, awsAuth);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/^callerid: note: mapRoles\[0\]: /m)]);
    expect(await versionThere()).toBe(2);
  });

  test('of a policy that does not validate names field and suggestion, and the old one stays', async () => {
    const { status, stdout, stderr } = await apply([{ ...admin, user_name: 'x' }]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe(
      'callerid: standard input: rules[0].user_name: unknown field user_name, did you mean username\n',
    );
    expect(await versionThere()).toBe(1);
  });

  test('that the server finds invalid: its issues in lines, and the old one stays', async () => {
    const input = JSON.stringify({ rules: [admin], notBefore: '2999-01-01T00:00:00Z' });
    const args = ['policy', 'apply', '-', '-m', 'x', ...server.args()];
    const { status, stdout, stderr } = await run(args, secret, input);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(
      /^callerid: notBefore: is in the future.*\ncallerid: the policy does not validate, and the old one stays/,
    );
    expect(await versionThere()).toBe(1);
  });
});

describe('not applied, exit code 6', () => {
  test('where another version came in between', async () => {
    const { status, stdout, stderr } = await apply([admin!], ['--expected-version', '7']);
    expect({ status, stdout }).toEqual({ status: 6, stdout: '' });
    expect(stderr).toBe(
      'callerid: not applied: version 1 is current (policy_conflict): see callerid policy diff, and apply again\n',
    );
    expect(await versionThere()).toBe(1);
  });

  const arn = 'arn:aws:sts::111122223333:assumed-role/Reader/bob';

  test('where somebody who came lately would be locked out; with --yes-lock-out it is', async () => {
    server.note(arn);
    const { status, stdout, stderr } = await apply([admin!]);
    expect({ status, stdout }).toEqual({ status: 6, stdout: '' });
    expect(stderr).toMatch(
      /^callerid: would be locked out: \S+\/Reader\/bob \(last seen \S+Z\): reader → not_mapped\ncallerid: not applied: 1 would be locked out \(would_lock_out\): .*--yes-lock-out/,
    );
    expect(await versionThere()).toBe(1);
    const yes = await apply([admin!], ['--yes-lock-out']);
    expect(yes.status).toBe(0);
    expect(yes.stdout).toMatch(/^! \S+\/Reader\/bob \(last seen \S+Z\): reader → not_mapped, locked out$/m);
    expect(await versionThere()).toBe(2);
  });

  test('where the applier would be no administrator any more', async () => {
    const { status, stderr } = await apply([reader!], token, asAdmin);
    expect(status).toBe(6);
    expect(stderr).toMatch(/^callerid: would be locked out: \S+\/Admin\/alice \(you\): callerid:admins → /);
    expect(await versionThere()).toBe(1);
  });

  test('nor is a rollback that locks somebody out', async () => {
    expect((await apply([...policy.rules, { role: roleArn('New'), username: 'new' }])).status).toBe(0);
    server.note('arn:aws:sts::111122223333:assumed-role/New/bob');
    const back = ['policy', 'rollback', '1', ...server.args()];
    expect((await run(back, secret)).status).toBe(6);
    const { status, stdout } = await run([...back, '--yes-lock-out'], secret);
    expect([status, stdout]).toEqual([0, expect.stringContaining('version 3 is written')]);
  });

  test('a diff says so, writes nothing and ends with 0', async () => {
    server.note(arn);
    const { status, stdout } = await run(
      ['policy', 'diff', '-', ...server.args()],
      secret,
      JSON.stringify({ rules: [admin] }),
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/^locked out: 1\n\nnothing is written, version 1 is current$/m);
    expect(await versionThere()).toBe(1);
  });
});

describe('the policy', () => {
  test('in YAML, which apply reads again', async () => {
    const { status, stdout } = await run(['policy', 'get', ...server.args()], secret);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^# version 1, written \S+Z by somebody, not signed: the first\nrules:\n/);
    expect(parse(stdout)).toEqual(policy);
    const file = join(home, 'got.yaml');
    writeFileSync(file, stdout);
    const again = await run(['policy', 'diff', file, ...server.args()], secret);
    expect(again.stdout).toMatch(/^nobody gains or loses by the rules\n/);
  });

  test('in JSON, of a version', async () => {
    await apply([admin!]);
    const { stdout } = await run(
      ['policy', 'get', '--version', '1', ...server.args('--output', 'json')],
      secret,
    );
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      writtenAt: expect.any(String),
      author: 'somebody',
      message: 'the first',
      policy,
    });
  });

  test('of a version that is not there', async () => {
    const { status, stderr } = await run(['policy', 'get', '--version', '9', ...server.args()], secret);
    expect(status).toBe(2);
    expect(stderr).toBe(
      'callerid: there is no such version (policy_version_unknown): version 9 is not in the history; see callerid policy history\n',
    );
  });
});

describe('nobody is let in', () => {
  const get = (args: string[], env: Record<string, string>) =>
    run(['policy', 'get', ...server.args(...args)], env);

  test.each<[string, string[], Record<string, string>, number, RegExp]>([
    ['with a wrong secret', [], { CALLERID_ADMIN_SECRET: 'wrong-secret-0123456789' }, 4, /\(unauthorized\)/],
    [
      'with a token for the cluster itself',
      ['--admin-audience', cluster],
      asAdmin,
      4,
      /\(unauthorized\).*sts_signature_mismatch/,
    ],
    ['who is no administrator', token, envOf(people.reader), 4, /\(forbidden\)/],
    ['with nothing', [], {}, 2, /^callerid: nothing that proves an administrator: /],
    ['without AWS credentials', [...token, '--region', 'eu-west-1'], {}, 3, /^callerid: no AWS credentials/],
    [
      'with a secret that ends in a line end',
      [],
      { CALLERID_ADMIN_SECRET: `${adminSecret}\n` },
      2,
      /CALLERID_ADMIN_SECRET is not/,
    ],
    [
      'with an audience that is none',
      ['--admin-audience', ' x'],
      asAdmin,
      2,
      /^callerid: --admin-audience: not an audience/,
    ],
  ])('%s', async (_, args, env, exitCode, line) => {
    const { status, stdout, stderr } = await get(args, env);
    expect({ status, stdout }).toEqual({ status: exitCode, stdout: '' });
    expect(stderr).toMatch(line);
    expect(await versionThere()).toBe(1);
  });

  test('to a cluster that is not there', async () => {
    const { status, stderr } = await run(
      ['policy', 'get', '--server', server.url, '--cluster', 'other.example.com'],
      secret,
    );
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/\(not_found\): check --server and --cluster\n$/),
    ]);
  });
});

describe('an explanation', () => {
  const explain = (args: string[], input?: string) =>
    run(['explain', ...server.args(...args)], secret, input);

  test('of a token: every step, and nothing of the token', async () => {
    const { stdout: signed } = await cli(['token', '-a', cluster, '--token-only'], envOf(people.reader));
    const { status, stdout } = await explain(['--token', '-'], signed);
    expect(status).toBe(0);
    expect(stdout.split('\n')).toEqual([
      `arn:aws:sts::111122223333:assumed-role/Reader/alice, canonical ${roleArn('Reader')}`,
      '✓ token: the token has the form of a signed URL',
      '✓ sts: sts.eu-west-1.amazonaws.com vouches for the caller',
      '✓ policy: version 1',
      `✓ mapping: role ${roleArn('Reader')}`,
      'rules considered, in the order of precedence:',
      `  role ${roleArn('Reader')}: applies`,
      `decided by: role ${roleArn('Reader')}`,
      'comes in as reader, in no group',
      '',
    ]);
    expect(stdout).not.toContain(signed.slice(11, 40));
  });

  test('of a token for somebody else', async () => {
    const { stdout: signed } = await cli(['token', '-a', 'other.example.com', '--token-only'], asAdmin);
    const { status, stdout } = await explain(['--token', '-', '--output', 'json'], signed);
    expect(status).toBe(4);
    expect(JSON.parse(stdout).steps.at(-1)).toMatchObject({ step: 'sts', code: 'sts_signature_mismatch' });
    expect(stdout).not.toContain(signed.slice(11, 40));
  });

  test('of an identity', async () => {
    const { status, stdout } = await explain(['--arn', roleArn('Readers')]);
    expect([status, stdout]).toEqual([4, expect.stringMatching(/^nearest miss: role /m)]);
  });

  test('of what is no ARN: the issue, and its field', async () => {
    const { status, stderr } = await explain(['--arn', 'x']);
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^callerid: arn: must be .*\ncallerid: the request is refused \(request_invalid\)/,
      ),
    ]);
  });
});

test('an empty deployment gets its first version', async () => {
  const empty = await AdminServer.start({ empty: true });
  try {
    const args = (...names: string[]) => ['policy', ...names, ...empty.args()];
    const text = JSON.stringify(policy);
    expect((await run(args('get'), secret)).stderr).toMatch(/no policy is stored; write the first/);
    expect((await run(args('diff', '-'), secret, text)).stdout).toMatch(/there is no version yet\n$/);
    const { status, stdout } = await run(
      [...args('apply', '-', '-m', 'x'), '--expected-version', '0'],
      secret,
      text,
    );
    expect([status, stdout]).toEqual([0, expect.stringMatching(/version 1 is written\n$/)]);
  } finally {
    await empty.close();
  }
});
