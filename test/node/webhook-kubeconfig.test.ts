/**
 * Reading the kubeconfig of an API server's webhook: what is wrong, and where; never what it holds.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readWebhookKubeconfig } from '../../src/cli/webhook-kubeconfig.ts';
import { createCertificateAuthority, type KeyedCertificate } from '../../src/emulator/certificates.ts';
import { temporaryDirectory } from './cli.ts';

const home = temporaryDirectory();
const secret = 'bearerSecretEXAMPLE';
const server = 'https://callerid.example.com/authenticate';
const base64 = (text: string) => Buffer.from(text).toString('base64');

let ca: string;
let client: KeyedCertificate;

beforeAll(async () => {
  const authority = await createCertificateAuthority('a test');
  ca = authority.pem;
  client = await authority.issue(['api-server']);
  writeFileSync(join(home, 'ca.pem'), ca);
  writeFileSync(join(home, 'client.crt'), client.cert);
  writeFileSync(join(home, 'client.key'), client.key);
  writeFileSync(join(home, 'token'), `${secret}\n`);
});

function config(changes: object = {}, cluster: object = {}, user: object = { token: secret }): string {
  return JSON.stringify({
    kind: 'Config',
    clusters: [{ name: 'other' }, { name: 'callerid', cluster: { server, ...cluster } }],
    users: [{ name: 'api-server', user }],
    contexts: [{ name: 'here', context: { cluster: 'callerid', user: 'api-server' } }],
    'current-context': 'here',
    ...changes,
  });
}

function read(text: string) {
  const path = join(home, 'kubeconfig');
  writeFileSync(path, text);
  return readWebhookKubeconfig(path, '--webhook');
}

describe('reads', () => {
  const nothing = {
    server: new URL(server),
    ca: undefined,
    serverName: undefined,
    skipsVerification: false,
    token: undefined,
    certificate: undefined,
  };

  test.each<[string, () => string, () => object]>([
    ['a token', () => config(), () => ({ token: secret })],
    [
      'a token in a file, which goes first',
      () => config({}, {}, { token: 'x', tokenFile: 'token' }),
      () => ({ token: secret }),
    ],
    [
      'a CA and a client certificate in it',
      () =>
        config(
          {},
          { 'certificate-authority-data': base64(ca) },
          { 'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key) },
        ),
      () => ({ ca, certificate: client }),
    ],
    [
      'both in files, with other things',
      () =>
        config(
          {},
          {
            'certificate-authority': 'ca.pem',
            'tls-server-name': 'x.example.com',
            'insecure-skip-tls-verify': true,
          },
          { 'client-certificate': 'client.crt', 'client-key': join(home, 'client.key') },
        ),
      () => ({ ca, certificate: client, serverName: 'x.example.com', skipsVerification: true }),
    ],
    [
      'no user at all',
      () => config({ contexts: [{ name: 'here', context: { cluster: 'callerid' } }] }),
      () => ({}),
    ],
    [
      'YAML',
      () => `
apiVersion: v1
kind: Config
clusters:
  - name: callerid
    cluster: { server: ${server} }
users:
  - name: api-server
    user: { token: ${secret} }
contexts:
  - name: callerid
    context: { cluster: callerid, user: api-server }
current-context: callerid
`,
      () => ({ token: secret }),
    ],
  ])('%s', async (_, text, expected) => {
    expect(await read(text())).toEqual({ ...nothing, ...expected() });
  });
});

describe('says what is wrong, and where', () => {
  test.each<[string, () => string, RegExp]>([
    [
      'no YAML',
      () => `kind: Config\n\t${secret}: [`,
      /^--webhook: line 2, column \d+: not YAML: correct it there$/,
    ],
    ['a key twice', () => `kind: Config\nkind: ${secret}`, /^--webhook: line 2, column 1: not YAML: /],
    ['nothing', () => '', /^--webhook: kind: not a kubeconfig \(kind: Config\): is it the right file\?$/],
    ['another object', () => `kind: Secret\ndata: ${secret}`, /^--webhook: kind: not a kubeconfig/],
    [
      'no current context',
      () => config({ 'current-context': '' }),
      /^--webhook: current-context: not set: name the context/,
    ],
    [
      'a context that is not there',
      () => config({ 'current-context': 'x' }),
      /^--webhook: contexts: none has the name that is used: /,
    ],
    [
      'a cluster that is not there',
      () => config({ clusters: [] }),
      /^--webhook: clusters: none has the name/,
    ],
    ['a user that is not there', () => config({ users: {} }), /^--webhook: users: none has the name/],
    [
      'no server',
      () => config({}, { server: '' }),
      /^--webhook: clusters\[1\]\.cluster\.server: not a URL: give one such as https:/,
    ],
    ['a server of another kind', () => config({}, { server: 'ftp://a/b' }), /cluster\.server: not a URL/],
    [
      'a secret in the server',
      () => config({}, { server: `https://a:${secret}@b/authenticate` }),
      /cluster\.server: not a URL/,
    ],
    [
      'a number',
      () => config({}, {}, { token: 5 }),
      /^--webhook: users\[0\]\.user\.token: not text: put it into quotes$/,
    ],
    [
      'a token of two words',
      () => config({}, {}, { token: `Bearer ${secret}` }),
      /user\.token: not printable ASCII without spaces/,
    ],
    [
      'a CA that is no base64',
      () => config({}, { 'certificate-authority-data': '!' }),
      /certificate-authority-data: not base64: /,
    ],
    [
      'a CA that is no PEM',
      () => config({}, { 'certificate-authority-data': base64(secret) }),
      /certificate-authority: no certificate in PEM/,
    ],
    [
      'a CA that is not there',
      () => config({}, { 'certificate-authority': 'none.pem' }),
      /cluster\.certificate-authority: the file cannot be read \(ENOENT\): /,
    ],
    [
      'a token file that is not there',
      () => config({}, {}, { tokenFile: 'none' }),
      /user\.tokenFile: the file cannot be read \(ENOENT\)/,
    ],
    [
      'a certificate without its key',
      () => config({}, {}, { 'client-certificate': 'client.crt' }),
      /user: only one of client-certificate and client-key: give both$/,
    ],
    [
      'a key that is another',
      () => config({}, {}, { 'client-certificate': 'client.crt', 'client-key': 'ca.pem' }),
      /client-certificate: no certificate with its own private key/,
    ],
    [
      'a password',
      () => config({}, {}, { username: 'a', password: secret }),
      /user\.username: no credential that callerid takes: /,
    ],
    ['a plugin', () => config({}, {}, { exec: {} }), /user\.exec: no credential that callerid takes/],
    ['a proxy', () => config({}, { 'proxy-url': 'http://p' }), /cluster\.proxy-url: not understood here: /],
    [
      'a flag in quotes',
      () => config({}, { 'insecure-skip-tls-verify': 'true' }),
      /insecure-skip-tls-verify: not true or false: remove it$/,
    ],
    [
      'aliases without end',
      () => `kind: Config\na: &a [x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(9)}]\nc: [${'*b,'.repeat(9)}]`,
      /kind: not a kubeconfig/,
    ],
  ])('%s', async (_, text, message) => {
    const error: unknown = await read(text()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ exitCode: 2, message: expect.stringMatching(message) });
    expect(String(error)).not.toContain(secret);
  });

  test.each([
    [
      'a file that is not there',
      'none',
      /^--webhook: the kubeconfig cannot be read \(ENOENT\): name a file that can be$/,
    ],
    ['a directory', '.', /^--webhook: the kubeconfig cannot be read \(EISDIR\): /],
  ])('%s', async (_, name, message) => {
    await expect(readWebhookKubeconfig(join(home, name), '--webhook')).rejects.toThrow(message);
  });
});
