/**
 * `callerid token` with credentials that come by STS: roles by option and by profile, and web identity.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createStsEmulator, type StsEmulator } from '../../src/emulator/emulator.ts';
import { type ListeningStsEmulator, listenStsEmulator } from '../../src/emulator/server.ts';
import { cliIn, keys, temporaryDirectory, tokenOf, urlOf } from './cli.ts';
import { type FakeSts, listenFakeSts, roleKey } from './fake-assume-role.ts';

const home = temporaryDirectory();
const { cli } = cliIn(home);
const role = 'arn:aws:iam::111122223333:role/team/Deployer';
const sessionEnd = new Date(Date.now() + 5 * 60_000);
const session = {
  accessKeyId: 'ASIASESSIONEXAMPLE',
  secretAccessKey: 'sessionSecretEXAMPLE',
  sessionToken: 'sessionTokenEXAMPLE',
};

let fake: FakeSts;
let sts: StsEmulator;
let server: ListeningStsEmulator;
let env: Record<string, string>;
let throughProxy: Record<string, string>;

beforeAll(async () => {
  fake = await listenFakeSts(sessionEnd);
  sts = createStsEmulator({
    principals: [
      {
        type: 'user',
        account: '111122223333',
        userName: 'alice',
        accessKeyId: keys.AWS_ACCESS_KEY_ID,
        secretAccessKey: keys.AWS_SECRET_ACCESS_KEY,
      },
      {
        type: 'assumed-role',
        account: '111122223333',
        roleName: 'Admin',
        sessionName: 'alice@example.com',
        ...session,
      },
    ],
  });
  server = await listenStsEmulator(sts);
  writeFileSync(join(home, 'ca.pem'), server.caPem);
  writeFileSync(join(home, 'web-identity'), 'a.b.c');
  env = { AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL_STS: fake.url };
  throughProxy = {
    HTTPS_PROXY: server.proxyUrl,
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: join(home, 'ca.pem'),
  };
  mkdirSync(join(home, '.aws'));
  writeFileSync(
    join(home, '.aws/config'),
    `[profile role]\nrole_arn = ${role}\nsource_profile = keys\nrole_session_name = from-profile\nregion = eu-west-1\n` +
      `[profile keys]\naws_access_key_id = AKIDKEYS\naws_secret_access_key = x\n`,
  );
});

afterEach(() => {
  fake.calls.length = 0;
  fake.succeed();
  sts.setFault(undefined);
});

afterAll(() => Promise.all([fake.close(), server.close()]));

function signer(stdout: string): string | undefined {
  return urlOf(tokenOf(stdout)).searchParams.get('X-Amz-Credential')?.split('/')[0];
}

describe('a role by option', () => {
  const assume = ['token', '-a', 'prod.example.com', '--role-arn', role];

  test('signs with the credentials of the role, and ends with its session', async () => {
    const { status, stdout, stderr } = await cli(assume, { ...env, ...keys });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(signer(stdout)).toBe(roleKey.accessKeyId);
    expect(urlOf(tokenOf(stdout)).searchParams.get('X-Amz-Security-Token')).toBe(roleKey.sessionToken);
    expect(JSON.parse(stdout).status.expirationTimestamp).toBe(`${sessionEnd.toISOString().slice(0, 19)}Z`);
    expect(fake.calls).toMatchObject([
      { Action: 'AssumeRole', RoleArn: role, RoleSessionName: 'callerid', signer: 'AKIDEXAMPLE' },
    ]);
    expect(fake.calls[0]).not.toHaveProperty('ExternalId');
  });

  test('is assumed with external ID and session name', async () => {
    await cli([...assume, '--external-id', 'x-1', '--session-name', 'alice'], { ...env, ...keys });
    expect(fake.calls).toMatchObject([{ RoleSessionName: 'alice', ExternalId: 'x-1' }]);
  });

  test('is assumed by a profile', async () => {
    await cli([...assume, '--profile', 'keys'], { ...env, ...keys });
    expect(fake.calls).toMatchObject([{ signer: 'AKIDKEYS' }]);
  });

  test.each([
    ["takes over the name of one's own session", session, 'alice@example.com'],
    [
      'has the default name for whoever has no session',
      { accessKeyId: keys.AWS_ACCESS_KEY_ID, secretAccessKey: keys.AWS_SECRET_ACCESS_KEY },
      'callerid',
    ],
  ])('%s', async (_, key, sessionName) => {
    const own = {
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
      ...('sessionToken' in key ? { AWS_SESSION_TOKEN: key.sessionToken } : {}),
    };
    const { status, stderr } = await cli([...assume, '--forward-session-name'], {
      ...env,
      ...own,
      ...throughProxy,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(fake.calls).toMatchObject([{ RoleSessionName: sessionName }]);
  });

  test.each([
    [
      'are refused',
      { AWS_SECRET_ACCESS_KEY: 'wrong' },
      undefined,
      3,
      /^callerid: STS refused the AWS credentials \(sts_signature_mismatch\): /,
    ],
    [
      'meet throttling',
      {},
      { type: 'throttle' } as const,
      5,
      /^callerid: STS did not say whose session this is \(sts_throttled\): try again/,
    ],
  ])('whose name is to be taken over: credentials that %s', async (_, changes, fault, exitCode, line) => {
    sts.setFault(fault);
    const { status, stderr } = await cli([...assume, '--forward-session-name'], {
      ...env,
      ...keys,
      ...throughProxy,
      ...changes,
    });
    expect(status).toBe(exitCode);
    expect(stderr).toMatch(line);
    expect(fake.calls).toEqual([]);
  });

  test.each([
    [
      'refused',
      403,
      'AccessDenied',
      3,
      'AWS refused the credentials (AccessDenied): log in again, or check the trust policy of the role',
    ],
    [
      'an ended session',
      403,
      'ExpiredTokenException',
      3,
      'AWS refused the credentials (ExpiredTokenException): log in again, or check the trust policy of the role',
    ],
    ['throttled', 400, 'ThrottlingException', 5, 'AWS gave no credentials (ThrottlingException): try again'],
    [
      'throttled, by a code that does not begin with it',
      400,
      'RequestThrottledException',
      5,
      'AWS gave no credentials (RequestThrottledException): try again',
    ],
    [
      'an error of the server',
      500,
      'InternalFailure',
      5,
      'AWS gave no credentials (InternalFailure): try again',
    ],
    [
      'a code that is none',
      403,
      'x secret y',
      3,
      'AWS refused the credentials (Error): log in again, or check the trust policy of the role',
    ],
  ])('%s', { timeout: 15_000 }, async (_, httpStatus, code, exitCode, line) => {
    fake.fail(httpStatus, code);
    const { status, stdout, stderr } = await cli(assume, { ...env, ...keys, AWS_MAX_ATTEMPTS: '1' });
    expect({ status, stdout, stderr }).toEqual({
      status: exitCode,
      stdout: '',
      stderr: `callerid: ${line}\n`,
    });
  });

  test('goes through the proxy, to the STS of the region', async () => {
    sts.clearCalls();
    const { AWS_ENDPOINT_URL_STS: _, ...rest } = env;
    const { status } = await cli(assume, { ...rest, ...keys, ...throughProxy, AWS_MAX_ATTEMPTS: '1' });
    expect(sts.calls.map(({ host }) => host)).toContain('sts.eu-west-1.amazonaws.com');
    expect(status).toBe(3); // the emulator knows no roles
  });

  test('STS cannot be reached', async () => {
    const { status, stderr } = await cli(assume, {
      ...env,
      ...keys,
      AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1',
      AWS_MAX_ATTEMPTS: '1',
    });
    expect([status, stderr]).toEqual([
      5,
      'callerid: AWS cannot be reached for credentials: try again; behind a proxy set NODE_USE_ENV_PROXY=1\n',
    ]);
  });
});

describe('a role by profile', () => {
  test('is assumed with the keys of its source profile', async () => {
    const { status, stdout, stderr } = await cli(['token', '-a', 'prod'], { ...env, AWS_PROFILE: 'role' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(signer(stdout)).toBe(roleKey.accessKeyId);
    expect(fake.calls).toMatchObject([
      { RoleArn: role, RoleSessionName: 'from-profile', signer: 'AKIDKEYS' },
    ]);
  });

  test('by option beats keys in the environment, without a word on standard error', async () => {
    const { stdout, stderr } = await cli(['token', '-a', 'prod', '--profile', 'role'], { ...env, ...keys });
    expect([signer(stdout), stderr]).toEqual([roleKey.accessKeyId, '']);
  });
});

describe('web identity in the environment', () => {
  const webIdentity = {
    AWS_WEB_IDENTITY_TOKEN_FILE: join(home, 'web-identity'),
    AWS_ROLE_ARN: role,
    AWS_ROLE_SESSION_NAME: 'pod',
  };

  test.each([
    ['is taken', [], {}, 'AssumeRoleWithWebIdentity'],
    [
      'comes before the keys of AWS_PROFILE, as with the AWS CLI',
      [],
      { AWS_PROFILE: 'keys' },
      'AssumeRoleWithWebIdentity',
    ],
    ['comes after the role of AWS_PROFILE', [], { AWS_PROFILE: 'role' }, 'AssumeRole'],
    ['comes after keys in the environment', [], keys, undefined],
    ['is not taken with --profile', ['--profile', 'keys'], {}, undefined],
  ])('%s', async (_, args, changes, action) => {
    const { status, stderr } = await cli(['token', '-a', 'prod', ...args], {
      ...env,
      ...webIdentity,
      ...changes,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(fake.calls.map(({ Action }) => Action)).toEqual(action === undefined ? [] : [action]);
  });

  test('whose token file is missing', async () => {
    const { status, stderr } = await cli(['token', '-a', 'prod'], {
      ...env,
      ...webIdentity,
      AWS_WEB_IDENTITY_TOKEN_FILE: '/nonexistent',
    });
    expect(status).toBe(3);
    expect(stderr).toMatch(
      /^callerid: no usable AWS credentials \(\w+\): check the profile with aws sts get-caller-identity\n$/,
    );
  });
});
