/**
 * The webhook on Deno as it is run: `deno serve`, a policy in a directory or in Deno KV, and a far STS behind TLS.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStsEmulator, type StsEmulator } from '../../src/emulator/emulator.ts';
import { type ListeningStsEmulator, listenStsEmulator } from '../../src/emulator/server.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { type DenoKv, DenoKvStore } from '../../src/store/deno-kv.ts';
import { FileStore } from '../../src/store/file.ts';
import { signToken } from '../../src/token/sign.ts';
import { fingerprint, headers } from '../support/client-certificate.ts';
import { type Answer, answerOf, host, people, prod, region, rules } from '../support/deployment.ts';
import { type Running, startDeno } from './process.ts';

declare const Deno: { openKv(path: string): Promise<DenoKv & { close(): void }> };

const secret = 'the-secret-of-the-api-server';
const entry = 'src/runtime/deno.ts';

let directory: string;
let sts: StsEmulator;
let server: ListeningStsEmulator;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callerid-'));
  sts = createStsEmulator({ principals: [people.admin] });
  server = await listenStsEmulator(sts);
  await writeFile(join(directory, 'ca.pem'), server.caPem);
  await publishPolicy(new FileStore(join(directory, 'policy')), prod, parsePolicy({ rules }), {
    author: 'test',
  });
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

function settings(): Record<string, string> {
  return {
    CALLERID_CLUSTER: prod,
    CALLERID_API_SERVER_SECRET_SHA256: createHash('sha256').update(secret).digest('hex'),
    CALLERID_POLICY: `file:${join(directory, 'policy')}`,
  };
}

/** Starts the entry with these settings and nothing else of ours in the environment. */
function start(env: Record<string, string>): Running {
  const permissions = [
    '--unstable-kv',
    '--allow-env',
    '--allow-net',
    `--allow-read=${directory}`,
    `--allow-write=${directory}`,
  ];
  const args = ['serve', '--no-lock', '--host', '127.0.0.1', '--port', '0', ...permissions, entry];
  return startDeno(args, directory, {
    DENO_CERT: join(directory, 'ca.pem'),
    HTTPS_PROXY: server.proxyUrl,
    ...env,
  });
}

async function ask(url: string, token: string, authorization = `Bearer ${secret}`): Promise<Answer> {
  const response = await fetch(`${url}/authenticate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }),
  });
  return answerOf(response);
}

async function sign(): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } = people.admin;
  const options = { audience: prod, endpoint: { host, region } };
  return (await signToken({ accessKeyId, secretAccessKey, sessionToken }, options)).token;
}

describe('deno serve', { timeout: 60_000 }, () => {
  test('reviews by a policy in a directory', async () => {
    const running = start(settings());
    const url = await running.listening();

    expect(await fetch(`${url}/healthz`).then((answer) => answer.text())).toBe('ok');
    expect(await fetch(`${url}/readyz`).then((answer) => answer.json())).toEqual({
      ready: true,
      problems: [],
    });

    const token = await sign();
    const granted = await ask(url, token);
    expect(granted.body.status).toMatchObject({
      authenticated: true,
      user: { username: 'admin:alice-example.com' },
    });
    expect(sts.calls.map((call) => call.host)).toEqual([host]);
    expect((await ask(url, 'a.b.c')).body.status).toEqual({ authenticated: false });
    expect((await ask(url, `${token}x`)).body.status.authenticated).toBe(false);
    expect((await ask(url, token, 'Bearer x')).status).toBe(401);
    expect((await fetch(`${url}/nowhere`).then(answerOf)).status).toBe(404);

    const { lines } = running;
    // A line may come after its answer.
    await expect
      .poll(() => lines().map(({ verdict }) => verdict))
      .toEqual(['mapped', 'foreign', 'refused', 'rejected']);
    expect(lines()[0]).toMatchObject({ decisionId: granted.decisionId, cluster: prod, stsHost: host });
    expect(running.output()).not.toContain(token.slice(20, 60));
  });

  test('reviews by a policy in Deno KV, and warns of what works and should not', async () => {
    const path = join(directory, 'kv.sqlite');
    const kv = await Deno.openKv(path);
    await publishPolicy(new DenoKvStore(kv), prod, parsePolicy({ rules }), { author: 'test' });
    kv.close();
    const { CALLERID_API_SERVER_SECRET_SHA256: _, ...rest } = settings();
    const running = start({ ...rest, CALLERID_POLICY: `deno-kv:${path}`, CALLERID_API_SERVER_AUTH: 'none' });
    const url = await running.listening();
    expect((await ask(url, await sign(), 'none')).body.status.authenticated).toBe(true);
    expect(running.output()).toContain('{"event":"warning","warning":"CALLERID_API_SERVER_AUTH: ');
  });

  test('takes a client certificate from the proxy that is named, and from no other', async () => {
    const { CALLERID_API_SERVER_SECRET_SHA256: _, ...rest } = settings();
    const present = async (url: string, sent: [string, string][]) => {
      const body = JSON.stringify({
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token: await sign() },
      });
      const all = new Headers([['content-type', 'application/json'], ...sent]);
      return (await fetch(`${url}/authenticate`, { method: 'POST', headers: all, body })).status;
    };
    const own: [string, string] = ['client-cert', headers.rfc9440];
    const behind = (address: string) =>
      start({
        ...rest,
        CALLERID_API_SERVER_CERTIFICATE_SHA256: fingerprint,
        CALLERID_CLIENT_CERTIFICATE_PROXY: `{"addresses":["${address}"],"header":"client-cert","form":"rfc9440"}`,
      });

    const near = await behind('127.0.0.1').listening();
    expect(await present(near, [own])).toBe(200);
    expect(await present(near, [])).toBe(401);
    expect(await present(near, [own, own])).toBe(401);
    expect(await present(near, [['x-client-cert', headers.rfc9440]])).toBe(401);

    const far = await behind('127.0.0.2').listening();
    expect(await present(far, [own])).toBe(401);
    expect(await present(far, [own, ['x-forwarded-for', '127.0.0.2']])).toBe(401);
  });

  test.each<[setting: string, change: Record<string, string>]>([
    ['CALLERID_CLIENT_CERTIFICATE_PROXY', { CALLERID_API_SERVER_CERTIFICATE_SHA256: fingerprint }],
    ['CALLERID_CLUSTER', { CALLERID_CLUSTER: '', CALLERID_API_SERVER_SECRET_SHA256: '' }],
    ['CALLERID_CLUSTR', { CALLERID_CLUSTR: 'x' }],
    ['CALLERID_API_SERVER_SECRET_SHA256', { CALLERID_API_SERVER_SECRET_SHA256: secret }],
    ['CALLERID_POLICY', { CALLERID_POLICY: '' }],
    ['CALLERID_POLICY', { CALLERID_POLICY: 'kv' }],
    ['OTEL_DENO', { OTEL_DENO: 'true' }],
  ])('does not start with a wrong %s, and names it', async (setting, change) => {
    const { exit, output } = start({ ...settings(), ...change });
    expect(await exit).toBe(1);
    expect(output()).toContain(`ConfigurationError: ${setting}: `);
    expect(output()).not.toContain('Listening');
    expect(output()).not.toContain(secret);
  });
});
