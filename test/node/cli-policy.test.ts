/**
 * Policy files, `callerid policy import` and `callerid policy export`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parsePolicyText } from '../../src/cli/policy-file.ts';
import { PolicyError } from '../../src/errors/classes.ts';
import { decodeRecord } from '../../src/policy/record.ts';
import { FileStore } from '../../src/store/file.ts';
import { cliIn, temporaryDirectory } from './cli.ts';

const fixtures = join(import.meta.dirname, '../fixtures');
const awsAuth = join(fixtures, 'aws-auth.yaml');
const home = temporaryDirectory();
const { cli } = cliIn(home);
const policyFile = join(home, 'policy.json');

const policy = {
  rules: [
    { role: 'arn:aws:iam::111122223333:role/Admin', username: 'admin', groups: ['ops'] },
    { account: '012345678901' },
  ],
};

beforeAll(() => writeFileSync(policyFile, JSON.stringify(policy)));

function issuesOf(text: string): string[] {
  try {
    parsePolicyText(text, 'a.yaml');
  } catch (error) {
    if (error instanceof PolicyError) return error.issues.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

const accessEntry = readFileSync(join(fixtures, 'access-entry.json'), 'utf8').trim();

describe('the text of a policy', () => {
  const role = '{rolearn: arn:aws:iam::111122223333:role/Admin, username: admin}';

  test.each<[string, string, number]>([
    ['aws-auth as kubectl prints it', readFileSync(awsAuth, 'utf8'), 1],
    ['aws-auth in JSON', JSON.stringify({ kind: 'ConfigMap', data: { mapRoles: `- ${role}` } }), 1],
    ['its data', `mapRoles: |\n  - ${role}`, 1],
    ['its data as lists', `mapRoles: [${role}]\nmapAccounts: ["012345678901"]`, 2],
    ['a policy in JSON', JSON.stringify(policy), 2],
    ['a policy in YAML', 'rules:\n- account: "012345678901"', 1],
    ['an account number tagged as text', 'rules: [{account: !!str 012345678901}]', 1],
    [
      'one that an alias repeats',
      'rules:\n- role: arn:aws:iam::111122223333:role/A\n  username: &n admin\n- role: arn:aws:iam::111122223333:role/B\n  username: *n',
      2,
    ],
    ['access entries, one after the other', `${accessEntry}\n${accessEntry.replaceAll('Deployer', 'B')}`, 2],
    ['access entries in a list', `[${accessEntry}]`, 1],
    ['access entries with braces in a text', accessEntry.replace('deployers', 'a}\\"{') + accessEntry, 2],
    [
      'documents of several kinds',
      `---\nserver: {mapAccounts: ["012345678901"]}\n---\nmapRoles:\n- ${role}\n...\n`,
      2,
    ],
  ])('%s', (_, text, rules) => {
    expect(parsePolicyText(text, 'a.yaml').policy.rules).toHaveLength(rules);
  });

  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[i]}`)}]`).join('\n')}\nrules: *h`;

  test.each<[string, string, string | RegExp]>([
    ['nothing', '', 'a.yaml: is empty'],
    ['only a comment', '# none yet\n---\n', 'a.yaml: is empty'],
    [
      'an account number without quotes, whose zero would be lost',
      'rules: [{account: 012345678901}]',
      'a.yaml: rules[0].account: account must be a quoted string of 12 digits',
    ],
    [
      'one in aws-auth',
      'mapAccounts: |\n  - 012345678901',
      'a.yaml: mapAccounts[0]: account must be a quoted string of 12 digits',
    ],
    [
      'one in a list',
      'mapAccounts: [111122223333]',
      'a.yaml: mapAccounts[0]: account must be a quoted string of 12 digits',
    ],
    [
      'a username that is a number',
      `mapUsers: [{userarn: "arn:aws:iam::111122223333:user/A", username: 007}]`,
      /^a\.yaml: mapUsers\[0\]\.username: must be text/,
    ],
    [
      'a key twice, of which one would win',
      'rules: []\nrules: [{account: "012345678901"}]',
      /^a\.yaml: is not YAML: Map keys must be unique/,
    ],
    [
      'a key twice in aws-auth',
      'mapRoles: |\n  - rolearn: a\n    rolearn: b',
      /^a\.yaml: mapRoles: is not YAML: Map keys must be unique/,
    ],
    ['a key twice in JSON', '{"rules":[],"rules":[]}', /^a\.yaml: is not YAML: Map keys must be unique/],
    [
      'two policies, of which one would be lost',
      'rules: []\n---\nrules: []',
      'a.yaml: holds a policy (rules) beside other documents',
    ],
    [
      'a policy beside aws-auth',
      'rules: []\n---\nmapRoles: []',
      'a.yaml: holds a policy (rules) beside other documents',
    ],
    [
      'two of aws-auth',
      'mapRoles: []\n---\nmapUsers: []',
      /^a\.yaml: documents\[1\]: is a second one of its kind/,
    ],
    ['a key twice in the second of two', 'mapRoles: []\n---\na: 1\na: 2', /^a\.yaml: is not YAML: Map keys/],
    [
      'a key twice in one of several in JSON',
      '{"accessEntry":{}}{"accessEntry":{},"accessEntry":{}}',
      /^a\.yaml: is not YAML: Map keys must be unique/,
    ],
    ['JSON with something behind it', '{"mapRoles":[]} x', /^a\.yaml: is not YAML: /],
    ['JSON that does not end', '{"mapRoles":[]}{"a":"', /^a\.yaml: is not YAML: /],
    ['lists too deep for anybody', '['.repeat(100_000), /^a\.yaml: is not YAML: /],
    [
      'a template without quotes, which is a map',
      'mapRoles: [{rolearn: a, username: {{SessionName}}}]',
      /^a\.yaml: is not YAML: a key is a map or a list; a text that begins with \{\{ needs quotes/,
    ],
    [
      'one with something behind it',
      'mapRoles: |\n  - rolearn: a\n    username: {{SessionName}}:x',
      /^a\.yaml: mapRoles: is not YAML: .*; a text that begins with \{\{ needs quotes/,
    ],
    ['nothing of ours', 'mapRole: []', /^a\.yaml: is nothing that callerid reads.*did you mean mapRoles$/],
    ['a bomb of aliases', bomb, /^a\.yaml: is not YAML: Excessive alias count/],
    ['an alias of nothing', 'rules: *a', /^a\.yaml: is not YAML: Unresolved alias/],
    ['a tag that nobody knows', 'rules: !custom []', /^a\.yaml: is not YAML: Unresolved tag/],
    ['broken YAML', 'rules: [', /^a\.yaml: is not YAML: /],
    [
      'another ConfigMap',
      'kind: ConfigMap\ndata: {a: b}',
      'a.yaml: is a ConfigMap without mapRoles, mapUsers or mapAccounts',
    ],
    ['a merge that would hide a field', 'rules: [{<<: {account: "012345678901"}}]', /^a\.yaml: rules\[0\]: /],
    [
      'a field that does not exist',
      'rules: []\nrulez: []',
      /^a\.yaml: rulez: unknown field rulez, did you mean rules$/,
    ],
    [
      'a mapping of another version of YAML',
      '%YAML 1.1\n---\nrules: [{account: 0123_4567_8901}]',
      /^a\.yaml: /,
    ],
  ])('%s: refused', (_, text, issue) => {
    const [first = ''] = issuesOf(text);
    if (typeof issue === 'string') expect(first).toBe(issue);
    else expect(first).toMatch(issue);
    expect(first).not.toContain('\n');
  });

  test('names every issue', () => {
    expect(issuesOf('rules: [{role: x}, {account: 1}]').length).toBeGreaterThanOrEqual(3);
  });
});

describe('callerid policy import', () => {
  test('prints the policy, and notes apart from it', async () => {
    const { status, stdout, stderr } = await cli(['policy', 'import', awsAuth]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      rules: [{ reserved: 'node', groups: ['system:bootstrappers', 'system:nodes'] }],
    });
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/^callerid: note: mapRoles\[0\]: uses .*refused/),
      'callerid: note: mapRoles[0]: gives reserved names; imported with reserved: node',
      '',
    ]);
  });

  test('reads what it printed, from standard input', async () => {
    const first = await cli(['policy', 'import', awsAuth]);
    const second = await cli(['policy', 'import', '-'], {}, first.stdout);
    expect(second).toEqual({ status: 0, stdout: first.stdout, stderr: '' });
  });

  test('prints a record for Workers KV', async () => {
    const { status, stdout } = await cli(['policy', 'import', policyFile, '--record', '--version', '7']);
    expect(status).toBe(0);
    const record = decodeRecord(stdout);
    expect(record).toMatchObject({ version: 7, policy });
    expect(Math.abs(Date.parse(record.writtenAt) - Date.now())).toBeLessThan(60_000);
  });

  test('a record without --version has the seconds since the epoch, newer than any before it', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { stdout } = await cli(['policy', 'import', policyFile, '--record']);
    const { version } = decodeRecord(stdout);
    expect(version).toBeGreaterThanOrEqual(before);
    expect(version).toBeLessThanOrEqual(Date.now() / 1000);
  });

  test('writes versions into a store', async () => {
    const directory = join(home, 'store');
    const args = [
      'policy',
      'import',
      policyFile,
      '--store',
      `file:${directory}`,
      '--cluster',
      'prod.example.com',
    ];
    for (const version of [1, 2]) {
      const { status, stdout } = await cli(args);
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        cluster: 'prod.example.com',
        version,
        writtenAt: expect.any(String),
      });
    }
    const stored = await new FileStore(directory).get('policy/prod.example.com');
    expect(JSON.parse(stored ?? '')).toMatchObject({ version: 2, policy, history: [{ version: 1 }] });
    expect(
      readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
    ).toHaveLength(2); // the policy, and a part for the history
  });

  const large = JSON.stringify({
    rules: Array.from({ length: 500 }, (_, i) => ({
      role: `arn:aws:iam::111122223333:role/${'R'.repeat(50)}${i}`,
      username: `u${i}`,
      groups: [],
    })),
  });
  const rows: [string, string[], string | undefined, number, RegExp][] = [
    [
      'a file that is not there',
      ['/nonexistent'],
      undefined,
      2,
      /^callerid: the policy cannot be read \(ENOENT\): /,
    ],
    ['an empty standard input', [], '', 2, /^callerid: standard input: is empty$/],
    [
      'a node that its role names',
      [],
      'mapRoles: [{rolearn: "arn:aws:iam::111122223333:role/P", username: "system:node:{{SessionName}}"}]',
      2,
      /^callerid: standard input: mapRoles\[0\]\.username: .*--acknowledge-session-node/,
    ],
    [
      'notes and a record',
      [policyFile, '--record', '--output', 'json'],
      undefined,
      2,
      /^callerid: --output json with --record or --store: /,
    ],
    [
      'a policy that does not validate',
      ['-'],
      'rules: [{role: x, username: a}]',
      2,
      /^callerid: standard input: rules\[0\]\.role: must be the ARN /,
    ],
    [
      'a policy that no record would hold',
      ['-', '--record'],
      large,
      2,
      /^callerid: the policy takes \d+ bytes, the limit is 49152$/,
    ],
    [
      'a file that is no policy',
      ['-'],
      `# ${'x'.repeat(1024 * 1024)}`,
      2,
      /^callerid: the policy is longer than 1024 KiB: /,
    ],
    [
      'a cluster without a store',
      [policyFile, '--cluster', 'a'],
      undefined,
      2,
      /^callerid: --cluster without --store: /,
    ],
    [
      'a store without a cluster',
      [policyFile, '--store', 'file:x'],
      undefined,
      2,
      /^callerid: --store without --cluster: /,
    ],
    [
      'a store that is none',
      [policyFile, '--store', 'kv:x', '--cluster', 'a'],
      undefined,
      2,
      /^callerid: --store: not a place that callerid can write to: /,
    ],
    [
      'a cluster that leads out of the store',
      [policyFile, '--store', 'file:x', '--cluster', '../a'],
      undefined,
      2,
      /^callerid: --cluster: not the ID of a cluster: /,
    ],
    [
      'a store and a record',
      [policyFile, '--store', 'file:x', '--cluster', 'a', '--record'],
      undefined,
      2,
      /^callerid: option '--record' cannot be used with option '--store <place>': see --help$/,
    ],
    [
      'a version of nothing',
      [policyFile, '--version', '2'],
      undefined,
      2,
      /^callerid: --version without --record: /,
    ],
    [
      'a version that is none',
      [policyFile, '--record', '--version', '0'],
      undefined,
      2,
      /Must be a whole number from 1/,
    ],
    [
      'a store that is a file',
      [policyFile, '--store', `file:${policyFile}`, '--cluster', 'a'],
      undefined,
      1,
      /^callerid: the store failed: check that the directory/,
    ],
  ];

  test.concurrent.each(rows)('%s', async (_, args, input, exitCode, line) => {
    const { status, stdout, stderr } = await cli(['policy', 'import', ...args], {}, input);
    expect({ status, stdout }).toEqual({ status: exitCode, stdout: '' });
    expect(stderr).toMatch(/^callerid: [^\n]+\n$/);
    expect(stderr.trimEnd()).toMatch(line);
  });

  test('tells every issue of a policy in a line of its own', async () => {
    const { status, stderr } = await cli(
      ['policy', 'import', '-'],
      {},
      'rules: [{account: 1}, {account: 2}]',
    );
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^callerid: standard input: rules\[0\]\.account: .*\ncallerid: standard input: rules\[1\]\.account: .*\n$/,
    );
  });
});

describe('callerid policy import, of what others have', () => {
  test('nodes by session, acknowledged', async () => {
    const text =
      'mapRoles: [{rolearn: "arn:aws:iam::111122223333:role/P", username: "system:node:{{SessionName}}", groups: [system:nodes]}]';
    const { status, stdout } = await cli(['policy', 'import', '--acknowledge-session-node'], {}, text);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).rules).toMatchObject([{ reserved: 'node', acknowledgeSessionNode: true }]);
  });

  test('notes for a script', async () => {
    const { status, stdout, stderr } = await cli(['policy', 'import', awsAuth, '--output', 'json']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      policy: { rules: [{ reserved: 'node' }] },
      notes: [{ path: 'mapRoles[0]' }, { path: 'mapRoles[0]' }],
    });
  });

  test('notes without a place', async () => {
    const { stderr } = await cli(['policy', 'import'], {}, accessEntry);
    expect(stderr).toMatch(/^callerid: note: access policies of EKS/m);
  });
});

describe('callerid policy export', () => {
  const exporting = (text: string, ...args: string[]) =>
    cli(['policy', 'export', '--format', 'aws-auth', '-', ...args], {}, text);
  const role = {
    role: 'arn:aws:iam::111122223333:role/A',
    username: 'no',
    groups: ['0123', 'x:{{SessionName}}'],
  };
  const root = { account: '111122223333', includeRoot: true };

  test('prints what kubectl applies, and import reads', async () => {
    const { status, stdout, stderr } = await exporting(JSON.stringify({ rules: [role, root] }));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(parse(stdout, { version: '1.1' })).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'aws-auth', namespace: 'kube-system' },
      data: { mapRoles: expect.any(String), mapAccounts: '- "111122223333"\n' },
    });
    // aws-iam-authenticator reads YAML 1.1, where a bare no is false and 0123 is 83
    expect(parse(parse(stdout).data.mapRoles, { version: '1.1' })).toEqual([
      { rolearn: role.role, username: 'no', groups: role.groups },
    ]);
    const back = await cli(['policy', 'import'], {}, stdout);
    expect(JSON.parse(back.stdout)).toEqual({ rules: [role, { account: root.account }] });
  });

  const deny = JSON.stringify({ rules: [{ role: role.role, deny: true }, root] });

  test('prints nothing where somebody would gain', async () => {
    const { status, stdout, stderr } = await exporting(deny);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(
      /^callerid: would widen: rules\[0\]: is a deny rule.*\ncallerid: the export would widen the policy in 1 place: .*--allow-widening\n$/,
    );
  });

  test('nor in JSON', async () => {
    const { status, stdout, stderr } = await exporting(deny, '--output', 'json');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('would widen: rules[0]');
  });

  test('prints it where that is allowed', async () => {
    const { status, stdout, stderr } = await exporting(deny, '--allow-widening');
    expect(status).toBe(0);
    expect(parse(stdout).data).toEqual({ mapAccounts: '- "111122223333"\n' });
    expect(stderr).toContain('would widen: rules[0]');
  });

  test('notes for a script', async () => {
    const { status, stdout, stderr } = await exporting(deny, '--allow-widening', '--output', 'json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      configMap: { kind: 'ConfigMap' },
      notes: [{ path: 'rules[0]', widens: true }],
    });
  });

  test.each<[string, string[], RegExp]>([
    ['no format', ['policy', 'export', policyFile], /required option '--format <name>' not specified/],
    ['another format', ['policy', 'export', policyFile, '--format', 'x'], /Allowed choices are aws-auth/],
    ['no file', ['policy', 'export', '--format', 'aws-auth'], /missing required argument 'file'/],
  ])('%s', async (_, args, line) => {
    const { status, stdout, stderr } = await cli(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(line);
  });
});

describe('help', () => {
  test.each([
    [['--help'], 'Exit codes:'],
    [['help', 'token'], 'callerid token --audience'],
    [['token', '--help'], 'callerid token --audience'],
    [['verify', '--help'], 'never from an argument'],
    [['serve', '-h'], 'callerid serve --policy'],
    [['policy', 'import', '--help'], 'wrangler kv key put'],
    [['policy', 'export', '--help'], 'kubectl apply'],
    [['policy', 'apply', '--help'], '--yes-lock-out'],
    [['policy', 'diff', '--help'], '--admin-audience'],
    [['policy', 'get', '--help'], 'CALLERID_ADMIN_SECRET'],
    [['explain', '--help'], 'never from an argument'],
    [['completion', '--help'], 'source <(callerid completion bash)'],
    [['--help'], '6  not applied'],
    [['demo', '--help'], 'callerid demo'],
    [['--version'], '0.'],
  ])('%j', async (args, text) => {
    const { status, stdout, stderr } = await cli(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(text);
  });

  test.each([[[]], [['policy']]])(
    '%j: help on standard error, and an exit code for scripts',
    async (args) => {
      const { status, stdout, stderr } = await cli(args);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^Usage: callerid/);
    },
  );

  test('an unknown command', async () => {
    expect(await cli(['tokn'])).toEqual({
      status: 2,
      stdout: '',
      stderr: "callerid: unknown command 'tokn' (Did you mean token?): see --help\n",
    });
  });
});
