/**
 * How much a deployment asks of STS: by cluster, by caller, at once, and while STS gives no verdict.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { createStsEmulator } from '../../src/emulator/emulator.ts';
import type { LogRecord } from '../../src/http/sink.ts';
import type { Limiter } from '../../src/lib/limiter.ts';
import { createApp } from '../../src/runtime/app.ts';
import { readSettings } from '../../src/runtime/settings.ts';
import type { Limiters } from '../../src/runtime/sts-gates.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { signToken } from '../../src/token/sign.ts';
import { host, people, prod, staging } from '../support/deployment.ts';

afterEach(() => void vi.restoreAllMocks());

/** A Status, or a TokenReview. */
interface Answered {
  readonly message?: string;
  readonly details?: object;
  readonly status?: { readonly error?: string };
}

/** A deployment of two clusters without policies: STS is asked, and then it is 503 `policy_missing`. */
function deploy(settings: Record<string, string> = {}, limiters?: Limiters) {
  const sts = createStsEmulator({ principals: [people.admin, people.bob, people.root] });
  vi.spyOn(globalThis, 'fetch').mockImplementation(sts.fetch as typeof fetch);
  const records: LogRecord[] = [];
  const env = {
    CALLERID_CLUSTER: prod,
    CALLERID_API_SERVER_AUTH: 'none',
    CALLERID_CLUSTERS: JSON.stringify({ [staging]: { apiServerAuth: 'none' } }),
    ...settings,
  };
  const app = createApp(readSettings(env), {
    store: new MemoryStore(),
    writer: undefined,
    createAdmin: undefined,
    taskContext: () => undefined,
    clientCertificate: undefined,
    log: (record) => void records.push(record),
    limiters,
  });
  const began = Date.now();
  let made = 0;
  /** Sends a token that nobody has seen. */
  const ask = async (who: (typeof people)['admin' | 'bob' | 'root'], cluster: string = prod, at = host) => {
    made++;
    const { accessKeyId, secretAccessKey } = who;
    const sessionToken = 'sessionToken' in who ? who.sessionToken : undefined;
    const { token } = await signToken(
      { accessKeyId, secretAccessKey, sessionToken },
      {
        audience: cluster,
        endpoint: { host: at, region: at.split('.')[1] as string },
        now: began - made * 1000,
      },
    );
    const body = JSON.stringify({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token },
    });
    const headers = { 'content-type': 'application/json' };
    const url = `https://webhook.example.net/clusters/${cluster}/authenticate`;
    const response = await app.fetch(new Request(url, { method: 'POST', headers, body }));
    const { message, details, status: review } = (await response.json()) as Answered;
    const code = /^\w+/.exec(message ?? review?.error ?? '')?.[0];
    return { status: response.status, code, wait: Number(response.headers.get('retry-after')), details };
  };
  return { sts, ask, records };
}

test('a caller who asks too often waits, and nobody else does', async () => {
  const { sts, ask } = deploy({ CALLERID_CALLER_LIMIT: '2' });
  for (let turn = 0; turn < 3; turn++) expect((await ask(people.admin)).code).toBe('policy_missing');
  expect(await ask(people.admin)).toMatchObject({ status: 429, code: 'caller_throttled' });
  expect(sts.calls).toHaveLength(3);
  expect((await ask(people.bob)).code).toBe('policy_missing');
  expect((await ask(people.admin, staging)).code).toBe('policy_missing');
});

test('junk with the access key of somebody else keeps them out of nothing', async () => {
  const { ask } = deploy({ CALLERID_CALLER_LIMIT: '2' });
  const forger = { ...people.bob, secretAccessKey: 'guessed' };
  for (let turn = 0; turn < 20; turn++) expect((await ask(forger)).code).toBe('sts_signature_mismatch');
  expect((await ask(people.bob)).code).toBe('policy_missing');
});

test('a cluster whose tokens are too many waits, and no other does', async () => {
  const { sts, ask } = deploy({ CALLERID_CLUSTER_LIMIT: '2' });
  for (const who of [people.admin, people.bob]) expect((await ask(who)).code).toBe('policy_missing');
  const { status, code, wait } = await ask(people.root);
  expect({ status, code }).toEqual({ status: 429, code: 'cluster_throttled' });
  expect(wait).toBeGreaterThanOrEqual(5);
  expect(sts.calls).toHaveLength(2);
  expect((await ask(people.root, staging)).code).toBe('policy_missing');
});

test('tokens for hosts of invented regions use up the limit of no cluster', async () => {
  const { ask } = deploy({ CALLERID_CLUSTER_LIMIT: '2' });
  for (let turn = 0; turn < 5; turn++) {
    expect((await ask(people.admin, prod, 'sts.eu-west-9.amazonaws.com')).code).toBe('policy_missing');
  }
  expect((await ask(people.bob)).code).toBe('policy_missing');
});

test('the limiters of a platform count in place of the settings, with names of their own for each', async () => {
  const keys: string[] = [];
  const limiter = (success: boolean): Limiter => ({
    limit: async ({ key }) => {
      keys.push(key);
      return { success };
    },
  });
  const { ask } = deploy({ CALLERID_CLUSTER_LIMIT: '1' }, { cluster: limiter(true), caller: limiter(true) });
  for (let turn = 0; turn < 3; turn++) expect((await ask(people.bob)).code).toBe('policy_missing');
  expect(new Set(keys)).toEqual(new Set([prod, `${people.bob.accessKeyId} ${prod}`]));
  expect((await deploy({}, { cluster: limiter(false) }).ask(people.bob)).code).toBe('cluster_throttled');
  const { ask: again } = deploy({}, { caller: limiter(false) });
  expect((await again(people.bob)).code).toBe('policy_missing');
  expect((await again(people.bob)).code).toBe('caller_throttled');
});

test.each<[string, () => unknown]>([
  ['rejects', () => Promise.reject(new Error('no limiter'))],
  [
    'throws',
    () => {
      throw new Error('no limiter');
    },
  ],
  ['says nothing', () => undefined],
  ['says null', async () => null],
  ['says something else', async () => ({ success: 'no' })],
  ['never answers', () => new Promise(() => {})],
])('a limiter that %s keeps nobody out', async (_, limit) => {
  const failing = { limit } as Limiter;
  const { ask } = deploy({}, { cluster: failing, caller: failing });
  expect((await ask(people.bob)).code).toBe('policy_missing');
});

test('calls beyond CALLERID_STS_CONCURRENCY are shed with 429', async () => {
  const { sts, ask } = deploy({ CALLERID_STS_CONCURRENCY: '6' }); // half of it as long as the host has not answered
  const { promise: goOn, resolve } = Promise.withResolvers<void>();
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (...parameters) => {
    await goOn;
    return sts.fetch(...(parameters as Parameters<typeof sts.fetch>));
  });
  const answers: Awaited<ReturnType<typeof ask>>[] = [];
  const asked = Array.from({ length: 10 }, async () => void answers.push(await ask(people.bob)));
  await expect.poll(() => answers.length).toBe(7);
  for (const { status, code, wait } of answers) {
    expect({ status, code }).toEqual({ status: 429, code: 'overloaded' });
    expect(wait).toBeGreaterThanOrEqual(5);
  }
  resolve();
  await Promise.all(asked);
  expect(answers.slice(7).map(({ code }) => code)).toEqual(Array(3).fill('policy_missing'));
  expect(sts.calls).toHaveLength(3);
});

test('a breaker is of the whole deployment: both clusters leave a failing STS alone, and the log says so', async () => {
  const { sts, ask, records } = deploy();
  sts.setFault({ type: 'fail', status: 503 });
  for (let turn = 0; turn < 10; turn++) expect((await ask(people.bob)).code).toBe('sts_failing');
  const calls = sts.calls.length;
  for (const cluster of [prod, staging]) {
    const { status, code, wait, details } = await ask(people.admin, cluster);
    expect({ status, code }).toEqual({ status: 503, code: 'sts_circuit_open' });
    expect(wait).toBeGreaterThanOrEqual(5);
    expect(wait).toBeLessThan(10);
    expect(details).toEqual({ retryAfterSeconds: wait });
  }
  expect(sts.calls).toHaveLength(calls);
  expect(records.filter(({ event }) => event === 'circuit')).toEqual([
    { event: 'circuit', time: expect.any(String), host, state: 'open', code: 'sts_failing', openMs: 5000 },
  ]);
});

test('what a breaker turns away is no call, and uses up no limit', async () => {
  const { sts, ask } = deploy({ CALLERID_CLUSTER_LIMIT: '12' });
  sts.setFault({ type: 'fail', status: 503 });
  for (let turn = 0; turn < 10; turn++) await ask(people.bob);
  for (let turn = 0; turn < 30; turn++) expect((await ask(people.bob)).code).toBe('sts_circuit_open');
});

test('one cluster leaves some of the calls at once to the others', async () => {
  const { sts, ask } = deploy({ CALLERID_STS_CONCURRENCY: '20' });
  await ask(people.bob); // so the host has answered
  const { promise: goOn, resolve } = Promise.withResolvers<void>();
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (...parameters) => {
    await goOn;
    return sts.fetch(...(parameters as Parameters<typeof sts.fetch>));
  });
  const shed: (string | undefined)[] = [];
  const note = ({ code }: { code: string | undefined }) => {
    if (code === 'overloaded') shed.push(code);
  };
  const asked = Array.from({ length: 30 }, () => ask(people.bob).then(note));
  await expect.poll(() => shed.length).toBe(15);
  const other = ask(people.admin, staging);
  resolve();
  expect((await other).code).toBe('policy_missing');
  await Promise.all(asked);
});
