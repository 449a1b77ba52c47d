/**
 * A deployment with observers: what fails in them changes nothing, and `/metrics` is there for whoever may read it.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createStsEmulator } from '../../src/emulator/emulator.ts';
import { createAdmin } from '../../src/http/admin/admin.ts';
import type { App } from '../../src/http/routes.ts';
import type { LogRecord } from '../../src/http/sink.ts';
import { detached } from '../../src/lib/flights.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { createApp, type Metrics, type Parts } from '../../src/runtime/app.ts';
import { issuerWith } from '../../src/runtime/issuer-part.ts';
import { jwtParts } from '../../src/runtime/jwt-parts.ts';
import { createMetrics } from '../../src/runtime/metrics/metrics.ts';
import { createObservers, noObservers } from '../../src/runtime/observers.ts';
import { readSettings } from '../../src/runtime/settings.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { signToken } from '../../src/token/sign.ts';
import { host, people, prod, region, rules, sha256 } from '../support/deployment.ts';
import { keyDraft, keyText } from '../support/signing-keys.ts';
import { thrown } from '../support/thrown.ts';

const origin = 'https://callerid.example.com';
const own = { memoryUsage: { rss: () => 1 }, uptime: () => 1 };
const secret = 'who-scrapes-0123456789';
const hex = async (text: string) =>
  Array.from(await sha256(text), (byte) => byte.toString(16).padStart(2, '0')).join('');

beforeEach(() => {
  const sts = createStsEmulator({ principals: [people.admin, people.bob] });
  vi.spyOn(globalThis, 'fetch').mockImplementation(sts.fetch as typeof fetch);
});

afterEach(() => void vi.restoreAllMocks());

async function start(parts: Partial<Parts> = {}, env: Record<string, unknown> = {}): Promise<App> {
  const store = new MemoryStore();
  await publishPolicy(store, prod, parsePolicy({ rules }), { author: 'test' });
  const keys = keyText(await keyDraft('app'));
  const settings = readSettings({
    CALLERID_CLUSTER: prod,
    CALLERID_API_SERVER_AUTH: 'none',
    CALLERID_ISSUER: origin,
    CALLERID_TOKEN_AUDIENCE: 'https://api.example.com',
    CALLERID_SIGNING_KEYS: keys,
    CALLERID_ADMIN_SECRET_SHA256: await hex('an-admin-0123456789'),
    ...env,
  });
  const { createIssuer, readSigningKeys } = jwtParts.issuer;
  return createApp(settings, {
    store,
    writer: store,
    createAdmin,
    createIssuer: issuerWith(createIssuer, readSigningKeys(keys)),
    createJwts: jwtParts.createJwts,
    taskContext: () => detached,
    clientCertificate: undefined,
    log: () => {},
    ...parts,
  });
}

async function signed(audience: string): Promise<string> {
  const { accessKeyId, secretAccessKey } = people.bob;
  return (await signToken({ accessKeyId, secretAccessKey }, { audience, endpoint: { host, region } })).token;
}

async function review(app: App): Promise<Response> {
  const spec = { token: await signed(prod) };
  const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec });
  const headers = { 'content-type': 'application/json' };
  return app.fetch(new Request(`${origin}/authenticate`, { method: 'POST', headers, body }));
}

async function exchange(app: App): Promise<Response> {
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:callerid:params:oauth:token-type:k8s-aws-v1',
    subject_token: await signed(`${origin}/clusters/${prod}`),
  });
  return app.fetch(new Request(`${origin}/clusters/${prod}/token`, { method: 'POST', body }));
}

function read(app: App, path: string, authorization?: string): Promise<Response> {
  const headers = authorization === undefined ? {} : { authorization };
  return Promise.resolve(app.fetch(new Request(origin + path, { headers })));
}

const fails = (): never => {
  throw new Error('no');
};

const metricsOf = (metricsSecretSha256?: string[]): Metrics =>
  createMetrics({ metricsSecretSha256, clusters: [], admin: undefined, endpoints: {} }, 'node', own);

describe('what fails in an observer', () => {
  test('changes no answer', async () => {
    const metrics = { ...metricsOf(), record: fails };
    const lines: LogRecord[] = [];
    const app = await start({ observers: [{ record: fails }], metrics, log: (line) => lines.push(line) });
    expect(await (await review(app)).json()).toMatchObject({ status: { authenticated: true } });
    expect((await exchange(app)).status).toBe(200);
    expect((await read(app, `/clusters/${prod}/policy`, 'Bearer an-admin-0123456789')).status).toBe(200);
    expect(lines.map(({ event }) => event)).toEqual(['review', 'exchange', 'admin']);
  });

  test('in the log changes no review; a JWT that is not in the log does not get out', async () => {
    const told: LogRecord[] = [];
    const app = await start({ log: fails, observers: [{ record: (line) => void told.push(line) }] });
    expect(await (await review(app)).json()).toMatchObject({ status: { authenticated: true } });
    expect(told).toHaveLength(1);
    const answer = await exchange(app);
    expect([answer.status, await answer.text()]).toEqual([503, expect.not.stringContaining('access_token')]);
  });
});

describe('/metrics on the port of the webhook', () => {
  const scraped = async () => {
    const digest = await hex(secret);
    const env = { CALLERID_METRICS_SECRET_SHA256: digest };
    return start({ metrics: metricsOf([digest]) }, env);
  };

  test('is there for whoever has the secret', async () => {
    const app = await scraped();
    await review(app);
    const answer = await read(app, '/metrics', `Bearer ${secret}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    const text = await answer.text();
    for (const line of [
      `callerid_reviews_total{cluster="${prod}",verdict="mapped",code=""} 1`,
      `callerid_identities_total{cluster="${prod}",cache="miss"} 1`,
      `callerid_sts_calls_total{host="${host}",outcome="identity"} 1`,
      `callerid_policy_version{cluster="${prod}"} 1`,
      `callerid_policy_problem{cluster="${prod}"} 0`,
      `callerid_break_glass_total{cluster="${prod}"} 0`,
      'callerid_requests_in_flight 1',
      'aws_iam_authenticator_authenticate_latency_seconds_count{result="success"} 1',
      `aws_iam_authenticator_sts_responses_total{ResponseCode="200",StsRegion="${region}"} 1`,
      'process_resident_memory_bytes 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  test.each([
    ['nothing', undefined],
    ['another secret', 'Bearer who-scrapes-0123456780'],
    ['the secret of an administrator', 'Bearer an-admin-0123456789'],
    ['no bearer', `Basic ${secret}`],
  ])('attack: %s reads nothing', async (_, authorization) => {
    const answer = await read(await scraped(), '/metrics', authorization);
    expect([answer.status, await answer.text()]).toEqual([401, expect.not.stringContaining('callerid_')]);
  });

  test('attack: without a secret it is not there, though metrics are counted', async () => {
    expect((await read(await start({ metrics: metricsOf() }), '/metrics')).status).toBe(404);
  });
});

describe('the settings', () => {
  const digest = 'ab'.repeat(32);
  const base = { CALLERID_CLUSTER: prod, CALLERID_API_SERVER_SECRET_SHA256: 'cd'.repeat(32) };
  const make = (value: string, more: object = {}) => {
    const settings = readSettings({ ...base, ...more, CALLERID_METRICS_SECRET_SHA256: value });
    return thrown(() => createMetrics(settings, 'node', own));
  };

  test.each([
    ['the secret in place of its digest', secret, {}, /^not one or two SHA-256 digests/],
    ['three', `${digest},${digest},${digest}`, {}, /^not one or two SHA-256 digests/],
    ['that of an API server', 'CD'.repeat(32), {}, /^the secret of an API server/],
    [
      'that of administrators',
      digest,
      { CALLERID_ADMIN_SECRET_SHA256: digest },
      /^the secret of an API server or of administrators/,
    ],
  ])('attack by a slip: %s is refused', (_, value, more, problem) => {
    expect(make(value, more)).toMatchObject({
      setting: 'CALLERID_METRICS_SECRET_SHA256',
      problem: expect.stringMatching(problem),
    });
  });

  test.each([
    ['CALLERID_METRICS_SECRET_SHA256', digest],
    ['CALLERID_TRACES', 'true'],
  ])('%s is refused where nothing reads it', (setting, value) => {
    const settings = readSettings({ ...base, [setting]: value });
    expect(thrown(() => createObservers(settings, noObservers, 'node'))).toMatchObject({ setting });
  });
});
