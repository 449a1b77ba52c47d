/**
 * `callerid oidc-config`: what makes an API server take the JWTs of an issuer.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { problemsOf } from '../../src/cli/oidc-config/check.ts';
import { cliIn, temporaryDirectory } from './cli.ts';

const { cli } = cliIn(temporaryDirectory());
const issuer = 'https://callerid.example.com/clusters/orders';
const about = ['--issuer', issuer, '--audience', 'orders.example.com'];
const config = async (...args: string[]) => {
  const { status, stdout } = await cli(['oidc-config', ...about, ...args]);
  expect(status).toBe(0);
  return stdout;
};

test('the AuthenticationConfiguration of Kubernetes', async () => {
  const { apiVersion, kind, jwt } = parse(await config());
  expect({ apiVersion, kind }).toEqual({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthenticationConfiguration',
  });
  expect(jwt).toEqual([
    {
      issuer: { url: issuer, audiences: ['orders.example.com'] },
      claimValidationRules: [{ expression: 'claims.exp - claims.iat <= 3600', message: expect.any(String) }],
      claimMappings: {
        username: { expression: 'claims.username' },
        groups: { expression: 'claims.groups' },
        uid: { expression: expect.stringContaining('.?principalId.hasValue()') },
        extra: expect.arrayContaining([
          {
            key: 'callerid.example.com/session-name',
            valueExpression: 'claims[?"callerid.example.com"].?sessionName.orValue("")',
          },
        ]),
      },
      userValidationRules: [
        expect.objectContaining({ expression: expect.stringContaining('system:|eks:|aws:|amazon:|iam:') }),
        expect.objectContaining({ expression: expect.stringContaining('user.groups.all(') }),
      ],
    },
  ]);
  // Kubernetes takes no capitals there.
  for (const { key } of jwt[0].claimMappings.extra) expect(key).toMatch(/^callerid\.example\.com\/[a-z-]+$/);
});

test('for an older API server, and with prefixes', async () => {
  const text = await config('--api-version', 'v1beta1', '--username-prefix', 'iam-', '--groups-prefix', 'c:');
  const { apiVersion, jwt } = parse(text);
  expect(apiVersion).toBe('apiserver.config.k8s.io/v1beta1');
  expect(jwt[0].claimMappings).toMatchObject({
    username: { expression: '"iam-" + claims.username' },
    groups: { expression: 'dyn(claims.groups).map(group, "c:" + group)' },
  });
});

test('flags', async () => {
  expect((await config('--for', 'flags')).split('\n')).toEqual([
    `--oidc-issuer-url=${issuer}`,
    '--oidc-client-id=orders.example.com',
    '--oidc-username-claim=username',
    '--oidc-username-prefix=-',
    '--oidc-groups-claim=groups',
    '--oidc-signing-algs=RS256',
    '',
  ]);
});

test('EKS', async () => {
  expect(JSON.parse(await config('--for', 'eks', '--groups-prefix', 'callerid:'))).toEqual({
    oidc: {
      identityProviderConfigName: 'callerid',
      issuerUrl: issuer,
      clientId: 'orders.example.com',
      usernameClaim: 'username',
      usernamePrefix: '-',
      groupsClaim: 'groups',
      groupsPrefix: 'callerid:',
    },
  });
});

test('AKS, where names begin as it wants', async () => {
  expect(JSON.parse(await config('--for', 'aks', '--groups-prefix', 'aks:jwt:g:'))).toMatchObject({
    issuer: { url: issuer, audiences: ['orders.example.com'] },
    claimMappings: {
      username: { expression: '"aks:jwt:" + claims.username' },
      groups: { expression: 'dyn(claims.groups).map(group, "aks:jwt:g:" + group)' },
    },
  });
});

test.each<[attack: string, args: readonly string[]]>([
  ['a reserved prefix', ['--username-prefix', 'system:']],
  ['a prefix that a name completes to a reserved one', ['--groups-prefix', 'sys']],
  ['a reserved prefix in capitals', ['--groups-prefix', 'SYSTEM:x']],
  ['a prefix that EKS does not take', ['--for', 'eks', '--groups-prefix', 'x-system:']],
  ['a prefix of no name on AKS', ['--for', 'aks', '--username-prefix', 'x:']],
  ['a prefix that means none', ['--username-prefix=-']],
  ['a prefix with a line end', ['--username-prefix', 'a\nb']],
])('%s is wrong usage', async (_, args) => {
  expect(await cli(['oidc-config', ...about, ...args])).toMatchObject({ status: 2, stdout: '' });
});

test('an issuer over plain HTTP is wrong usage', async () => {
  const args = ['--issuer', 'http://callerid.example.com/clusters/x', '--audience', 'x'];
  expect(await cli(['oidc-config', ...args])).toMatchObject({ status: 2, stdout: '' });
});

describe('--check', () => {
  let origin: string;
  let documents: Record<string, unknown> = {};
  const server = createServer((request, response) => {
    const document = documents[request.url ?? ''];
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  const https = 'API servers take https alone';
  const key = { kty: 'RSA', kid: 'a', alg: 'RS256', use: 'sig', n: 'x', e: 'AQAB' };
  const serve = (keys: unknown, change: object = {}) => {
    documents = {
      '/.well-known/openid-configuration': {
        issuer: origin,
        jwks_uri: `${origin}/.well-known/jwks.json`,
        ...change,
      },
      '/.well-known/jwks.json': keys,
    };
  };

  test.each<[name: string, keys: unknown, change: object, problem: RegExp | undefined]>([
    ['an issuer that fits', { keys: [key] }, {}, undefined],
    ['another issuer', { keys: [key] }, { issuer: 'https://x.example.com' }, /of another issuer/],
    ['keys elsewhere', { keys: [key] }, { jwks_uri: 'https://x.example.com/jwks' }, /not below the issuer/],
    ['no keys', { keys: [] }, {}, /no keys/],
    ['no list of keys', {}, {}, /no list/],
    ['a private key', { keys: [{ ...key, d: 'x' }] }, {}, /private key is public/],
    ['another algorithm', { keys: [key, { ...key, alg: 'ES256' }] }, {}, /other algorithms than RS256/],
  ])('%s', async (_, keys, change, problem) => {
    serve(keys, change);
    const found = await problemsOf(origin, ['RS256']);
    expect(found).toEqual([https, ...(problem ? [expect.stringMatching(problem)] : [])]);
  });

  test('prints nothing where something does not fit', async () => {
    serve({ keys: [key] });
    const { status, stdout, stderr } = await cli([
      'oidc-config',
      '--issuer',
      origin,
      '--audience',
      'x',
      '--check',
    ]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(https);
  });

  test('no issuer there', async () => {
    documents = {};
    expect(await problemsOf(origin, ['RS256'])).toEqual([https, expect.stringContaining('HTTP 404')]);
  });
});
