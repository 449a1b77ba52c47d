/**
 * The guard: what it lets in, and what each bad credential is answered with.
 */
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/emulator/faults.ts';
import { bindToRequest } from '../../src/http/guard/binding.ts';
import { createGuard } from '../../src/http/guard/guard.ts';
import { guardScene, requestWith, seen } from '../support/guard-setup.ts';
import {
  account,
  admin,
  audience,
  bob,
  scene,
  start,
  taskContext,
  tokenOf,
  unlistedHost,
} from '../support/verifier-setup.ts';

const realm = `Bearer realm="${audience}"`;
const invalid = `${realm}, error="invalid_token"`;

describe('a good token', () => {
  test('lets its signer in', async () => {
    const { guard } = guardScene();
    expect(await guard(requestWith(await tokenOf()))).toEqual({
      proof: 'signed-url',
      arn: `arn:aws:sts::${account}:assumed-role/Admin/alice@example.com`,
      canonicalArn: `arn:aws:iam::${account}:role/Admin`,
      type: 'assumed-role',
      partition: 'aws',
      account,
      principalId: admin.type === 'assumed-role' ? admin.principalId : '',
      roleName: 'Admin',
      sessionName: 'alice@example.com',
      accessKeyId: admin.accessKeyId,
      groups: [],
      decisionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test('leaves the body to be read', async () => {
    const { guard } = guardScene();
    const request = requestWith(await tokenOf(), { method: 'POST', body: 'hello' });
    await guard(request);
    expect(await request.text()).toBe('hello');
  });

  test('costs one call to STS for many requests, also at once', async () => {
    const { guard, sts } = guardScene();
    const token = await tokenOf();
    const context = taskContext();
    await Promise.all(Array.from({ length: 20 }, () => guard(requestWith(token), { context })));
    for (let more = 0; more < 20; more++) await guard(requestWith(token), { context });
    expect(sts.calls).toHaveLength(1);
  });

  test.each(['bearer', 'BEARER', 'Bearer ', 'Bearer   '])('the scheme has no case: %j', async (scheme) => {
    const { guard } = guardScene();
    const headers = { authorization: `${scheme} ${await tokenOf()}` };
    expect(await guard(new Request(audience, { headers }))).toMatchObject({ account });
  });
});

type Row = [
  name: string,
  authorization: () => string | Promise<string>,
  status: number,
  code: string,
  challenge: string,
];

const bearer = (signing: Parameters<typeof tokenOf>[0]) => async () => `Bearer ${await tokenOf(signing)}`;
const altered = (edit: (token: string) => string) => async () => `Bearer ${edit(await tokenOf())}`;
const at = (minutes: number) => start + minutes * 60_000;

/** Every one of them without a token that is good here. */
const bad: Row[] = [
  ['another scheme', () => 'Basic YWxpY2U6c2VjcmV0', 401, 'token_missing', realm],
  ['an empty header', () => '', 401, 'token_missing', realm],
  ['a token without a scheme', () => tokenOf(), 401, 'token_missing', realm],
  ['a scheme that only begins so', async () => `BearerX ${await tokenOf()}`, 401, 'token_missing', realm],
  ['no token', () => 'Bearer', 400, 'authorization_malformed', `${realm}, error="invalid_request"`],
  [
    'two tokens',
    async () => `Bearer ${await tokenOf()}, Bearer ${await tokenOf()}`,
    400,
    'authorization_malformed',
    `${realm}, error="invalid_request"`,
  ],
  ['two words', () => 'Bearer a b', 400, 'authorization_malformed', `${realm}, error="invalid_request"`],
  ['somebody else’s token', () => 'Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln', 401, 'token_foreign', invalid],
  ['a token that is cut', altered((token) => token.slice(0, -9)), 401, 'token_malformed', invalid],
  ['a token that is no URL', () => 'Bearer k8s-aws-v1.aGVsbG8', 401, 'token_malformed', invalid],
  ['the prefix alone', () => 'Bearer k8s-aws-v1.', 401, 'token_malformed', invalid],
  [
    'a token that is too long',
    () => `Bearer k8s-aws-v1.${'a'.repeat(9000)}`,
    401,
    'token_malformed',
    invalid,
  ],
  [
    'a host that is not of STS',
    bearer({ host: 'evil.eu-west-1.example.com', region: 'eu-west-1' }),
    401,
    'token_malformed',
    invalid,
  ],
  [
    'an invented region, to fake an outage of STS',
    bearer({ host: unlistedHost }),
    401,
    'token_refused',
    invalid,
  ],
  ['an old token', bearer({ at: at(-16) }), 401, 'token_expired', invalid],
  ['a token dated ahead', bearer({ at: at(6) }), 401, 'date_in_future', invalid],
  [
    'a token for another service',
    bearer({ audience: 'https://payments.example.com' }),
    401,
    'token_refused',
    invalid,
  ],
  [
    'a token bound to a request',
    bearer({ audience: `${audience}#${'A'.repeat(43)}` }),
    401,
    'token_refused',
    invalid,
  ],
  ['a guessed secret', bearer({ secretAccessKey: 'guess' }), 401, 'token_refused', invalid],
  [
    'a key that nobody has',
    bearer({ as: { ...bob, accessKeyId: 'AKIANOBODY' } }),
    401,
    'token_refused',
    invalid,
  ],
];

describe('a bad credential', () => {
  test.each(bad)('%s', async (name, authorization, status, code, challenge) => {
    const { guard, sts, records } = guardScene();
    if (name.startsWith('an invented region')) sts.setFault({ type: 'fail', status: 530 });
    const headers = { authorization: await authorization() };
    const answer = await guard(new Request(audience, { headers }));
    const { challenge: given, ...rest } = await seen(answer);
    expect(rest).toEqual({ status, code, retryAfter: null });
    expect(given).toBe(challenge);
    expect((answer as Response).headers.get('cache-control')).toBe('no-store');
    expect(records).toHaveLength(1);
    expect(records[0]?.decisionId).toBe((answer as Response).headers.get('callerid-decision-id'));
    expect(records[0]?.verdict).not.toBe('granted');
    const shown = JSON.stringify([records, await (answer as Response).text(), given]);
    expect(shown).not.toMatch(/k8s-aws-v1\.|X-Amz-[CS]|eyJ|YWxpY2U/);
  });

  test('no header at all', async () => {
    const { guard, sts, records } = guardScene();
    expect(await seen(await guard(requestWith(undefined)))).toEqual({
      status: 401,
      code: 'token_missing',
      challenge: realm,
      retryAfter: null,
    });
    expect(sts.calls).toHaveLength(0);
    expect(records).toMatchObject([{ verdict: 'rejected', code: 'token_missing' }]);
  });

  test('the log says more than the answer', async () => {
    const { guard, records } = guardScene();
    await guard(requestWith(await tokenOf({ secretAccessKey: 'guess' })));
    expect(records).toMatchObject([
      { verdict: 'refused', code: 'sts_signature_mismatch', stsHost: expect.any(String) },
    ]);
  });

  test('an audience with quotes stays inside its quotes', async () => {
    const { guard } = guardScene({}, { audience: 'https://a.example.com/"x", error="\\' });
    const { challenge } = await seen(await guard(requestWith(undefined)));
    expect(challenge).toBe('Bearer realm="https://a.example.com/\\"x\\", error=\\"\\\\"');
  });
});

describe('STS that gives no verdict', () => {
  const unavailable: [name: string, fault: Fault, status: number, code: string][] = [
    ['throttles', { type: 'throttle' }, 429, 'sts_throttled'],
    ['fails', { type: 'fail', status: 503 }, 503, 'sts_failing'],
    ['breaks off', { type: 'reset' }, 503, 'sts_unreachable'],
    ['stalls', { type: 'stall' }, 503, 'sts_timeout'],
    ['leads elsewhere', { type: 'redirect', location: 'https://example.com/' }, 503, 'sts_answer_unexpected'],
  ];
  test.each(unavailable)('%s: come again, and no 401', async (_, fault, status, code) => {
    const { guard, sts, records } = guardScene({}, { stsDeadlineMs: 50 });
    sts.setFault(fault);
    const { retryAfter, ...rest } = await seen(await guard(requestWith(await tokenOf())));
    expect(rest).toEqual({ status, code: status === 429 ? code : 'unavailable', challenge: null });
    expect(Number(retryAfter)).toBeGreaterThanOrEqual(5);
    expect(records).toMatchObject([{ code, verdict: status === 429 ? 'throttled' : 'unavailable' }]);
  });
});

describe('failures fail closed', () => {
  const broken = () => {
    throw new Error('k8s-aws-v1.secret');
  };
  test.each([
    ['a log that throws', { log: broken }],
    ['a policy that throws', { policy: { map: async () => broken() } }],
    ['a limiter that throws', { limiter: { limit: async () => broken() } }],
    ['a store of used tokens that throws', { oneTime: { use: async () => broken() } }],
    ['a store of used tokens that gives no answer', { oneTime: { use: async () => undefined as never } }],
  ])('%s', async (name, options) => {
    const { guard, records } = guardScene(options);
    const nonce = 'AAAAAAAAAAAAAAAAAAAAAA';
    const isOnce = 'oneTime' in options;
    const token = await tokenOf(isOnce ? { audience: `${audience}#${nonce}` } : {});
    const headers: HeadersInit = isOnce ? { 'callerid-nonce': nonce } : {};
    const answer = await guard(requestWith(token, { headers }), { client: 'a' });
    expect(await seen(answer), name).toMatchObject({ status: 503, code: 'unavailable', challenge: null });
    expect(JSON.stringify([records, await (answer as Response).text()])).not.toContain('secret');
  });
});

test('options that nobody means are refused', () => {
  const verifierOptions = { audience };
  const rows: [options: object, setting: string][] = [
    [{}, 'allow'],
    [{ allow: {} }, 'allow'],
    [{ allow: { accounts: [], arns: [] } }, 'allow'],
    [{ allow: { accounts: ['11112222333'] } }, 'allow.accounts[0]'],
    [{ allow: { accounts: [111122223333] } }, 'allow.accounts[0]'],
    [{ allow: { arns: [`arn:aws:iam::${account}:role/*`] } }, 'allow.arns[0]'],
    [{ allow: { arns: [`arn:aws:sts::${account}:assumed-role/Admin/alice`] } }, 'allow.arns[0]'],
    [{ allow: { patterns: [`arn:aws:iam::${account}:role/*`] } }, 'allow.patterns[0]'],
    [{ allow: { patterns: ['arn:aws:iam::*:role/Admin*'] } }, 'allow.patterns[0]'],
    [{ allow: { patterns: [`arn:aws:iam::${account}:role/Admin`] } }, 'allow.patterns[0]'],
    [{ allow: { groups: ['writers'] } }, 'allow.groups'],
    [{ allow: { accounts: [account] }, audience: 'orders' }, 'audience'],
    [{ allow: { accounts: [account] }, bindings: bindToRequest() }, 'bindings'],
    [{ allow: { accounts: [account] }, regions: ['eu-west-1'] }, 'regions'],
    [{ allow: { accounts: [account] }, audience: 'https://a.example.com/#b' }, 'audience'],
    [
      { allow: { accounts: [account] }, audience: `https://${'a'.repeat(182)}`, binding: bindToRequest() },
      'audience',
    ],
    [{ allow: { accounts: [account] }, oneTime: {} }, 'oneTime'],
  ];
  for (const [options, setting] of rows) {
    const make = () => createGuard({ ...verifierOptions, ...options } as never);
    expect(make, setting).toThrow(expect.objectContaining({ code: 'configuration', setting }));
  }
});

test('an option beside a verifier that only a verifier has is one that would be ignored', () => {
  const { verifier } = scene();
  expect(() => createGuard({ verifier, allow: { accounts: [account] }, audience } as never)).toThrow(
    expect.objectContaining({ setting: 'audience' }),
  );
});

test('an audience that could be an EKS name: the error tells the fix', () => {
  expect(() => createGuard({ audience: 'orders', allow: { accounts: [account] } })).toThrow(
    /Use the URL of the service/,
  );
});
