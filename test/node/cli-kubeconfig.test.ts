/**
 * `callerid kubeconfig`: a user is added, and the rest of the file stays.
 */
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cliIn, temporaryDirectory } from './cli.ts';

const home = temporaryDirectory();
const { cli } = cliIn(home);
const audience = 'prod.example.com';
const secret = 'c2VjcmV0LW9mLXNvbWVib2R5';
let number = 0;

/** A file with this text, in a directory of its own. */
function fileOf(text: string, mode = 0o600): string {
  const directory = join(home, `case-${number++}`);
  mkdirSync(directory);
  const file = join(directory, 'config');
  writeFileSync(file, text, { mode });
  return file;
}

const add = (file: string, ...args: string[]) =>
  cli(['kubeconfig', '--audience', audience, '--kubeconfig', file, ...args]);

const typical = `# clusters of the team
apiVersion: v1
kind: Config
preferences: {}
clusters:
- cluster:
    certificate-authority-data: LS0t
    server: https://10.0.0.1:6443   # behind the VPN
  name: prod
users:
# made by hand
- name: old
  user: {token: ${secret}}

# of the other
- name: other
  user:
    token: "x"
contexts:
- context: {cluster: prod, user: old}
  name: old
current-context: old
x-note: kept
`;

const noUsers = `apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\ncurrent-context: ""\n`;

const ourUser = {
  name: audience,
  user: {
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'callerid',
      args: ['token', '--audience', audience],
      installHint: expect.stringContaining('callerid'),
      interactiveMode: 'IfAvailable',
      provideClusterInfo: false,
    },
  },
};

interface Config {
  readonly users: readonly { readonly name: string; readonly user: { readonly exec: object } }[];
  readonly contexts: readonly object[];
}

const configOf = (file: string): Config & Record<string, unknown> => parse(readFileSync(file, 'utf8'));

describe('the rest of the file', () => {
  // [name, text]
  test.each([
    ['as people write it', typical],
    ['indented', typical.replace(/^(- | {2})/gm, '  $1')],
    ['with Windows lines', typical.replaceAll('\n', '\r\n')],
    [
      'with the users last, and no line end',
      `${typical.replace(/users:[\s\S]*(?=contexts:)/, '')}users:\n- name: old\n  user: {}`,
    ],
    ['after a document marker', `---\n${typical}`],
    ['with comments before what follows', typical.replace('contexts:', '\n# of the users\n\ncontexts:')],
    ['with a list that is not there', noUsers],
    ['with a list that is not there, with Windows lines', noUsers.replaceAll('\n', '\r\n')],
  ])('stays to the letter: %s', async (_, text) => {
    const file = fileOf(text);
    expect(await add(file)).toMatchObject({ status: 0 });
    const lines = text.replace(/\n$/, '').split('\n');
    const left = readFileSync(file, 'utf8').split('\n');
    for (const line of lines) expect(left.splice(0, left.indexOf(line) + 1)).toContain(line);
    expect(configOf(file).users.at(-1)).toEqual(ourUser);
    expect(configOf(file)).toMatchObject({ ...parse(text), users: [...(parse(text).users ?? []), ourUser] });
  });

  // [name, text]: the layout may change, the content may not
  test.each([
    ['JSON', JSON.stringify(parse(typical))],
    [
      'a list in flow style',
      typical.replace(/users:[\s\S]*(?=contexts:)/, 'users: [{name: old, user: {}}]\n'),
    ],
    ['an empty list', `users: []\n${noUsers}`],
    ['an empty list, with a comment', `users: [] # nobody\n${noUsers}`],
    ['a list that is null', `users: null\n${noUsers}`],
    ['a list that is nothing', `users:\n${noUsers}`],
    ['a list that is nothing, and last', `${noUsers}users:`],
    ['an anchor', `${noUsers}users:\n- &a\n  name: old\n  user: {}\n- {name: b, user: {c: *a}}\n`],
  ])('keeps its content: %s', async (_, text) => {
    const file = fileOf(text);
    expect(await add(file)).toMatchObject({ status: 0 });
    const before = parse(text);
    expect(configOf(file)).toEqual({ ...before, users: [...(before.users ?? []), ourUser] });
    if (text.startsWith('{')) expect(() => JSON.parse(readFileSync(file, 'utf8'))).not.toThrow();
  });

  test('keeps numbers that JSON would round, and comments in flow style', async () => {
    const file = fileOf(`{ # of the team\n  kind: Config, x: 12345678901234567890\n}\n`);
    await add(file);
    expect(readFileSync(file, 'utf8')).toContain('12345678901234567890');
    expect(readFileSync(file, 'utf8')).toContain('# of the team');
  });

  test.each([0o600, 0o640])('keeps its mode: %o', async (mode) => {
    const file = fileOf(typical, mode);
    await add(file);
    expect(statSync(file).mode & 0o777).toBe(mode);
  });

  test.runIf(process.getuid?.() === 0)('keeps its owner, whom root would lock out', async () => {
    const file = fileOf(typical);
    chownSync(file, 1000, 1000);
    await add(file);
    expect(statSync(file)).toMatchObject({ uid: 1000, gid: 1000 });
  });

  test('and what a link leads to is changed, not the link', async () => {
    const target = fileOf(typical);
    const link = join(home, 'link');
    symlinkSync(target, link);
    await add(link);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(configOf(target).users).toHaveLength(3);
  });
});

describe('the exec plugin', () => {
  const options = [
    '--region',
    'eu-west-1',
    '--profile',
    'ops',
    '--role-arn',
    'arn:aws:iam::111122223333:role/A',
  ];
  const role = options.at(-1);
  test.each([
    ['callerid', { args: ['token', '--audience', audience, ...options] }],
    ['aws', { args: ['eks', 'get-token', '--cluster-name', audience, '--output', 'json', ...options] }],
    [
      'aws-iam-authenticator',
      {
        args: ['token', '--cluster-id', audience, '--role', role],
        env: [
          { name: 'AWS_REGION', value: 'eu-west-1' },
          { name: 'AWS_PROFILE', value: 'ops' },
        ],
      },
    ],
  ])('%s, with all that can be said', async (command, rest) => {
    const file = fileOf(typical);
    await add(file, '--exec', command, ...options);
    expect(configOf(file).users.at(-1)?.user.exec).toMatchObject({ command, ...rest });
  });

  test('for the JWT of an issuer', async () => {
    const file = fileOf(typical);
    const url = 'https://callerid.example.com/clusters/prod';
    const { status } = await cli([
      'kubeconfig',
      '--kubeconfig',
      file,
      '--exchange',
      url,
      '--region',
      'eu-west-1',
    ]);
    expect(status).toBe(0);
    expect(configOf(file).users.at(-1)).toMatchObject({
      name: url,
      user: { exec: { command: 'callerid', args: ['token', '--exchange', url, '--region', 'eu-west-1'] } },
    });
  });

  test.each(['v1', 'v1beta1'])('of version %s', async (version) => {
    const file = fileOf(typical);
    await add(file, '--api-version', version);
    const apiVersion = `client.authentication.k8s.io/${version}`;
    expect(configOf(file).users.at(-1)?.user.exec).toMatchObject({ apiVersion });
  });
});

test('names that are truth values to kubectl are in quotes', async () => {
  const file = fileOf(typical);
  const names = ['--user', 'on', '--context', 'y', '--cluster', 'prod', '--profile', 'no', '--exec', 'aws'];
  expect(await add(file, ...names)).toMatchObject({ status: 0 });
  const { users, contexts } = parse(readFileSync(file, 'utf8'), { version: '1.1' });
  expect(users.at(-1)).toMatchObject({
    name: 'on',
    user: { exec: { args: expect.arrayContaining(['no']) } },
  });
  expect(contexts.at(-1)).toEqual({ name: 'y', context: { cluster: 'prod', user: 'on' } });
});

describe('a context', () => {
  test('at a cluster of the file', async () => {
    const file = fileOf(typical);
    expect(await add(file, '--user', 'me', '--context', 'new', '--cluster', 'prod')).toMatchObject({
      status: 0,
    });
    expect(configOf(file).contexts.at(-1)).toEqual({ name: 'new', context: { cluster: 'prod', user: 'me' } });
    expect(configOf(file)['current-context']).toBe('old');
  });
});

describe('what is there already', () => {
  test('and the same stays: nothing is written', async () => {
    const file = fileOf(typical);
    await add(file);
    const before = [readFileSync(file, 'utf8'), statSync(file).mtimeMs];
    const run = await add(file);
    expect(run).toMatchObject({ status: 0 });
    expect(run.stderr).toContain('unchanged');
    expect([readFileSync(file, 'utf8'), statSync(file).mtimeMs]).toEqual(before);
  });

  test('and differs is refused, with --replace put in its place', async () => {
    const file = fileOf(typical);
    const run = await add(file, '--user', 'old');
    expect(run).toMatchObject({ status: 2 });
    expect(run.stderr).toContain('another user "old"');
    expect(readFileSync(file, 'utf8')).toBe(typical);
    expect(await add(file, '--user', 'old', '--replace')).toMatchObject({ status: 0 });
    expect(configOf(file).users).toEqual([{ ...ourUser, name: 'old' }, parse(typical).users[1]]);
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines).toContain('# made by hand');
    expect(lines.indexOf('# of the other')).toBe(lines.indexOf('- name: other') - 1);
  });

  test('a context that differs is refused, and the user is not written either', async () => {
    const file = fileOf(typical);
    expect(await add(file, '--context', 'old', '--cluster', 'prod')).toMatchObject({ status: 2 });
    expect(readFileSync(file, 'utf8')).toBe(typical);
  });
});

describe('which file', () => {
  test('one that is not there is made, for its owner alone', async () => {
    const file = join(home, 'deep/er/config');
    expect(await add(file)).toMatchObject({ status: 0 });
    expect(configOf(file)).toMatchObject({ apiVersion: 'v1', kind: 'Config', users: [ourUser] });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test.each<[string, (there: string) => Record<string, string>, (there: string) => string]>([
    [
      'the first of KUBECONFIG that is there',
      (there) => ({ KUBECONFIG: `${there}.no:${there}` }),
      (there) => there,
    ],
    [
      'else the last of KUBECONFIG',
      (there) => ({ KUBECONFIG: `${there}.a:${there}.b` }),
      (there) => `${there}.b`,
    ],
    ['else ~/.kube/config', () => ({}), () => join(home, '.kube/config')],
  ])('%s', async (_, env, expected) => {
    const there = fileOf(typical);
    expect(await cli(['kubeconfig', '--audience', audience], env(there))).toMatchObject({ status: 0 });
    expect(configOf(expected(there)).users.at(-1)).toEqual(ourUser);
  });
});

describe('what is wrong is told, and nothing is changed', () => {
  test.each([
    ['broken YAML', `users: [\n`, 'line 2, column 1'],
    ['two documents', `${typical}---\n${typical}`, 'not one document of YAML'],
    ['a key twice', `${typical}kind: Config\n`, 'not one document of YAML'],
    ['another kind', typical.replace('kind: Config', 'kind: Secret'), 'not a kubeconfig'],
    ['a list', '- a\n', 'not a kubeconfig'],
    ['nothing', '', 'not a kubeconfig'],
    ['users as a map', `${noUsers}users: {a: b}\n`, 'users is not a list'],
    ['two users of one name', `${noUsers}users: [{name: a}, {name: a}]\n`, 'two entries of one name'],
    ['a user without a name', `${noUsers}users: [{user: {}}]\n`, 'users is not a list'],
    ['a bomb of aliases', bomb(), 'too many aliases'],
  ])('%s', async (_, text, message) => {
    const file = fileOf(text);
    const run = await add(file);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toContain(message);
    expect(run.stderr).toContain(file);
    expect(run.stderr).not.toContain(secret);
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(readdirSync(join(file, '..'))).toEqual(['config']);
  });

  test.each([
    ['no audience', ['kubeconfig'], 'no audience'],
    [
      'an issuer over plain HTTP',
      ['kubeconfig', '--exchange', 'http://x.example.com/clusters/a'],
      'not the URL of',
    ],
    [
      'an audience beside',
      ['kubeconfig', '-a', audience, '--exchange', 'https://x.example.com/a'],
      'both --exchange',
    ],
    [
      'a program that exchanges nothing',
      ['kubeconfig', '--exchange', 'https://x.example.com/a', '--exec', 'aws'],
      'exchanges nothing',
    ],
    [
      'a context without a cluster',
      ['kubeconfig', '-a', audience, '--context', 'a'],
      'only one of --context',
    ],
    [
      'a program that is none',
      ['kubeconfig', '-a', audience, '--exec', 'gcloud'],
      "--exec <program>' argument",
    ],
    ...['user', 'context', 'profile'].flatMap((name): [string, string[], string][] => {
      const rest = name === 'context' ? ['--cluster', 'prod'] : [];
      return [
        [
          'U+2028, where kubectl begins a line: another user, who runs a program',
          'x\u2028- name:\u2028    root',
        ],
        ['U+0085', 'a\u0085b'],
        ['DEL', 'a\u007fb'],
        ['a character that is none', 'a\ufffeb'],
        ['nothing', ''],
      ].map(([what, value]) => [
        `--${name} with ${what}`,
        ['kubeconfig', '-a', audience, `--${name}`, String(value), ...rest],
        `--${name}: empty, or with something that is not printable`,
      ]);
    }),
    ['a region that is none', ['kubeconfig', '-a', audience, '--region', 'moon'], 'moon'],
    ['a role that is none', ['kubeconfig', '-a', audience, '--role-arn', 'Admin'], '--role-arn: not the ARN'],
    ['a version that is none', ['kubeconfig', '-a', audience, '--api-version', 'v1alpha1'], 'v1alpha1'],
  ])('%s', async (_, args, message) => {
    const file = fileOf(typical);
    const run = await cli([...args, '--kubeconfig', file]);
    expect(run).toMatchObject({ status: 2 });
    expect(run.stderr).toContain(message);
    expect(readFileSync(file, 'utf8')).toBe(typical);
  });

  test('a cluster that the file has not', async () => {
    const file = fileOf(typical);
    const run = await add(file, '--context', 'a', '--cluster', 'stage');
    expect(run).toMatchObject({ status: 2 });
    expect(run.stderr).toContain('has no cluster of this name');
    expect(readFileSync(file, 'utf8')).toBe(typical);
  });

  test('a file that somebody else is changing', async () => {
    const file = fileOf(typical);
    writeFileSync(`${file}.lock`, '');
    const run = await add(file);
    expect(run).toMatchObject({ status: 2 });
    expect(run.stderr).toContain(`${file}.lock is there`);
    expect(readFileSync(file, 'utf8')).toBe(typical);
    expect(existsSync(`${file}.lock`)).toBe(true);
  });

  test('a link that somebody else is changing, by its own name as kubectl does', async () => {
    const link = join(home, 'link-with-lock');
    symlinkSync(fileOf(typical), link);
    writeFileSync(`${link}.lock`, '');
    expect(await add(link)).toMatchObject({ status: 2 });
    expect(readFileSync(link, 'utf8')).toBe(typical);
  });

  test('a link that leads nowhere', async () => {
    const link = join(home, 'link-to-nowhere');
    symlinkSync(join(home, 'nowhere'), link);
    expect(await add(link)).toMatchObject({ status: 2 });
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  test('a file in another encoding than UTF-8', async () => {
    const file = fileOf('');
    const bytes = Buffer.from(`# M\xfcller\n${typical}`, 'latin1');
    writeFileSync(file, bytes);
    const run = await add(file);
    expect(run.stderr).toContain('not UTF-8');
    expect(readFileSync(file)).toEqual(bytes);
  });

  test('a directory', async () => {
    const run = await add(home);
    expect(run).toMatchObject({ status: 2 });
    expect(run.stderr).toContain('cannot be read (EISDIR)');
  });
});

/** Each alias stands for ten of the one before. */
function bomb(): string {
  const lines = Array.from({ length: 9 }, (_, index) => {
    const ten =
      index === 0
        ? 'x'
        : Array(10)
            .fill(`*a${index - 1}`)
            .join(', ');
    return `a${index}: &a${index} [${ten}]`;
  });
  return `kind: Config\n${lines.join('\n')}\n`;
}
