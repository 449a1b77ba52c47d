/**
 * `callerid init`: the webhook kubeconfig of an API server, and the settings by which the deployment knows it.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createCertificateAuthority } from '../../src/emulator/certificates.ts';
import { readSettings } from '../../src/runtime/settings.ts';
import { cliIn, type Run, temporaryDirectory } from './cli.ts';

const home = temporaryDirectory();
const { cli } = cliIn(home);
const at = (name: string) => join(home, name);
const basics = ['--cluster', 'prod.example.com', '--url', 'https://callerid.example.com'];

let cert: string;
let number = 0;

beforeAll(async () => {
  const authority = await createCertificateAuthority('test CA');
  const pair = await authority.issue(['api-server']);
  const other = await authority.issue(['other']);
  cert = pair.cert;
  writeFileSync(at('ca.pem'), authority.pem);
  writeFileSync(at('client.crt'), pair.cert);
  writeFileSync(at('client.pem'), pair.key);
  writeFileSync(at('other.pem'), other.key);
  writeFileSync(at('trusted.pem'), authority.pem.replaceAll(' CERTIFICATE', ' TRUSTED CERTIFICATE'));
  writeFileSync(at('both.pem'), authority.pem + pair.key);
});

/** A name that is not there yet. */
function fresh(): string {
  return at(`webhook-${number++}.kubeconfig`);
}

interface Config {
  readonly clusters: [{ cluster: Record<string, string> }];
  readonly users: [{ user: Record<string, string> }];
}

function configOf(file: string): Config & Record<string, unknown> {
  return parse(readFileSync(file, 'utf8'));
}

function settingsOf({ stdout }: Run): Record<string, string> {
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => /^(\w+)=(.*)$/.exec(line)?.slice(1, 3) as [string, string]),
  );
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');
const fingerprintOf = (pem: string) =>
  new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();

describe('a secret', () => {
  test('is in the file, and only its digest in the settings, which a deployment takes', async () => {
    const file = fresh();
    const run = await cli(['init', file, ...basics]);
    expect(run).toMatchObject({ status: 0 });
    const [{ user }] = configOf(file).users;
    expect(user.token).toMatch(/^[\w-]{43}$/);
    const settings = settingsOf(run);
    expect(settings).toEqual({
      CALLERID_CLUSTER: 'prod.example.com',
      CALLERID_API_SERVER_SECRET_SHA256: digestOf(String(user.token)),
    });
    expect(readSettings(settings)).toMatchObject({ clusters: [{ id: 'prod.example.com' }], warnings: [] });
    expect(run.stdout + run.stderr).not.toContain(user.token);
  });

  test('is another one each time', async () => {
    const files = [fresh(), fresh()];
    for (const file of files) await cli(['init', file, ...basics]);
    const [first, second] = files.map((file) => configOf(file).users[0].user.token);
    expect(first).not.toBe(second);
  });

  test('the file is for its owner alone', async () => {
    const file = fresh();
    await cli(['init', file, ...basics]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('the file is a kubeconfig whose context is set', async () => {
    const file = fresh();
    await cli(['init', file, ...basics]);
    expect(configOf(file)).toMatchObject({
      apiVersion: 'v1',
      kind: 'Config',
      contexts: [{ name: 'callerid', context: { cluster: 'callerid', user: 'api-server' } }],
      'current-context': 'callerid',
    });
  });

  test('as JSON', async () => {
    const file = fresh();
    const { stdout } = await cli(['init', file, ...basics, '--output', 'json']);
    const token = String(configOf(file).users[0].user.token);
    expect(JSON.parse(stdout)).toEqual({
      file,
      settings: {
        CALLERID_CLUSTER: 'prod.example.com',
        CALLERID_API_SERVER_SECRET_SHA256: digestOf(token),
      },
    });
  });
});

describe('the URL', () => {
  test.each([
    ['https://callerid.example.com', 'https://callerid.example.com/clusters/prod.example.com/authenticate'],
    ['https://callerid.example.com/', 'https://callerid.example.com/clusters/prod.example.com/authenticate'],
    ['https://callerid.example.com:8443/authenticate', 'https://callerid.example.com:8443/authenticate'],
    ['http://127.0.0.1:8080/authenticate', 'http://127.0.0.1:8080/authenticate'],
  ])('%s', async (url, server) => {
    const file = fresh();
    expect(await cli(['init', file, '--cluster', 'prod.example.com', '--url', url])).toMatchObject({
      status: 0,
    });
    expect(configOf(file).clusters[0].cluster).toEqual({ server });
  });
});

test('a private CA is in the file', async () => {
  const file = fresh();
  await cli(['init', file, ...basics, '--ca', at('ca.pem')]);
  const data = configOf(file).clusters[0].cluster['certificate-authority-data'];
  expect(Buffer.from(String(data), 'base64').toString()).toBe(readFileSync(at('ca.pem'), 'utf8'));
});

test('a client certificate is in the file, and its fingerprint in the settings', async () => {
  const file = fresh();
  const pair = ['--client-certificate', at('client.crt'), '--client-key', at('client.pem')];
  const run = await cli(['init', file, ...basics, ...pair]);
  expect(settingsOf(run)).toMatchObject({ CALLERID_API_SERVER_CERTIFICATE_SHA256: fingerprintOf(cert) });
  const [{ user }] = configOf(file).users;
  expect(Object.keys(user)).toEqual(['client-certificate-data', 'client-key-data']);
  expect(run.stdout + run.stderr).not.toContain(String(user['client-key-data']).slice(0, 40));
});

test('an ID that an EKS cluster could have is warned about', async () => {
  const run = await cli(['init', fresh(), '--cluster', 'prod', '--url', 'https://callerid.example.com']);
  expect(run).toMatchObject({ status: 0 });
  expect(run.stderr).toContain('an EKS cluster could have this name');
});

describe('--rotate', () => {
  test('keeps URL and CA, and both secrets are good', async () => {
    const [old, next] = [fresh(), fresh()];
    await cli(['init', old, ...basics, '--ca', at('ca.pem')]);
    const before = readFileSync(old, 'utf8');
    const run = await cli(['init', next, '--rotate', old]);
    const [was, is] = [configOf(old), configOf(next)];
    expect(is.clusters).toEqual(was.clusters);
    expect(is.users[0].user.token).not.toBe(was.users[0].user.token);
    const digests = [was, is].map(({ users }) => digestOf(String(users[0].user.token)));
    expect(settingsOf(run)).toEqual({
      CALLERID_CLUSTER: 'prod.example.com',
      CALLERID_API_SERVER_SECRET_SHA256: digests.join(','),
    });
    const settings = readSettings(settingsOf(run));
    expect(settings.clusters[0]?.apiServerAuth).toMatchObject({ secretDigests: { length: 2 } });
    expect(readFileSync(old, 'utf8')).toBe(before);
    expect(run.stdout + run.stderr).not.toContain(is.users[0].user.token);
  });

  test('from a secret to a certificate: either is good', async () => {
    const [old, next] = [fresh(), fresh()];
    await cli(['init', old, ...basics]);
    const pair = ['--client-certificate', at('client.crt'), '--client-key', at('client.pem')];
    const run = await cli(['init', next, '--rotate', old, ...pair]);
    expect(settingsOf(run)).toEqual({
      CALLERID_CLUSTER: 'prod.example.com',
      CALLERID_API_SERVER_SECRET_SHA256: digestOf(String(configOf(old).users[0].user.token)),
      CALLERID_API_SERVER_CERTIFICATE_SHA256: fingerprintOf(cert),
    });
  });
});

describe('what is wrong is told, and nothing is written', () => {
  const url = ['--url', 'https://callerid.example.com'];
  const id = ['--cluster', 'prod.example.com'];
  test.each<[string, () => string[], string]>([
    ['no cluster', () => url, 'no cluster: give --cluster'],
    ['no URL', () => id, 'no URL: give --url'],
    ['an ID that is none', () => ['--cluster', 'a b', ...url], '--cluster: not the ID of a cluster'],
    ['plain HTTP', () => [...id, '--url', 'http://callerid.example.com'], '--url: not an https:// URL'],
    ['no URL at all', () => [...id, '--url', 'callerid'], '--url: not an https:// URL'],
    [
      'a URL with a password',
      () => [...id, '--url', 'https://a:hunter2@callerid.example.com'],
      '--url: more than a host and a path',
    ],
    [
      'a URL with a query',
      () => [...id, '--url', 'https://callerid.example.com/?a=b'],
      '--url: more than a host',
    ],
    [
      'the path of another cluster',
      () => [...id, '--url', 'https://callerid.example.com/clusters/other/authenticate'],
      '--url: not where this cluster is reviewed',
    ],
    [
      'a path that is none of callerid',
      () => [...id, '--url', 'https://callerid.example.com/foo'],
      '--url: not where this cluster is reviewed',
    ],
    ['a CA that is not there', () => [...basics, '--ca', at('nowhere')], '--ca: the file cannot be read'],
    ['a CA that is a key', () => [...basics, '--ca', at('client.pem')], '--ca: not only certificates'],
    [
      'a CA that an API server would pass over',
      () => [...basics, '--ca', at('trusted.pem')],
      '--ca: not only',
    ],
    ['a CA with a key', () => [...basics, '--ca', at('both.pem')], '--ca: not only certificates'],
    [
      'a certificate without key',
      () => [...basics, '--client-certificate', at('client.crt')],
      'only one of --client-certificate and --client-key',
    ],
    [
      "a certificate with another's key",
      () => [...basics, '--client-certificate', at('client.crt'), '--client-key', at('other.pem')],
      'no certificate in PEM with its own private key',
    ],
    ['--rotate with --url', () => ['--rotate', at('ca.pem'), ...url], '--url with --rotate'],
    ['--rotate of no kubeconfig', () => ['--rotate', at('ca.pem')], '--rotate:'],
    ['--rotate of nothing', () => ['--rotate', at('nowhere')], '--rotate: the kubeconfig cannot be read'],
  ])('%s', async (_, args, message) => {
    const file = fresh();
    const run = await cli(['init', file, ...args()]);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toContain(message);
    expect(run.stderr).not.toContain('hunter2');
    expect(existsSync(file)).toBe(false);
  });

  test('--rotate of a file that trusts anybody: the secret would go to whoever is on the way', async () => {
    const old = fresh();
    await cli(['init', old, ...basics]);
    const text = readFileSync(old, 'utf8');
    writeFileSync(old, text.replace('server:', 'insecure-skip-tls-verify: true\n      server:'));
    const run = await cli(['init', fresh(), '--rotate', old]);
    expect(run).toMatchObject({ status: 2 });
    expect(run.stderr).toContain('insecure-skip-tls-verify');
  });

  test('--rotate of a file with plain HTTP', async () => {
    const old = fresh();
    await cli(['init', old, ...basics]);
    writeFileSync(old, readFileSync(old, 'utf8').replace('https:', 'http:'));
    const run = await cli(['init', fresh(), '--rotate', old]);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toContain('--rotate: server: not an https:// URL');
  });

  test('--rotate to the certificate that is there', async () => {
    const old = fresh();
    const pair = ['--client-certificate', at('client.crt'), '--client-key', at('client.pem')];
    await cli(['init', old, ...basics, ...pair]);
    const run = await cli(['init', fresh(), '--rotate', old, ...pair]);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toContain('the file has this very certificate');
  });

  test('a file that is there', async () => {
    const file = fresh();
    writeFileSync(file, 'mine');
    const run = await cli(['init', file, ...basics]);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toContain('is there already');
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test('a link that leads elsewhere, planted for the secret to be written there', async () => {
    const [file, target] = [fresh(), at('planted')];
    symlinkSync(target, file);
    expect(await cli(['init', file, ...basics])).toMatchObject({ status: 2 });
    expect(existsSync(target)).toBe(false);
  });

  test('a directory that is not there, or is none', async () => {
    mkdirSync(at('directory'));
    for (const file of [at('nowhere/webhook'), at('directory')]) {
      const run = await cli(['init', file, ...basics]);
      expect(run).toMatchObject({ status: 2, stdout: '' });
    }
  });
});
