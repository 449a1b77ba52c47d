/**
 * The webhook on Deno with TLS of its own.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCertificateAuthority } from '../../src/emulator/certificates.ts';
import { type Running, startDeno } from './process.ts';

let directory: string;
let caPem: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callerid-'));
  const authority = await createCertificateAuthority('callerid test CA');
  const { cert, key } = await authority.issue(['127.0.0.1']);
  caPem = authority.pem;
  await writeFile(join(directory, 'tls.crt'), cert);
  await writeFile(join(directory, 'tls.key'), key);
});

afterAll(() => rm(directory, { recursive: true }));

function start(...args: string[]): Running {
  return startWith({}, ...args);
}

function startWith(more: Record<string, string>, ...args: string[]): Running {
  const permissions = ['--no-lock', '--allow-env', '--allow-net', '--allow-read'];
  return startDeno(['run', ...permissions, 'src/runtime/deno-tls.ts', ...args], directory, {
    CALLERID_CLUSTER: 'prod.example.com',
    CALLERID_API_SERVER_AUTH: 'none',
    CALLERID_POLICY: `file:${join(directory, 'policy')}`,
    ...more,
  });
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
    const { listening, lines } = start(...files(), '--port', '0');
    const url = await listening();
    expect(lines().at(-1)).toEqual({ event: 'listening', url });
    expect(await statusOf(`${url}/healthz`)).toBe(200);
  });

  test('shows metrics at a port of their own', async () => {
    const { listening, lines } = start(...files(), '--port', '0', '--metrics-port', '0');
    const url = await listening();
    const { metrics } = lines().at(-1) as { metrics: string };
    const text = await (await fetch(metrics)).text();
    expect(text).toMatch(/^callerid_build_info\{version="[\d.]+",runtime="deno"\} 1$/m);
    expect(Number(/^process_resident_memory_bytes (\d+)$/m.exec(text)?.[1])).toBeGreaterThan(1e7);
    expect(await statusOf(`${url}/metrics`)).toBe(404);
  });

  test('makes traces where they are wanted', async () => {
    const { listening } = startWith({ CALLERID_TRACES: 'true' }, ...files(), '--port', '0');
    expect(await statusOf(`${await listening()}/healthz`)).toBe(200);
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
    [
      'a port for metrics that is none',
      () => [...files(), '--metrics-port', 'x'],
      '--metrics-port: not a port.',
    ],
    [
      'a file that is no certificate',
      () => ['--cert', join(directory, 'tls.key'), '--key', join(directory, 'tls.key'), '--port', '0'],
      '--port: cannot listen on 127.0.0.1, port 0 (',
    ],
    [
      'a host that is not here',
      () => [...files(), '--port', '0', '--host', '192.0.2.1'],
      '--port: cannot listen on 192.0.2.1, port 0 (',
    ],
    [
      'a host for metrics that is not here',
      () => [...files(), '--port', '0', '--metrics-port', '0', '--metrics-host', '192.0.2.1'],
      '--metrics-port: cannot listen on 192.0.2.1, port 0 (',
    ],
    [
      'a host for metrics without a port',
      () => [...files(), '--metrics-host', '0.0.0.0'],
      '--metrics-host: without --metrics-port. Give both.',
    ],
    ['an option that it has not', () => [...files(), '--tls'], "arguments: Unknown option '--tls'"],
  ])('%s ends it with a line', async (_, args, message) => {
    const { exit, output } = start(...args());
    expect(await exit).toBe(2);
    expect(output()).toMatch(/^(?:\{[^\n]*\}\n)*callerid: [^\n]*\n$/);
    expect(output()).toContain(message);
  });
});
