/**
 * Joined calls in workerd itself: a client that resets its connection takes its own request along, and nobody else.
 * (A plain close goes unnoticed there, so only a reset shows it.)
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createStsEmulator, type StsEmulator } from '../../src/emulator/emulator.ts';
import { signToken } from '../../src/token/sign.ts';

const audience = 'https://orders.example.com';
const endpoint = { host: 'sts.us-east-1.amazonaws.com', region: 'us-east-1' };
const key = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const leaseMs = 1200;

/** `/kept` registers its work, `/lost` only pretends to; `/counts` tells how far the requests are. */
const worker = `
  import { createVerifier } from './src/verifier/verifier.ts';
  const kept = createVerifier({ audience: '${audience}' });
  const lost = createVerifier({ audience: '${audience}', stsDeadlineMs: ${leaseMs} });
  const counts = { begun: 0, gone: 0 };
  export default {
    async fetch(request, env, ctx) {
      const { pathname } = new URL(request.url);
      if (pathname === '/counts') return Response.json(counts);
      request.signal.addEventListener('abort', () => counts.gone++);
      const token = request.headers.get('authorization');
      const result = pathname === '/kept'
        ? kept.verify(token, { context: ctx })
        : lost.verify(token, { context: { waitUntil() {} } });
      counts.begun++;
      return Response.json(await result);
    },
  };
`;

const config = `
  using Workerd = import "/workerd/workerd.capnp";
  const config :Workerd.Config = (
    services = [
      (name = "main", worker = .mainWorker),
      (name = "sts", external = (address = "127.0.0.1:STS_PORT", http = ())),
    ],
    sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
  );
  const mainWorker :Workerd.Worker = (
    modules = [(name = "worker", esModule = embed "worker.mjs")],
    compatibilityDate = "2026-10-01",
    compatibilityFlags = ["enable_request_signal"],
    globalOutbound = "sts",
  );
`;

let sts: StsEmulator;
let upstream: Server;
/** STS answers once this is settled. */
let gate: Promise<void>;
let open: () => void;
let directory: string;
let workerd: ChildProcess;
let port: number;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'callerid-workerd-'));
  await build({
    stdin: { contents: worker, resolveDir: join(import.meta.dirname, '../..') },
    bundle: true,
    format: 'esm',
    outfile: join(directory, 'worker.mjs'),
    logLevel: 'silent',
  });
  upstream = createServer(async (request, response) => {
    const headers = new Headers(request.headers as Record<string, string>);
    const answer = await sts.fetch(`https://${headers.get('host')}${request.url}`, { headers });
    await gate;
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  });
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  const { port: stsPort } = upstream.address() as AddressInfo;
  writeFileSync(join(directory, 'config.capnp'), config.replace('STS_PORT', String(stsPort)));
});

afterAll(async () => {
  rmSync(directory, { recursive: true });
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

beforeEach(async () => {
  sts = createStsEmulator({
    principals: [{ type: 'user', account: '111122223333', userName: 'alice', ...key }],
  });
  ({ promise: gate, resolve: open } = Promise.withResolvers<void>());
  const { default: binary } = createRequire(import.meta.url)('workerd') as { default: string };
  workerd = spawn(binary, ['serve', '--control-fd=3', join(directory, 'config.capnp')], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  const [line] = await once(workerd.stdio[3] as Readable, 'data');
  port = JSON.parse(String(line)).port;
});

afterEach(async () => {
  open();
  workerd.kill('SIGKILL'); // it would wait for its open requests
  if (workerd.exitCode === null && workerd.signalCode === null) await once(workerd, 'exit');
});

async function token(secondsAgo = 0): Promise<string> {
  return (await signToken(key, { audience, endpoint, now: Date.now() - secondsAgo * 1000 })).token;
}

/** Sends a request whose answer nobody will read. */
function send(path: string, authorization: string): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nhost: worker\r\nauthorization: ${authorization}\r\n\r\n`);
  return socket;
}

async function ask(path: string, authorization: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { authorization },
    signal: AbortSignal.timeout(3000),
  });
  return response.json();
}

/** Waits until the Worker has counted so many. */
async function counted(counts: { begun: number; gone: number }): Promise<void> {
  await vi.waitFor(async () => expect(await ask('/counts', '')).toEqual(counts), {
    timeout: 3000,
    interval: 10,
  });
}

/** Two requests for one token; then the client of the first, who leads, resets its connection. */
async function leaderGoes(path: string, shared: string): Promise<{ follower: Promise<unknown> }> {
  const leader = send(path, shared);
  await counted({ begun: 1, gone: 0 });
  await vi.waitFor(() => expect(sts.calls).toHaveLength(1));
  const follower = ask(path, shared);
  await counted({ begun: 2, gone: 0 });
  leader.resetAndDestroy();
  await counted({ begun: 2, gone: 1 });
  return { follower };
}

const alice = { verdict: 'verified', identity: { arn: 'arn:aws:iam::111122223333:user/alice' } };

test('registered work outlives its request: the follower gets its answer, with one call to STS', async () => {
  const shared = await token();
  const { follower } = await leaderGoes('/kept', shared);
  open();
  expect(await follower).toMatchObject(alice);
  expect(sts.calls).toHaveLength(1);
  expect(await ask('/kept', shared)).toMatchObject({ ...alice, cached: true });
  expect(await ask('/kept', await token(60))).toMatchObject({ ...alice, cached: false });
  expect(sts.calls).toHaveLength(2);
});

test('work that died with its request: the follower takes over after its lease, and later requests are served', async () => {
  const shared = await token();
  const { follower } = await leaderGoes('/lost', shared);
  open();
  expect(await follower).toMatchObject(alice);
  expect(sts.calls).toHaveLength(2);
  expect(await ask('/lost', shared)).toMatchObject({ ...alice, cached: true });
  expect(await ask('/lost', await token(60))).toMatchObject({ ...alice, cached: false });
  expect(sts.calls).toHaveLength(3);
});
