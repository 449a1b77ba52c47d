/**
 * `callerid serve` and those who only hold connections. It takes as long as they are borne: 10 seconds.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { createCertificateAuthority } from '../../src/emulator/certificates.ts';
import { cliIn, temporaryDirectory } from './cli.ts';

const home = temporaryDirectory();
const { start } = cliIn(home);
const tls = ['--tls-cert', join(home, 'tls.crt'), '--tls-key', join(home, 'tls.key')];

beforeAll(async () => {
  const authority = await createCertificateAuthority('a test');
  const { cert, key } = await authority.issue(['127.0.0.1']);
  writeFileSync(join(home, 'tls.crt'), cert);
  writeFileSync(join(home, 'tls.key'), key);
  writeFileSync(join(home, 'policy.yaml'), 'rules: [{account: "111122223333"}]');
});

/** Starts it on a free port, and ends it with the test. */
async function serve(
  args: readonly string[],
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
): Promise<URL> {
  const child = start(['serve', '--port', '0', '--policy', join(home, 'policy.yaml'), ...args], {
    CALLERID_CLUSTER: 'prod.example.com',
    CALLERID_API_SERVER_SECRET_SHA256: '0'.repeat(64),
  });
  const exit = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  const [line] = await once(createInterface(child.stdout!), 'line');
  return new URL((JSON.parse(line) as { url: string }).url);
}

/** A connection that is not told of errors: to be cut off is what is wanted of it. */
async function connected({ port }: URL): Promise<Socket> {
  const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  return socket.resume();
}

describe.concurrent('a connection', () => {
  test.for<[string, readonly string[], string]>([
    ['that says nothing', [], ''],
    ['that begins a request and does not end it', [], 'POST /authenticate HTTP/1.1\r\nhost: a\r\nx: '],
    ['that says nothing of TLS', tls, ''],
  ])('%s: is cut off soon', { timeout: 30_000 }, async ([, args, words], context) => {
    const socket = await connected(await serve(args, context));
    const began = performance.now();
    socket.write(words);
    await once(socket, 'close');
    expect(performance.now() - began).toBeGreaterThan(8000);
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  test('of more than 512: is not taken until one of them has ended', async (context) => {
    const url = await serve([], context);
    const held: Socket[] = [];
    while (held.length < 512) held.push(await connected(url));
    await expect(fetch(new URL('/healthz', url))).rejects.toThrow();
    held[0]?.destroy();
    const health = () =>
      fetch(new URL('/healthz', url)).then(
        ({ status }) => status,
        () => 0,
      );
    await expect.poll(health).toBe(200);
    for (const socket of held) socket.destroy();
  });

  test('that is idle between two reviews: is kept, as an API server sends none again', {
    timeout: 30_000,
  }, async (context) => {
    const socket = await connected(await serve([], context));
    expect(await healthOn(socket)).toContain('200 OK');
    await new Promise((resolve) => setTimeout(resolve, 13_000)); // longer than Node would keep it, and than a client may take to send a request
    expect(await healthOn(socket)).toContain('200 OK');
  });

  test('that is idle: makes room where there are 512', { timeout: 30_000 }, async (context) => {
    const url = await serve([], context);
    const held: Socket[] = [];
    while (held.length < 512) held.push(await connected(url));
    await Promise.all(held.map(healthOn));
    const health = () =>
      fetch(new URL('/healthz', url)).then(
        ({ status }) => status,
        () => 0,
      );
    await expect.poll(health, { timeout: 10_000 }).toBe(200);
  });
});

/** The beginning of an answer. */
async function healthOn(socket: Socket): Promise<string> {
  const answer = once(socket, 'data', { signal: AbortSignal.timeout(10_000) });
  socket.write('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n');
  return String((await answer)[0]);
}
