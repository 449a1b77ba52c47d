/**
 * Issuers over HTTP: the documents, good requests, bad ones, and that nothing is issued on any error path.
 */
import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { accessTexts } from '../../src/errors/access.ts';
import { createIssuer, type IssuerOfCluster, type IssuerOptions } from '../../src/http/issuer/issuer.ts';
import { type Answer, decisionIdPattern, people } from '../support/deployment.ts';
import {
  billing,
  deployer,
  grantType,
  IssuerScene,
  jwtType,
  orders,
  ordersAudience,
  readIssued,
  roleArn,
  signedUrl,
  webhookAudience,
} from '../support/issuer-setup.ts';
import { keyDraft, keyText } from '../support/signing-keys.ts';

/** An answer has no token, and is an error of OAuth. */
function expectError(answer: Answer, status: number, error: string, code: string): void {
  expect([answer.status, answer.body?.error, answer.body?.code]).toEqual([status, error, code]);
  expect(Object.keys(answer.body).sort()).toEqual(['code', 'error', 'error_description']);
  // RFC 6749, section 5.2
  expect(answer.body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  expect(answer.body.error_description).toContain(`(decision ${answer.decisionId})`);
  expect(answer.decisionId).toMatch(decisionIdPattern);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('pragma')).toBe('no-cache');
  expect(answer.headers.has('retry-after')).toBe(status === 429 || status === 503);
  expect(answer.text).not.toContain('eyJ');
}

const discovery = '/clusters/orders/.well-known/openid-configuration';
const jwks = '/clusters/orders/.well-known/jwks.json';

describe('the documents', () => {
  test('discovery', async () => {
    const scene = await IssuerScene.start();
    const { status, headers, body } = await scene.send(discovery);
    expect([status, headers.get('cache-control'), headers.get('content-type')]).toEqual([
      200,
      'public, max-age=300',
      'application/json',
    ]);
    expect(body).toEqual({
      issuer: orders,
      jwks_uri: `${orders}/.well-known/jwks.json`,
      token_endpoint: `${orders}/token`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      grant_types_supported: [grantType],
      token_endpoint_auth_methods_supported: ['none'],
      claims_supported: [
        ...['iss', 'sub', 'aud', 'iat', 'exp', 'auth_time', 'jti', 'username', 'groups'],
        'callerid.example.com',
      ],
    });
  });

  test('keys, and the algorithms of all of them', async () => {
    const drafts = [
      await keyDraft('now', { alg: 'RS256' }),
      await keyDraft('next', { signFrom: '2099-01-01T00:00:00Z' }),
      await keyDraft('old'),
    ];
    const scene = await IssuerScene.start({ keys: keyText(...drafts) });
    const { status, headers, body } = await scene.send(jwks);
    expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=300']);
    expect(body).toEqual(scene.keys.publicKeys());
    expect(body.keys.map(({ kid }: { kid: string }) => kid)).toEqual(['now', 'next', 'old']);
    const { body: configuration } = await scene.send(discovery);
    expect(configuration.id_token_signing_alg_values_supported).toEqual(['RS256', 'ES256']);
  });

  test.each([discovery, jwks])('HEAD has the headers and no body: %s', async (path) => {
    const scene = await IssuerScene.start();
    const { status, headers, text } = await scene.send(path, { method: 'HEAD' });
    expect([status, headers.get('cache-control'), text]).toEqual([200, 'public, max-age=300', '']);
  });

  test.each([discovery, jwks])('no CORS: %s', async (path) => {
    const scene = await IssuerScene.start();
    const { headers } = await scene.send(path, { headers: { origin: 'https://evil.example' } });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  test.each([
    ['openid-configuration', 'GET'],
    ['jwks.json', 'GET'],
    ['jwks.json', 'HEAD'],
  ])('404 alike where there is no such cluster: %s %s', async (name, method) => {
    const scene = await IssuerScene.start();
    for (const cluster of ['nowhere', 'constructor', '__proto__', 'ORDERS']) {
      const answer = await scene.send(`/clusters/${cluster}/.well-known/${name}`, { method });
      expect(answer.status).toBe(404);
      if (method === 'GET')
        expect(answer.body.message).toMatch(/^not_found: there is nothing at this path \(/);
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });
});

describe('a token', () => {
  test('for a signed URL', async () => {
    const scene = await IssuerScene.start();
    const answer = await scene.ask({ subject_token: await scene.sign() });
    expect([answer.status, answer.headers.get('cache-control'), answer.headers.get('pragma')]).toEqual([
      200,
      'no-store',
      'no-cache',
    ]);
    const { access_token: token, ...rest } = answer.body;
    expect(rest).toEqual({ issued_token_type: jwtType, token_type: 'Bearer', expires_in: 900 });
    const { body: keys } = await scene.send(jwks);
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(keys), {
      issuer: orders,
      audience: ordersAudience,
      currentDate: new Date(scene.time),
    });
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: 'signer', typ: 'JWT' });
    expect(payload).toMatchObject({ username: 'deployer:build-7', groups: ['deployers', 'of:build-7'] });
    expect(payload['callerid.example.com']).toMatchObject({ decisionId: answer.decisionId });
  });

  test('is logged by its ID, and nothing of either token is', async () => {
    const scene = await IssuerScene.start();
    const subject = await scene.sign();
    const answer = await scene.ask({ subject_token: subject });
    const { claims } = readIssued(answer);
    expect(scene.log).toEqual([
      {
        event: 'exchange',
        time: '2026-11-24T12:00:00.000Z',
        decisionId: answer.decisionId,
        cluster: 'orders',
        verdict: 'issued',
        username: 'deployer:build-7',
        rule: `role ${roleArn('Deployer')}`,
        policyVersion: 1,
        arn: 'arn:aws:sts::111122223333:assumed-role/Deployer/build-7',
        canonicalArn: roleArn('Deployer'),
        account: '111122223333',
        principalId: 'AROADEPLOYER0000000',
        accessKeyId: deployer.accessKeyId,
        sessionName: 'build-7',
        stsHost: 'sts.eu-west-1.amazonaws.com',
        stsRequestId: expect.any(String),
        cached: false,
        verifiedAt: '2026-11-24T12:00:00.000Z',
        issuedId: claims.jti,
        expiresAt: '2026-11-24T12:15:00.000Z',
        kid: 'signer',
        durationMs: 0,
      },
    ]);
    const text = JSON.stringify(scene.log);
    for (const part of answer.body.access_token.split('.')) expect(text).not.toContain(part);
    expect(text).not.toContain(subject.slice(20, 60));
  });

  // [name, parameters]
  test.each<[string, Record<string, string>]>([
    ['with the audience', { audience: ordersAudience }],
    [
      'with the audience as a resource, and again as audience',
      { resource: ordersAudience, audience: ordersAudience },
    ],
    ['with a scope, which is ignored', { scope: 'openid system:masters' }],
    ['with what nobody knows', { client_id: 'kubectl', nonsense: 'x', ['__proto__']: 'x' }],
    ['with parameters that have no value', { audience: '', actor_token: '', requested_token_type: '' }],
    ['as an ID token', { requested_token_type: 'urn:ietf:params:oauth:token-type:id_token' }],
    ['as an access token', { requested_token_type: 'urn:ietf:params:oauth:token-type:access_token' }],
    ['as a JWT', { requested_token_type: jwtType }],
  ])('%s', async (_, parameters) => {
    const scene = await IssuerScene.start();
    const answer = await scene.ask({ subject_token: await scene.sign(), ...parameters });
    expect([answer.status, answer.body.issued_token_type]).toEqual([200, jwtType]);
    expect(readIssued(answer).claims).toMatchObject({
      aud: ordersAudience,
      groups: ['deployers', 'of:build-7'],
    });
  });

  test.each(['jwt', 'id_token', 'access_token'])('for a JWT of AWS, called a %s', async (name) => {
    const scene = await IssuerScene.start();
    await scene.write({ rules: [{ role: roleArn('Deployer'), username: 'a' }] });
    scene.jwts.set('a.fake.jwt', { audiences: [orders], expiresAt: scene.time + 60_000 });
    const subject_token_type = `urn:ietf:params:oauth:token-type:${name}`;
    const answer = await scene.ask({ subject_token: 'a.fake.jwt', subject_token_type });
    expect([answer.status, answer.body.expires_in]).toEqual([200, 60]);
    expect(scene.log[0]).toMatchObject({ verdict: 'issued', jwtId: 'aws-jti' });
  });

  test.each(['application/x-www-form-urlencoded; charset=UTF-8', 'Application/X-WWW-Form-Urlencoded'])(
    'sent as %s',
    async (type) => {
      const scene = await IssuerScene.start();
      const body = new URLSearchParams({
        grant_type: grantType,
        subject_token_type: signedUrl,
        subject_token: await scene.sign(),
      });
      expect((await scene.post(body.toString(), { 'content-type': type })).status).toBe(200);
    },
  );
});

describe('a request that is wrong', () => {
  const invalid = 'invalid_request';
  // [name, parameters beside a good subject token, status, error, code]
  test.each<[string, Record<string, string | undefined>, number, string, string]>([
    ['no grant type', { grant_type: undefined }, 400, invalid, 'parameter_missing'],
    ['an empty grant type', { grant_type: '' }, 400, invalid, 'parameter_missing'],
    [
      'another grant type',
      { grant_type: 'client_credentials' },
      400,
      'unsupported_grant_type',
      'grant_type_unsupported',
    ],
    [
      'the grant type of assertions',
      { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' },
      400,
      'unsupported_grant_type',
      'grant_type_unsupported',
    ],
    ['no subject token', { subject_token: undefined }, 400, invalid, 'parameter_missing'],
    ['an empty subject token', { subject_token: '' }, 400, invalid, 'parameter_missing'],
    ['no subject token type', { subject_token_type: undefined }, 400, invalid, 'parameter_missing'],
    [
      'a subject token type that nobody takes',
      { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
      400,
      invalid,
      'token_type_unsupported',
    ],
    [
      'a refresh token',
      { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      400,
      invalid,
      'token_type_unsupported',
    ],
    ['a signed URL, asked for', { requested_token_type: signedUrl }, 400, invalid, 'token_type_unsupported'],
    [
      'a signed URL that is said to be a JWT',
      { subject_token_type: jwtType },
      400,
      invalid,
      'token_type_mismatch',
    ],
    [
      'a JWT that is said to be a signed URL',
      { subject_token: 'a.b.c' },
      400,
      invalid,
      'token_type_mismatch',
    ],
    ['an actor', { actor_token: 'x', actor_token_type: jwtType }, 400, invalid, 'actor_unsupported'],
    ['the type of an actor', { actor_token_type: jwtType }, 400, invalid, 'actor_unsupported'],
    ['another audience', { audience: 'https://other.example' }, 400, 'invalid_target', 'target_unknown'],
    ["the webhook's audience", { audience: webhookAudience }, 400, 'invalid_target', 'target_unknown'],
    ['the issuer itself as audience', { audience: orders }, 400, 'invalid_target', 'target_unknown'],
    [
      'another resource beside the audience',
      { audience: ordersAudience, resource: 'https://x.example' },
      400,
      'invalid_target',
      'target_unknown',
    ],
    [
      'the audience with a slash behind',
      { audience: `${ordersAudience}/` },
      400,
      'invalid_target',
      'target_unknown',
    ],
  ])('%s', async (_, parameters, status, error, code) => {
    const scene = await IssuerScene.start();
    const answer = await scene.ask({ subject_token: await scene.sign(), ...parameters });
    expectError(answer, status, error, code);
    expect(scene.sts.calls).toHaveLength(0);
    expect(scene.log).toMatchObject([
      { event: 'exchange', verdict: 'rejected', code, decisionId: answer.decisionId },
    ]);
  });

  test.each([
    ['parameter pollution: a second subject token', (good: string) => `&subject_token=${good}`],
    ['parameter pollution: an empty one more', () => '&subject_token='],
    ['parameter pollution: another audience', () => `&audience=${ordersAudience}&audience=${billing}`],
    [
      'parameter pollution: the same audience',
      () => `&audience=${ordersAudience}&audience=${ordersAudience}`,
    ],
    ['parameter pollution: in another encoding', () => '&grant%5Ftype=client_credentials'],
    ['parameter pollution: of what nobody knows', () => '&x=1&x=2'],
    ['parameter pollution: of nothing', () => '&=1&=2'],
  ])('%s', async (_, more) => {
    const scene = await IssuerScene.start();
    const token = await scene.sign();
    const good = new URLSearchParams({
      grant_type: grantType,
      subject_token_type: signedUrl,
      subject_token: token,
    });
    const answer = await scene.post(good.toString() + more(token));
    expectError(answer, 400, 'invalid_request', 'parameter_duplicate');
    expect(scene.sts.calls).toHaveLength(0);
  });

  test('parameters in the URL are none', async () => {
    const scene = await IssuerScene.start();
    const query = new URLSearchParams({
      grant_type: grantType,
      subject_token_type: signedUrl,
      subject_token: await scene.sign(),
    });
    expectError(
      await scene.post('', {}, `/clusters/orders/token?${query}`),
      400,
      'invalid_request',
      'parameter_missing',
    );
  });

  test.each([
    'application/json',
    'multipart/form-data; boundary=x',
    'text/plain',
    '',
    'application/x-www-form-urlencodedx',
  ])('the content type %j', async (type) => {
    const scene = await IssuerScene.start();
    const answer = await scene.post(new Uint8Array([123, 125]), type === '' ? {} : { 'content-type': type });
    if (type === '') return expectError(answer, 400, 'invalid_request', 'parameter_missing');
    expectError(answer, 415, 'invalid_request', 'form_expected');
  });

  test.each<[string, (size: number) => BodyInit]>([
    ['with its length', (size) => 'a'.repeat(size)],
    [
      'in pieces, without one',
      (size) => {
        let left = size;
        return new ReadableStream({
          pull(controller) {
            const piece = Math.min(left, 16_384);
            left -= piece;
            if (piece === 0) controller.close();
            else controller.enqueue(new Uint8Array(piece).fill(97));
          },
        });
      },
    ],
  ])('an oversized body, %s', async (_, bodyOf) => {
    const scene = await IssuerScene.start();
    expectError(await scene.post(bodyOf(64 * 1024)), 400, 'invalid_request', 'parameter_missing');
    expectError(await scene.post(bodyOf(64 * 1024 + 1)), 413, 'invalid_request', 'body_too_large');
    expectError(await scene.post(bodyOf(4 * 1024 * 1024)), 413, 'invalid_request', 'body_too_large');
  });

  test('a body without end', async () => {
    const scene = await IssuerScene.start();
    const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(16_384)) });
    expectError(await scene.post(body), 413, 'invalid_request', 'body_too_large');
  });

  test.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])('405: %s', async (method) => {
    const scene = await IssuerScene.start();
    const answer = await scene.send('/clusters/orders/token', { method });
    expectError(answer, 405, 'invalid_request', 'method_not_allowed');
    expect(answer.headers.get('allow')).toBe('POST');
  });

  test.each(['GET', 'POST'])('404 where there is no such issuer: %s', async (method) => {
    const scene = await IssuerScene.start();
    const answer = await scene.send('/clusters/nowhere/token', { method });
    expect([answer.status, answer.body.reason]).toEqual([404, 'NotFound']);
    expect(scene.log).toEqual([]);
  });
});

describe('a subject token that is not good here: the answer says less than the log', () => {
  // [name, token, told, logged]
  test.each<[string, (scene: IssuerScene) => Promise<string>, string, string]>([
    [
      "replaying a token for the cluster's webhook",
      (s) => s.sign(deployer, webhookAudience),
      'token_refused',
      'sts_signature_mismatch',
    ],
    [
      'a token for another issuer of the same deployment',
      (s) => s.sign(deployer, billing),
      'token_refused',
      'sts_signature_mismatch',
    ],
    [
      'a key that STS does not know',
      (s) => s.sign(people.unknownToSts),
      'token_refused',
      'sts_access_key_unknown',
    ],
    ['garbage behind the prefix', async () => 'k8s-aws-v1.%%%', 'token_malformed', 'token_encoding'],
    ['nobody whom the policy knows', (s) => s.sign(people.stranger), 'not_allowed', 'not_mapped'],
    ['somebody with a reserved group', (s) => s.sign(people.admin), 'not_allowed', 'reserved_not_issued'],
    [
      'a session name that would complete a reserved prefix',
      (s) => s.sign(people.sneak),
      'not_allowed',
      'name_reserved',
    ],
  ])('%s', async (_, tokenOf, told, logged) => {
    const scene = await IssuerScene.start();
    const answer = await scene.ask({ subject_token: await tokenOf(scene) });
    expectError(answer, 400, 'invalid_request', told);
    expect(answer.body.error_description).toBe(
      `${accessTexts[told as keyof typeof accessTexts].replaceAll('"', "'")} (decision ${answer.decisionId})`,
    );
    expect(answer.text).not.toMatch(/arn:|111122223333|version/);
    expect(scene.log).toMatchObject([{ code: logged, decisionId: answer.decisionId }]);
    expect(scene.log[0]).not.toHaveProperty('issuedId');
  });

  test.each([
    ['an issued JWT', undefined, 'token_foreign', 'token_foreign'],
    ['an AWS JWT with two audiences', { audiences: [orders, billing] }, 'token_refused', 'jwt_audiences'],
    [
      'an AWS JWT that ends within a second',
      { audiences: [orders], expiresIn: 999 },
      'jwt_expired',
      'jwt_expired',
    ],
  ])('%s', async (_, jwt, told, logged) => {
    const scene = await IssuerScene.start();
    await scene.write({ rules: [{ role: roleArn('Deployer'), username: 'a' }] });
    const first = await scene.ask({ subject_token: await scene.sign() });
    const { audiences, expiresIn }: { audiences?: string[]; expiresIn?: number } = jwt ?? {};
    if (audiences) scene.jwts.set('a.b.c', { audiences, expiresAt: scene.time + (expiresIn ?? 60_000) });
    const subject_token = audiences ? 'a.b.c' : first.body.access_token;
    const answer = await scene.ask({ subject_token, subject_token_type: jwtType });
    expectError(answer, 400, 'invalid_request', told);
    expect(scene.log[1]).toMatchObject({ code: logged });
  });
});

describe('no verdict: come again', () => {
  test.each([
    ['STS throttles', { type: 'throttle' }, 429, 'sts_throttled', 'sts_throttled'],
    ['STS fails', { type: 'fail', status: 500 }, 503, 'unavailable', 'sts_failing'],
    ['STS cannot be reached', { type: 'reset' }, 503, 'unavailable', 'sts_unreachable'],
  ] as const)('%s', async (_, fault, status, told, logged) => {
    const scene = await IssuerScene.start();
    scene.sts.setFault(fault);
    const answer = await scene.ask({ subject_token: await scene.sign() });
    expectError(answer, status, 'temporarily_unavailable', told);
    expect(scene.log).toMatchObject([{ code: logged }]);
  });

  test('no policy', async () => {
    const scene = await IssuerScene.start();
    await scene.store.delete('policy/orders');
    expectError(
      await scene.ask({ subject_token: await scene.sign() }),
      503,
      'temporarily_unavailable',
      'unavailable',
    );
    expect(scene.log).toMatchObject([{ code: 'policy_missing' }]);
  });

  test('no key that may sign yet', async () => {
    const scene = await IssuerScene.start({
      keys: keyText(await keyDraft('a', { signFrom: '2099-01-01T00:00:00Z' })),
    });
    expectError(
      await scene.ask({ subject_token: await scene.sign() }),
      503,
      'temporarily_unavailable',
      'unavailable',
    );
    expect(scene.log).toMatchObject([{ code: 'signing_key_missing', canonicalArn: roleArn('Deployer') }]);
  });
});

describe('whatever throws, nothing is issued', () => {
  const secret = 'what-was-being-worked-on';
  const throwing = (): never => {
    throw new TypeError(secret);
  };
  const rejecting = async (): Promise<never> => throwing();
  type Broken = {
    orders?: (scene: IssuerOfCluster) => Partial<IssuerOfCluster>;
    options?: Partial<IssuerOptions>;
  };
  let reads = 0;
  test.each<[string, Broken]>([
    [
      'the verifier',
      {
        orders: ({ verifier: v }) => ({
          verifier: { audience: v.audience, isForeign: throwing, verify: rejecting },
        }),
      },
    ],
    [
      'verifying',
      {
        orders: ({ verifier: v }) => ({
          verifier: { audience: v.audience, isForeign: () => false, verify: rejecting },
        }),
      },
    ],
    [
      'reading the policy, at once',
      { orders: () => ({ policies: { current: throwing, health: throwing } }) },
    ],
    [
      'reading the policy',
      { orders: ({ policies }) => ({ policies: { current: rejecting, health: () => policies.health() } }) },
    ],
    [
      'the health of the policy',
      { orders: ({ policies: p }) => ({ policies: { current: (c) => p.current(c), health: throwing } }) },
    ],
    [
      'finding the rules',
      {
        orders: ({ policies: p }) => ({
          policies: {
            current: async () => ({ ok: true, version: 1, rulesFor: rejecting, problem: () => undefined }),
            health: () => p.health(),
          },
        }),
      },
    ],
    [
      'choosing a key',
      { orders: ({ keys }) => ({ keys: { current: throwing, publicKeys: () => keys.publicKeys() } }) },
    ],
    [
      'importing it',
      {
        orders: ({ keys }) => ({
          keys: {
            current: () => ({ kid: 'a', alg: 'ES256', signFrom: '', key: rejecting }) as never,
            publicKeys: () => keys.publicKeys(),
          },
        }),
      },
    ],
    [
      'signing by a key for something else',
      {
        orders: ({ keys }) => ({
          keys: {
            current: () => ({ kid: 'a', alg: 'ES256', key: async () => ({}) }) as never,
            publicKeys: () => keys.publicKeys(),
          },
        }),
      },
    ],
    ['the context of tasks', { options: { taskContext: throwing } }],
    ['the log', { options: { log: throwing } }],
    ['the clock', { options: { clock: throwing } }],
    ['the clock, later', { options: { clock: () => (reads++ === 0 ? Date.now() : throwing()) } }],
    ['the clock that has no time', { options: { clock: () => Number.NaN } }],
  ])('%s', async (_, { orders: replace, options }) => {
    reads = 0;
    const good = await IssuerScene.start();
    const scene = await IssuerScene.start({
      ...(options && { options }),
      ...(replace && { orders: replace(good.issuers[0]!) }),
    });
    // the parts that were replaced are those of a scene that works
    const token = await good.sign();
    expect((await good.ask({ subject_token: token })).status).toBe(200);
    const answer = await scene.ask({ subject_token: token });
    expectError(answer, 503, 'temporarily_unavailable', 'unavailable');
    expect(answer.text + JSON.stringify(scene.log)).not.toContain(secret);
    for (const record of scene.log) {
      expect(record).toMatchObject({ verdict: 'unavailable', code: 'internal' });
      expect(record).not.toHaveProperty('issuedId');
    }
  });

  test('a body that breaks off', async () => {
    const scene = await IssuerScene.start();
    const body = new ReadableStream({ pull: (controller) => controller.error(new TypeError(secret)) });
    const answer = await scene.post(body);
    expectError(answer, 503, 'temporarily_unavailable', 'unavailable');
    expect(scene.log).toMatchObject([{ code: 'internal', problem: expect.any(String) }]);
    expect(JSON.stringify(scene.log)).not.toContain(secret);
  });
});

test('a verifier for something else than its issuer is an error before anybody asks', async () => {
  const { issuers } = await IssuerScene.start();
  const [first, second] = issuers as [IssuerOfCluster, IssuerOfCluster];
  const options = { taskContext: () => undefined, log: () => {} };
  expect(() => createIssuer({ ...options, issuers: [{ ...first, verifier: second.verifier }] })).toThrow(
    'verifier: takes tokens for something else than the issuer',
  );
});
