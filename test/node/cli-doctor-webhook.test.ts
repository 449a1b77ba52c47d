/**
 * `callerid doctor --webhook`, against `callerid serve` and against webhooks that are wrong in one way each.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type KeyedCertificate,
} from '../../src/emulator/certificates.ts';
import { createStsEmulator } from '../../src/emulator/emulator.ts';
import { type ListeningStsEmulator, listenStsEmulator } from '../../src/emulator/server.ts';
import { cliIn, temporaryDirectory } from './cli.ts';
import { assertNothingSecret, doctorIn, secrets } from './cli-doctor.ts';

const home = temporaryDirectory();
const runner = cliIn(home);
const doctor = doctorIn(runner);
const cluster = 'prod.example.com';
const digest = createHash('sha256').update(secrets.bearer).digest('hex');
const dayMs = 86_400_000;

let server: ListeningStsEmulator;
let authority: CertificateAuthority;
let proxy: Record<string, string>;
let operator: Record<string, string>;

beforeAll(async () => {
  const credentials = {
    accessKeyId: 'ASIADOCTOREXAMPLE',
    secretAccessKey: secrets.accessKey,
    sessionToken: secrets.sessionToken,
  };
  const operatorOf111 = { account: '111122223333', roleName: 'Operator', sessionName: 'alice' };
  server = await listenStsEmulator(
    createStsEmulator({ principals: [{ type: 'assumed-role', ...operatorOf111, ...credentials }] }),
  );
  authority = await createCertificateAuthority('of the webhook');
  proxy = {
    HTTPS_PROXY: server.proxyUrl,
    NO_PROXY: '127.0.0.1,localhost',
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: file('sts-ca.pem', server.caPem),
  };
  operator = {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  };
  const { cert, key } = await authority.issue(['localhost', '127.0.0.1']);
  file('tls.crt', cert);
  file('tls.key', key);
  file(
    'policy.json',
    JSON.stringify({
      rules: [{ role: 'arn:aws:iam::111122223333:role/Operator', username: 'operator', groups: ['ops'] }],
    }),
  );
  file('nobody.json', '{"rules":[]}');
});

afterAll(() => server.close());

function file(name: string, text: string): string {
  writeFileSync(join(home, name), text);
  return join(home, name);
}

/** The settings of a webhook that knows the secret. */
function settings(changes: Record<string, string> = {}): Record<string, string> {
  return {
    CALLERID_CLUSTER: cluster,
    CALLERID_API_SERVER_SECRET_SHA256: digest,
    CALLERID_REGIONS: 'eu-west-1',
    ...changes,
  };
}

/** Starts `callerid serve`, and ends it with the test; gives its URL. */
async function serve(
  changes: Record<string, string> = {},
  policy = 'policy.json',
  tls = true,
): Promise<string> {
  const store = changes.CALLERID_POLICY === undefined ? ['--policy', join(home, policy)] : [];
  const files = tls ? ['--tls-cert', join(home, 'tls.crt'), '--tls-key', join(home, 'tls.key')] : [];
  const child = runner.start(['serve', '--port', '0', ...store, ...files], {
    ...proxy,
    ...settings(changes),
  });
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  let lines = '';
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
    lines += chunk;
    const [, url] = /"event":"listening","url":"([^"]+)"/.exec(lines) ?? [];
    if (url !== undefined) {
      child.stdout!.resume();
      child.stderr!.resume();
      return url;
    }
  }
  throw new Error(`it did not start: ${lines}`);
}

interface KubeconfigChanges {
  readonly path?: string;
  readonly cluster?: object;
  readonly user?: object;
}

/** A kubeconfig for the webhook; JSON is YAML. */
function kubeconfig(
  url: string,
  { path = '/authenticate', cluster = {}, user }: KubeconfigChanges = {},
): string {
  const ca = Buffer.from(authority.pem).toString('base64');
  return file(
    'kubeconfig.yaml',
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'callerid',
          cluster: { server: `${url}${path}`, 'certificate-authority-data': ca, ...cluster },
        },
      ],
      users: [{ name: 'api-server', user: user ?? { token: secrets.bearer } }],
      contexts: [{ name: 'callerid', context: { cluster: 'callerid', user: 'api-server' } }],
      'current-context': 'callerid',
    }),
  );
}

const names = [
  'kubeconfig',
  'verification',
  'known here',
  'connection',
  'certificate',
  '/healthz',
  '/readyz',
  'credential',
  'no credential',
  'wrong credential',
  'TokenReview v1beta1',
  'malformed token',
  'clock',
  'signed token',
];
const afterConnection = names.slice(names.indexOf('connection') + 1);

const signing = ['--sign', '--audience', cluster, '--region', 'eu-west-1'];

describe('a webhook where all is well', () => {
  test('with the settings of the deployment, and a real token', async () => {
    const url = await serve();
    const args = ['--policy', join(home, 'policy.json'), '--webhook', kubeconfig(url), ...signing];
    const { status, named, check } = await doctor(args, { ...proxy, ...settings(), ...operator });
    expect({ status, ok: named('ok') }).toEqual({
      status: 0,
      ok: ['settings', 'policy store', `policy ${cluster}`, 'STS', 'clock', ...names],
    });
    expect(check('signed token').seen).toMatch(
      /^arn:aws:iam::111122223333:role\/Operator comes in as operator, \[ops\] \(decision [0-9a-f-]{36}\)$/,
    );
    expect(check('malformed token').seen).toMatch(/^refused \(token_encoding, decision [0-9a-f-]{36}\)$/);
  });

  test('alone, by its kubeconfig', async () => {
    const url = await serve();
    const { status, named } = await doctor(['--webhook', kubeconfig(url)], proxy);
    expect({ status, skipped: named('skipped') }).toEqual({
      status: 0,
      skipped: ['settings', 'known here', 'signed token'],
    });
  });

  test('where an operator has settings for callerid policy', async () => {
    const url = await serve();
    const own = { CALLERID_ADMIN_AUDIENCE: 'https://callerid.example.com/admin' };
    expect((await doctor(['--webhook', kubeconfig(url)], { ...proxy, ...own })).status).toBe(0);
  });

  test('of one of several clusters, below a path', async () => {
    const url = await serve();
    const webhook = kubeconfig(url, { path: `/clusters/${cluster}/authenticate` });
    const { status, check } = await doctor(['--webhook', webhook, '--policy', join(home, 'policy.json')], {
      ...proxy,
      ...settings(),
    });
    expect([status, check('known here').seen]).toEqual([
      0,
      `the settings here know the credential, for ${cluster}`,
    ]);
  });

  // [name, whose fingerprint the settings have, what is said]
  test.each([
    ['known', 'its', 'ok'],
    ['not known', "another's", 'warn'],
  ])('by a client certificate that the settings here have as %s', async (_, whose, state) => {
    const url = await serve();
    const pair = await authority.issue(['api-server']);
    const { cert } = whose === 'its' ? pair : await authority.issue(['other']);
    const data = (pem: string) => Buffer.from(pem).toString('base64');
    const user = {
      token: undefined,
      'client-certificate-data': data(pair.cert),
      'client-key-data': data(pair.key),
    };
    const { check } = await doctor(
      ['--webhook', kubeconfig(url, { user }), '--policy', join(home, 'policy.json')],
      {
        ...proxy,
        ...settings({
          CALLERID_API_SERVER_CERTIFICATE_SHA256: new X509Certificate(cert).fingerprint256,
          CALLERID_CLIENT_CERTIFICATE_PROXY:
            '{"addresses":["127.0.0.1"],"header":"client-cert","form":"rfc9440"}',
        }),
      },
    );
    expect(check('known here').state).toBe(state);
  });

  test('with the CA and the token in files beside the kubeconfig', async () => {
    const url = await serve();
    file('ca.pem', authority.pem);
    file('token', `${secrets.bearer}\n`);
    const cluster = { 'certificate-authority-data': undefined, 'certificate-authority': 'ca.pem' };
    const webhook = kubeconfig(url, { cluster, user: { tokenFile: 'token' } });
    expect((await doctor(['--webhook', webhook], proxy)).status).toBe(0);
  });

  test('in words', async () => {
    const url = await serve();
    const { status, stdout } = await runner.cli(['doctor', '--webhook', kubeconfig(url), ...signing], {
      ...proxy,
      ...operator,
    });
    assertNothingSecret(stdout);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^the webhook https:\/\/127\.0\.0\.1:\d+\/authenticate$/m);
    expect(stdout).toMatch(/^ {2}ok {7}credential {11}taken, and a foreign token is answered with no$/m);
    expect(stdout).toMatch(/^0 failed, 0 to look at, 13 ok, 2 skipped$/m);
  });
});

test('a webhook is reached through a proxy, as the API server may have to', async () => {
  const host = 'callerid.example.com';
  const answers: Record<string, string> = { '/healthz': 'ok', '/readyz': '{"ready":true,"problems":[]}' };
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname } = new URL(String(input));
    const { authorization } = Object.fromEntries(new Headers(init?.headers));
    if (answers[pathname] !== undefined) return new Response(answers[pathname]);
    return new Response('{}', { status: authorization === undefined ? 401 : 503 });
  };
  const behind = await listenStsEmulator({ fetch }, { hosts: [host] });
  onTestFinished(() => behind.close());
  const ca = Buffer.from(behind.caPem).toString('base64');
  const webhook = kubeconfig(`https://${host}`, { cluster: { 'certificate-authority-data': ca } });
  const { named, check } = await doctor(['--webhook', webhook], { ...proxy, HTTPS_PROXY: behind.proxyUrl });
  expect(named('ok')).toEqual([
    'kubeconfig',
    'verification',
    'connection',
    'certificate',
    '/healthz',
    '/readyz',
    'no credential',
    'clock',
  ]);
  expect(check('credential').seen).toBe('answers 503');
});

describe('a webhook that is wrong', () => {
  interface Case {
    /** Its settings. */
    readonly served?: Record<string, string>;
    readonly policy?: string;
    readonly tls?: boolean;
    readonly kubeconfig?: () => KubeconfigChanges;
    readonly args?: readonly string[];
    readonly env?: () => Record<string, string>;
    readonly state?: 'warn' | 'fail';
    readonly failed: readonly string[];
    readonly seen: RegExp;
    readonly fix: RegExp;
    readonly details?: readonly RegExp[];
    readonly skipped: readonly string[];
  }
  const unsigned = ['known here', 'signed token'];
  const afterCredential = ['known here', 'TokenReview v1beta1', 'malformed token', 'signed token'];
  const data = (pem: string) => Buffer.from(pem).toString('base64');

  const cases: Readonly<Record<string, Case>> = {
    'a wrong secret': {
      kubeconfig: () => ({ user: { token: `${secrets.bearer}-of-yesterday` } }),
      failed: ['credential'],
      seen: /^answers 401: it does not take the credential of the kubeconfig$/,
      fix: /^put the SHA-256 digest of the token into CALLERID_API_SERVER_SECRET_SHA256 of the deployment/,
      skipped: afterCredential,
    },
    'no such cluster': {
      kubeconfig: () => ({ path: '/clusters/other.example.com/authenticate' }),
      failed: ['credential'],
      seen: /^answers 401/,
      fix: /check the cluster in the URL$/,
      skipped: afterCredential,
    },
    'no credential in the kubeconfig': {
      kubeconfig: () => ({ user: {} }),
      failed: ['credential'],
      seen: /^the kubeconfig holds none$/,
      fix: /^give the user that the context names a token, or a client certificate with its key$/,
      skipped: afterCredential,
    },
    'another path': {
      kubeconfig: () => ({ path: '/' }),
      failed: ['kubeconfig'],
      seen: /^its server is no URL of callerid$/,
      fix: /^end it with \/authenticate/,
      // whether anybody may ask cannot be told there
      skipped: ['known here', 'credential', 'no credential', 'wrong credential', ...afterCredential.slice(1)],
    },
    'a wrong CA': {
      kubeconfig: () => ({ cluster: { 'certificate-authority-data': data(server.caPem) } }),
      failed: ['connection'],
      seen: /^its certificate is from a CA that is not trusted \(/,
      fix: /^put the CA of its certificate into certificate-authority-data of the kubeconfig$/,
      skipped: ['known here', ...afterConnection],
    },
    'verification switched off': {
      kubeconfig: () => ({ cluster: { 'insecure-skip-tls-verify': true } }),
      failed: ['verification'],
      seen: /^insecure-skip-tls-verify is set: /,
      fix: /^remove it, /,
      skipped: unsigned,
    },
    'a certificate for another name': {
      kubeconfig: () => ({ cluster: { 'tls-server-name': 'other.example.com' } }),
      failed: ['connection'],
      seen: /^its certificate is for another name \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
      fix: /^call it by a name in the certificate/,
      skipped: ['known here', ...afterConnection],
    },
    'plain HTTP on this machine': {
      tls: false,
      kubeconfig: () => ({ cluster: { 'certificate-authority-data': undefined } }),
      state: 'warn',
      failed: ['verification'],
      seen: /^plain HTTP, on this machine$/,
      fix: /^use https:\/\/$/,
      skipped: ['known here', 'certificate', 'signed token'],
    },
    'anybody may ask': {
      served: { CALLERID_API_SERVER_SECRET_SHA256: '', CALLERID_API_SERVER_AUTH: 'none' },
      failed: ['no credential', 'wrong credential'],
      seen: /^answered: anybody who reaches it may try tokens$/,
      fix: /^set CALLERID_API_SERVER_SECRET_SHA256 of the deployment, and remove CALLERID_API_SERVER_AUTH$/,
      skipped: unsigned,
    },
    'no policy': {
      served: { CALLERID_POLICY: 'file:/nonexistent' },
      failed: ['/readyz'],
      seen: /^not ready \(503\)$/,
      fix: /^put a policy there: callerid policy apply /,
      details: [/^policy_missing: /],
      skipped: unsigned,
    },
    'settings here that know another secret': {
      args: ['--policy', 'POLICY'],
      env: () => settings({ CALLERID_API_SERVER_SECRET_SHA256: 'a'.repeat(64) }),
      state: 'warn',
      failed: ['known here'],
      seen: /^the settings here do not know the credential, for prod\.example\.com$/,
      fix: /^set CALLERID_API_SERVER_SECRET_SHA256 to its digest, or .*; or unset all CALLERID_ variables/,
      skipped: ['signed token'],
    },
    'a signer whom no rule maps': {
      policy: 'nobody.json',
      args: signing,
      env: () => operator,
      failed: ['signed token'],
      seen: /^refused: not_mapped: .*arn:aws:iam::111122223333:role\/Operator; policy version 1 \(decision [0-9a-f-]{36}\)$/,
      fix: /^callerid explain says which rule comes nearest/,
      skipped: ['known here'],
    },
    'another audience': {
      args: ['--sign', '--audience', 'other.example.com', '--region', 'eu-west-1'],
      env: () => operator,
      failed: ['signed token'],
      seen: /^refused: sts_signature_mismatch: /,
      fix: /^check that --audience is the audience of the cluster/,
      skipped: ['known here'],
    },
    'a region that it does not take': {
      args: ['--sign', '--audience', cluster, '--region', 'us-west-2'],
      env: () => operator,
      failed: ['signed token'],
      seen: /^refused: region_not_allowed: /,
      fix: /^give --region one that CALLERID_REGIONS takes/,
      skipped: ['known here'],
    },
    'no AWS credentials to sign with': {
      args: signing,
      failed: ['signed token'],
      seen: /^no AWS credentials found$/,
      fix: /^set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, give --profile, or log in$/,
      skipped: ['known here'],
    },
  };

  test.each(Object.entries(cases))('%s', async (_, one) => {
    const { served, policy, tls, args = [], env = () => ({}), state = 'fail', failed, skipped } = one;
    const url = await serve(served, policy, tls);
    const webhook = kubeconfig(url, one.kubeconfig?.());
    const words = args.map((word) => (word === 'POLICY' ? join(home, 'policy.json') : word));
    const found = await doctor(['--webhook', webhook, ...words], { ...proxy, ...env() });
    expect({
      status: found.status,
      named: found.named(state),
      skipped: found.named('skipped').filter((name) => name !== 'settings'),
    }).toEqual({
      status: state === 'fail' ? 1 : 0,
      named: failed,
      skipped,
    });
    const { seen, fix, details } = found.check(failed[0] as string);
    expect(seen).toMatch(one.seen);
    expect(fix).toMatch(one.fix);
    expect(details ?? []).toEqual((one.details ?? []).map((pattern) => expect.stringMatching(pattern)));
  });

  test('plain HTTP beyond this machine: no secret is sent over it', async () => {
    const webhook = kubeconfig('http://192.0.2.1:28080');
    const { status, named, check } = await doctor(['--webhook', webhook], proxy);
    expect({ status, failed: named('fail'), ok: named('ok') }).toEqual({
      status: 1,
      failed: ['verification'],
      ok: ['kubeconfig'],
    });
    expect(check('verification')).toMatchObject({
      seen: expect.stringMatching(/^plain HTTP: /),
      fix: 'use https://',
    });
  });

  test('nothing listens', async () => {
    const { status, named, check } = await doctor(['--webhook', kubeconfig('https://127.0.0.1:1')], proxy);
    expect({ status, failed: named('fail') }).toEqual({ status: 1, failed: ['connection'] });
    expect(check('connection')).toMatchObject({
      seen: 'the connection is refused (ECONNREFUSED)',
      fix: 'check that it runs, and its port',
    });
  });
});

test('a path of two slashes, which would be another host: the secret does not go there', async () => {
  const elsewhere: string[] = [];
  const other = createHttpServer((request, response) => {
    elsewhere.push(String(request.headers.authorization));
    response.end();
  }).listen(0, '127.0.0.2');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const url = await serve();
  const webhook = kubeconfig(url, { path: `//127.0.0.2:${port}/authenticate` });
  const { status, check } = await doctor(['--webhook', webhook], proxy);
  expect([status, check('credential').state]).toEqual([1, 'fail']);
  expect(elsewhere).toEqual([]);
});

describe('shadow mode, where another authenticator denies with 403', () => {
  const deny: Handler = (_, response, { apiVersion }) => {
    response.writeHead(403, { 'content-type': 'application/json', 'callerid-decision-id': 'd1' });
    response.end(JSON.stringify({ apiVersion, kind: 'TokenReview', status: { authenticated: false } }));
  };

  test('is no fault', async () => {
    const url = await fake((request, response, review) => {
      if (review.token !== undefined && request.headers.authorization === `Bearer ${secrets.bearer}`)
        deny(request, response, review);
    });
    const { named, check } = await doctor(['--webhook', kubeconfig(url)], proxy);
    expect(named('fail')).toEqual([]);
    expect(check('credential').seen).toBe('taken, and another authenticator answers no, as in shadow mode');
  });

  test('and anybody may ask: that is one', async () => {
    const url = await fake((request, response, review) => {
      if (review.token !== undefined) deny(request, response, review);
    });
    const { named } = await doctor(['--webhook', kubeconfig(url)], proxy);
    expect(named('fail')).toEqual(['no credential', 'wrong credential']);
  });
});

test('a server that repeats what it was sent: neither secret nor token is shown', async () => {
  const url = await fake((request, response, { token }) => {
    response.writeHead(500, {
      'content-type': 'application/json',
      'callerid-decision-id': String(request.headers.authorization),
    });
    response.end(
      JSON.stringify({ message: `${request.headers.authorization} ${token} ${token?.slice(11)}` }),
    );
  });
  const { status, stdout } = await runner.cli(['doctor', '--webhook', kubeconfig(url), ...signing], {
    ...proxy,
    ...operator,
  });
  expect(status).toBe(1);
  assertNothingSecret(stdout);
  expect(stdout).toContain('[...]');
  expect(stdout).not.toMatch(/k8s-aws-v1\.[\w-]{8}|aHR0cHM6/);
});

test('an answer of 101, after which nothing comes', async () => {
  const url = await fake((_, response) => {
    response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
  });
  const { status, check } = await doctor(['--webhook', kubeconfig(url)], proxy);
  expect([status, check('connection').state]).toEqual([1, 'fail']);
});

test('where Node verifies no certificate, nothing is sent', async () => {
  const url = await fake(() => expect.fail('it was called'));
  const env = { ...proxy, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  const { status, stderr } = await runner.cli(['doctor', '--webhook', kubeconfig(url)], env);
  expect(status).toBe(2);
  expect(stderr).toContain('NODE_TLS_REJECT_UNAUTHORIZED: 0, so anybody on the way could answer');
});

type Handler = (request: IncomingMessage, response: ServerResponse, review: Review) => void;

interface Review {
  readonly apiVersion: string;
  readonly token: string;
}

/** A webhook that is not callerid: what it does not do itself is done as callerid does. Ends with the test. */
async function fake(handler: Handler, certificate?: KeyedCertificate, askForClient = false): Promise<string> {
  const { cert, key } = certificate ?? (await authority.issue(['127.0.0.1']));
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    let text = '';
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      const body = text === '' ? undefined : JSON.parse(text);
      handler(request, response, { apiVersion: body?.apiVersion, token: body?.spec.token });
      if (!response.writableEnded && !response.destroyed && handler !== stall)
        asCallerid(request, response, body);
    });
  };
  const client = askForClient ? { requestCert: true, rejectUnauthorized: false } : {};
  const webhook = createServer({ cert, key, ...client }, listener).listen(0, '127.0.0.1');
  await once(webhook, 'listening');
  onTestFinished(() => {
    webhook.closeAllConnections();
    webhook.close();
  });
  return `https://127.0.0.1:${(webhook.address() as AddressInfo).port}`;
}

const stall: Handler = () => {};

function asCallerid(
  request: IncomingMessage,
  response: ServerResponse,
  body: { apiVersion: string; spec: { token: string } },
): void {
  if (request.url === '/healthz') return void response.end('ok');
  if (request.url === '/readyz') return void response.end('{"ready":true,"problems":[]}');
  if (request.headers.authorization !== `Bearer ${secrets.bearer}`) return void response.writeHead(401).end();
  const error = body.spec.token.startsWith('k8s-aws-v1.') ? 'token_encoding: bad (decision 42)' : undefined;
  reviewed(response, body.apiVersion, { authenticated: false, error }, '42');
}

function reviewed(response: ServerResponse, apiVersion: string, status: object, decisionId?: string): void {
  if (decisionId !== undefined) response.setHeader('callerid-decision-id', decisionId);
  response.end(JSON.stringify({ kind: 'TokenReview', apiVersion, status }));
}

const isReview = (request: IncomingMessage): boolean => request.url === '/authenticate';
const hasSecret = (request: IncomingMessage): boolean =>
  request.headers.authorization === `Bearer ${secrets.bearer}`;

describe('what is behind the URL', () => {
  const letsIn = /^it lets in a token that doctor made up: anybody comes in$/;

  test.each<[string, Handler, readonly string[], RegExp, RegExp]>([
    [
      'lets in whoever asks (attack: an authenticator that says yes)',
      (request, response, { apiVersion }) =>
        isReview(request) &&
        reviewed(response, apiVersion, { authenticated: true, user: { username: 'root' } }),
      ['credential', 'no credential', 'wrong credential'],
      letsIn,
      /^take it out of the API server at once/,
    ],
    [
      'lets in whoever shows something like a token of ours',
      (request, response, { apiVersion, token }) =>
        isReview(request) &&
        token.startsWith('k8s-') &&
        reviewed(response, apiVersion, { authenticated: true }),
      ['malformed token'],
      letsIn,
      /at once/,
    ],
    [
      'answers v1 to v1beta1',
      (request, response) =>
        isReview(request) &&
        hasSecret(request) &&
        reviewed(response, 'authentication.k8s.io/v1', { authenticated: false, error: undefined }, '1'),
      ['TokenReview v1beta1', 'malformed token'],
      /^answers in authentication\.k8s\.io\/v1 to authentication\.k8s\.io\/v1beta1$/,
      /^API servers take that for no answer/,
    ],
    [
      'calls foreign tokens errors',
      (request, response, { apiVersion }) =>
        isReview(request) &&
        hasSecret(request) &&
        reviewed(response, apiVersion, { authenticated: false, error: 'what?' }),
      ['credential'],
      /^calls a foreign token an error: what\?$/,
      /^the API server would log and repeat/,
    ],
    [
      'loses the decision ID on the way',
      (request, response, { apiVersion, token }) =>
        isReview(request) &&
        hasSecret(request) &&
        token.startsWith('k8s-') &&
        reviewed(response, apiVersion, { authenticated: false, error: 'token_encoding: bad (decision 42)' }),
      ['malformed token'],
      /^refused as token_encoding: bad \(decision 42\), where token_encoding and the decision ID of the header/,
      /nothing before it changes answers$/,
    ],
    [
      'is another server',
      (_, response) => void response.writeHead(404).end('<h1>Not found</h1>'),
      ['/healthz', '/readyz', 'credential', 'no credential', 'wrong credential'],
      /^answers 404, where 200 and ok were expected$/,
      /^check that callerid is behind this URL/,
    ],
    [
      'redirects',
      (_, response) => void response.writeHead(302, { location: 'https://login.example.com/' }).end(),
      ['/healthz', '/readyz', 'credential', 'no credential', 'wrong credential'],
      /^answers 302, /,
      /what stands before it$/,
    ],
    [
      'has too much to do, and says so in colours',
      (request, response) =>
        isReview(request) &&
        hasSecret(request) &&
        void response
          .writeHead(503)
          .end(JSON.stringify({ kind: 'Status', message: 'busy\u001b[31m (decision 7)' })),
      ['credential'],
      /^answers 503: busy\\u\{1b\}\[31m \(decision 7\)$/,
      /^find that decision in the log of the webhook, and try again$/,
    ],
    [
      'answers without an end',
      (request, response) =>
        isReview(request) && hasSecret(request) && void response.end('x'.repeat(300_000)),
      ['credential'],
      /^the answer is far too long$/,
      /^check what answers there$/,
    ],
    [
      'answers a wrong credential with an error of its own',
      (request, response) => isReview(request) && !hasSecret(request) && void response.writeHead(500).end(),
      ['no credential', 'wrong credential'],
      /^answers 500$/,
      /^find that decision in the log/,
    ],
  ])('%s', async (_, handler, failed, seen, fix) => {
    const url = await fake(handler);
    const { status, named, check } = await doctor(['--webhook', kubeconfig(url)], proxy);
    expect({ status, failed: named('fail') }).toEqual({ status: 1, failed });
    expect(check(failed[0] as string).seen).toMatch(seen);
    expect(check(failed[0] as string).fix).toMatch(fix);
  });

  test('never answers', async () => {
    const url = await fake(stall);
    const { status, named, check } = await doctor(['--webhook', kubeconfig(url), '--timeout', '1'], proxy);
    expect({ status, failed: named('fail') }).toEqual({ status: 1, failed: ['connection'] });
    expect(check('connection').seen).toBe('no answer in time');
  });

  test('speaks no TLS', async () => {
    const plain = createHttpServer((_, response) => response.end('ok')).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    onTestFinished(() => void plain.close());
    const url = `https://127.0.0.1:${(plain.address() as AddressInfo).port}`;
    const { check } = await doctor(['--webhook', kubeconfig(url)], proxy);
    expect(check('connection').seen).toMatch(/^it does not speak TLS \(/);
    expect(check('connection').fix).toMatch(/^check the port, and whether https:\/\/ is meant$/);
  });

  test.each([
    ['ahead of', 120, 'warn', /^the webhook is (?:119|12\d) s ahead of this machine$/],
    ['behind', -400, 'fail', /^the webhook is (?:39|40)\d s behind this machine: good tokens are refused$/],
  ] as const)('has a clock that is %s ours', async (_, seconds, state, seen) => {
    const url = await fake((__, response) =>
      response.setHeader('date', new Date(Date.now() + seconds * 1000).toUTCString()),
    );
    const { named, check } = await doctor(['--webhook', kubeconfig(url)], proxy);
    expect(named(state)).toEqual(['clock']);
    expect(check('clock').seen).toMatch(seen);
    expect(check('clock').fix).toBe('set the clock of the webhook, and let NTP keep it');
  });

  test.each<[string, number, number, 'warn' | 'fail' | 'ok', string, RegExp, RegExp | undefined]>([
    [
      'has expired',
      -90,
      -1,
      'fail',
      'connection',
      /^its certificate has expired \(CERT_HAS_EXPIRED\)$/,
      /^renew it/,
    ],
    [
      'expires soon',
      -80,
      5.5,
      'warn',
      'certificate',
      /^expires in 5 days, on \d{4}-\d\d-\d\d$/,
      /^renew it, and see why/,
    ],
    ['never lives long', -1, 5.5, 'ok', 'certificate', /^good for 5 days, until /, undefined],
    [
      'is not valid yet',
      2,
      90,
      'fail',
      'connection',
      /^its certificate is not valid yet \(/,
      /^check the clock of this machine$/,
    ],
  ])('has a certificate that %s', async (_, from, to, state, name, seen, fix) => {
    const now = Date.now();
    const validity = { notBefore: new Date(now + from * dayMs), notAfter: new Date(now + to * dayMs) };
    const url = await fake(() => {}, await authority.issue(['127.0.0.1'], validity));
    const { check } = await doctor(['--webhook', kubeconfig(url)], proxy);
    expect(check(name).state).toBe(state);
    expect(check(name).seen).toMatch(seen);
    if (fix !== undefined) expect(check(name).fix).toMatch(fix);
  });
});

describe('a client certificate', () => {
  const client = async (): Promise<object> => {
    const { cert, key } = await authority.issue(['api-server']);
    const data = (pem: string) => Buffer.from(pem).toString('base64');
    return { 'client-certificate-data': data(cert), 'client-key-data': data(key) };
  };
  const hasCertificate = (request: IncomingMessage): boolean =>
    Object.keys((request.socket as TLSSocket).getPeerCertificate()).length > 0;

  test('is presented, and asking without it is refused', async () => {
    const handler: Handler = (request, response, { apiVersion, token }) => {
      if (!isReview(request)) return;
      if (!hasCertificate(request)) return void request.socket.destroy();
      const error = token.startsWith('k8s-') ? 'token_encoding: bad (decision 42)' : undefined;
      reviewed(response, apiVersion, { authenticated: false, error }, '42');
    };
    const url = await fake(handler, undefined, true);
    const webhook = kubeconfig(url, { user: await client() });
    const { status, named, check } = await doctor(['--webhook', webhook], proxy);
    expect({ status, skipped: named('skipped') }).toEqual({
      status: 0,
      skipped: ['settings', 'known here', 'signed token'],
    });
    expect(check('client certificate').seen).toMatch(/^good for \d days, until /);
    expect(check('no credential').seen).toBe('refused: the connection is ended');
  });

  test('that has expired is told before the webhook is asked', async () => {
    const now = Date.now();
    const validity = { notBefore: new Date(now - 9 * dayMs), notAfter: new Date(now - dayMs) };
    const { cert, key } = await authority.issue(['api-server'], validity);
    file('client.crt', cert);
    file('client.key', key);
    const user = { 'client-certificate': 'client.crt', 'client-key': 'client.key', token: secrets.bearer };
    const { status, named } = await doctor(['--webhook', kubeconfig(await fake(() => {}), { user })], proxy);
    expect({ status, failed: named('fail') }).toEqual({ status: 1, failed: ['client certificate'] });
  });
});
