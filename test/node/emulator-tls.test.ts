import { spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createStsEmulator, type StsEmulator } from '../../src/emulator/emulator.ts';
import { type ListeningStsEmulator, listenStsEmulator } from '../../src/emulator/server.ts';

const CLUSTER = 'prod.example.com';
const KEY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const REGIONAL = 'sts.eu-west-1.amazonaws.com';

let sts: StsEmulator;
let server: ListeningStsEmulator;
let directory: string;
let caFile: string;

beforeAll(async () => {
  sts = createStsEmulator({
    principals: [{ type: 'user', account: '111122223333', userName: 'alice', ...KEY }],
  });
  server = await listenStsEmulator(sts, { hosts: ['vpce.example.com'] });
  directory = mkdtempSync(join(tmpdir(), 'callerid-emulator-'));
  caFile = join(directory, 'ca.pem');
  writeFileSync(caFile, server.caPem);
});

afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

async function presign(host = REGIONAL, region = 'eu-west-1'): Promise<string> {
  const signer = new SignatureV4({ credentials: KEY, region, service: 'sts', sha256: Sha256 });
  const { query } = await signer.presign({
    method: 'GET',
    protocol: 'https:',
    hostname: host,
    path: '/',
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    headers: { host, 'x-k8s-aws-id': CLUSTER },
  });
  return `https://${host}/?${new URLSearchParams(query as Record<string, string>)}`;
}

interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** One request straight to the TLS server, with name and Host of the URL. */
function ask(url: string, signal?: AbortSignal, sent?: string): Promise<Reply> {
  const { hostname, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port: server.port,
        method: sent === undefined ? 'GET' : 'POST',
        servername: hostname,
        path: pathname + search,
        ca: server.caPem,
        agent: false,
        headers: { host: hostname, accept: 'application/json', 'x-k8s-aws-id': CLUSTER },
        ...(signal === undefined ? {} : { signal }),
      },
      async (response) => {
        try {
          const chunks = await response.toArray();
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          });
        } catch (error) {
          reject(error);
        }
      },
    );
    request.on('error', reject).end(sent);
  });
}

function connectThroughProxy(target: string): Promise<number> {
  return new Promise((resolve, reject) => {
    httpRequest(server.proxyUrl, { method: 'CONNECT', path: target, agent: false })
      .on('connect', (response, socket) => {
        socket.destroy();
        resolve(response.statusCode ?? 0);
      })
      .on('error', reject)
      .end();
  });
}

interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Not spawnSync: the server lives in this process. */
function run(command: string, args: readonly string[], env: Record<string, string>): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { PATH: process.env.PATH ?? '', HOME: directory, ...env } });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', reject).on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

const has = (command: string): boolean => spawnSync(command, ['--version']).status === 0;

describe('TLS server', () => {
  it.each([
    [REGIONAL, 'eu-west-1'],
    ['sts.amazonaws.com', 'us-east-1'],
    ['sts-fips.us-east-1.amazonaws.com', 'us-east-1'],
    ['sts.us-west-2.api.aws', 'us-west-2'],
  ])('answers as %s', async (host, region) => {
    const { status, headers, body } = await ask(await presign(host, region));
    expect([status, headers['content-type']]).toEqual([200, 'application/json']);
    expect(body.toString()).toContain('arn:aws:iam::111122223333:user/alice');
    expect(sts.calls.at(-1)).toMatchObject({ host, status: 200, accessKeyId: 'AKIDEXAMPLE' });
  });

  it('hands on refusals', async () => {
    const { status, body } = await ask(await presign(REGIONAL, 'us-east-1'));
    expect([status, JSON.parse(body.toString()).Error.Code]).toEqual([403, 'SignatureDoesNotMatch']);
  });

  it.each([
    ['sts.us-east-1.amazonaws.com', 'DNS:sts.us-east-1.amazonaws.com'],
    ['vpce.example.com', 'DNS:vpce.example.com'],
    ['localhost', 'DNS:localhost'],
    [undefined, 'DNS:localhost, IP Address:127.0.0.1'],
  ])('has a certificate for %s', async (servername, names) => {
    const certificate = await new Promise<X509Certificate | undefined>((resolve, reject) => {
      const socket = tlsConnect(
        {
          host: '127.0.0.1',
          port: server.port,
          ca: server.caPem,
          ...(servername === undefined ? {} : { servername }),
        },
        () => {
          resolve(socket.getPeerX509Certificate());
          socket.destroy();
        },
      );
      socket.on('error', reject);
    });
    expect(certificate?.subjectAltName).toBe(names);
    expect(certificate?.verify(new X509Certificate(server.caPem).publicKey)).toBe(true);
  });

  it.each(['example.com', 's3.us-east-1.amazonaws.com', 'sts.evil_name', 'xsts.us-east-1.amazonaws.com'])(
    'has no certificate for %s',
    async (host) => {
      await expect(ask(`https://${host}/`)).rejects.toThrow();
    },
  );

  it('is trusted by nobody else', async () => {
    const failure = await fetch(`${server.url}/`).catch((error: Error) => error.cause as { code: string });
    expect(failure).toMatchObject({ code: expect.stringMatching(/VERIFY|CERT|ISSUER/) });
  });

  it.each([
    ['reset', 'reset'],
    ['cut', 'cut'],
  ] as const)('breaks the connection: %s', async (_name, type) => {
    sts.setFault({ type, times: 1 });
    await expect(ask(await presign())).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it.each(['stall', 'stall-body'] as const)('notices a client that gave up: %s', async (type) => {
    sts.setFault({ type, times: 1 });
    await expect(ask(await presign(), AbortSignal.timeout(300))).rejects.toThrow();
    await expect.poll(() => sts.pending).toBe(0);
  });

  it('sends what is before a cut', async () => {
    sts.setFault({ type: 'cut', times: 1 });
    const received = await new Promise<string>((resolve, reject) => {
      const socket = tlsConnect(
        { host: '127.0.0.1', port: server.port, servername: REGIONAL, ca: server.caPem },
        async () => {
          const { pathname, search } = new URL(await presign());
          socket.write(
            `GET ${pathname}${search} HTTP/1.1\r\nhost: ${REGIONAL}\r\naccept: application/json\r\nx-k8s-aws-id: ${CLUSTER}\r\n\r\n`,
          );
        },
      );
      let text = '';
      socket.on('data', (chunk) => (text += chunk));
      socket.on('close', () => resolve(text)).on('error', reject);
    });
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(received).toContain('{"GetCallerIdentityResponse"');
    expect(received).not.toContain('RequestId');
  });

  it('breaks the connection off where a request is too large, and goes on', async () => {
    await expect(ask(await presign(), undefined, 'x'.repeat(65_537))).rejects.toThrow();
    expect((await ask(await presign())).status).toBe(200);
  });

  it('streams bodies that are too large, plain and compressed', async () => {
    sts.setFault({ type: 'oversize', mib: 4, times: 1 });
    expect((await ask(await presign())).body.length).toBeGreaterThan(4 * 1024 * 1024);
    sts.setFault({ type: 'gzip-bomb', mib: 4, times: 1 });
    const { headers, body } = await ask(await presign());
    expect(headers['content-encoding']).toBe('gzip');
    expect(body.length).toBeLessThan(40_000);
    expect(gunzipSync(body).length).toBeGreaterThan(4 * 1024 * 1024);
  });
});

describe('CONNECT proxy', () => {
  it.each([
    ['sts.us-east-1.amazonaws.com:443', 200],
    ['vpce.example.com:443', 200],
    ['sts.us-east-1.amazonaws.com:80', 403],
    ['example.com:443', 403],
    ['sts.us-east-1.amazonaws.com', 403],
    ['127.0.0.1:22', 403],
  ])('%s: %d', async (target, status) => {
    expect(await connectThroughProxy(target)).toBe(status);
  });

  it('is no proxy for plain HTTP', async () => {
    const response = await fetch(server.proxyUrl);
    expect(response.status).toBe(403);
  });

  const script = `
    const headers = { accept: 'application/json', 'x-k8s-aws-id': '${CLUSTER}' };
    const response = await fetch(process.argv.at(-1), { headers });
    console.log(response.status, await response.text());
  `;
  const clients = [
    [
      'node',
      process.execPath,
      (url: string) => ['--input-type=module', '-e', script, url],
      () => ({ NODE_USE_ENV_PROXY: '1', NODE_EXTRA_CA_CERTS: caFile }),
    ],
    [
      'deno',
      'deno',
      (url: string) => ['run', '-A', join(directory, 'client.mjs'), url],
      () => ({ DENO_CERT: caFile, DENO_DIR: join(directory, 'deno'), DENO_NO_UPDATE_CHECK: '1' }),
    ],
    [
      'curl',
      'curl',
      (url: string) => [
        '-sS',
        '-w',
        '%{http_code}',
        '-H',
        'accept: application/json',
        '-H',
        `x-k8s-aws-id: ${CLUSTER}`,
        url,
      ],
      () => ({ CURL_CA_BUNDLE: caFile }),
    ],
  ] as const;

  it.for(clients)('leads a real client here: %s', { timeout: 30_000 }, async (row, context) => {
    const [, command, args, env] = row;
    context.skip(!has(command), `${command} is not installed`);
    writeFileSync(join(directory, 'client.mjs'), `import process from 'node:process';${script}`);
    const result = await run(command, args(await presign()), { HTTPS_PROXY: server.proxyUrl, ...env() });
    expect(result).toMatchObject({ status: 0, stdout: expect.stringContaining('user/alice') });
    expect(result.stdout).toContain('200');
  });

  it.skipIf(!has('aws'))('answers a URL that the real AWS CLI signed', { timeout: 60_000 }, async () => {
    const args = ['eks', 'get-token', '--cluster-name', CLUSTER, '--region', 'eu-west-1', '--output', 'json'];
    const { status, stdout, stderr } = await run('aws', args, {
      AWS_ACCESS_KEY_ID: KEY.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    expect([status, stderr]).toEqual([0, '']);
    const token: string = JSON.parse(stdout).status.token;
    const url = Buffer.from(token.replace('k8s-aws-v1.', ''), 'base64url').toString();
    expect((await ask(url)).status).toBe(200);
  });
});

it('close() ends open connections and both listeners', async () => {
  const own = createStsEmulator({ principals: [] });
  own.setFault({ type: 'stall' });
  const listening = await listenStsEmulator(own);
  const closed = [listening.port, Number(new URL(listening.proxyUrl).port)].map(async (port) => {
    const socket = createConnection(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    await new Promise((resolve) => socket.once('connect', resolve));
    return { port, ended: new Promise((resolve) => socket.once('close', resolve)) };
  });
  const open = await Promise.all(closed);
  await listening.close();
  for (const { port, ended } of open) {
    await ended;
    await expect(
      new Promise((resolve, reject) =>
        createConnection(port, '127.0.0.1', () => resolve(0)).once('error', reject),
      ),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  }
});
