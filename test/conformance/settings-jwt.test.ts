/**
 * The settings of AWS-issued JWTs: which issuers are believed, and for which account.
 */
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors/classes.ts';
import { createApp, type Parts } from '../../src/runtime/app.ts';
import { readSettings } from '../../src/runtime/settings.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import type { JwtVerifier } from '../../src/verifier/jwt-verifier.ts';
import type { Verifier } from '../../src/verifier/verifier.ts';
import { thrown } from '../support/thrown.ts';

const issuer = 'https://0a1b2c3d-0000-4000-8000-00000000000a.tokens.sts.global.api.aws';
const other = 'https://0a1b2c3d-0000-4000-8000-00000000000b.tokens.sts.global.api.aws';
const account = '111122223333';
const one = { issuer, account };
const env = { CALLERID_CLUSTER: 'prod.example.com', CALLERID_API_SERVER_AUTH: 'none' };
const jwts = (value: unknown) =>
  readSettings({ ...env, CALLERID_AWS_JWT_ISSUERS: value }).clusters[0]?.awsJwtIssuers;
const further = (issuers: unknown) => ({
  CALLERID_CLUSTERS: { b: { audience: 'b.example.com', apiServerAuth: 'none', awsJwtIssuers: issuers } },
});

test('there are none without the setting', () => {
  expect(jwts(undefined)).toBeUndefined();
});

test.each<[name: string, value: unknown, expected: unknown]>([
  ['an issuer', [one], [one]],
  ['as text', JSON.stringify([one]), [one]],
  ['algorithms', [{ ...one, algorithms: ['ES384'] }], [{ ...one, algorithms: ['ES384'] }]],
  [
    'two',
    [one, { issuer: other, account: '444455556666' }],
    [one, { issuer: other, account: '444455556666' }],
  ],
])('takes %s', (_, value, expected) => {
  expect(jwts(value)).toEqual(expected);
});

test('a further cluster has its own', () => {
  const { clusters } = readSettings({ ...env, ...further([one]) });
  expect(clusters.map(({ awsJwtIssuers }) => awsJwtIssuers)).toEqual([undefined, [one]]);
});

const secret = 'SECRET-in-the-wrong-place';

describe('is refused with', () => {
  test.each<[attack: string, value: unknown, problem: string]>([
    ['no JSON', `[${secret}`, 'must be a JSON list'],
    ['an object', { [issuer]: account }, 'must be a list'],
    ['an empty list', [], 'must name an issuer'],
    ['text for an entry', [secret], '[0]: must be an object'],
    ['a field that does not exist', [{ ...one, colour: secret }], '[0].colour: no such setting'],
    ['a secret for a field', [{ ...one, [secret]: 1 }], '[0].…: no such setting'],
    ['no account', [{ issuer }], '[0].account: missing'],
    ['an account as a number', [{ issuer, account: 111122223333 }], '[0].account: must be twelve digits'],
    ['an account of AWS in another form', [{ issuer, account: '1111-2222-3333' }], '[0].account: must be'],
    [
      'an issuer of somebody else',
      [{ issuer: `https://${secret}.example.com`, account }],
      '[0].issuer: must be',
    ],
    [
      'an issuer whose host only ends so',
      [{ issuer: `${issuer}.example.com`, account }],
      '[0].issuer: must be',
    ],
    ['an issuer with a path', [{ issuer: `${issuer}/x`, account }], '[0].issuer: must be'],
    ['an issuer with a slash behind', [{ issuer: `${issuer}/`, account }], '[0].issuer: must be'],
    ['an issuer over plain HTTP', [{ issuer: issuer.replace('s:', ':'), account }], '[0].issuer: must be'],
    ['an issuer in capitals', [{ issuer: issuer.replace('a1b', 'A1B'), account }], '[0].issuer: must be'],
    ['no algorithm', [{ ...one, algorithms: [] }], '[0].algorithms: must be a list'],
    ['alg none', [{ ...one, algorithms: ['none'] }], '[0].algorithms: must be a list'],
    [
      'an algorithm with a shared secret',
      [{ ...one, algorithms: ['RS256', 'HS256'] }],
      '[0].algorithms: must',
    ],
    ['an algorithm twice', [{ ...one, algorithms: ['RS256', 'RS256'] }], '[0].algorithms: must be a list'],
    [
      'an issuer twice, for two accounts',
      [one, { issuer, account: '444455556666' }],
      'names an issuer twice',
    ],
    ['an account twice, by two issuers', [one, { issuer: other, account }], 'names an account twice'],
  ])('%s', (_, value, problem) => {
    const error = thrown(() => jwts(value));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ setting: 'CALLERID_AWS_JWT_ISSUERS' });
    expect((error as Error).message).toContain(problem);
    expect((error as Error).message).not.toContain(secret);
  });

  test('an issuer that is another account’s for another cluster', () => {
    const change = { CALLERID_AWS_JWT_ISSUERS: [one], ...further([{ issuer, account: '444455556666' }]) };
    expect(() => readSettings({ ...env, ...change })).toThrow(/different things of one issuer/);
  });

  test('a field of a further cluster', () => {
    expect(thrown(() => readSettings({ ...env, ...further([{ ...one, x: 1 }]) }))).toMatchObject({
      setting: 'CALLERID_CLUSTERS.b.awsJwtIssuers',
      problem: '[0].x: no such setting',
    });
  });
});

describe('the app', () => {
  const settings = () =>
    readSettings({
      ...env,
      CALLERID_AWS_JWT_ISSUERS: [one],
      ...further([one, { issuer: other, account: '444455556666' }]),
      CALLERID_ADMIN_AUDIENCE: 'https://callerid.example.com/admin',
    });
  const parts = (): Parts => {
    const store = new MemoryStore();
    return {
      store,
      writer: store,
      createAdmin: undefined,
      taskContext: () => undefined,
      clientCertificate: undefined,
      log: () => {},
    };
  };

  test('makes one verifier for the issuers of each cluster, and none for administrators', async () => {
    const made: string[][] = [];
    const asked: string[] = [];
    const { Hono } = await import('hono/tiny');
    createApp(settings(), {
      ...parts(),
      createJwts: ({ issuers }): JwtVerifier => {
        made.push(issuers.map((given) => given.issuer));
        return { isOurs: () => true, verify: () => Promise.reject(new Error()) };
      },
      createAdmin: ({ auth, clusters }) => {
        asked.push(
          ...[auth.verifier, ...clusters.map(({ verifier }) => verifier)].map((verifier) =>
            String((verifier as Verifier).isForeign('a.b.c')),
          ),
        );
        return new Hono();
      },
    });
    expect(made).toEqual([[issuer], [issuer, other]]);
    expect(asked).toEqual(['true', 'false', 'false']);
  });

  test('a build without JWTs refuses the setting', () => {
    expect(thrown(() => createApp(settings(), parts()))).toMatchObject({
      setting: 'CALLERID_AWS_JWT_ISSUERS',
      problem: 'this build takes no JWTs',
    });
  });
});
