/**
 * `callerid verify` against an STS that really checks signatures, over TLS and through a proxy.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createStsEmulator, type StsEmulator } from '../../src/emulator/emulator.ts';
import type { Fault } from '../../src/emulator/faults.ts';
import { type ListeningStsEmulator, listenStsEmulator } from '../../src/emulator/server.ts';
import { stsHost } from '../../src/sts/endpoints.ts';
import { signToken } from '../../src/token/sign.ts';
import { cliIn, environment, finished, mainFile, temporaryDirectory } from './cli.ts';

const home = temporaryDirectory();
const { cli, start } = cliIn(home);
const audience = 'prod.example.com';
const credentials = {
  accessKeyId: 'ASIAVERIFYEXAMPLE',
  secretAccessKey: 'verifySecretEXAMPLE',
  sessionToken: 'verifyTokenEXAMPLE',
};

let sts: StsEmulator;
let server: ListeningStsEmulator;
let env: Record<string, string>;

beforeAll(async () => {
  sts = createStsEmulator({
    principals: [
      {
        type: 'assumed-role',
        account: '111122223333',
        roleName: 'Admin',
        sessionName: 'alice@example.com',
        principalId: 'AROAEXAMPLE',
        ...credentials,
      },
    ],
  });
  server = await listenStsEmulator(sts);
  writeFileSync(join(home, 'ca.pem'), server.caPem);
  env = { HTTPS_PROXY: server.proxyUrl, NODE_USE_ENV_PROXY: '1', NODE_EXTRA_CA_CERTS: join(home, 'ca.pem') };
});

afterEach(() => {
  sts.setFault(undefined);
  sts.clearCalls();
});

afterAll(() => server.close());

interface Changes {
  readonly audience?: string;
  readonly region?: string;
  readonly secretAccessKey?: string;
  readonly accessKeyId?: string;
  readonly now?: number;
}

async function sign(changes: Changes = {}): Promise<string> {
  const { region = 'eu-west-1', now = Date.now() } = changes;
  const { token } = await signToken(
    {
      ...credentials,
      secretAccessKey: changes.secretAccessKey ?? credentials.secretAccessKey,
      accessKeyId: changes.accessKeyId ?? credentials.accessKeyId,
    },
    { audience: changes.audience ?? audience, endpoint: { host: stsHost(region), region }, now },
  );
  return token;
}

const execCredential = (token: string) =>
  JSON.stringify(
    { kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status: { token } },
    null,
    2,
  );

describe.concurrent('the identity', () => {
  const text =
    'ARN            arn:aws:sts::111122223333:assumed-role/Admin/alice@example.com\n' +
    'canonical ARN  arn:aws:iam::111122223333:role/Admin\n' +
    'type           assumed-role\n' +
    'account        111122223333\n' +
    'principal ID   AROAEXAMPLE\n' +
    'role name      Admin\n' +
    'session name   alice@example.com\n' +
    'access key ID  ASIAVERIFYEXAMPLE\n' +
    'STS            sts.eu-west-1.amazonaws.com\n';

  test.each([
    ['a bare token', (token: string) => token],
    ['a bare token in a line', (token: string) => `${token}\r\n`],
    ['an ExecCredential', execCredential],
  ])('of %s on standard input', async (_, wrap) => {
    const token = await sign();
    const result = await cli(['verify', '-a', audience], env, wrap(token));
    expect(result).toEqual({ status: 0, stdout: text, stderr: '' });
  });

  test('of a file', async () => {
    const file = join(home, 'token.json');
    writeFileSync(file, execCredential(await sign()));
    expect(await cli(['verify', '--cluster-name', audience, file], env)).toEqual({
      status: 0,
      stdout: text,
      stderr: '',
    });
  });

  test('in JSON', async () => {
    const { status, stdout } = await cli(['verify', '-i', audience, '--output', 'json'], env, await sign());
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      proof: 'signed-url',
      arn: 'arn:aws:sts::111122223333:assumed-role/Admin/alice@example.com',
      canonicalArn: 'arn:aws:iam::111122223333:role/Admin',
      type: 'assumed-role',
      partition: 'aws',
      account: '111122223333',
      principalId: 'AROAEXAMPLE',
      roleName: 'Admin',
      sessionName: 'alice@example.com',
      accessKeyId: 'ASIAVERIFYEXAMPLE',
    });
  });

  test('for the name of an EKS cluster, since nobody is let in', async () => {
    const result = await cli(['verify', '-a', 'prod'], env, await sign({ audience: 'prod' }));
    expect(result).toEqual({ status: 0, stdout: text, stderr: '' });
  });

  test.each([
    [['--region', 'eu-west-1,eu-west-2']],
    [['--region', 'eu-west-2', '--region', 'eu-west-1']],
    [['--partition', 'aws']],
  ])('with %j', async (args) => {
    expect((await cli(['verify', '-a', audience, ...args], env, await sign())).status).toBe(0);
  });

  test('of what callerid token prints', async () => {
    const command = (args: string[]) => `'${process.execPath}' '${mainFile}' ${args.join(' ')}`;
    const line = `${command(['token', '-a', audience])} | ${command(['verify', '-a', audience])}`;
    const keys = {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      AWS_REGION: 'eu-west-1',
    };
    const child = spawn('sh', ['-c', line], { env: environment(home, { ...env, ...keys }) });
    expect(await finished(child)).toEqual({ status: 0, stdout: text, stderr: '' });
  });

  test('for a reader that has gone away is no error', async () => {
    const child = start(['verify', '-a', audience], env);
    child.stdout?.destroy();
    expect(await finished(child, await sign())).toMatchObject({ status: 0, stderr: '' });
  });
});

describe.concurrent('no identity', () => {
  const minutes = 60_000;
  const refused: [string, () => Promise<string> | string, string[], number, RegExp][] = [
    [
      'another audience',
      () => sign({ audience: 'other.example.com' }),
      [],
      4,
      /^the token is refused \(sts_signature_mismatch\): STS says /,
    ],
    [
      'a wrong secret key',
      () => sign({ secretAccessKey: 'x' }),
      [],
      4,
      /^the token is refused \(sts_signature_mismatch\): /,
    ],
    [
      'an unknown key',
      () => sign({ accessKeyId: 'ASIANOBODY' }),
      [],
      4,
      /^the token is refused \(sts_access_key_unknown\): /,
    ],
    [
      'an old token',
      () => sign({ now: Date.now() - 16 * minutes }),
      [],
      4,
      /^the token is refused \(token_expired\): .* make a new token$/,
    ],
    [
      'another region',
      () => sign(),
      ['--region', 'eu-west-2'],
      4,
      /^the token is refused \(region_not_allowed\): /,
    ],
    [
      'another partition',
      () => sign({ region: 'cn-north-1' }),
      [],
      4,
      /^the token is refused \(host_not_sts\): .*; is another --partition meant\?$/,
    ],
    [
      'another partition, by region',
      () => sign(),
      ['--region', 'cn-north-1'],
      4,
      /^the token is refused \(host_not_sts\): /,
    ],
    [
      'a JWT',
      () => 'eyJhbGciOiJub25lIn0.e30.',
      [],
      4,
      /^the token is refused \(token_foreign\): it is no k8s-aws-v1 token$/,
    ],
    [
      'a token in pieces',
      async () => (await sign()).replace('.', '.\n'),
      [],
      4,
      /^the token is refused \(token_encoding\): /,
    ],
    ['nothing', () => ' \n', [], 2, /^no token: the input is empty$/],
    [
      'an ExecCredential without a token',
      () => '{"status":{}}',
      [],
      2,
      /^the input is no ExecCredential with a token: /,
    ],
    [
      'an ExecCredential without a status',
      () => '{"status":null}',
      [],
      2,
      /^the input is no ExecCredential with a token: /,
    ],
    ['broken JSON', () => '{"status":', [], 2, /^the input is no ExecCredential with a token: /],
    [
      'a flood',
      () => 'k8s-aws-v1.'.padEnd(70_000, 'A'),
      [],
      2,
      /^the token is longer than 64 KiB: is it the right file\?$/,
    ],
    [
      'a region of another partition',
      () => sign(),
      ['--partition', 'aws-cn', '--region', 'eu-west-1'],
      2,
      /^regions: "eu-west-1" is no region of partition aws-cn: /,
    ],
    [
      'a partition that is none',
      () => sign(),
      ['--partition', 'moon'],
      2,
      /^partition: "moon" is no AWS partition: use one of /,
    ],
    ['a timeout of none', () => sign(), ['--timeout', '0'], 2, /Must be 1 to 60 seconds/],
    ['an unknown output', () => sign(), ['--output', 'yaml'], 2, /Allowed choices are text, json/],
    [
      'a file that is not there',
      () => '',
      ['/nonexistent'],
      2,
      /^the token cannot be read \(ENOENT\): name a file that can be$/,
    ],
    ['a directory', () => '', ['/'], 2, /^the token cannot be read \(EISDIR\): /],
  ];

  test.each(refused)('for %s', async (_, token, args, exitCode, line) => {
    const input = await token();
    const { status, stdout, stderr } = await cli(['verify', '-a', audience, ...args], env, input);
    expect({ status, stdout }).toEqual({ status: exitCode, stdout: '' });
    expect(stderr).toMatch(/^callerid: [^\n]+\n$/);
    expect(stderr.slice('callerid: '.length).trimEnd()).toMatch(line);
    if (input.length > 40) expect(stderr).not.toContain(input.slice(11, 40));
  });

  test('without an audience', async () => {
    const { status, stderr } = await cli(['verify'], env, await sign());
    expect([status, stderr.split(':')[1]]).toEqual([2, ' no audience']);
  });
});

describe('no verdict', () => {
  test.each<[string, Fault, string]>([
    ['throttles', { type: 'throttle' }, 'no verdict (sts_throttled): STS throttles; try again'],
    [
      'fails',
      { type: 'fail', status: 503 },
      'no verdict (sts_failing): STS answered with a server error; try again, and behind a proxy set NODE_USE_ENV_PROXY=1',
    ],
    [
      'does not answer',
      { type: 'stall' },
      'no verdict (sts_timeout): STS did not answer in time; try again, and behind a proxy set NODE_USE_ENV_PROXY=1',
    ],
    [
      'answers with a portal',
      { type: 'nonsense', shape: 'html' },
      'no verdict (sts_answer_unexpected): STS gave an answer that callerid does not know; try again, and behind a proxy set NODE_USE_ENV_PROXY=1',
    ],
  ])('where STS %s', async (_, fault, line) => {
    sts.setFault(fault);
    const result = await cli(['verify', '-a', audience, '--timeout', '1'], env, await sign());
    expect(result).toEqual({ status: 5, stdout: '', stderr: `callerid: ${line}\n` });
  });

  test('where nobody vouches for the certificate', async () => {
    const { NODE_EXTRA_CA_CERTS: _, ...rest } = env;
    const { status, stderr } = await cli(['verify', '-a', audience], rest, await sign());
    expect([status, stderr.slice(0, 38)]).toEqual([5, 'callerid: no verdict (sts_unreachable)']);
    expect(sts.calls).toEqual([]);
  });
});

describe('a token on the command line', () => {
  test.each([
    ['for the file', (token: string) => ['verify', '-a', audience, token], 'a token as an argument: '],
    [
      'after the file',
      (token: string) => ['verify', '-a', audience, 'file', token],
      'too many arguments for',
    ],
    [
      'in an unknown option',
      (token: string) => ['verify', '-a', audience, `--token=${token}`],
      "unknown option '--token=",
    ],
    ['for a command', (token: string) => [token], "unknown command 'k8s-aws-v1.[…]'"],
    ['for the audience', (token: string) => ['verify', '-a', `${token} `], '--audience: not an audience: '],
    [
      'for the partition',
      (token: string) => ['verify', '-a', audience, '--partition', token],
      'partition: "k8s-aws-v1.[…]"',
    ],
  ])('%s: is not taken and not printed', async (_, argsOf, line) => {
    const token = await sign();
    const { status, stdout, stderr } = await cli(argsOf(token), env, token);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^callerid: [^\n]+\n$/);
    expect(stderr).toContain(`callerid: ${line}`);
    expect(stderr).not.toContain(token.slice(11, 60));
    expect(sts.calls).toEqual([]);
  });
});
