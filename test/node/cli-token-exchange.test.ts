/**
 * `callerid token --exchange`: a JWT for a signed token, kept for its user alone. A server of this test plays the issuer.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cliIn, keys, temporaryDirectory, tokenOf, urlOf } from './cli.ts';

type Answer = (response: ServerResponse) => void;

let issuer: string;
let answer: Answer;
let asked: { readonly path: string; readonly form: URLSearchParams }[] = [];
const env = { ...keys, AWS_REGION: 'eu-west-1' };

const server = createServer((request: IncomingMessage, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    asked.push({ path: `${request.method} ${request.url}`, form: new URLSearchParams(body) });
    answer(response);
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/clusters/prod`;
});
afterAll(() => void server.close());
beforeEach(() => {
  asked = [];
  answer = issuing({});
});

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: object) => `${part({ alg: 'RS256' })}.${part({ iss: issuer, ...claims })}.c2ln`;

function json(status: number, body: object | string, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

function issuing(change: object, claims: object = {}): Answer {
  return (response) =>
    json(200, {
      access_token: jwt({ exp: inSeconds(900), ...claims }),
      issued_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_type: 'Bearer',
      expires_in: 900,
      ...change,
    })(response);
}

/** A user of their own for each test. */
function user() {
  const home = temporaryDirectory();
  const { cli } = cliIn(home);
  const cache = join(home, '.cache/callerid');
  const exchange = (args: readonly string[] = [], further: Readonly<Record<string, string>> = {}) =>
    cli(['token', '--exchange', issuer, ...args], { ...env, ...further });
  return { home, cache, exchange, cli };
}

const secondsLeft = (stdout: string) =>
  (Date.parse(JSON.parse(stdout).status.expirationTimestamp) - Date.now()) / 1000;

test('signs for the issuer, and prints its JWT with its end', async () => {
  const { exchange } = user();
  const { status, stdout, stderr } = await exchange();
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(tokenOf(stdout)).toMatch(/^[\w-]+\.[\w-]+\.c2ln$/);
  expect(Math.abs(secondsLeft(stdout) - 900)).toBeLessThan(60);
  const [{ path, form }] = asked as [(typeof asked)[0]];
  expect(path).toBe('POST /clusters/prod/token');
  expect(Object.fromEntries(form)).toEqual({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:callerid:params:oauth:token-type:k8s-aws-v1',
    subject_token: expect.stringMatching(/^k8s-aws-v1\./),
  });
  expect(urlOf(form.get('subject_token')!).searchParams.get('X-Amz-SignedHeaders')).toBe('host;x-k8s-aws-id');
});

test('prints the bare JWT', async () => {
  const { stdout } = await user().exchange(['--token-only']);
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.c2ln\n$/);
});

test.each([
  ['the JWT', { expires_in: 900 }, 300],
  ['the answer', { expires_in: 300 }, 900],
])('ends with %s where that is sooner', async (_, change, seconds) => {
  answer = issuing(change, { exp: inSeconds(seconds) });
  const { stdout } = await user().exchange();
  expect(secondsLeft(stdout)).toBeLessThanOrEqual(300);
});

describe('the cache', () => {
  test('asks once, and is for its user alone', async () => {
    const { exchange, cache } = user();
    const [first, second] = [await exchange(), await exchange()];
    expect(second).toEqual(first);
    expect(asked).toHaveLength(1);
    const [name, ...others] = readdirSync(cache);
    expect([name, others]).toEqual([expect.stringMatching(/^jwt-[0-9a-f]{64}\.json$/), []]);
    expect([statSync(cache).mode & 0o777, statSync(join(cache, name!)).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(readFileSync(join(cache, name!), 'utf8')).not.toContain('k8s-aws-v1');
  });

  test('is where XDG_CACHE_HOME says', async () => {
    const { exchange, home } = user();
    await exchange([], { XDG_CACHE_HOME: join(home, 'elsewhere') });
    expect(readdirSync(join(home, 'elsewhere/callerid'))).toHaveLength(1);
  });

  const others: [string, readonly string[], Readonly<Record<string, string>>][] = [
    ['another key', [], { AWS_ACCESS_KEY_ID: 'AKIDOTHER' }],
    ['another region', ['--region', 'eu-central-1'], {}],
    ['--no-cache', ['--no-cache'], {}],
  ];
  test.each(others)('gives nothing for %s', async (_, args, further) => {
    const { exchange } = user();
    await exchange();
    await exchange(args, further);
    expect(asked).toHaveLength(2);
  });

  test('gives nothing for a profile that has become another principal’s', async () => {
    const { exchange, home } = user();
    mkdirSync(join(home, '.aws'));
    const write = (id: string) =>
      writeFileSync(
        join(home, '.aws/credentials'),
        `[p]\naws_access_key_id = ${id}\naws_secret_access_key = ${keys.AWS_SECRET_ACCESS_KEY}\n`,
      );
    for (const id of ['AKIDONE', 'AKIDONE', 'AKIDTWO']) {
      write(id);
      expect(await exchange(['--profile', 'p'])).toMatchObject({ status: 0 });
    }
    expect(asked).toHaveLength(2);
  });

  test('attack: the process of a profile gives the credentials of somebody else: nothing is kept', async () => {
    const { exchange, home, cache } = user();
    mkdirSync(join(home, '.aws'));
    const answerFile = join(home, 'answer.json');
    writeFileSync(join(home, '.aws/config'), `[profile p]\ncredential_process = cat ${answerFile}\n`);
    for (const id of ['AKIDALICE', 'AKIDBOB']) {
      writeFileSync(
        answerFile,
        JSON.stringify({ Version: 1, AccessKeyId: id, SecretAccessKey: keys.AWS_SECRET_ACCESS_KEY }),
      );
      expect(await exchange(['--profile', 'p'])).toMatchObject({ status: 0 });
    }
    const signers = asked.map(({ form }) =>
      urlOf(form.get('subject_token')!).searchParams.get('X-Amz-Credential')?.replace(/\/.*/, ''),
    );
    expect(signers).toEqual(['AKIDALICE', 'AKIDBOB']);
    expect(existsSync(cache)).toBe(false);
  });

  test('gives nothing in its last 30 seconds', async () => {
    const { exchange } = user();
    answer = issuing({ expires_in: 25 });
    await exchange();
    await exchange();
    expect(asked).toHaveLength(2);
  });

  const spoilt: [attack: string, spoil: (file: string, cache: string) => void][] = [
    ['a file that others can read', (file) => chmodSync(file, 0o644)],
    ['a directory that others can write to', (_, cache) => chmodSync(cache, 0o777)],
    ['what is no JSON', (file) => writeFileSync(file, '{')],
    ['what is no JWT', (file) => writeFileSync(file, JSON.stringify({ token: 'x', expiresAt: 8e12 }))],
    [
      'a JWT of another issuer',
      (file) =>
        writeFileSync(
          file,
          JSON.stringify({
            token: jwt({ iss: 'https://x.example.com', exp: inSeconds(900) }),
            expiresAt: 8e12,
          }),
        ),
    ],
    [
      'a JWT that has ended, whatever the file says',
      (file) => writeFileSync(file, JSON.stringify({ token: jwt({ exp: inSeconds(-1) }), expiresAt: 8e12 })),
    ],
  ];
  test.each(spoilt)('ignores %s', async (_, spoil) => {
    const { exchange, cache } = user();
    await exchange();
    spoil(join(cache, readdirSync(cache)[0]!), cache);
    expect(await exchange()).toMatchObject({ status: 0, stderr: '' });
    expect(asked).toHaveLength(2);
  });

  test('a link in its place, and a file, are no error', async () => {
    for (const occupy of [
      (path: string, home: string) => symlinkSync(home, path),
      (path: string) => writeFileSync(path, ''),
    ]) {
      const { exchange, home } = user();
      mkdirSync(join(home, '.cache'));
      occupy(join(home, '.cache/callerid'), home);
      expect(await exchange()).toMatchObject({ status: 0, stderr: '' });
      expect(readdirSync(home).filter((name) => name.startsWith('jwt-'))).toEqual([]);
    }
  });
});

describe('nothing is printed, and nothing kept, where the issuer answers with', () => {
  const refused = {
    error: 'invalid_request',
    code: 'not_mapped',
    error_description: 'nobody\nknows \u001b[31myou',
  };
  test.each<[name: string, make: () => Answer, exit: number, told: RegExp]>([
    ['a refusal', () => json(400, refused), 4, /refused: not_mapped: nobody knows {1,2}\[31myou$/],
    ['a refusal without a code', () => json(404, 'x'), 4, /refused: HTTP 404$/],
    ['a code that is none', () => json(400, { error: 'A b\n' }), 4, /refused: HTTP 400$/],
    [
      'throttling',
      () => json(429, { error: 'temporarily_unavailable' }),
      5,
      /temporarily_unavailable: try again/,
    ],
    ['an outage', () => json(503, {}), 5, /HTTP 503/],
    ['a redirect', () => json(302, {}, { location: 'https://x.example.com/token' }), 5, /HTTP 302/],
    ['no JSON', () => json(200, '{'), 5, /something else/],
    ['what is no JWT', () => issuing({ access_token: 'x' }), 5, /something else/],
    ['a JWT of another issuer', () => issuing({}, { iss: 'https://x.example.com' }), 5, /something else/],
    ['a JWT without an end', () => issuing({}, { exp: undefined }), 5, /something else/],
    ['a JWT that has ended', () => issuing({}, { exp: inSeconds(-60) }), 5, /ended already/],
    ['another type of token', () => issuing({ token_type: 'DPoP' }), 5, /something else/],
    ['another kind of token', () => issuing({ issued_token_type: 'x' }), 5, /something else/],
    ['no expires_in', () => issuing({ expires_in: '900' }), 5, /something else/],
    ['too much', () => json(200, ' '.repeat(70_000)), 5, /too much/],
    ['nothing', () => (response) => response.destroy(), 5, /did not answer/],
  ])('%s', async (_, make, exit, told) => {
    answer = make();
    const { exchange, home } = user();
    const { status, stdout, stderr } = await exchange();
    expect({ status, stdout }).toEqual({ status: exit, stdout: '' });
    expect(stderr.trimEnd()).toMatch(told);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(readdirSync(home)).toEqual([]);
  });

  test('the token that it was sent', async () => {
    answer = (response) => {
      const token = asked[0]!.form.get('subject_token')!;
      json(400, { error: 'invalid_request', error_description: `${token} ${token.slice(11)}` })(response);
    };
    const { stderr } = await user().exchange();
    expect(stderr).toContain('invalid_request');
    expect(stderr).not.toMatch(/[\w-]{48}/);
  });
});

test.each<[name: string, args: readonly string[]]>([
  ['plain HTTP beyond this machine', ['--exchange', 'http://callerid.example.com/clusters/prod']],
  ['a query', ['--exchange', 'https://callerid.example.com/clusters/prod?x']],
  ['a slash behind', ['--exchange', 'https://callerid.example.com/clusters/prod/']],
  ['user info', ['--exchange', 'https://u:p@callerid.example.com/clusters/prod']],
  ['another path in disguise', ['--exchange', 'https://callerid.example.com/x/../clusters/prod']],
  ['no URL', ['--exchange', 'prod']],
  ['an audience beside', ['--exchange', 'https://callerid.example.com/clusters/prod', '-a', 'x']],
  ['--no-cache alone', ['-a', 'x', '--no-cache']],
])('%s is wrong usage', async (_, args) => {
  const { status, stdout } = await user().cli(['token', ...args], env);
  expect({ status, stdout, asked }).toEqual({ status: 2, stdout: '', asked: [] });
});
