/**
 * `callerid token`: the tokens of the AWS CLI, from the credentials and the settings that it would take.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { signToken } from '../../src/token/sign.ts';
import { signingTime } from '../support/cli-tokens.ts';
import { cliIn, environment, finished, keys, temporaryDirectory, tokenOf, urlOf } from './cli.ts';

const home = temporaryDirectory();
const { cli, start } = cliIn(home);
const secret = keys.AWS_SECRET_ACCESS_KEY;
const withRegion = { ...keys, AWS_REGION: 'eu-west-1' };

beforeAll(() => {
  mkdirSync(join(home, '.aws'));
  writeFileSync(
    join(home, '.aws/config'),
    [
      '[default]',
      's3 =',
      '  region = us-west-2',
      '[profile frankfurt]',
      'region = eu-central-1',
      '[profile "quoted"]',
      'Region: eu-north-1',
      'aws_access_key_id = AKIDQUOTED',
      `aws_secret_access_key = ${secret}`,
      '[profile legacy]',
      'region=eu-west-1',
      'sts_regional_endpoints = legacy',
      '[profile fips]',
      'region = us-east-2',
      'use_fips_endpoint = true',
      '[profile leaky]',
      'region = eu-west-1',
      `credential_process = /bin/false --secret ${secret}`,
      '[profile mfa]',
      'region = eu-west-1',
      'role_arn = arn:aws:iam::111122223333:role/Admin',
      'source_profile = keys',
      'mfa_serial = arn:aws:iam::111122223333:mfa/alice',
    ].join('\n'),
  );
  writeFileSync(
    join(home, '.aws/credentials'),
    `[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = ${secret}\n` +
      `[keys]\naws_access_key_id = AKIDKEYS\naws_secret_access_key = ${secret}\nregion = eu-west-3\n`,
  );
});

interface Row {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly host: string;
  readonly region: string;
}

const regional = ['--region', 'eu-west-1'];
const legacy = { AWS_STS_REGIONAL_ENDPOINTS: 'legacy' };
const fips = { AWS_USE_FIPS_ENDPOINT: 'true' };
const dualStack = { AWS_USE_DUALSTACK_ENDPOINT: 'True' };

/** Settings that are tried with the AWS CLI too. */
const shared: readonly Row[] = [
  {
    name: 'a session token',
    args: regional,
    env: { AWS_SESSION_TOKEN: 'IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVz+w==' },
    host: 'sts.eu-west-1.amazonaws.com',
    region: 'eu-west-1',
  },
  {
    name: 'another partition',
    args: ['--region', 'cn-north-1'],
    host: 'sts.cn-north-1.amazonaws.com.cn',
    region: 'cn-north-1',
  },
  {
    name: 'the region in the credentials file',
    args: [],
    env: { AWS_PROFILE: 'keys' },
    host: 'sts.eu-west-3.amazonaws.com',
    region: 'eu-west-3',
  },
  {
    name: 'AWS_DEFAULT_PROFILE before AWS_PROFILE',
    args: [],
    env: { AWS_DEFAULT_PROFILE: 'frankfurt', AWS_PROFILE: 'keys' },
    host: 'sts.eu-central-1.amazonaws.com',
    region: 'eu-central-1',
  },
  {
    name: 'FIPS',
    args: ['--region', 'us-east-2'],
    env: fips,
    host: 'sts-fips.us-east-2.amazonaws.com',
    region: 'us-east-2',
  },
  { name: 'dual-stack', args: regional, env: dualStack, host: 'sts.eu-west-1.api.aws', region: 'eu-west-1' },
  {
    name: 'legacy in the profile',
    args: [],
    env: { AWS_PROFILE: 'legacy' },
    host: 'sts.amazonaws.com',
    region: 'us-east-1',
  },
  {
    name: 'legacy, a region that came later',
    args: ['--region', 'eu-south-1'],
    env: legacy,
    host: 'sts.eu-south-1.amazonaws.com',
    region: 'eu-south-1',
  },
  {
    name: 'legacy and FIPS: regional',
    args: ['--region', 'us-east-1'],
    env: { ...legacy, ...fips },
    host: 'sts-fips.us-east-1.amazonaws.com',
    region: 'us-east-1',
  },
];

/** Others, and those that are ours alone. */
const own: readonly Row[] = [
  { name: 'a region', args: regional, host: 'sts.eu-west-1.amazonaws.com', region: 'eu-west-1' },
  {
    name: 'AWS_DEFAULT_REGION',
    args: [],
    env: { AWS_DEFAULT_REGION: 'eu-west-2' },
    host: 'sts.eu-west-2.amazonaws.com',
    region: 'eu-west-2',
  },
  {
    name: 'the region of a profile',
    args: [],
    env: { AWS_PROFILE: 'frankfurt' },
    host: 'sts.eu-central-1.amazonaws.com',
    region: 'eu-central-1',
  },
  {
    name: 'FIPS in the profile',
    args: [],
    env: { AWS_PROFILE: 'fips' },
    host: 'sts-fips.us-east-2.amazonaws.com',
    region: 'us-east-2',
  },
  { name: 'legacy', args: regional, env: legacy, host: 'sts.amazonaws.com', region: 'us-east-1' },
  {
    name: 'legacy, another partition',
    args: ['--region', 'cn-north-1'],
    env: legacy,
    host: 'sts.cn-north-1.amazonaws.com.cn',
    region: 'cn-north-1',
  },
  {
    name: 'legacy and dual-stack: regional',
    args: regional,
    env: { ...legacy, ...dualStack },
    host: 'sts.eu-west-1.api.aws',
    region: 'eu-west-1',
  },
  {
    name: 'AWS_REGION before AWS_DEFAULT_REGION',
    args: [],
    env: { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' },
    host: 'sts.eu-west-1.amazonaws.com',
    region: 'eu-west-1',
  },
  {
    name: '--region before AWS_REGION',
    args: regional,
    env: { AWS_REGION: 'eu-west-2' },
    host: 'sts.eu-west-1.amazonaws.com',
    region: 'eu-west-1',
  },
  {
    name: '--fips',
    args: ['--region', 'us-east-1', '--fips'],
    host: 'sts-fips.us-east-1.amazonaws.com',
    region: 'us-east-1',
  },
  {
    name: '--dual-stack',
    args: [...regional, '--dual-stack'],
    host: 'sts.eu-west-1.api.aws',
    region: 'eu-west-1',
  },
  {
    name: '--fips and --dual-stack, against legacy',
    args: ['--region', 'us-east-1', '--dual-stack', '--fips'],
    env: legacy,
    host: 'sts-fips.us-east-1.api.aws',
    region: 'us-east-1',
  },
];

/** Signs again for the second that is in a token. */
async function again(token: string, { env, host, region }: Row, audience: string): Promise<string> {
  const signed = await signToken(
    { accessKeyId: keys.AWS_ACCESS_KEY_ID, secretAccessKey: secret, sessionToken: env?.AWS_SESSION_TOKEN },
    { audience, endpoint: { host, region }, now: signingTime(urlOf(token).href) },
  );
  return signed.token;
}

describe.concurrent('the token', () => {
  test.each([...shared, ...own])('for $name', async (row) => {
    const { status, stdout, stderr } = await cli(['token', '-a', 'prod.example.com', ...row.args], {
      ...keys,
      ...row.env,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const token = tokenOf(stdout);
    expect(urlOf(token).host).toBe(row.host);
    expect(token).toBe(await again(token, row, 'prod.example.com'));
  });

  test.each([
    ['-a', 'prod.example.com'],
    ['--audience', 'https://orders.example.com/v1?x=y'],
    ['-i', 'team/one two'],
    ['--cluster-id', 'prod'],
    ['--cluster-name', 'prod'],
  ])('takes the audience as %s %s', async (option, audience) => {
    const [row] = own;
    const { stdout } = await cli(['token', option, audience, ...regional, '--token-only'], keys);
    expect(stdout).toMatch(/^k8s-aws-v1\.[\w-]+\n$/);
    expect(stdout.trim()).toBe(await again(stdout.trim(), row!, audience));
  });

  test('by the parser is that without it', async () => {
    const { stdout } = await cli(['token', '-aprod.example.com', ...regional], keys);
    expect(tokenOf(stdout)).toBe(await again(tokenOf(stdout), own[0]!, 'prod.example.com'));
  });
});

describe.concurrent('aws eks get-token', () => {
  const has = spawnSync('aws', ['--version']).status === 0;

  test.skipIf(!has).each(shared)('prints the same for $name', { timeout: 60_000 }, async (row) => {
    const env = { ...keys, ...row.env };
    const args = ['eks', 'get-token', '--cluster-name', 'prod', '--output', 'json', ...row.args];
    const aws = await finished(spawn('aws', args, { env: environment(home, env) }));
    expect(aws.stderr).toBe('');
    const ours = await cli(['token', '--cluster-name', 'prod', ...row.args], env);
    expect(tokenOf(aws.stdout)).toBe(await again(tokenOf(aws.stdout), row, 'prod'));
    expect(tokenOf(ours.stdout)).toBe(await again(tokenOf(ours.stdout), row, 'prod'));
    const { status: _, ...rest } = JSON.parse(aws.stdout);
    expect(JSON.parse(ours.stdout)).toMatchObject(rest);
  });
});

describe.concurrent('the ExecCredential', () => {
  const execInfo = (apiVersion: unknown) =>
    JSON.stringify({ kind: 'ExecCredential', apiVersion, spec: { interactive: true } });

  test.each([
    ['nobody asks', {}, 'client.authentication.k8s.io/v1beta1'],
    ['empty', { KUBERNETES_EXEC_INFO: '' }, 'client.authentication.k8s.io/v1beta1'],
    [
      'v1beta1',
      { KUBERNETES_EXEC_INFO: execInfo('client.authentication.k8s.io/v1beta1') },
      'client.authentication.k8s.io/v1beta1',
    ],
    [
      'v1',
      { KUBERNETES_EXEC_INFO: execInfo('client.authentication.k8s.io/v1') },
      'client.authentication.k8s.io/v1',
    ],
  ])('has the version that is asked for: %s', async (_, env, apiVersion) => {
    const { stdout } = await cli(['token', '-a', 'prod'], { ...withRegion, ...env });
    expect(JSON.parse(stdout)).toEqual({
      kind: 'ExecCredential',
      apiVersion,
      spec: {},
      status: {
        token: expect.any(String),
        expirationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
    });
  });

  test.each([
    ['no session: 14 minutes', undefined, 14 * 60],
    ['a long session: 14 minutes', 3600, 14 * 60],
    ['a session that ends sooner: its end', 300, 300],
  ])('expires with %s', async (_, left, expected) => {
    const before = Date.now();
    const end =
      left === undefined ? {} : { AWS_CREDENTIAL_EXPIRATION: new Date(before + left * 1000).toISOString() };
    const { stdout } = await cli(['token', '-a', 'prod'], { ...withRegion, ...end });
    const { status } = JSON.parse(stdout);
    const seconds = (Date.parse(status.expirationTimestamp) - before) / 1000;
    expect(seconds).toBeGreaterThan(expected - 1.1);
    expect(seconds).toBeLessThanOrEqual(expected + (Date.now() - before) / 1000);
    if (left === 300) expect(seconds).toBeLessThanOrEqual(300); // never past the session
  });
});

describe.concurrent('the credentials', () => {
  const profiles: [string, string[], Record<string, string>, string][] = [
    ['the environment', [], keys, 'AKIDEXAMPLE'],
    ['AWS_PROFILE does not beat the environment', [], { ...keys, AWS_PROFILE: 'keys' }, 'AKIDEXAMPLE'],
    ['--profile beats the environment', ['--profile', 'keys'], keys, 'AKIDKEYS'],
    ['AWS_PROFILE without keys in the environment', [], { AWS_PROFILE: 'keys' }, 'AKIDKEYS'],
    ['an empty access key ID is none', [], { AWS_ACCESS_KEY_ID: '', AWS_PROFILE: 'keys' }, 'AKIDKEYS'],
    ['a profile with quotes round its name', ['--profile', 'quoted'], {}, 'AKIDQUOTED'],
    ['the default profile', [], {}, 'AKIDDEFAULT'],
  ];

  test.each(profiles)('are those of %s', async (_, args, env, accessKeyId) => {
    const { status, stdout, stderr } = await cli(['token', '-a', 'prod', ...regional, ...args], env);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(urlOf(tokenOf(stdout)).searchParams.get('X-Amz-Credential')).toMatch(`${accessKeyId}/`);
  });

  test('without a home directory come from the environment', async () => {
    const { status } = await cli(['token', '-a', 'prod'], { ...withRegion, HOME: '/nonexistent' });
    expect(status).toBe(0);
  });
});

describe.concurrent('what is wrong', () => {
  const a = ['token', '-a', 'prod'];
  const execInfo = 'KUBERNETES_EXEC_INFO';
  const rows: [string, string[], Record<string, string>, number, RegExp][] = [
    ['no audience', ['token'], withRegion, 2, /^no audience: give --audience/],
    [
      'two audiences',
      [...a, '-i', 'prod'],
      withRegion,
      2,
      /^more than one of --audience, --cluster-id and --cluster-name: /,
    ],
    [
      'an audience with a line feed',
      ['token', '-a', 'a\nb'],
      withRegion,
      2,
      /^--audience: not an audience: use 1 to 256 /,
    ],
    ['an empty audience', ['token', '--audience='], withRegion, 2, /^--audience: not an audience: /],
    ['an option without its value', ['token', '-a'], withRegion, 2, /argument missing: see --help$/],
    [
      'a typo',
      [...a, '--regoin', 'x'],
      withRegion,
      2,
      /^unknown option '--regoin' \(Did you mean --region\?\): see --help$/,
    ],
    ['an argument too many', [...a, 'prod'], withRegion, 2, /^too many arguments/],
    ['no region', a, keys, 2, /^no AWS region: give --region, or set AWS_REGION/],
    [
      'no such region',
      [...a, '--region', 'moon-1'],
      keys,
      2,
      /^region: "moon-1" is no AWS region: use a name such as us-east-1$/,
    ],
    [
      'neither regional nor legacy',
      a,
      { ...withRegion, AWS_STS_REGIONAL_ENDPOINTS: 'global' },
      2,
      /^AWS_STS_REGIONAL_ENDPOINTS is neither/,
    ],
    ['no such profile', [...a, '--profile', 'nobody'], withRegion, 2, /^--profile: no such profile/],
    ['no such AWS_PROFILE', a, { ...withRegion, AWS_PROFILE: 'nobody' }, 2, /^AWS_PROFILE: no such profile/],
    [
      'an external ID without a role',
      [...a, '--external-id', 'x'],
      withRegion,
      2,
      /^--external-id without --role-arn: /,
    ],
    [
      'a session name without a role',
      [...a, '--session-name', 'x'],
      withRegion,
      2,
      /^--session-name without --role-arn: /,
    ],
    [
      'a forwarded session name without a role',
      [...a, '--forward-session-name'],
      withRegion,
      2,
      /^--forward-session-name without/,
    ],
    [
      'two session names',
      [
        ...a,
        '--role-arn',
        'arn:aws:iam::111122223333:role/A',
        '--session-name',
        'xx',
        '--forward-session-name',
      ],
      withRegion,
      2,
      /^both --session-name and --forward-session-name: give one$/,
    ],
    [
      'a role that is none',
      [...a, '--role-arn', 'arn:aws:iam::111122223333:user/A'],
      withRegion,
      2,
      /^--role-arn: not the ARN of a role: /,
    ],
    [
      'a session name that STS would refuse',
      [...a, '--role-arn', 'arn:aws:iam::111122223333:role/A', '--session-name', 'a b'],
      withRegion,
      2,
      /^--session-name: not a session name: /,
    ],
    [
      'exec info that is not JSON',
      a,
      { ...withRegion, [execInfo]: '{' },
      2,
      /^KUBERNETES_EXEC_INFO is not an ExecCredential: /,
    ],
    [
      'exec info that is null',
      a,
      { ...withRegion, [execInfo]: 'null' },
      2,
      /^KUBERNETES_EXEC_INFO is not an ExecCredential: /,
    ],
    [
      'exec info without a version',
      a,
      { ...withRegion, [execInfo]: '{}' },
      2,
      /^KUBERNETES_EXEC_INFO is not an ExecCredential: /,
    ],
    [
      'v1alpha1',
      a,
      { ...withRegion, [execInfo]: '{"apiVersion":"client.authentication.k8s.io/v1alpha1"}' },
      2,
      /^KUBERNETES_EXEC_INFO asks for client\.authentication\.k8s\.io\/v1alpha1: set apiVersion in the kubeconfig to /,
    ],
    [
      'a version with a line feed',
      a,
      { ...withRegion, [execInfo]: '{"apiVersion":"a\\nb"}' },
      2,
      /^KUBERNETES_EXEC_INFO asks for an unknown version: /,
    ],
    [
      'no secret key',
      a,
      { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE' },
      3,
      /^AWS_SECRET_ACCESS_KEY is not set/,
    ],
    [
      'an access key ID that is none',
      a,
      { ...withRegion, AWS_ACCESS_KEY_ID: `AKID ${secret}` },
      3,
      /^AWS_ACCESS_KEY_ID is not an access key ID: /,
    ],
    [
      'a session token with a line feed',
      a,
      { ...withRegion, AWS_SESSION_TOKEN: `${secret}\n` },
      3,
      /^AWS_SESSION_TOKEN is not a session token: /,
    ],
    [
      'an expiration that is no time',
      a,
      { ...withRegion, AWS_CREDENTIAL_EXPIRATION: 'soon' },
      3,
      /^AWS_CREDENTIAL_EXPIRATION is not a time: /,
    ],
    [
      'credentials that have expired',
      a,
      { ...withRegion, AWS_CREDENTIAL_EXPIRATION: '2020-01-01T00:00:00Z' },
      3,
      /^the AWS credentials have expired: log in again$/,
    ],
    [
      'no credentials at all',
      a,
      { AWS_REGION: 'eu-west-1', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
      3,
      /^no AWS credentials found: set AWS_ACCESS_KEY_ID/,
    ],
    [
      'a credential process that fails, its command line secret',
      [...a, '--profile', 'leaky'],
      {},
      3,
      /^no AWS credentials found: /,
    ],
    ['an MFA code without a terminal', [...a, '--profile', 'mfa'], {}, 3, /^the profile wants an MFA code: /],
  ];

  test.each(rows)('%s', async (_, args, env, exitCode, line) => {
    const { status, stdout, stderr } = await cli(args, env);
    expect({ status, stdout }).toEqual({ status: exitCode, stdout: '' });
    expect(stderr).toMatch(/^callerid: [^\n]+\n$/);
    expect(stderr.slice('callerid: '.length).trimEnd()).toMatch(line);
    expect(stderr).not.toContain(secret);
  });

  test('a config file that cannot be read', async () => {
    const AWS_CONFIG_FILE = join(home, 'directory');
    mkdirSync(AWS_CONFIG_FILE);
    chmodSync(AWS_CONFIG_FILE, 0o700);
    const { status, stderr } = await cli(a, { ...withRegion, AWS_CONFIG_FILE });
    expect([status, stderr]).toEqual([
      2,
      'callerid: the AWS config file cannot be read (EISDIR): check its permissions\n',
    ]);
  });

  test('a reader that has gone away is no error', async () => {
    const child = start(['token', '-a', 'prod'], withRegion);
    child.stdout?.destroy();
    expect(await finished(child)).toMatchObject({ status: 0, stderr: '' });
  });
});
