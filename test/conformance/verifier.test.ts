/**
 * The verifier: its configuration, its verdicts, and the identity out of STS's own words.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Fault } from '../../src/emulator/faults.ts';
import type { Principal } from '../../src/emulator/principals.ts';
import { ConfigurationError } from '../../src/errors/classes.ts';
import type { outages } from '../../src/errors/codes.ts';
import type { StsRefusalCode } from '../../src/errors/sts.ts';
import type { TokenRefusalCode } from '../../src/errors/token.ts';
import { createEndpointResolver } from '../../src/sts/endpoints.ts';
import type { VerifierOptions } from '../../src/verifier/options.ts';
import { createVerifier } from '../../src/verifier/verifier.ts';
import {
  account,
  admin,
  audience,
  bob,
  listedHost,
  meaning,
  type Signing,
  scene,
  start,
  tokenOf,
  unlistedHost,
} from '../support/verifier-setup.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('configuration', () => {
  test.each([
    ['the URL of a service', 'https://orders.example.com'],
    ['a name with a dot', 'prod.example.com'],
    ['a name with a slash', 'clusters/prod'],
    ['a name with a space', 'prod 1'],
    ['longer than EKS takes', 'a'.repeat(101)],
    ['not begun as EKS does', '-prod'],
    ['256 characters', `${'a'.repeat(250)}.b.c.d`],
  ])('takes as audience: %s', (_, name) => {
    expect(() => createVerifier({ audience: name })).not.toThrow();
  });

  test.each([
    ['a short name', 'prod'],
    ['all that EKS takes', 'Prod-1_eu'],
    ['one character', 'a'],
    ['100 characters', 'a'.repeat(100)],
    ['a number', '42'],
  ])('refuses the audience of an EKS cluster, where tokens could be replayed: %s', (_, name) => {
    expect(() => createVerifier({ audience: name })).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', code: 'configuration', setting: 'audience' }),
    );
    expect(() => createVerifier({ audience: name, acknowledgeSharedName: false })).toThrow('EKS');
    expect(() => createVerifier({ audience: name, acknowledgeSharedName: true })).not.toThrow();
  });

  test.each<[string, unknown]>([
    ['absent', undefined],
    ['null', null],
    ['empty', ''],
    ['a space', ' '],
    ['a leading space', ' https://a.example'],
    ['a trailing space', 'https://a.example '],
    ['a doubled space', 'a  b'],
    ['a line end, which would be a header of its own', 'https://a.example\r\nx: y'],
    ['a tab', 'a\tb'],
    ['not ASCII', 'https://ä.example'],
    ['257 characters', `${'a'.repeat(251)}.b.c.d`],
    ['a number', 42],
    ['a list', ['https://a.example']],
    ['a String object', new String('https://a.example')],
  ])('refuses what is no audience: %s', (_, value) => {
    for (const acknowledgeSharedName of [false, true]) {
      const options = { audience: value, acknowledgeSharedName } as VerifierOptions;
      expect(() => createVerifier(options)).toThrow(ConfigurationError);
    }
  });

  test.each<[keyof VerifierOptions, unknown]>([
    ['identitySeconds', Number.NaN],
    ['identitySeconds', -1],
    ['identitySeconds', '300'],
    ['cacheBytes', Number.NaN],
    ['cacheBytes', -1],
    ['stsDeadlineMs', 0],
    ['stsDeadlineMs', Number.NaN],
    ['stsDeadlineMs', Number.POSITIVE_INFINITY],
    ['stsDeadlineMs', 2 ** 31],
    ['maxTokenLength', Number.NaN],
    ['maxTokenLength', 0],
    ['maxTokenLength', Number.POSITIVE_INFINITY],
  ])('refuses %s %s', (name, value) => {
    expect(() => createVerifier({ audience, [name]: value } as VerifierOptions)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', setting: name }),
    );
  });

  test('has the platform’s fetch and clock where none are given', async () => {
    const { sts } = scene({}, { clock: Date.now });
    const fetch = vi.spyOn(globalThis, 'fetch').mockImplementation(sts.fetch as typeof globalThis.fetch);
    const result = await createVerifier({ audience }).verify(await tokenOf({ at: Date.now() }));
    expect(meaning(result)).toBe('verified');
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});

describe('the identity, in the words of STS', () => {
  const iam = `arn:aws:iam::${account}`;
  const sts = `arn:aws:sts::${account}`;
  const key = { accessKeyId: 'ASIAXAMPLE', secretAccessKey: 'another', sessionToken: 'abc/+==' };
  type Said = readonly [name: string, principal: Principal, identity: object];
  const rows: readonly Said[] = [
    [
      'assumed role',
      admin,
      {
        arn: `${sts}:assumed-role/Admin/alice@example.com`,
        canonicalArn: `${iam}:role/Admin`,
        type: 'assumed-role',
        principalId: 'AROAEXAMPLEID0000000A',
        roleName: 'Admin',
        sessionName: 'alice@example.com',
      },
    ],
    [
      'assumed role in mixed case, which stays',
      { ...admin, ...key, roleName: 'KubeAdmin', sessionName: 'i-0123456789abcdef0' } as Principal,
      {
        arn: `${sts}:assumed-role/KubeAdmin/i-0123456789abcdef0`,
        canonicalArn: `${iam}:role/KubeAdmin`,
        type: 'assumed-role',
        principalId: 'AROAEXAMPLEID0000000A',
        roleName: 'KubeAdmin',
        sessionName: 'i-0123456789abcdef0',
      },
    ],
    [
      'user',
      bob,
      {
        arn: `${iam}:user/bob`,
        canonicalArn: `${iam}:user/bob`,
        type: 'user',
        principalId: 'AIDAEXAMPLEID0000000B',
      },
    ],
    [
      'user with a path',
      { ...bob, ...key, path: '/people/ops/' } as Principal,
      {
        arn: `${iam}:user/people/ops/bob`,
        canonicalArn: `${iam}:user/people/ops/bob`,
        type: 'user',
        principalId: 'AIDAEXAMPLEID0000000B',
      },
    ],
    [
      'root',
      { type: 'root', account, accessKeyId: 'AKIAROOT', secretAccessKey: 'another' },
      { arn: `${iam}:root`, canonicalArn: `${iam}:root`, type: 'root', principalId: account },
    ],
    [
      'federated user',
      { type: 'federated-user', account, name: 'Bob', ...key },
      {
        arn: `${sts}:federated-user/Bob`,
        canonicalArn: `${sts}:federated-user/Bob`,
        type: 'federated-user',
        principalId: `${account}:Bob`,
      },
    ],
  ];

  test.each(rows)('%s', async (_, principal, identity) => {
    const { verifier, sts: emulator } = scene({}, { principals: [principal] });
    expect(await verifier.verify(await tokenOf({ as: principal }))).toEqual({
      verdict: 'verified',
      identity: {
        proof: 'signed-url',
        partition: 'aws',
        account,
        accessKeyId: principal.accessKeyId,
        ...identity,
      },
      verifiedAt: start,
      expiresAt: start + 300_000,
      cached: false,
      sts: { host: listedHost, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    expect(emulator.calls).toHaveLength(1);
  });

  test('of another partition, where that is configured', async () => {
    const host = 'sts.cn-north-1.amazonaws.com.cn';
    const { verifier } = scene(
      { endpoints: createEndpointResolver({ partition: 'aws-cn' }) },
      { partition: 'aws-cn' },
    );
    expect(await verifier.verify(await tokenOf({ host }))).toMatchObject({
      identity: { partition: 'aws-cn', canonicalArn: `arn:aws-cn:iam::${account}:role/Admin` },
      sts: { host },
    });
  });

  test('of an unlisted host, whose name only AWS can give out', async () => {
    const { verifier } = scene();
    expect(await verifier.verify(await tokenOf({ host: unlistedHost }))).toMatchObject({
      verdict: 'verified',
      sts: { host: unlistedHost },
    });
  });
});

describe('somebody else’s bearer token', () => {
  test.each<[string, unknown]>([
    ['absent', undefined],
    ['null', null],
    ['a number', 42],
    ['an object that prints as a token', { toString: () => 'k8s-aws-v1.aHR0cHM6Ly8' }],
    ['a list', ['k8s-aws-v1.aHR0cHM6Ly8']],
    ['empty', ''],
    ['a JWT', 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln'],
    ['another version', 'k8s-aws-v2.aHR0cHM6Ly8'],
    ['a space before', ' k8s-aws-v1.aHR0cHM6Ly8'],
    ['long', 'x'.repeat(100_000)],
  ])('%s', async (_, token) => {
    const { verifier, sts } = scene();
    expect(await verifier.verify(token)).toEqual({ verdict: 'foreign' });
    expect(sts.calls).toEqual([]);
  });
});

describe('refused by the grammar, before STS is asked', () => {
  type Row = readonly [name: string, code: TokenRefusalCode, Signing, Partial<VerifierOptions>?];
  const rows: readonly Row[] = [
    ['no STS host', 'host_not_sts', { host: 'sts.s3.amazonaws.com' }],
    ['another partition', 'host_not_sts', { host: 'sts.cn-north-1.amazonaws.com.cn' }],
    [
      'a region that is not taken',
      'region_not_allowed',
      {},
      { endpoints: createEndpointResolver({ regions: ['us-east-1'] }) },
    ],
    [
      'the global endpoint where it is off',
      'global_endpoint_disabled',
      { host: 'sts.amazonaws.com', region: 'us-east-1' },
      { endpoints: createEndpointResolver({ globalEndpoint: false }) },
    ],
    ['older than 15 minutes', 'token_expired', { at: start - 901_000 }],
    ['more than 5 minutes ahead', 'date_in_future', { at: start + 301_000 }],
    ['longer than the option', 'token_too_long', {}, { maxTokenLength: 100 }],
  ];

  for (const [name, code, signing, options] of rows) {
    test(`${name}: ${code}`, async () => {
      const { verifier, sts } = scene(options);
      const result = await verifier.verify(await tokenOf(signing));
      expect(result).toEqual({ verdict: 'refused', code });
      expect(sts.calls).toEqual([]);
    });
  }

  test('a clock that is no number', async () => {
    const { verifier } = scene({ clock: () => Number.NaN });
    expect(meaning(await verifier.verify(await tokenOf()))).toBe('token_expired');
  });
});

describe('refused by STS', () => {
  const eve: Principal = { ...bob, accessKeyId: 'AKIAEVE' };
  const over: Principal = { ...admin, expiration: start - 1 };
  type Row = readonly [name: string, code: StsRefusalCode, Signing, Fault?];
  const rows: readonly Row[] = [
    [
      'another audience was signed: a token of billing replayed at orders',
      'sts_signature_mismatch',
      { audience: 'https://billing.example.com' },
    ],
    ['an audience that begins alike', 'sts_signature_mismatch', { audience: `${audience}.evil.example` }],
    ['an audience in another case', 'sts_signature_mismatch', { audience: audience.toUpperCase() }],
    ['a wrong secret key', 'sts_signature_mismatch', { secretAccessKey: 'guess' }],
    ['an unknown key', 'sts_access_key_unknown', { as: eve }],
    [
      'a session token of somebody else',
      'sts_access_key_unknown',
      { as: { ...admin, sessionToken: 'abcd' } as Principal },
    ],
    ['a session that is over', 'sts_session_expired', { as: over }],
    ['AccessDenied', 'sts_access_denied', {}, { type: 'fail', status: 403, code: 'AccessDenied' }],
    ['region off', 'sts_region_disabled', {}, { type: 'fail', status: 403, code: 'RegionDisabledException' }],
  ];

  for (const host of [listedHost, unlistedHost]) {
    for (const [name, code, signing, fault] of rows) {
      test(`at ${host}: ${name}`, async () => {
        const { verifier, sts } = scene({}, { principals: [signing.as === over ? over : admin, bob] });
        sts.setFault(fault);
        expect(await verifier.verify(await tokenOf({ host, ...signing }))).toEqual({
          verdict: 'refused',
          code,
          sts: { host, requestId: expect.any(String) },
        });
        expect(sts.calls).toHaveLength(1);
      });
    }
  }

  test('one changed digit of the signature', async () => {
    const { verifier } = scene();
    const token = await tokenOf();
    const url = atob(token.slice('k8s-aws-v1.'.length).replace(/-/g, '+').replace(/_/g, '/'));
    const forged = url.slice(0, -1) + (url.endsWith('0') ? '1' : '0');
    const result = await verifier.verify(`k8s-aws-v1.${btoa(forged).replace(/=/g, '')}`);
    expect(meaning(result)).toBe('sts_signature_mismatch');
  });
});

describe('failures', () => {
  // [fault, code at a listed host]
  const rows: readonly (readonly [Fault, keyof typeof outages])[] = [
    [{ type: 'reset' }, 'sts_unreachable'],
    [{ type: 'cut' }, 'sts_unreachable'],
    [{ type: 'stall' }, 'sts_timeout'],
    [{ type: 'stall-body' }, 'sts_timeout'],
    [{ type: 'fail', status: 500 }, 'sts_failing'],
    [{ type: 'fail', status: 503 }, 'sts_failing'],
    [{ type: 'fail', status: 522 }, 'sts_failing'],
    [{ type: 'fail', status: 530 }, 'sts_failing'],
    [{ type: 'fail', status: 404 }, 'sts_answer_unexpected'],
    [{ type: 'fail', status: 400, code: 'SomethingNew' }, 'sts_answer_unexpected'],
    [{ type: 'fail', status: 200, code: 'AccessDenied' }, 'sts_answer_unexpected'],
    [{ type: 'redirect', location: 'https://evil.example/' }, 'sts_answer_unexpected'],
    [{ type: 'oversize', mib: 1 }, 'sts_answer_unexpected'],
    [{ type: 'nonsense', shape: 'html' }, 'sts_answer_unexpected'],
    [{ type: 'nonsense', shape: 'other-json' }, 'sts_answer_unexpected'],
    [{ type: 'nonsense', shape: 'mistyped' }, 'sts_answer_unexpected'],
    [{ type: 'nonsense', shape: 'broken-json' }, 'sts_answer_unexpected'],
    [{ type: 'nonsense', shape: 'empty' }, 'sts_answer_unexpected'],
    [{ type: 'nonsense', shape: 'wrong-content-type' }, 'sts_answer_unexpected'],
  ];

  async function spoiled(fault: Fault, host: string): Promise<unknown> {
    const stsDeadlineMs = fault.type.startsWith('stall') ? 40 : 5000;
    const { verifier, sts } = scene({ stsDeadlineMs });
    sts.setFault(fault);
    const token = await tokenOf({ host });
    const { sts: facts, ...result } = (await verifier.verify(token)) as { sts: { host: string } };
    expect(facts.host).toBe(host);
    return result;
  }

  test.each(rows)('of a listed host is no verdict: %o', async (fault, code) => {
    const result = await spoiled(fault, listedHost);
    expect(result).toEqual({ verdict: 'unavailable', code });
  });

  test.each(rows)('of an unlisted host is its caller’s own, who would fake an outage: %o', async (fault) => {
    const result = await spoiled(fault, unlistedHost);
    expect(result).toEqual({ verdict: 'refused', code: 'sts_host_unlisted' });
  });

  test.each([
    ['a listed', listedHost],
    ['an unlisted', unlistedHost],
  ])('throttling at %s host is throttling', async (_, host) => {
    for (const fault of [{ type: 'throttle' }, { type: 'fail', status: 429 }] as const) {
      const result = await spoiled(fault, host);
      expect(result).toEqual({ verdict: 'throttled', code: 'sts_throttled' });
    }
  });

  test('an unlisted host that was configured is listed', async () => {
    const { verifier, sts } = scene({
      endpoints: createEndpointResolver({ hosts: [{ host: unlistedHost, region: 'eu-west-9' }] }),
    });
    sts.setFault({ type: 'reset' });
    expect(meaning(await verifier.verify(await tokenOf({ host: unlistedHost })))).toBe('sts_unreachable');
  });
});

describe('STS contradicts itself', () => {
  const role = `arn:aws:sts::${account}:assumed-role/Admin/alice`;
  const said = { Account: account, Arn: role, UserId: 'AROAEXAMPLE:alice' };
  const user = { Account: account, Arn: `arn:aws:iam::${account}:user/bob`, UserId: 'AIDAEXAMPLE' };
  const root = { Account: account, Arn: `arn:aws:iam::${account}:root`, UserId: account };
  const federated = {
    Account: account,
    Arn: `arn:aws:sts::${account}:federated-user/Bob`,
    UserId: `${account}:Bob`,
  };

  async function results(result: object): Promise<string[]> {
    const body = JSON.stringify({ GetCallerIdentityResponse: { GetCallerIdentityResult: result } });
    const headers = { 'content-type': 'application/json' };
    const { verifier } = scene({ fetch: async () => new Response(body, { headers }) });
    return [
      meaning(await verifier.verify(await tokenOf())),
      meaning(await verifier.verify(await tokenOf({ host: unlistedHost }))),
    ];
  }

  test.each([said, user, root, federated])('not so: $Arn', async (result) => {
    expect(await results(result)).toEqual(['verified', 'verified']);
  });

  test.each<[string, object]>([
    ['account and ARN differ', { ...said, Account: '444455556666' }],
    ['account with eleven digits', { ...said, Account: '11112222333' }],
    ['account with a line end', { ...said, Account: `${account}\n` }],
    ['account in other digits', { ...said, Account: '１１１１２２２２３３３３' }],
    ['another partition', { ...said, Arn: role.replace('aws', 'aws-cn') }],
    ['no partition', { ...said, Arn: role.replace('aws', '') }],
    ['a region in the ARN', { ...said, Arn: role.replace('sts::', 'sts:eu-west-1:') }],
    ['another service', { ...said, Arn: role.replace('sts', 's3') }],
    ['an assumed role of the wrong service', { ...said, Arn: role.replace('sts', 'iam') }],
    ['session name and user ID differ', { ...said, UserId: 'AROAEXAMPLE:mallory' }],
    ['session name in another case', { ...said, UserId: 'AROAEXAMPLE:Alice' }],
    ['user ID without the session', { ...said, UserId: 'AROAEXAMPLE' }],
    ['user ID with a third part', { ...said, UserId: 'AROAEXAMPLE:alice:x' }],
    ['user ID without the role', { ...said, UserId: ':alice' }],
    ['user ID with a space', { ...said, UserId: 'AROA EXAMPLE:alice' }],
    ['a role itself, which never calls', { ...said, Arn: `arn:aws:iam::${account}:role/Admin` }],
    ['a session too many', { ...said, Arn: `${role}/x`, UserId: 'AROAEXAMPLE:alice/x' }],
    ['no session', { ...said, Arn: role.replace('/alice', ''), UserId: 'AROAEXAMPLE:' }],
    ['role name with a slash', { ...said, Arn: role.replace('Admin', 'a/Admin') }],
    ['role name with a colon', { ...said, Arn: role.replace('Admin', 'Ad:min') }],
    ['role name with a star', { ...said, Arn: role.replace('Admin', '*') }],
    ['role name with a line end', { ...said, Arn: role.replace('Admin', 'Admin\n') }],
    ['role name of 129 characters', { ...said, Arn: role.replace('Admin', 'a'.repeat(129)) }],
    ['role name that looks alike', { ...said, Arn: role.replace('Admin', 'Аdmin') }],
    ['session name with braces', { ...said, Arn: `${role}{{}}`, UserId: 'AROAEXAMPLE:alice{{}}' }],
    ['session name of one character', { ...said, Arn: role.replace('alice', 'a'), UserId: 'AROAEXAMPLE:a' }],
    ['user ID of a session for a user', { ...user, UserId: 'AIDAEXAMPLE:bob' }],
    ['user name empty', { ...user, Arn: `arn:aws:iam::${account}:user/` }],
    ['user path of 513 characters', { ...user, Arn: `arn:aws:iam::${account}:user/${'a'.repeat(511)}/bob` }],
    ['root with the ID of a user', { ...root, UserId: 'AIDAEXAMPLE' }],
    ['root of another account', { ...root, UserId: '444455556666' }],
    ['more than root', { ...root, Arn: `${root.Arn}/x` }],
    ['federated name and user ID differ', { ...federated, UserId: `${account}:Eve` }],
    ['federated user of another account', { ...federated, UserId: '444455556666:Bob' }],
    ['federated user with a session', { ...federated, Arn: `${federated.Arn}/x` }],
    ['federated user with an end', { ...federated, Arn: `${federated.Arn}/` }],
    ['not an ARN', { ...said, Arn: 'Admin' }],
    ['empty', { Account: '', Arn: '', UserId: '' }],
  ])('%s', async (_, result) => {
    expect(await results(result)).toEqual(['sts_answer_unexpected', 'sts_host_unlisted']);
  });
});

describe('never throws', () => {
  test.each<[string, () => unknown]>([
    [
      'fetch throws at once',
      () => {
        throw new Error('at once');
      },
    ],
    ['fetch rejects with nothing', () => Promise.reject()],
    ['fetch gives nothing', () => undefined],
    ['fetch gives a Response without a body', () => new Response(null, { status: 200 })],
  ])('%s', async (_, fetch) => {
    const { verifier } = scene({ fetch: fetch as unknown as typeof globalThis.fetch });
    expect((await verifier.verify(await tokenOf())).verdict).toBe('unavailable');
    expect((await verifier.verify(await tokenOf({ host: unlistedHost }))).verdict).toBe('refused');
  });
});

test('no answer holds the signature, the session token or the token', async () => {
  const faults: (Fault | undefined)[] = [
    undefined,
    { type: 'reset' },
    { type: 'throttle' },
    { type: 'nonsense', shape: 'html' },
    { type: 'fail', status: 403, code: 'AccessDenied' },
  ];
  for (const host of [listedHost, unlistedHost]) {
    const token = await tokenOf({ host });
    const url = atob(token.slice('k8s-aws-v1.'.length).replace(/-/g, '+').replace(/_/g, '/'));
    const secrets = [token.slice(11, 60), url.slice(-64), admin.sessionToken as string, 'X-Amz'];
    for (const fault of faults) {
      const { verifier, sts } = scene();
      sts.setFault(fault);
      const text = JSON.stringify(await verifier.verify(token));
      for (const secret of secrets) expect(text.includes(secret)).toBe(false);
    }
  }
});
