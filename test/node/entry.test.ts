/**
 * The app on Node: from environment variables and a directory to answers.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createStsEmulator, type StsEmulator } from '../../src/emulator/emulator.ts';
import { ConfigurationError } from '../../src/errors/classes.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { createNodeApp } from '../../src/runtime/node.ts';
import { FileStore } from '../../src/store/file.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { signToken } from '../../src/token/sign.ts';
import { type Answer, answerOf, host, people, prod, region, rules } from '../support/deployment.ts';

const secret = 'the-secret-of-the-api-server';

test('verifies certificates: else anybody on the way could be STS', () => {
  expect(() => createNodeApp({ ...good, NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toThrow(ConfigurationError);
});

let directory: string;
let sts: StsEmulator;
let good: Readonly<Record<string, string | undefined>>;
let said: Record<'log' | 'warn', string[]>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callerid-'));
  sts = createStsEmulator({ principals: [people.admin] });
  vi.spyOn(globalThis, 'fetch').mockImplementation(sts.fetch as typeof fetch);
  said = { log: [], warn: [] };
  for (const name of ['log', 'warn'] as const) {
    vi.spyOn(console, name).mockImplementation((line: string) => void said[name].push(line));
  }
  good = {
    PATH: '/bin',
    CALLERID_CLUSTER: prod,
    CALLERID_API_SERVER_SECRET_SHA256: createHash('sha256').update(secret).digest('hex'),
    CALLERID_POLICY: `file:${directory}`,
  };
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true, force: true });
});

async function ask(
  app: ReturnType<typeof createNodeApp>,
  authorization = `Bearer ${secret}`,
): Promise<Answer> {
  const { accessKeyId, secretAccessKey, sessionToken } = people.admin;
  const options = { audience: prod, endpoint: { host, region } };
  const { token } = await signToken({ accessKeyId, secretAccessKey, sessionToken }, options);
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({
      apiVersion: 'authentication.k8s.io/v1beta1',
      kind: 'TokenReview',
      spec: { token },
    }),
  };
  return answerOf(await app.fetch(new Request('https://webhook.example.net/authenticate', init)));
}

describe('a policy in a directory', () => {
  test('decides, and a line of JSON is logged', async () => {
    await publishPolicy(new FileStore(directory), prod, parsePolicy({ rules }), {
      author: 'test',
    });
    const app = createNodeApp(good);
    const { body, decisionId } = await ask(app);
    expect(body).toMatchObject({
      apiVersion: 'authentication.k8s.io/v1beta1',
      status: { authenticated: true, user: { username: 'admin:alice-example.com' } },
    });
    expect((await ask(app, 'Bearer x')).status).toBe(401);
    expect(said.log.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ event: 'review', decisionId, verdict: 'mapped' }),
      expect.objectContaining({ verdict: 'rejected', code: 'unauthorized' }),
    ]);
    expect(said.warn).toEqual([]);
  });

  test.each([
    ['an empty directory', 'policy_missing', () => {}],
    ['no directory', 'policy_missing', () => rm(directory, { recursive: true })],
    [
      'a file where the directory should be',
      'policy_unavailable',
      async () => {
        await rm(directory, { recursive: true });
        await writeFile(directory, '');
      },
    ],
  ])('%s: nobody is granted', async (_, code, spoil) => {
    await spoil();
    const { status, body } = await ask(createNodeApp(good));
    expect([status, body.message]).toEqual([503, expect.stringMatching(new RegExp(`^${code}: `))]);
  });

  test('another store may be given, and then no place is needed', async () => {
    const store = new MemoryStore();
    await publishPolicy(store, prod, parsePolicy({ rules }), { author: 'test' });
    const { body } = await ask(createNodeApp({ ...good, CALLERID_POLICY: undefined }, store));
    expect(body.status.authenticated).toBe(true);
  });

  test('warnings are a line each', () => {
    createNodeApp({ ...good, CALLERID_CLUSTER: 'prod' });
    expect(said.warn.map((line) => JSON.parse(line))).toEqual([
      {
        event: 'warning',
        warning: expect.stringMatching(/^CALLERID_AUDIENCE: an EKS cluster could have this name/),
      },
    ]);
  });
});

test.each<[setting: string, change: Record<string, string | undefined>]>([
  ['CALLERID_CLUSTER', { CALLERID_CLUSTER: undefined }],
  ['CALLERID_CLUSTR', { CALLERID_CLUSTR: 'x' }],
  ['CALLERID_API_SERVER_SECRET_SHA256', { CALLERID_API_SERVER_SECRET_SHA256: secret }],
  ['CALLERID_POLICY', { CALLERID_POLICY: undefined }],
  ['CALLERID_POLICY', { CALLERID_POLICY: '' }],
  ['CALLERID_POLICY', { CALLERID_POLICY: 'deno-kv' }],
  ['CALLERID_POLICY', { CALLERID_POLICY: 'file:' }],
])('a wrong configuration makes no app: %s', (setting, change) => {
  const make = () => createNodeApp({ ...good, ...change });
  expect(make).toThrow(ConfigurationError);
  expect(make).toThrow(expect.objectContaining({ setting, message: expect.not.stringContaining(secret) }));
  expect(said.warn).toEqual([]);
});
