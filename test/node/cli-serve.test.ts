/**
 * `callerid serve`: a review from end to end, new policies and certificates without a restart, and an end in good order.
 */
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, createServer, get } from 'node:http';
import { request } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { drain } from '../../src/cli/serve/drain.ts';
import { type CertificateAuthority, createCertificateAuthority } from '../../src/emulator/certificates.ts';
import { createStsEmulator, type StsEmulator } from '../../src/emulator/emulator.ts';
import { type ListeningStsEmulator, listenStsEmulator } from '../../src/emulator/server.ts';
import { signToken } from '../../src/token/sign.ts';
import { cliIn, finished, temporaryDirectory } from './cli.ts';

const home = temporaryDirectory();
const { cli, start } = cliIn(home);
const secret = 'a-bearer-secret';
const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const policyFile = join(home, 'aws-auth.yaml');
const certFile = join(home, 'tls.crt');
const keyFile = join(home, 'tls.key');

let sts: StsEmulator;
let server: ListeningStsEmulator;
let authority: CertificateAuthority;
let env: Record<string, string>;

beforeAll(async () => {
  sts = createStsEmulator({
    principals: [{ type: 'user', account: '111122223333', userName: 'alice', ...credentials }],
  });
  server = await listenStsEmulator(sts);
  authority = await createCertificateAuthority('a test');
  writeFileSync(join(home, 'ca.pem'), server.caPem);
  env = {
    HTTPS_PROXY: server.proxyUrl,
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: join(home, 'ca.pem'),
    CALLERID_CLUSTER: 'prod.example.com',
    CALLERID_API_SERVER_SECRET_SHA256: createHash('sha256').update(secret).digest('hex'),
    CALLERID_POLICY_SECONDS: '1',
  };
  writePolicyFile('alice');
});

afterEach(() => sts.setFault(undefined));
afterAll(() => server.close());

function writePolicyFile(username: string): void {
  writeFileSync(
    policyFile,
    `apiVersion: v1\nkind: ConfigMap\ndata:\n  mapUsers: |\n    - userarn: arn:aws:iam::111122223333:user/alice\n      username: ${username}\n`,
  );
}

async function writeTlsFiles(name: string): Promise<void> {
  const { cert, key } = await authority.issue([name, '127.0.0.1']);
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
}

interface Webhook {
  readonly child: ChildProcess;
  readonly url: string;
  /** Lines of the log so far, of both streams. */
  readonly lines: Record<string, unknown>[];
  /** Waits for a line of an event. */
  line(event: string): Promise<Record<string, unknown>>;
  exit: Promise<number | null>;
}

/** Starts it on a free port, and ends it with the test. */
async function serve(args: readonly string[], changes: Record<string, string> = {}): Promise<Webhook> {
  const child = start(['serve', '--port', '0', ...args], { ...env, ...changes });
  const lines: Record<string, unknown>[] = [];
  for (const stream of [child.stdout!, child.stderr!]) {
    let rest = '';
    stream.on('data', (chunk) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts.map((part) => JSON.parse(part)));
    });
  }
  const exit = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  const line = async (event: string) => {
    await expect
      .poll(() => lines.some((one) => one.event === event), { timeout: 5000, interval: 10 })
      .toBe(true);
    return lines.find((one) => one.event === event)!;
  };
  const { url } = await line('listening');
  return { child, url: url as string, lines, line, exit };
}

async function review(
  url: string,
  bearer = secret,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { token } = await signToken(credentials, {
    audience: 'prod.example.com',
    endpoint: { host: 'sts.eu-west-1.amazonaws.com', region: 'eu-west-1' },
  });
  const response = await fetch(`${url}/authenticate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function username(url: string): Promise<unknown> {
  const { body } = await review(url);
  return (body.status as { user?: { username?: unknown } }).user?.username;
}

/** The common name of the certificate that is served. */
function certificateName(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(`${url}/healthz`, { ca: authority.pem, agent: false, servername: '' }, (response) => {
      const { subject } = (response.socket as import('node:tls').TLSSocket).getPeerCertificate();
      response.resume().on('end', () => resolve(String(subject.CN)));
    })
      .on('error', reject)
      .end();
  });
}

describe('a webhook', () => {
  test('reviews a token by a policy file', async () => {
    const { url, child, line, exit, lines } = await serve(['--policy', policyFile]);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await review(url)).toMatchObject({
      status: 200,
      body: { status: { authenticated: true, user: { username: 'alice' } } },
    });
    expect(await line('review')).toMatchObject({
      cluster: 'prod.example.com',
      verdict: 'mapped',
      policyVersion: 1,
    });
    expect((await review(url, 'a guess')).status).toBe(401);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(lines.slice(-2)).toEqual([
      { event: 'stopping', signal: 'SIGTERM' },
      { event: 'stopped', cut: false },
    ]);
  });

  test('reviews a token by what callerid policy import stored', async () => {
    const store = `file:${join(home, 'store')}`;
    const written = await cli([
      'policy',
      'import',
      policyFile,
      '--store',
      store,
      '--cluster',
      'prod.example.com',
    ]);
    expect(written.status).toBe(0);
    const { url } = await serve([], { CALLERID_POLICY: store });
    expect(await username(url)).toBe('alice');
  });

  test('goes on when nobody reads its log', async () => {
    const { url, child } = await serve(['--policy', policyFile]);
    child.stdout!.destroy();
    child.stderr!.destroy();
    expect(await username(url)).toBe('alice');
    expect(await username(url)).toBe('alice');
  });

  test('warns of plain HTTP beyond this machine', async () => {
    const { line, url } = await serve(['--policy', policyFile, '--host', '0.0.0.0']);
    expect(url).toMatch(/^http:\/\/0\.0\.0\.0:/);
    expect((await line('warning')).warning).toMatch(/^plain HTTP beyond this machine: /);
  });

  test('does not warn on loopback', async () => {
    const { lines } = await serve(['--policy', policyFile, '--host', 'localhost']);
    expect(lines).toEqual([{ event: 'listening', url: expect.any(String) }]);
  });
});

describe('SIGHUP', () => {
  test('takes a new policy, and keeps it where the next one is bad', async () => {
    writePolicyFile('before');
    const { url, child, line } = await serve(['--policy', policyFile]);
    expect(await username(url)).toBe('before');
    writePolicyFile('after');
    child.kill('SIGHUP');
    expect(await line('reloaded')).toEqual({ event: 'reloaded', what: 'policy', policyVersion: 2 });
    await expect.poll(() => username(url), { timeout: 5000 }).toBe('after');
    writePolicyFile('system:masters');
    child.kill('SIGHUP');
    const { warning } = await line('warning');
    expect(warning).toMatch(
      /^the new policy is not taken, the old one stays: .*aws-auth\.yaml: mapUsers\[0\]\.username: /,
    );
    await new Promise((resolve) => setTimeout(resolve, 1100)); // as long as a policy is held
    expect(await username(url)).toBe('after');
  });

  test('takes a new certificate, and keeps it where the next one is bad', async () => {
    writePolicyFile('alice');
    await writeTlsFiles('first.example.com');
    const { url, child, lines, line } = await serve([
      '--policy',
      policyFile,
      '--tls-cert',
      certFile,
      '--tls-key',
      keyFile,
    ]);
    expect(url).toMatch(/^https:/);
    expect(await certificateName(url)).toBe('first.example.com');
    await writeTlsFiles('second.example.com');
    child.kill('SIGHUP');
    await expect
      .poll(() => lines.filter(({ event }) => event === 'reloaded').map(({ what }) => what))
      .toEqual(['policy', 'certificate']);
    expect(await certificateName(url)).toBe('second.example.com');
    writeFileSync(keyFile, 'no key');
    child.kill('SIGHUP');
    expect((await line('warning')).warning).toMatch(/^the new certificate is not taken, the old one stays: /);
    expect(await certificateName(url)).toBe('second.example.com');
  });
});

describe('the end', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s: what is in flight is answered, nothing new is taken',
    async (signal) => {
      const { url, child, line, exit } = await serve(['--policy', policyFile]);
      sts.setFault({ type: 'delay', ms: 800 });
      const answer = review(url);
      await expect.poll(() => sts.pending, { interval: 5 }).toBe(1);
      child.kill(signal);
      expect(await line('stopping')).toEqual({ event: 'stopping', signal });
      await expect(fetch(`${url}/healthz`)).rejects.toThrow();
      expect(await answer).toMatchObject({ status: 200, body: { status: { authenticated: true } } });
      expect(await exit).toBe(0);
    },
  );

  test('waits for no connection that is kept alive and idle', async () => {
    const { url, child, exit, lines } = await serve(['--policy', policyFile]);
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    await new Promise((resolve) =>
      get(`${url}/readyz`, { agent }, (answer) => answer.resume().on('end', resolve)),
    );
    expect(Object.values(agent.freeSockets)).toHaveLength(1);
    sts.setFault({ type: 'delay', ms: 800 });
    const answer = review(url);
    await expect.poll(() => sts.pending, { interval: 5 }).toBe(1);
    child.kill('SIGTERM');
    expect((await answer).status).toBe(200);
    expect(await exit).toBe(0);
    expect(lines.slice(-3)).toEqual([
      { event: 'stopping', signal: 'SIGTERM' },
      expect.objectContaining({ event: 'review', verdict: 'mapped' }),
      { event: 'stopped', cut: false },
    ]);
  });

  test('by a second signal: at once', async () => {
    const { url, child, line, exit } = await serve(['--policy', policyFile], {
      CALLERID_STS_DEADLINE_MS: '20000',
    });
    sts.setFault({ type: 'stall' });
    const answer = review(url).catch(() => 'cut');
    await expect.poll(() => sts.pending, { interval: 5 }).toBe(1);
    child.kill('SIGTERM');
    await line('stopping');
    child.kill('SIGTERM');
    expect([await exit, await answer]).toEqual([1, 'cut']);
  });

  test('is bounded: whoever takes too long is cut off', async () => {
    const hanging = createServer(() => {});
    await once(hanging.listen(0, '127.0.0.1'), 'listening');
    const { port } = hanging.address() as AddressInfo;
    const answer = fetch(`http://127.0.0.1:${port}`).catch(() => 'cut');
    await once(hanging, 'request');
    expect(await drain(hanging, 100)).toBe(true);
    expect(await answer).toBe('cut');
  });

  test('does not wait for connections that are kept alive', async () => {
    const idle = createServer({ keepAliveTimeout: 60_000 }, async (_, response) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      response.end('done');
    });
    await once(idle.listen(0, '127.0.0.1'), 'listening');
    const socket = connect((idle.address() as AddressInfo).port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    let received = '';
    socket.on('data', (chunk) => (received += chunk));
    await once(idle, 'request');
    const began = performance.now();
    expect(await drain(idle, 10_000)).toBe(false);
    expect(performance.now() - began).toBeLessThan(3000);
    await once(socket, 'close');
    expect(received).toContain('done');
  });
});

describe('what is wrong', () => {
  const policy = ['--policy', policyFile];
  const bad = join(home, 'bad.yaml');
  writeFileSync(bad, 'rules: [{role: x}]');
  writeFileSync(join(home, 'no.pem'), 'no certificate');

  test.each<[string, string[], Record<string, string>, RegExp]>([
    ['no policy', [], {}, /^no policy: give --policy FILE, or set CALLERID_POLICY/],
    [
      'two policies',
      policy,
      { CALLERID_POLICY: 'file:/tmp' },
      /^both --policy and CALLERID_POLICY: keep one of them$/,
    ],
    [
      'one policy for several clusters',
      policy,
      { CALLERID_CLUSTERS: '{}' },
      /^--policy with CALLERID_CLUSTERS: /,
    ],
    ['no cluster', policy, { CALLERID_CLUSTER: '' }, /^CALLERID_CLUSTER: not set, though /],
    [
      'no secret',
      policy,
      { CALLERID_API_SERVER_SECRET_SHA256: '' },
      /^CALLERID_API_SERVER_SECRET_SHA256: not set, so anybody could ask: /,
    ],
    [
      'a setting that does not exist',
      policy,
      { CALLERID_CLUSTR: 'x' },
      /^CALLERID_CLUSTR: no such setting: did you mean CALLERID_CLUSTER/,
    ],
    ['Deno KV', [], { CALLERID_POLICY: 'deno-kv' }, /^CALLERID_POLICY: Deno KV is there on Deno only: /],
    [
      'a policy file that is not there',
      ['--policy', '/nonexistent'],
      {},
      /^the policy cannot be read \(ENOENT\): /,
    ],
    [
      'a policy that does not validate',
      ['--policy', bad],
      {},
      /bad\.yaml: rules\[0\]\.role: must be the ARN of an IAM role/,
    ],
    [
      'a certificate without its key',
      [...policy, '--tls-cert', 'x'],
      {},
      /^only one of --tls-cert and --tls-key: give both$/,
    ],
    [
      'a certificate that is not there',
      [...policy, '--tls-cert', '/nonexistent', '--tls-key', '/x'],
      {},
      /^--tls-cert: cannot be read \(ENOENT\): /,
    ],
    [
      'a certificate that is none',
      [...policy, '--tls-cert', join(home, 'no.pem'), '--tls-key', join(home, 'no.pem')],
      {},
      /^--tls-cert and --tls-key: no certificate in PEM with its own private key: name/,
    ],
    ['a port that is none', [...policy, '--port', '70000'], {}, /Must be a whole number from 0 to 65535/],
    [
      'a host that is not here',
      [...policy, '--host', '192.0.2.1'],
      {},
      /^cannot listen on 192\.0\.2\.1, port 8443 \(EADDRNOTAVAIL\): /,
    ],
  ])('%s', async (_, args, changes, line) => {
    const { status, stdout, stderr } = await cli(['serve', ...args], { ...env, ...changes });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    const [first, ...rest] = stderr.trimEnd().split('\n');
    expect(first).toMatch(/^callerid: /);
    expect(first?.slice('callerid: '.length)).toMatch(line);
    expect(rest.every((one) => one.startsWith('callerid: '))).toBe(true);
  });

  test('a port that is taken', async () => {
    const { url } = await serve(['--policy', policyFile]);
    const port = new URL(url).port;
    const child = start(['serve', '--policy', policyFile, '--port', port], env);
    expect(await finished(child)).toEqual({
      status: 2,
      stdout: '',
      stderr: `callerid: cannot listen on 127.0.0.1, port ${port} (EADDRINUSE): give another --host or --port\n`,
    });
  });
});
