/**
 * Requests to the admin API that are off its OpenAPI document in ways that fuzzers of documents do not try.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { createAdmin } from '../../src/http/admin/admin.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { PolicyReader } from '../../src/policy/reader.ts';
import { RecentCallers } from '../../src/policy/recent.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { createVerifier } from '../../src/verifier/verifier.ts';
import { answerOf, sha256 } from '../support/deployment.ts';
import { account } from '../support/identities.ts';

const id = 'prod.example.com';
const policyPath = `/clusters/${id}/policy`;
const secret = 'admin-secret-0123456789';
const grant = [{ account }];
let app: ReturnType<typeof createAdmin>;

beforeAll(async () => {
  const store = new MemoryStore();
  await publishPolicy(store, id, parsePolicy({ rules: [] }), { author: 'test' });
  const cluster = {
    id,
    store,
    adminGroup: 'admins',
    verifier: createVerifier({ audience: id }),
    policies: new PolicyReader({ store, cluster: id, holdMs: 0, lastGoodMs: 0 }),
    recent: new RecentCallers({ store, cluster: id }),
  };
  app = createAdmin({
    clusters: [cluster],
    auth: { verifier: undefined, secretDigests: [await sha256(secret)] },
    taskContext: () => undefined,
    log: () => {},
  });
});

async function send(method: string, path: string, text?: string, authorization = `Bearer ${secret}`) {
  const headers = { authorization, 'content-type': 'application/json' };
  const body = text === undefined ? {} : { body: text };
  const url = `https://callerid.example.com${path}`;
  return answerOf(await app.fetch(new Request(url, { method, headers, ...body })));
}

describe('a policy is read as it was sent', () => {
  test.each<[attack: string, text: string]>([
    ['rules in the prototype', `{"policy":{"__proto__":{"rules":${JSON.stringify(grant)}}}}`],
    [
      'rules over those of the prototype',
      `{"policy":{"rules":[],"__proto__":{"rules":${JSON.stringify(grant)}}}}`,
    ],
    [
      'a setting in the prototype',
      '{"policy":{"rules":[],"__proto__":{"notBefore":"2026-11-24T05:00:00Z"}}}',
    ],
    ['the constructor', '{"policy":{"rules":[],"constructor":{"prototype":{}}}}'],
    ['a list', '{"policy":[]}'],
    ['rules that only look like a list', '{"policy":{"rules":{"length":1,"0":{"account":"111122223333"}}}}'],
    ['the second of two', `{"policy":{"rules":[]},"policy":{"rules":[1]}}`],
  ])('%s', async (_, text) => {
    const applied = await send('PUT', policyPath, text);
    expect([applied.status, applied.body.code]).toEqual([422, 'policy_invalid']);
    const { status, body } = await send('POST', `${policyPath}/lint`, text);
    expect([status, body.findings]).toEqual([
      200,
      applied.body.issues.map((issue: object) => ({ severity: 'error', ...issue })),
    ]);
    expect((await send('GET', policyPath)).body.version).toBe(1);
  });

  test.each(['null', '1', '"rules: []"', 'true'])('lint says of %s what it is not', async (text) => {
    const { status, body } = await send('POST', `${policyPath}/lint`, `{"policy":${text}}`);
    expect([status, body.findings]).toEqual([
      200,
      [{ severity: 'error', path: '', message: 'must be an object' }],
    ]);
  });
});

const hash = 'a'.repeat(43);
test.each<[name: string, content: string]>([
  ['nothing', '{}'],
  ['null', 'null'],
  ['a list', '[]'],
  ['a document that is no hash', '{"document":"a"}'],
  ['a document and pages', `{"document":"${hash}","exact":[["","${hash}"]],"account":[["","${hash}"]]}`],
  [
    'a typo in a setting',
    `{"exact":[["","${hash}"]],"account":[["","${hash}"]],"notbefore":"2026-11-24T05:00:00Z"}`,
  ],
  ['pages by __proto__', `{"__proto__":{"exact":[["","${hash}"]],"account":[["","${hash}"]]}}`],
])('a manifest is not: %s', async (_, content) => {
  const { status, body } = await send('POST', `${policyPath}/manifest`, `{"content":${content}}`);
  expect([status, body.code]).toEqual([400, 'request_invalid']);
});

test.each<[name: string, query: string]>([
  ['unknown', '?versions=1'],
  ['in another case', '?Version=1'],
  ['__proto__', '?__proto__=1'],
  ['twice', '?version=1&version=1'],
  ['twice, once in code', '?version=1&%76ersion=2'],
  ['empty', '?version='],
  ['without a value', '?version'],
  ['zero', '?version=0'],
  ['negative', '?version=-1'],
  ['with a sign', '?version=%2B1'],
  ['with a leading zero', '?version=01'],
  ['with an exponent', '?version=1e0'],
  ['hexadecimal', '?version=0x1'],
  ['larger than any', '?version=9999999999999999'],
  ['with a NUL', '?version=1%00'],
])('a parameter of the query is refused: %s', async (_, query) => {
  const { status, body } = await send('GET', policyPath + query);
  expect([status, body.code]).toEqual([400, 'request_invalid']);
});

test('a query is refused where an operation has none', async () => {
  const { status, body } = await send('POST', `${policyPath}/lint?dryRun=true`, '{"policy":{"rules":[]}}');
  expect([status, body.issues]).toEqual([400, [{ path: 'dryRun', message: 'unknown parameter' }]]);
});

describe('what is no cluster', () => {
  test.each([
    ...['%00', '%2F', '%25', '%', '%E0%A4%A', '%ED%A0%80', '__proto__', 'constructor', 'x'.repeat(4000)],
    ...[id.toUpperCase(), `${id}%00`, `${id}%20`, `${id};x`, `${id}.`],
  ])('%s: 404 with the secret, 401 without, as for any', async (cluster) => {
    const path = `/clusters/${cluster}/policy`;
    expect((await send('GET', path)).status).toBe(404);
    const { status, body } = await send('GET', path, undefined, 'Bearer other');
    const known = await send('GET', policyPath, undefined, 'Bearer other');
    expect([status, body]).toEqual([known.status, known.body]);
  });
});

describe('methods', () => {
  test.each([
    ['PUT', `${policyPath}/parts/missing`, 'POST'], // which has the form of a part's path too
    ['GET', `${policyPath}/parts/${hash}`, 'PUT'],
    ['GET', `${policyPath}/lint`, 'POST'],
    ['HEAD', `${policyPath}/lint`, 'POST'],
    ['DELETE', policyPath, 'GET, PUT'],
    ['OPTIONS', policyPath, 'GET, PUT'],
  ])('%s %s', async (method, path, allow) => {
    const answer = await send(method, path);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    if (method !== 'HEAD') expect(answer.body.message).toBe(`this path takes ${allow}`);
  });

  test('HEAD is GET without the body', async () => {
    const answer = await send('HEAD', policyPath);
    expect([answer.status, answer.text]).toEqual([200, '']);
  });
});

describe('JSON that is heavy', () => {
  const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  test.each<[name: string, text: string, status: number]>([
    ['deep', `{"policy":${deep(100_000)}}`, 422],
    ['a rule that is deep', `{"policy":{"rules":[${deep(100_000)}]}}`, 422],
    ['a field that is deep', `{"policy":{"rules":[{"account":${deep(100_000)}}]}}`, 422],
    ['many rules that are none', `{"policy":{"rules":[0${',0'.repeat(200_000)}]}}`, 422],
    ['a number beyond all', '{"policy":{"rules":[]},"expectedVersion":1e400}', 400],
    ['a large number', '{"policy":{"rules":[]},"expectedVersion":1e300}', 409],
    ['a lone surrogate', '{"policy":{"rules":[]},"message":"\\ud800"}', 400],
    ['a NUL', '{"policy":{"rules":[]},"message":"\\u0000"}', 400],
    ['a field whose name is a lone surrogate', '{"policy":{"rules":[],"\\ud800":1}}', 422],
  ])('%s', async (_, text, status) => {
    expect((await send('PUT', policyPath, text)).status).toBe(status);
  });
});
