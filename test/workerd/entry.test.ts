/**
 * The Worker as it is deployed: its default export, with real KV and real execution contexts.
 */
import { createExecutionContext, reset, waitOnExecutionContext } from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createStsEmulator, type StsEmulator } from '../../src/emulator/emulator.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import type { Worker } from '../../src/runtime/worker.ts';
import { CloudflareKvStore } from '../../src/store/cloudflare-kv.ts';
import { withOneWriter } from '../../src/store/one-writer.ts';
import { signToken } from '../../src/token/sign.ts';
import { fingerprint, headers, tlsClientAuth } from '../support/client-certificate.ts';
import { type Answer, answerOf, host, people, prod, region, rules } from '../support/deployment.ts';

type Env = Readonly<Record<string, unknown>>;

const secret = 'the-secret-of-the-api-server';

let sts: StsEmulator;
let good: Env;
let said: { log: string[]; warn: string[]; error: string[] };

async function hexDigest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

beforeEach(async () => {
  await reset();
  await publishPolicy(withOneWriter(new CloudflareKvStore(bindings.TEST_KV)), prod, parsePolicy({ rules }), {
    author: 'test',
  });
  sts = createStsEmulator({ principals: [people.admin, people.stranger] });
  vi.spyOn(globalThis, 'fetch').mockImplementation(sts.fetch as typeof fetch);
  said = { log: [], warn: [], error: [] };
  for (const name of ['log', 'warn', 'error'] as const) {
    vi.spyOn(console, name).mockImplementation((line: string) => void said[name].push(line));
  }
  good = {
    CALLERID_CLUSTER: prod,
    CALLERID_API_SERVER_SECRET_SHA256: await hexDigest(secret),
    POLICY: bindings.TEST_KV,
  };
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** An isolate of its own: the Worker keeps its app as long as its module lives. */
async function isolate(
  entry: () => Promise<{ default: Worker }> = () => import('../../src/runtime/cloudflare.ts'),
): Promise<(path: string, env: Env, init?: RequestInit) => Promise<Answer>> {
  vi.resetModules();
  const { default: worker } = await entry();
  return async (path, env, init = {}) => {
    const context = createExecutionContext();
    const response = await worker.fetch(
      new Request(`https://webhook.example.net${path}`, init),
      env,
      context,
    );
    const answer = await answerOf(response);
    await waitOnExecutionContext(context);
    return answer;
  };
}

function review(token: unknown, authorization = `Bearer ${secret}`): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }),
  };
}

async function sign(
  who = people.admin as typeof people.admin | typeof people.stranger,
  now = Date.now(),
): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } = who;
  const options = { audience: prod, endpoint: { host, region }, now };
  return (await signToken({ accessKeyId, secretAccessKey, sessionToken }, options)).token;
}

describe('a Worker that is configured', () => {
  test('reviews: one grant, one line', async () => {
    const ask = await isolate();
    const { status, body, decisionId } = await ask('/authenticate', good, review(await sign()));
    expect([status, body.status.authenticated, body.status.user.username]).toEqual([
      200,
      true,
      'admin:alice-example.com',
    ]);
    expect(said.log.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        event: 'review',
        decisionId,
        verdict: 'mapped',
        cluster: prod,
        stsHost: host,
      }),
    ]);
    expect([said.warn, said.error]).toEqual([[], []]);
  });

  test('asks STS about one access key as often as its rate limiting binding lets it', async () => {
    const ask = await isolate();
    const env = { ...good, CALLER_LIMIT: bindings.CALLER_LIMIT };
    const began = Date.now();
    const statuses: number[] = [];
    for (let turn = 0; turn < 4; turn++) {
      const { status } = await ask(
        '/authenticate',
        env,
        review(await sign(people.admin, began - turn * 1000)),
      );
      statuses.push(status);
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect(JSON.parse(said.log.at(-1) ?? '')).toMatchObject({
      verdict: 'throttled',
      code: 'caller_throttled',
    });
  });

  test.each([
    ['that is none', { CLUSTER_LIMIT: { limit: 5 } }, 'CLUSTER_LIMIT'],
    [
      'beside the setting that it replaces',
      { CALLER_LIMIT: { limit: () => {} }, CALLERID_CALLER_LIMIT: '5' },
      'CALLERID_CALLER_LIMIT',
    ],
  ])('a rate limiting binding %s is an error of the configuration', async (_, wrong, named) => {
    const ask = await isolate();
    const { status, text } = await ask('/readyz', { ...good, ...wrong });
    expect(status).toBe(503);
    expect(text).toContain(named);
  });

  test('in shadow mode answers as another does, and logs its own part after the answer', async () => {
    const url = 'https://authenticator.example/authenticate';
    const own = Promise.withResolvers<void>();
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (to, init) => {
      if (to === url) {
        const body = '{"metadata":{},"spec":{},"status":{"user":{}}}'; // as aws-iam-authenticator denies
        return new Response(body, {
          status: 403,
          headers: { 'content-type': 'application/json; charset=UTF-8' },
        });
      }
      await own.promise;
      return sts.fetch(to as string, init as RequestInit);
    });
    vi.resetModules();
    const { default: worker } = await import('../../src/runtime/cloudflare.ts');
    const context = createExecutionContext();
    const request = new Request('https://webhook.example.net/authenticate', review(await sign()));
    const env = { ...good, CALLERID_SHADOW_URL: url };
    const { status, body, decisionId } = await answerOf(await worker.fetch(request, env, context));
    expect([status, body.status]).toEqual([403, { authenticated: false }]);
    expect(said.log).toEqual([]);
    own.resolve();
    await waitOnExecutionContext(context);
    expect(said.log.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        decisionId,
        verdict: 'mapped',
        shadow: expect.objectContaining({ outcome: 'differs', theirs: 'denied', httpStatus: 403 }),
      }),
    ]);
    expect(said.warn).toEqual([expect.stringContaining('shadow mode: another authenticator decides')]);
  });

  test.each([
    ['with all parts', undefined],
    ['that is a webhook alone', () => import('../../src/runtime/cloudflare-webhook.ts')],
  ])('the entry %s writes a data point where METRICS is bound', async (_, entry) => {
    const ask = await isolate(entry);
    const points: unknown[] = [];
    const METRICS = { writeDataPoint: (point: unknown) => points.push(point) };
    const { body } = await ask('/authenticate', { ...good, METRICS }, review(await sign()));
    expect(body.status.authenticated).toBe(true);
    expect(points).toEqual([
      {
        indexes: [prod],
        blobs: ['review', prod, 'mapped', '', host, ''],
        doubles: expect.arrayContaining([1]), // the version of the policy
      },
    ]);
  });

  test('a dataset that fails changes no answer', async () => {
    const ask = await isolate();
    const METRICS = {
      writeDataPoint() {
        throw new Error('too many');
      },
    };
    const { body } = await ask('/authenticate', { ...good, METRICS }, review(await sign()));
    expect(body.status.authenticated).toBe(true);
    expect(said.log).toHaveLength(1);
  });

  test('the entry that is a webhook alone reviews, too', async () => {
    const ask = await isolate(() => import('../../src/runtime/cloudflare-webhook.ts'));
    const { body, decisionId } = await ask('/authenticate', good, review(await sign()));
    expect(body.status.user.username).toBe('admin:alice-example.com');
    expect(said.log.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ event: 'review', decisionId, verdict: 'mapped', cluster: prod }),
    ]);
    expect((await ask('/authenticate', good, review('a.b.c', 'Bearer x'))).status).toBe(401);
    expect([said.warn, said.error]).toEqual([[], []]);
  });

  test('denies, refuses, and lets nobody else ask', async () => {
    const ask = await isolate();
    const token = await sign(people.stranger);
    expect((await ask('/authenticate', good, review(token))).body.status.error).toMatch(/^not_mapped: /);
    expect((await ask('/authenticate', good, review(`${token}x`))).body.status.authenticated).toBe(false);
    expect((await ask('/authenticate', good, review('a.b.c'))).body.status).toEqual({ authenticated: false });
    expect((await ask('/authenticate', good, review(token, 'Bearer x'))).status).toBe(401);
    expect((await ask('/clusters/x/authenticate', good, review(token))).status).toBe(401);
    expect(
      (await ask(`/clusters/${prod}/authenticate`, good, review(await sign()))).body.status.authenticated,
    ).toBe(true);
  });

  test('holds what STS said from request to request', async () => {
    const ask = await isolate();
    const token = await sign();
    for (const cached of [false, true]) {
      expect((await ask('/authenticate', good, review(token))).body.status.authenticated).toBe(true);
      expect(JSON.parse(said.log.at(-1) as string)).toMatchObject({ cached });
    }
    expect(sts.calls).toHaveLength(1);
  });

  test('asks STS once for requests that come together, each with a context of its own', async () => {
    const ask = await isolate();
    const token = await sign();
    sts.setFault({ type: 'delay', ms: 50 });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => ask('/authenticate', good, review(token))),
    );
    expect(answers.map(({ body }) => body.status.authenticated)).toEqual(Array(8).fill(true));
    expect(sts.calls).toHaveLength(1);
  });

  test('is alive and ready', async () => {
    const ask = await isolate();
    expect((await ask('/healthz', good)).text).toBe('ok');
    const ready = await ask('/readyz', good);
    expect([ready.status, ready.body]).toEqual([200, { ready: true, problems: [] }]);
  });

  test('without a policy is not ready, and grants nothing', async () => {
    await reset();
    const ask = await isolate();
    expect((await ask('/readyz', good)).status).toBe(503);
    const { status, body } = await ask('/authenticate', good, review(await sign()));
    expect([status, body.message]).toEqual([503, expect.stringMatching(/^policy_missing: /)]);
  });

  test('warns once of what works and should not', async () => {
    const ask = await isolate();
    const env = {
      ...good,
      CALLERID_CLUSTER: 'prod',
      CALLERID_AUDIENCE: prod,
      CALLERID_API_SERVER_AUTH: 'none',
      CALLERID_API_SERVER_SECRET_SHA256: '',
    };
    await ask('/healthz', env);
    await ask('/healthz', env);
    expect(said.warn).toEqual([
      expect.stringMatching(/^\{"event":"warning","warning":"CALLERID_API_SERVER_AUTH: /),
    ]);
  });

  test("takes wrangler's own types", async () => {
    const ask = await isolate();
    const { CALLERID_API_SERVER_SECRET_SHA256: own, ...rest } = good;
    const env = {
      ...rest,
      CALLERID_CLUSTER: undefined,
      CALLERID_IDENTITY_SECONDS: 0,
      CALLERID_GLOBAL_ENDPOINT: false,
      CALLERID_CLUSTERS: { [prod]: { apiServerSecretSha256: [own] } },
    };
    const path = `/clusters/${prod}/authenticate`;
    const token = await sign();
    for (let count = 0; count < 2; count++) {
      expect((await ask(path, env, review(token))).body.status.authenticated).toBe(true);
    }
    expect(sts.calls).toHaveLength(2);
    expect((await ask('/authenticate', env, review(token))).status).toBe(401);
  });
});

describe('a Worker that takes a client certificate', () => {
  const certified = (): Env => ({
    ...good,
    CALLERID_API_SERVER_SECRET_SHA256: '',
    CALLERID_API_SERVER_CERTIFICATE_SHA256: fingerprint,
  });

  /** A review without a secret, as it comes from the edge. */
  async function reviewWith(cf: object | undefined, more: Record<string, string> = {}): Promise<RequestInit> {
    const { headers: usual, ...init } = review(await sign());
    const { authorization: _, ...rest } = usual as Record<string, string>;
    return { ...init, headers: { ...rest, ...more }, ...(cf && { cf }) } as RequestInit;
  }

  test('lets the API server in by it', async () => {
    const ask = await isolate();
    const { body } = await ask('/authenticate', certified(), await reviewWith({ tlsClientAuth }));
    expect(body.status.authenticated).toBe(true);
    expect([said.warn, said.error]).toEqual([[], []]);
  });

  test.each<[attack: string, cf: object | undefined, more?: Record<string, string>]>([
    ['no cf', undefined],
    ['no TLS', {}],
    ['no certificate', { tlsClientAuth: { ...tlsClientAuth, certPresented: '0', certVerified: 'NONE' } }],
    [
      'one of another CA',
      { tlsClientAuth: { ...tlsClientAuth, certVerified: 'FAILED:self signed certificate' } },
    ],
    ['one that was revoked', { tlsClientAuth: { ...tlsClientAuth, certRevoked: '1' } }],
    [
      'another one of the same CA',
      { tlsClientAuth: { ...tlsClientAuth, certFingerprintSHA256: 'ab'.repeat(32) } },
    ],
    [
      'what the edge says, in headers',
      undefined,
      {
        'client-cert': headers.rfc9440,
        'cf-client-cert-sha256': fingerprint,
        cf: JSON.stringify({ tlsClientAuth }),
      },
    ],
    ['the fingerprint as a secret', {}, { authorization: `Bearer ${fingerprint}` }],
    ['the secret of before', {}, { authorization: `Bearer ${secret}` }],
  ])('401: %s', async (_, cf, more) => {
    const ask = await isolate();
    expect((await ask('/authenticate', certified(), await reviewWith(cf, more))).status).toBe(401);
    expect(sts.calls).toEqual([]);
  });

  test('takes either while a secret makes way for it, and says so', async () => {
    const ask = await isolate();
    const env = { ...good, CALLERID_API_SERVER_CERTIFICATE_SHA256: fingerprint };
    expect((await ask('/authenticate', env, await reviewWith({ tlsClientAuth }))).status).toBe(200);
    expect((await ask('/authenticate', env, review(await sign()))).status).toBe(200);
    expect((await ask('/authenticate', env, await reviewWith({}))).status).toBe(401);
    expect(said.warn).toEqual([expect.stringContaining('CALLERID_API_SERVER_CERTIFICATE_SHA256: a secret')]);
  });
});

describe('a Worker that is not configured reviews nothing, and /readyz names the variable', () => {
  test.each<[variable: string, change: Env]>([
    ['CALLERID_CLUSTER', { CALLERID_CLUSTER: undefined, CALLERID_API_SERVER_SECRET_SHA256: undefined }],
    ['CALLERID_API_SERVER_SECRET_SHA256', { CALLERID_API_SERVER_SECRET_SHA256: undefined }],
    ['CALLERID_API_SERVER_SECRET_SHA256', { CALLERID_API_SERVER_SECRET_SHA256: secret }],
    ['CALLERID_REGION', { CALLERID_REGION: region }],
    ['CALLERID_CLUSTERS', { CALLERID_CLUSTERS: secret }],
    ['POLICY', { POLICY: undefined }],
    ['POLICY', { POLICY: 'policy' }],
    ['POLICY', { POLICY: {} }],
    ['CALLERID_POLICY', { CALLERID_POLICY: 'deno-kv' }],
    ['CALLERID_METRICS_SECRET_SHA256', { CALLERID_METRICS_SECRET_SHA256: 'ab'.repeat(32) }],
    ['CALLERID_TRACES', { CALLERID_TRACES: 'true' }],
    ['CALLERID_SCRUBBED_ACCOUNTS', { CALLERID_SCRUBBED_ACCOUNTS: '12' }],
    [
      'CALLERID_CLIENT_CERTIFICATE_PROXY',
      {
        CALLERID_API_SERVER_CERTIFICATE_SHA256: fingerprint,
        CALLERID_CLIENT_CERTIFICATE_PROXY: {
          addresses: ['10.0.0.5'],
          header: 'client-cert',
          form: 'rfc9440',
        },
      },
    ],
  ])('%s', async (variable, change) => {
    const ask = await isolate();
    const env = { ...good, ...change };
    for (const path of ['/authenticate', `/clusters/${prod}/authenticate`, '/anything']) {
      const answer = await ask(path, env, review(await sign()));
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(5);
      expect(answer.body).toMatchObject({
        kind: 'Status',
        message: expect.stringMatching(/^misconfigured: /),
        code: 503,
      });
      expect(answer.text).not.toContain(variable);
    }
    const ready = await ask('/readyz', env);
    expect([ready.status, ready.body]).toEqual([
      503,
      { ready: false, problems: [expect.stringMatching(new RegExp(`^${variable}: .+\\. .+[.?]$`))] },
    ]);
    expect((await ask('/healthz', env)).text).toBe('ok');
    expect(said.error).toEqual([
      expect.stringMatching(new RegExp(`^\\{"event":"misconfigured","problem":"${variable}: `)),
    ]);
    expect(ready.text + said.error.join()).not.toContain(secret);
    expect([sts.calls, said.log, said.warn]).toEqual([[], [], []]);
  });
});

describe('/readyz is for anybody, so it tells neither values nor clusters', () => {
  test.each<[value: string, variable: string, change: Env]>([
    ['a value', 'CALLERID_PARTITION', { CALLERID_PARTITION: 'hidden' }],
    ['a value with a quote', 'CALLERID_REGIONS', { CALLERID_REGIONS: 'a"hidden"b' }],
    ['a private host', 'CALLERID_STS_HOSTS', { CALLERID_STS_HOSTS: 'hidden.example:443=us-east-1' }],
    ['a cluster', 'CALLERID_CLUSTERS', { CALLERID_CLUSTERS: '{"hidden":{}}' }],
  ])('%s', async (_, variable, change) => {
    const ask = await isolate();
    const { status, text } = await ask('/readyz', { ...good, ...change });
    expect([status, text]).toEqual([503, expect.stringContaining(`${variable}: `)]);
    expect(text).not.toContain('hidden');
    expect(said.error.join()).toContain('hidden');
  });
});

describe('an exception that nobody expects while the Worker is set up', () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;

  test.each<[name: string, spoil: (env: Env) => Env]>([
    ['a variable that cannot be written as JSON', (env) => ({ ...env, CALLERID_CLUSTERS: circular })],
    [
      'an environment that throws',
      (env) =>
        Object.defineProperty({ ...env }, 'CALLERID_REGIONS', {
          enumerable: true,
          get: () => {
            throw new Error('boom');
          },
        }),
    ],
    [
      'an environment that throws what is no Error',
      (env) =>
        Object.defineProperty({ ...env }, 'CALLERID_REGIONS', {
          enumerable: true,
          get: () => {
            throw 'boom';
          },
        }),
    ],
    ['no environment', () => undefined as never],
  ])('%s: 503, and the next request tries again', async (_, spoil) => {
    const ask = await isolate();
    const token = await sign();
    for (const path of ['/authenticate', '/readyz', '/healthz']) {
      const answer = await ask(path, spoil(good), review(token));
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(5);
      expect(answer.body).toMatchObject({
        kind: 'Status',
        code: 503,
        message: expect.stringMatching(/^internal: /),
      });
      expect(answer.text).not.toContain('boom');
    }
    expect(said.error).toHaveLength(3);
    expect(JSON.parse(said.error[0] as string)).toEqual({ event: 'internal', problem: expect.any(String) });
    expect((await ask('/authenticate', good, review(token))).body.status.authenticated).toBe(true);
  });
});

describe('the admin API', () => {
  const adminSecret = 'the-secret-of-an-administrator';
  const url = `/clusters/${prod}/policy`;

  async function withAdmin(): Promise<Env> {
    const { POLICY, POLICY_WRITER } = bindings;
    return { ...good, CALLERID_ADMIN_SECRET_SHA256: await hexDigest(adminSecret), POLICY, POLICY_WRITER };
  }

  function put(policy: object): RequestInit {
    const headers = { authorization: `Bearer ${adminSecret}`, 'content-type': 'application/json' };
    return { method: 'PUT', headers, body: JSON.stringify({ policy }) };
  }

  test('writes by way of the Durable Object, and the webhook of another isolate decides by it', async () => {
    const env = await withAdmin();
    const writer = await isolate();
    expect((await writer(url, env, put({ rules }))).body).toMatchObject({ applied: true, version: 1 });
    const lost = await Promise.all([1, 2, 3].map(() => writer(url, env, put({ rules: rules.slice(1) }))));
    expect(lost.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(JSON.parse((await bindings.POLICY.get(`policy/${prod}`, 'text')) ?? '')).toMatchObject({
      version: 2,
    });
    const reader = await isolate(() => import('../../src/runtime/cloudflare-webhook.ts'));
    const { CALLERID_ADMIN_SECRET_SHA256: _, POLICY_WRITER: __, ...readOnly } = env;
    expect((await reader('/readyz', readOnly)).body).toEqual({ ready: true, problems: [] });
    expect((await reader(url, readOnly, put({ rules }))).status).toBe(404);
  });

  test.each<[name: string, entry: () => Promise<{ default: Worker }>, change: object, problem: RegExp]>([
    [
      'nothing that writes',
      () => import('../../src/runtime/cloudflare.ts'),
      { POLICY_WRITER: undefined },
      /nothing that can write/,
    ],
    ['the entry without it', () => import('../../src/runtime/cloudflare-webhook.ts'), {}, /no admin API/],
  ])('is not configured with %s', async (_, entry, change, problem) => {
    const ask = await isolate(entry);
    const { status, body } = await ask('/readyz', { ...(await withAdmin()), ...change });
    expect([status, body.problems]).toEqual([503, [expect.stringMatching(problem)]]);
  });
});
