/**
 * Requests that are no review: paths, methods, content types, sizes, bodies; and the health of the webhook.
 */
import { describe, expect, test } from 'vitest';
import { requestErrors } from '../../src/errors/request.ts';
import {
  type Answer,
  apiServerSecrets,
  bare,
  bearer,
  Deployment,
  decisionIdPattern,
  people,
  prod,
  rules,
  staging,
} from '../support/deployment.ts';

const limit = 64 * 1024;
const apiVersion = 'authentication.k8s.io/v1';
const kind = 'TokenReview';

const reasons = {
  not_found: [404, 'NotFound'],
  method_not_allowed: [405, 'MethodNotAllowed'],
  unsupported_media_type: [415, 'UnsupportedMediaType'],
  body_too_large: [413, 'RequestEntityTooLarge'],
  not_json: [400, 'BadRequest'],
  not_a_review: [400, 'BadRequest'],
} as const;

type BadCode = keyof typeof reasons;

function expectStatus(answer: Answer, code: BadCode): void {
  const [status, reason] = reasons[code];
  expect(answer.decisionId).toMatch(decisionIdPattern);
  expect(answer.status).toBe(status);
  expect(answer.body).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `${code}: ${requestErrors[code]} (decision ${answer.decisionId})`,
    reason,
    code: status,
  });
  const headers = Object.fromEntries(answer.headers);
  expect(headers).toEqual({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'callerid-decision-id': answer.decisionId,
    ...(code === 'method_not_allowed' && { allow: 'POST' }),
  });
}

/** The log has one line that says no more than this. */
function expectRejected({ log }: Deployment, { decisionId }: Answer, code: BadCode): void {
  expect(log).toEqual([
    {
      event: 'review',
      time: '2026-11-24T12:00:00.000Z',
      decisionId,
      cluster: prod,
      verdict: 'rejected',
      code,
      reason: requestErrors[code],
      durationMs: 0,
    },
  ]);
}

describe('paths', () => {
  test.each([
    ['/'],
    ['/Authenticate'],
    ['//authenticate'],
    ['/authenticate/x'],
    ['/authenticate%2f'],
    ['/authenticate%00'],
    ['/authenticate%3fx'],
    ['/clusters'],
    ['/clusters/authenticate'],
    ['/clusters//authenticate'],
    [`/clusters/${prod}`],
    [`/clusters/${prod}/x/authenticate`],
    [`/clusters/${prod}/../authenticate`],
    [`/clusters/a/b/../../../clusters/authenticate`],
    ['/%E0%A4%A'],
    ['/metrics'],
    ['/.env'],
    [`/${'a'.repeat(8000)}`],
  ])('404: %s', async (path) => {
    const deployment = await Deployment.start();
    const headers = { authorization: bearer(prod), 'content-type': 'application/json' };
    expectStatus(await deployment.send(path, { method: 'POST', headers, body: '{}' }), 'not_found');
    expectStatus(await deployment.send(path), 'not_found');
  });
});

describe('methods', () => {
  test.each(
    ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY'].flatMap((method) =>
      ['/authenticate', `/clusters/${prod}/authenticate`, '/clusters/nowhere/authenticate'].map(
        (path) => [method, path] as const,
      ),
    ),
  )('405: %s %s, whether there is such a cluster or not', async (method, path) => {
    const deployment = await Deployment.start();
    const headers = { authorization: bearer(prod), 'content-type': 'application/json' };
    expectStatus(await deployment.send(path, { method, headers }), 'method_not_allowed');
  });

  test('HEAD has the same headers and no body', async () => {
    const deployment = await Deployment.start();
    const { status, headers, text } = await deployment.send('/authenticate', { method: 'HEAD' });
    expect([status, headers.get('allow'), text]).toEqual([405, 'POST', '']);
  });

  test.each(['/healthz', '/readyz'])('HEAD %s: without a body', async (path) => {
    const deployment = await Deployment.start();
    await deployment.write({ rules }, bare);
    const { status, text } = await deployment.send(path, { method: 'HEAD' });
    expect([status, text]).toEqual([200, '']);
  });

  test.each(['/healthz', '/readyz'])('404: POST %s', async (path) => {
    const deployment = await Deployment.start();
    expectStatus(await deployment.send(path, { method: 'POST' }), 'not_found');
  });

  test('a header that overrides the method is no method', async () => {
    const deployment = await Deployment.start();
    const headers = { 'x-http-method-override': 'POST', authorization: bearer(prod) };
    expectStatus(await deployment.send('/authenticate', { headers }), 'method_not_allowed');
  });
});

async function review(deployment: Deployment): Promise<string> {
  return JSON.stringify({ apiVersion, kind, spec: { token: await deployment.sign(people.admin) } });
}

describe('content types', () => {
  test.each([
    ['application/json'],
    ['application/json; charset=utf-8'],
    ['application/json;charset=UTF-8'],
    ['APPLICATION/JSON'],
    ['application/json ; x=y'],
  ])('taken: %s', async (type) => {
    const deployment = await Deployment.start();
    const answer = await deployment.post(await review(deployment), {}, { 'content-type': type });
    expect(answer.body.status.authenticated).toBe(true);
  });

  test.each([
    ['none', ''],
    ['text', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['protobuf, as API servers speak among themselves', 'application/vnd.kubernetes.protobuf'],
    ['YAML', 'application/yaml'],
    ['JSON Patch', 'application/json-patch+json'],
    ['JSON text sequences', 'application/json-seq'],
    ['JSON behind another type', 'text/plain, application/json'],
    ['JSON as a parameter', 'text/plain; application/json'],
    ['two types', 'application/json, text/plain'],
    ['a longer name', 'xapplication/json'],
  ])('415: %s', async (_, type) => {
    const deployment = await Deployment.start();
    let read = false;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          read = true;
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const answer = await deployment.post(body, {}, { 'content-type': type });
    expectStatus(answer, 'unsupported_media_type');
    expectRejected(deployment, answer, 'unsupported_media_type');
    expect(read).toBe(false);
  });
});

/** A stream of blanks without an end, and how many bytes were taken from it. */
function endless(): { body: ReadableStream<Uint8Array>; taken: () => number; ended: () => boolean } {
  let taken = 0;
  let ended = false;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        taken += 1024;
        controller.enqueue(new Uint8Array(1024).fill(0x20));
      },
      cancel() {
        ended = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, taken: () => taken, ended: () => ended };
}

describe('sizes', () => {
  test.each([
    ['by its length', limit + 1],
    ['by a huge length', '9'.repeat(30)],
    ['by a length in hexadecimal', '0xfffff'],
    ['by a length with an exponent', '1e9'],
  ])('413: too large %s, unread', async (_, length) => {
    const deployment = await Deployment.start();
    const { body, taken } = endless();
    const answer = await deployment.post(body, {}, { 'content-length': String(length) });
    expectStatus(answer, 'body_too_large');
    expectRejected(deployment, answer, 'body_too_large');
    expect(taken()).toBe(0);
  });

  test.each([
    ['without a length', undefined],
    ['with a length that lies', '10'],
    ['with a length of nothing', '0'],
    ['with a negative length', '-1'],
    ['with a length that is no number', 'many'],
    ['with two lengths', '10, 10'],
  ])('413: too large, %s: read no further than the limit', async (_, length) => {
    const deployment = await Deployment.start();
    const { body, taken, ended } = endless();
    const answer = await deployment.post(body, {}, length === undefined ? {} : { 'content-length': length });
    expectStatus(answer, 'body_too_large');
    expectRejected(deployment, answer, 'body_too_large');
    expect(taken()).toBeGreaterThan(limit);
    expect(taken()).toBeLessThan(limit + 8 * 1024);
    await expect.poll(ended).toBe(true);
  });

  test.each([
    ['exactly the limit', 0, 200],
    ['one byte more', 1, 413],
  ])('%s, counted in bytes', async (_, more, status) => {
    const deployment = await Deployment.start();
    const text = await review(deployment);
    const accent = '"\xe9"'; // 3 characters, 4 bytes
    const padding = ' '.repeat(limit + more - new TextEncoder().encode(accent).length - text.length - 5);
    const body = `${text.slice(0, -1)},"x":${accent}}`;
    const bytes = new TextEncoder().encode(body + padding);
    expect(bytes.length).toBe(limit + more);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes);
        controller.close();
      },
    });
    expect((await deployment.post(stream)).status).toBe(status);
  });

  test('the limit is an option', async () => {
    const deployment = await Deployment.start({ maxBodyBytes: 16 });
    expectStatus(await deployment.post(' '.repeat(17)), 'body_too_large');
    expectStatus(await deployment.post(' '.repeat(16)), 'not_json');
  });
});

describe('bodies', () => {
  test.each<[name: string, body: BodyInit | null]>([
    ['none', null],
    ['empty', ''],
    ['blank', ' \n'],
    ['text', 'hello'],
    ['half an object', '{"apiVersion":"authentication.k8s.io/v1"'],
    ['an object and more', '{} {}'],
    ['YAML', `apiVersion: ${apiVersion}\nkind: ${kind}`],
    ['a form', `apiVersion=${apiVersion}&kind=${kind}`],
    ['single quotes', "{'kind':'TokenReview'}"],
    ['a comment', '/* */{}'],
    ['a trailing comma', '{"a":1,}'],
    ['NaN', 'NaN'],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0])],
    ['gzip', new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])],
    ['protobuf, as API servers write it', new Uint8Array([0x6b, 0x38, 0x73, 0, 0x0a, 1])],
    ['NUL', '\0'],
    ['deep nesting, unclosed', '['.repeat(60_000)],
  ])('not JSON: %s', async (_, body) => {
    const deployment = await Deployment.start();
    const answer = await deployment.post(body);
    expectStatus(answer, 'not_json');
    expectRejected(deployment, answer, 'not_json');
  });

  test('not JSON: a body that breaks off', async () => {
    const deployment = await Deployment.start();
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error('the connection broke at secret-host')),
    });
    const answer = await deployment.post(body);
    expectStatus(answer, 'not_json');
    expectRejected(deployment, answer, 'not_json');
  });

  // `review.test.ts` has the whole table.
  test.each([
    ['null', 'null'],
    ['a list', '[]'],
    ['text', '"TokenReview"'],
    ['an empty object', '{}'],
    [
      'a SubjectAccessReview',
      JSON.stringify({ apiVersion, kind: 'SubjectAccessReview', spec: { token: 'x' } }),
    ],
    [
      'a version that does not exist',
      JSON.stringify({ apiVersion: `${apiVersion}beta2`, kind, spec: { token: 'x' } }),
    ],
    ['no token', JSON.stringify({ apiVersion, kind, spec: {} })],
    ['deep nesting', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
  ])('no review: %s', async (_, body) => {
    const deployment = await Deployment.start();
    const answer = await deployment.post(body);
    expectStatus(answer, 'not_a_review');
    expectRejected(deployment, answer, 'not_a_review');
  });

  test.each([
    ['of two tokens the last, as Go reads them', (good: string) => `"token":"x","token":"${good}"`, true],
    [
      'a good token does not help a bad one',
      (good: string) => `"token":"${good}","token":"k8s-aws-v1.x"`,
      false,
    ],
    ['nor in another case', (good: string) => `"token":"k8s-aws-v1.x","Token":"${good}"`, false],
    ['nor in __proto__', (good: string) => `"token":"k8s-aws-v1.x","__proto__":{"token":"${good}"}`, false],
    ['an escaped name is a name', (good: string) => `"t\\u006fken":"${good}"`, true],
    ['an escaped token is a token', (good: string) => `"token":"${good.replace('.', '\\u002e')}"`, true],
  ])('%s', async (_, spec, authenticated) => {
    const deployment = await Deployment.start();
    const good = await deployment.sign(people.admin);
    const body = `{"apiVersion":"${apiVersion}","kind":"${kind}","spec":{${spec(good)}}}`;
    expect((await deployment.post(body)).body.status.authenticated).toBe(authenticated);
  });
});

describe('health', () => {
  /** What nobody may learn by asking. */
  const hidden = [
    prod,
    staging,
    bare,
    ...Object.values(apiServerSecrets).flat(),
    'admin',
    'arn:',
    '111122223333',
  ];

  function expectNothingHidden({ text, headers }: Answer): void {
    for (const word of hidden) expect(text + JSON.stringify([...headers])).not.toContain(word);
  }

  async function ready(): Promise<Deployment> {
    const deployment = await Deployment.start();
    await deployment.write({ rules }, bare);
    return deployment;
  }

  test('/healthz: alive, whatever else', async () => {
    const deployment = await Deployment.start();
    deployment.storeError = new Error('down');
    const answer = await deployment.send('/healthz');
    expect([answer.status, answer.text]).toEqual([200, 'ok']);
    expect([deployment.reads, deployment.log.length]).toEqual([0, 0]);
  });

  test('/readyz: a policy for every cluster', async () => {
    const answer = await (await ready()).send('/readyz');
    expect([answer.status, answer.body]).toEqual([200, { ready: true, problems: [] }]);
    expectNothingHidden(answer);
  });

  test.each<[name: string, spoil: (deployment: Deployment) => unknown, problem: string]>([
    [
      'a cluster without a policy',
      (deployment) => deployment.remove(bare),
      'policy_missing: no policy is stored for this cluster',
    ],
    [
      'a store that fails and tells of it',
      (deployment) => {
        deployment.storeError = new Error(`no such key policy/${prod} for ${apiServerSecrets[prod][0]}`);
      },
      'policy_unavailable: the policy cannot be read and no good version is held',
    ],
    [
      'a policy that does not validate, whose names are its own affair',
      (deployment) =>
        deployment.corrupt(
          JSON.stringify({
            format: 1,
            version: 1,
            writtenAt: '',
            policy: {
              rules: [{ role: 'arn:aws:iam::111122223333:role/X', username: 'system:admin-of-111122223333' }],
            },
          }),
        ),
      'policy_unavailable: the policy cannot be read and no good version is held',
    ],
  ])('/readyz: not with %s', async (_, spoil, problem) => {
    const deployment = await ready();
    await spoil(deployment);
    const answer = await deployment.send('/readyz');
    expect([answer.status, answer.body]).toEqual([503, { ready: false, problems: [problem] }]);
    expectNothingHidden(answer);
  });

  test('/readyz: ready by the last good policy, and it says so', async () => {
    const deployment = await ready();
    await deployment.send('/readyz');
    deployment.storeError = new Error(`cannot read policy/${prod}`);
    deployment.time += 31_000;
    const answer = await deployment.send('/readyz');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      ready: true,
      problems: [
        'a policy cannot be read whole at the moment; the last good version decides as long as it may',
      ],
    });
    expectNothingHidden(answer);
    deployment.time += 900_000;
    expect((await deployment.send('/readyz')).status).toBe(503);
  });

  test.each(['/healthz', '/readyz'])('%s takes GET only', async (path) => {
    const deployment = await ready();
    for (const method of ['POST', 'PUT', 'DELETE']) {
      expectStatus(await deployment.send(path, { method }), 'not_found');
    }
  });
});
