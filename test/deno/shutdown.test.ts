/**
 * How the webhook ends on Deno: processes as they are run, with a far STS that is slow or silent.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as requestPlain } from 'node:http';
import { Agent, request as requestTls } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createCertificateAuthority } from '../../src/emulator/certificates.ts';
import { createStsEmulator, type StsEmulator } from '../../src/emulator/emulator.ts';
import { type ListeningStsEmulator, listenStsEmulator } from '../../src/emulator/server.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { FileStore } from '../../src/store/file.ts';
import { signToken } from '../../src/token/sign.ts';
import { host, people, prod, region, rules } from '../support/deployment.ts';
import { type Running, startDeno } from './process.ts';

const secret = 'the-secret-of-the-api-server';

let directory: string;
let caPem: string;
let sts: StsEmulator;
let server: ListeningStsEmulator;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callerid-'));
  sts = createStsEmulator({ principals: [people.admin] });
  server = await listenStsEmulator(sts);
  const authority = await createCertificateAuthority('callerid test CA');
  caPem = authority.pem;
  const { cert, key } = await authority.issue(['127.0.0.1']);
  await writeFile(join(directory, 'tls.crt'), cert);
  await writeFile(join(directory, 'tls.key'), key);
  await writeFile(join(directory, 'ca.pem'), server.caPem);
  await publishPolicy(new FileStore(join(directory, 'policy')), prod, parsePolicy({ rules }), {
    author: 'test',
  });
});

afterEach(() => sts.setFault(undefined));

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

const entries = {
  'deno serve': () => ['serve', '--no-lock', '--host', '127.0.0.1', '--port', '0'],
  'deno run, TLS of its own': () => ['run', '--no-lock'],
} as const;

type Entry = keyof typeof entries;

function start(entry: Entry): Running {
  const permissions = ['--allow-env', '--allow-net', '--allow-read'];
  const files = ['--cert', join(directory, 'tls.crt'), '--key', join(directory, 'tls.key')];
  const script =
    entry === 'deno serve' ? ['src/runtime/deno.ts'] : ['src/runtime/deno-tls.ts', ...files, '--port', '0'];
  return startDeno([...entries[entry](), ...permissions, ...script], directory, {
    CALLERID_CLUSTER: prod,
    CALLERID_API_SERVER_SECRET_SHA256: createHash('sha256').update(secret).digest('hex'),
    CALLERID_POLICY: `file:${join(directory, 'policy')}`,
    CALLERID_STS_DEADLINE_MS: '20000',
    DENO_CERT: join(directory, 'ca.pem'),
    HTTPS_PROXY: server.proxyUrl,
  });
}

interface Answer {
  readonly status: number | undefined;
  readonly body: { readonly [name: string]: unknown };
}

/** By Node's client and not fetch, whose connections are its own. Without an agent there is a connection for each request. */
function ask(
  url: string,
  { body, agent }: { readonly body?: object; readonly agent?: Agent } = {},
): Promise<Answer> {
  const send = url.startsWith('https:') ? requestTls : requestPlain;
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
    const request = send(
      url,
      { method: body ? 'POST' : 'GET', headers, ca: caPem, agent: agent ?? false },
      (answer) => {
        let text = '';
        answer.on('data', (chunk) => (text += chunk)).on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode, body: JSON.parse(text) }));
      },
    );
    request.on('error', reject).end(body && JSON.stringify(body));
  });
}

const review = (url: string, token: string, agent?: Agent): Promise<Answer> =>
  ask(`${url}/authenticate`, {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } },
    ...(agent && { agent }),
  });

async function sign(): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } = people.admin;
  const options = { audience: prod, endpoint: { host, region } };
  return (await signToken({ accessKeyId, secretAccessKey, sessionToken }, options)).token;
}

/** A review that waits for STS. */
async function reviewUnderWay(url: string): Promise<{ readonly answer: Promise<Answer> }> {
  await expect.poll(() => sts.pending, { timeout: 10_000 }).toBe(0); // those of the test before
  const answer = review(url, await sign());
  answer.catch(() => {}); // it is looked at when the process has ended
  await expect.poll(() => sts.pending, { interval: 5 }).toBe(1);
  return { answer };
}

const whatHappened = ({ lines }: Running) =>
  lines()
    .filter(({ event }) => event !== 'listening')
    .map(({ event, verdict, signal, cut }) => verdict ?? signal ?? `${event}${cut ? ', cut' : ''}`);

const told = (running: Running, what: string) =>
  expect.poll(() => whatHappened(running), { timeout: 15_000, interval: 10 }).toContain(what);

describe.each(Object.keys(entries) as Entry[])('%s', { timeout: 60_000 }, (entry) => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: what is in flight is answered and logged',
    async (signal) => {
      const running = start(entry);
      const url = await running.listening();
      // a connection that is kept alive, and holds nothing up
      const agent = new Agent({ keepAlive: true, ca: caPem });
      if (url.startsWith('https:')) expect((await review(url, 'a.b.c', agent)).status).toBe(200);
      sts.setFault({ type: 'delay', ms: 1500 });
      const { answer } = await reviewUnderWay(url);
      running.signal(signal);
      await told(running, signal);
      expect(await answer).toMatchObject({ status: 200, body: { status: { authenticated: true } } });
      expect(await running.exit).toBe(0);
      agent.destroy();
      const before = url.startsWith('https:') ? ['foreign'] : [];
      expect(whatHappened(running)).toEqual([...before, signal, 'mapped', 'stopped']);
    },
  );

  test('every review that was answered has its line, though the end comes at once', async () => {
    const running = start(entry);
    const url = await running.listening();
    const answers = await Promise.all(Array.from({ length: 20 }, () => review(url, 'a.b.c')));
    running.signal('SIGTERM');
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await running.exit).toBe(0);
    expect(whatHappened(running).filter((one) => one === 'foreign')).toHaveLength(20);
    expect(whatHappened(running).slice(-2)).toEqual(['SIGTERM', 'stopped']);
  });

  test('who is not answered in ten seconds is cut off, and that is said', async () => {
    const running = start(entry);
    const url = await running.listening();
    sts.setFault({ type: 'stall' });
    const { answer } = await reviewUnderWay(url);
    running.signal('SIGTERM');
    expect([await running.exit, await answer.catch(() => 'cut')]).toEqual([0, 'cut']);
    expect(whatHappened(running)).toEqual(['SIGTERM', 'stopped, cut']);
  });

  test('a second signal ends it at once', async () => {
    const running = start(entry);
    const url = await running.listening();
    sts.setFault({ type: 'stall' });
    const { answer } = await reviewUnderWay(url);
    running.signal('SIGTERM');
    await told(running, 'SIGTERM');
    running.signal('SIGTERM');
    expect([await running.exit, await answer.catch(() => 'cut')]).toEqual([1, 'cut']);
    expect(whatHappened(running)).toEqual(['SIGTERM']);
  });

  test('no new connection is taken', async () => {
    const running = start(entry);
    const url = await running.listening();
    expect((await ask(`${url}/readyz`)).status).toBe(200);
    sts.setFault({ type: 'delay', ms: 3000 });
    const { answer } = await reviewUnderWay(url);
    running.signal('SIGTERM');
    await told(running, 'SIGTERM');
    await expect(ask(`${url}/readyz`)).rejects.toThrow('ECONNREFUSED');
    expect((await answer).status).toBe(200);
    expect(await running.exit).toBe(0);
  });
});
