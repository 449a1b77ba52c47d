/**
 * The webhook on Deno with TLS of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createCertificateAuthority } from '../../src/emulator/certificates.ts';

let directory: string;
let caPem: string;
let child: ChildProcess;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callerid-'));
  const authority = await createCertificateAuthority('callerid test CA');
  const { cert, key } = await authority.issue(['127.0.0.1']);
  caPem = authority.pem;
  await writeFile(join(directory, 'tls.crt'), cert);
  await writeFile(join(directory, 'tls.key'), key);
});

afterAll(() => rm(directory, { recursive: true }));

afterEach(async () => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL'); // by its process ID
  await once(child, 'exit');
});

function start(...args: string[]): () => string {
  const entry = join(import.meta.dirname, '../../src/runtime/deno-tls.ts');
  const permissions = ['--no-lock', '--allow-env', '--allow-net', '--allow-read'];
  child = spawn(process.execPath, ['run', ...permissions, entry, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '',
      HOME: directory,
      DENO_DIR: join(directory, 'deno'),
      DENO_NO_UPDATE_CHECK: '1',
      NO_COLOR: '1',
      CALLERID_CLUSTER: 'prod.example.com',
      CALLERID_API_SERVER_AUTH: 'none',
      CALLERID_POLICY: `file:${join(directory, 'policy')}`,
    },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk));
  return () => text;
}

const files = () => ['--cert', join(directory, 'tls.crt'), '--key', join(directory, 'tls.key')];

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = get(url, { ca: caPem, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject);
  });
}

describe('deno run src/runtime/deno-tls.ts', { timeout: 60_000 }, () => {
  test('answers over TLS, with the certificate that it was given', async () => {
    const output = start(...files(), '--port', '0');
    const address = () => /https:\/\/127\.0\.0\.1:\d+/.exec(output())?.[0];
    await expect.poll(() => address() ?? child.exitCode, { timeout: 20_000 }).not.toBeNull();
    expect(await statusOf(`${address() ?? expect.fail(output())}/healthz`)).toBe(200);
  });

  // [name, its arguments, what it says]
  test.each([
    ['no certificate', () => ['--key', 'tls.key'], '--cert: not given. Name a PEM file.'],
    [
      'a key that is not there',
      () => [...files().slice(0, 2), '--key', '/nowhere'],
      '--key: /nowhere cannot be read (NotFound).',
    ],
    ['a port that is none', () => [...files(), '--port', '65536'], '--port: not a port.'],
    ['an option that it has not', () => [...files(), '--tls'], "'--tls'"],
  ])('%s ends it with a message', async (_, args, message) => {
    const output = start(...args());
    const [code] = await once(child, 'exit');
    expect(code).toBe(1);
    await expect.poll(output).toContain(message);
  });
});
