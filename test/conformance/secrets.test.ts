/**
 * Nothing that opens a door is ever said: not in a log line, an answer, a header, an error or on the console.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { EmulatedKey } from '../../src/emulator/principals.ts';
import { explain } from '../../src/review/explain.ts';
import { readSettings } from '../../src/runtime/settings.ts';
import { signToken } from '../../src/token/sign.ts';
import { createVerifier } from '../../src/verifier/verifier.ts';
import {
  type Answer,
  apiServerSecrets,
  bearer,
  Deployment,
  host,
  people,
  prod,
  region,
  staging,
} from '../support/deployment.ts';
import { EverySink } from '../support/observers.ts';
import { decode, scenarios } from '../support/scenarios.ts';
import { wrap } from '../support/token-builder.ts';

/** Longest piece of a secret that may be chance. */
const pieceLength = 16;

function bytesOf(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

/** A secret in every spelling in which it could slip out. */
function spellings(secret: string): string[] {
  const bytes = bytesOf(secret);
  // Base64 of a text inside another depends on where it begins; the first characters depend on what is before it.
  const base64 = [0, 1, 2].map((shift) => btoa('\0'.repeat(shift) + bytes).slice(shift === 0 ? 0 : 4, -4));
  return [
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(encodeURIComponent(secret)),
    JSON.stringify(secret).slice(1, -1),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    Array.from(bytes, (byte) => byte.charCodeAt(0).toString(16).padStart(2, '0')).join(''),
  ];
}

/** Every piece of every spelling. */
function piecesOf(secrets: Iterable<string>): Set<string> {
  const pieces = new Set<string>();
  for (const secret of secrets) {
    for (const text of spellings(secret)) {
      for (let at = 0; at + pieceLength <= text.length; at++) pieces.add(text.slice(at, at + pieceLength));
    }
  }
  return pieces;
}

/** How many pieces of a secret are in a text; never which, since that would be a leak of its own. */
function leaks(text: string, pieces: ReadonlySet<string>): number {
  let found = 0;
  for (let at = 0; at + pieceLength <= text.length; at++) {
    if (pieces.has(text.slice(at, at + pieceLength))) found++;
  }
  return found;
}

const urlWords = /k8s-aws-v1\.|X-Amz-[\w-]+(?:=|%3D)|%2Faws4_request|GetCallerIdentity&/i;

const keys: readonly EmulatedKey[] = Object.values(people);

/** What is secret whatever is asked. */
const standing = [
  ...Object.values(apiServerSecrets).flat(),
  ...keys.flatMap(({ secretAccessKey, sessionToken }) => [secretAccessKey, sessionToken ?? []].flat()),
];

/** What is secret in a token: all of it, and its signature. */
function secretsOf(token: string): string[] {
  const signature = /X-Amz-Signature=(\w+)/.exec(urlOf(token))?.[1];
  return [token.replace(/^k8s-aws-v1\./, ''), ...(signature === undefined ? [] : [signature])];
}

function urlOf(token: string): string {
  try {
    return decode(token);
  } catch {
    return '';
  }
}

/** An error with everything in it. */
function dump(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, stack = '', cause, ...own } = error;
  const inner = cause === undefined ? '' : dump(cause);
  return [error.name, message, stack, JSON.stringify(own), inner].join('\n');
}

const consoles = ['log', 'info', 'warn', 'error', 'debug'] as const;

/** What was said on the console since the test began. */
let said: () => number;

beforeEach(() => {
  const spies = consoles.map((name) => vi.spyOn(console, name).mockImplementation(() => {}));
  said = () => spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
});

afterEach(() => {
  const calls = said();
  vi.restoreAllMocks();
  expect(calls).toBe(0);
});

function expectSilence(output: string, secrets: Iterable<string>): void {
  expect(output.length).toBeGreaterThan(20);
  expect(leaks(output, piecesOf([...standing, ...secrets]))).toBe(0);
  expect(output).not.toMatch(urlWords);
}

/** All that comes out of an answer: status line, headers, body, and the log so far. */
function outputOf(deployment: Deployment, ...answers: Answer[]): string {
  const shown = answers.map(
    ({ status, headers, text }) => `${status}\n${JSON.stringify([...headers])}\n${text}`,
  );
  return [...shown, JSON.stringify(deployment.log)].join('\n');
}

test.each([
  ['raw', (secret: string) => secret],
  ['percent-encoded', (secret: string) => encodeURIComponent(secret)],
  [
    'in base64url',
    (secret: string) => btoa(secret).replaceAll('/', '_').replaceAll('+', '-').replaceAll('=', ''),
  ],
  ['in base64, somewhere inside', (secret: string) => btoa(`xy${secret}z`)],
  ['sixteen characters of it', (secret: string) => secret.slice(7, 7 + pieceLength)],
])('the search finds a secret: %s', (_, spell) => {
  const secret = people.admin.sessionToken as string;
  const output = JSON.stringify({ message: `something ${spell(secret)} went wrong` });
  expect(leaks(output, piecesOf([secret]))).toBeGreaterThan(0);
  expect(leaks(output, piecesOf(['an altogether different secret']))).toBe(0);
});

test.each(consoles)('the search hears console.%s', (name) => {
  console[name]('x');
  expect(said()).toBe(1);
  vi.clearAllMocks();
});

describe('no outcome tells', () => {
  test.each(scenarios)('$verdict: $name', async ({ arrange, stsDeadlineMs }) => {
    const deployment = await Deployment.start({ stsDeadlineMs });
    const token = await arrange(deployment);
    const answers = [await deployment.ask(token), await deployment.ask(token)];
    expectSilence(outputOf(deployment, ...answers), secretsOf(token));
  });
});

describe('nor does any sink', () => {
  test.each(scenarios)('$verdict: $name', async ({ arrange, stsDeadlineMs }) => {
    const observed = new EverySink();
    const deployment = await Deployment.start({ stsDeadlineMs, observed });
    const token = await arrange(deployment);
    await deployment.ask(token, { authorization: bearer(staging) });
    await deployment.ask(token);
    await deployment.ask(token);
    expect([observed.lines.length, observed.points.length]).toEqual([3, 3]);
    expect(observed.spans.getFinishedSpans().length).toBeGreaterThanOrEqual(3);
    expectSilence(await observed.output(), secretsOf(token));
  });
});

describe('nor an explanation', () => {
  test.each(scenarios)('$verdict: $name', async ({ arrange, stsDeadlineMs }) => {
    const deployment = await Deployment.start({ stsDeadlineMs });
    const token = await arrange(deployment);
    const { verifier, policies } = deployment.clusters.get(prod)!;
    const text = JSON.stringify(await explain({ token }, { verifier, policies }));
    // it says how a token begins
    expectSilence(text.replace('\\"k8s-aws-v1.\\"', ''), secretsOf(token));
  });
});

describe('nor what an embedder gets', () => {
  test.each(scenarios)('$verdict: $name', async ({ arrange, stsDeadlineMs }) => {
    const deployment = await Deployment.start({ stsDeadlineMs });
    const token = await arrange(deployment);
    const verification = await deployment.clusters.get(prod)!.verifier.verify(token);
    expectSilence(JSON.stringify(verification).padEnd(21), secretsOf(token));
  });
});

describe('far sides that repeat what they heard', () => {
  type Far = (url: string) => Response | Promise<Response>;
  const error = (status: number, Code: string, Message: string) =>
    Response.json({ Error: { Code, Message, Type: 'Sender' }, RequestId: 'r-1' }, { status });
  const identity = (members: object) =>
    Response.json({ GetCallerIdentityResponse: { GetCallerIdentityResult: members } });

  test.each<[name: string, far: Far]>([
    [
      'fetch fails and names the URL, as runtimes do',
      async (url) => {
        throw new TypeError(`error sending request for url (${url})`, { cause: new Error(`connect ${url}`) });
      },
    ],
    [
      'fetch throws the URL',
      async (url) => {
        throw url;
      },
    ],
    [
      'fetch throws at once',
      (url) => {
        throw new Error(url);
      },
    ],
    [
      'STS tells the canonical request',
      (url) => error(403, 'SignatureDoesNotMatch', `The Canonical String was ${url}`),
    ],
    [
      'STS tells an expired signature',
      (url) => error(403, 'SignatureDoesNotMatch', `Signature expired: ${url}`),
    ],
    ['an error code that holds the URL', (url) => error(400, url, url)],
    ['throttling by a code that holds the URL', (url) => error(400, `Throttling${url}`, url)],
    ['a failure that holds the URL', (url) => new Response(url, { status: 500 })],
    [
      'a page that holds the URL',
      (url) => new Response(`<p>${url}`, { headers: { 'content-type': 'text/html' } }),
    ],
    ['an ARN that holds the URL', (url) => identity({ Account: '111122223333', Arn: url, UserId: url })],
    [
      'a request ID that holds the URL',
      (url) => Response.json({ Error: { Code: 'AccessDenied' }, RequestId: url }, { status: 403 }),
    ],
    ['a redirect to the URL', (url) => new Response(null, { status: 302, headers: { location: url } })],
    [
      'a body that breaks off and names the URL',
      (url) => new Response(new ReadableStream({ pull: (controller) => controller.error(new Error(url)) })),
    ],
  ])('%s', async (_, far) => {
    const observed = new EverySink();
    const options = { fetch: ((url: string) => far(url)) as typeof fetch, observed };
    const deployment = await Deployment.start(options);
    for (const who of [people.admin, people.bob]) {
      const token = await deployment.sign(who);
      const output = outputOf(deployment, await deployment.ask(token));
      expectSilence(output + (await observed.output()), secretsOf(token));
    }
  });

  test.each<[name: string, failure: (token: string) => unknown]>([
    ['an Error', (token) => new Error(token, { cause: token })],
    ['a text', (token) => token],
  ])('a store that fails with a secret in %s', async (_, failure) => {
    const deployment = await Deployment.start();
    const token = await deployment.sign(people.admin);
    deployment.storeError = failure(token);
    const { text, headers } = await deployment.ask(token);
    expectSilence(text + JSON.stringify([...headers]), secretsOf(token));
    const ready = await deployment.send('/readyz');
    expectSilence(ready.text, secretsOf(token));
  });
});

describe('a secret in a wrong place', () => {
  type Misplaced = (deployment: Deployment, token: string) => Promise<Answer>;
  const apiVersion = 'authentication.k8s.io/v1';

  test.each<[name: string, ask: Misplaced]>([
    [
      'the token as bearer',
      (deployment, token) => deployment.ask(token, { authorization: `Bearer ${token}` }),
    ],
    [
      'the secret of another cluster',
      (deployment, token) => deployment.ask(token, { authorization: bearer(staging) }),
    ],
    [
      'the token in the path',
      (deployment, token) => deployment.ask(token, { cluster: token, authorization: 'x' }),
    ],
    ['the token as the path', (deployment, token) => deployment.send(`/${token}`)],
    ['the token in the query', (deployment, token) => deployment.send(`/authenticate?token=${token}`)],
    [
      'the URL in the query',
      (deployment, token) => deployment.send(`/authenticate?${urlOf(token).split('?')[1]}`),
    ],
    [
      'the token as content type',
      (deployment, token) => deployment.post('{}', {}, { 'content-type': token }),
    ],
    ['the token as body', (deployment, token) => deployment.post(token)],
    ['the token as JSON', (deployment, token) => deployment.post(JSON.stringify(token))],
    [
      'the token as kind',
      (deployment, token) => deployment.post(JSON.stringify({ apiVersion, kind: token })),
    ],
    ['the token as version', (deployment, token) => deployment.post(JSON.stringify({ apiVersion: token }))],
    ['the token as audience', (deployment, token) => deployment.ask(token, { audiences: [token] })],
    ['the token twice', (deployment, token) => deployment.ask(`${token}${token}`)],
    ['the scheme before the token', (deployment, token) => deployment.ask(`Bearer ${token}`)],
    ['the URL unwrapped', (deployment, token) => deployment.ask(urlOf(token))],
    ['the URL behind the prefix', (deployment, token) => deployment.ask(`k8s-aws-v1.${urlOf(token)}`)],
    ['the API server secret as token', (deployment) => deployment.ask(apiServerSecrets[prod][0])],
    [
      'the secret key as session token',
      (deployment, token) => deployment.ask(respelt(token, 'X-Amz-Security-Token')),
    ],
    [
      'the secret key as access key ID',
      (deployment, token) => deployment.ask(respelt(token, 'X-Amz-Credential')),
    ],
    ['the secret key as date', (deployment, token) => deployment.ask(respelt(token, 'X-Amz-Date'))],
    [
      'the secret key as a name',
      (deployment, token) => deployment.ask(wrap(`${urlOf(token)}&${people.admin.secretAccessKey}=1`)),
    ],
    [
      'the secret key as host',
      (deployment, token) =>
        deployment.ask(wrap(urlOf(token).replace(host, 'wjalrxutnfemi-k7mdeng-bpxrficy.amazonaws.com'))),
    ],
  ])('%s', async (_, ask) => {
    const deployment = await Deployment.start();
    const token = await deployment.sign(people.admin);
    const output = outputOf(deployment, await ask(deployment, token));
    expectSilence(output, [...secretsOf(token), 'wjalrxutnfemi-k7mdeng-bpxrficy']);
  });

  /** The token with the secret key as the value of a parameter. */
  function respelt(token: string, name: string): string {
    const value = encodeURIComponent(people.admin.secretAccessKey);
    return wrap(urlOf(token).replace(new RegExp(`${name}=[^&]*`), `${name}=${value}`));
  }
});

describe('errors that are thrown', () => {
  const secret = apiServerSecrets[prod][0];
  const { accessKeyId, secretAccessKey, sessionToken } = people.admin;
  const credentials = { accessKeyId, secretAccessKey, sessionToken: sessionToken as string };
  const endpoint = { host, region };

  test.each<[name: string, act: () => unknown]>([
    ['signing for an audience with two spaces', () => signToken(credentials, { audience: 'a  b', endpoint })],
    ['signing at no time', () => signToken(credentials, { audience: prod, endpoint, now: Number.NaN })],
    ['a verifier for a token', async () => createVerifier({ audience: ` ${sessionToken}` })],
    [
      'settings with the secret for its digest',
      () => readSettings({ CALLERID_CLUSTER: prod, CALLERID_API_SERVER_SECRET_SHA256: secret }),
    ],
    [
      'settings with the secret for a certificate',
      () => readSettings({ CALLERID_CLUSTER: prod, CALLERID_API_SERVER_CERTIFICATE_SHA256: secret }),
    ],
    [
      'settings with the secret for a proxy',
      () => readSettings({ CALLERID_CLUSTER: prod, CALLERID_CLIENT_CERTIFICATE_PROXY: secret }),
    ],
    [
      'settings with the secret in an old name',
      () => readSettings({ CALLERID_CLUSTER: prod, CALLERID_API_SERVER_SECRET: secret }),
    ],
    ['settings with the secret for a cluster', () => readSettings({ CALLERID_CLUSTERS: { prod: secret } })],
    ['settings with the secret for all clusters', () => readSettings({ CALLERID_CLUSTERS: secret })],
    [
      'settings with the secret for a list',
      () => readSettings({ CALLERID_CLUSTERS: { prod: { apiServerSecretSha256: secret } } }),
    ],
    [
      'settings with the secret in a list',
      () => readSettings({ CALLERID_CLUSTERS: { prod: { apiServerSecretSha256: [secret] } } }),
    ],
    [
      'settings with the secret in a list of lists',
      () => readSettings({ CALLERID_CLUSTERS: { prod: { apiServerSecretSha256: [[secret]] } } }),
    ],
    ['settings with the secret as an ID', () => readSettings({ CALLERID_CLUSTERS: { [`${secret}/`]: {} } })],
    [
      'settings with the secret for a flag',
      () => readSettings({ CALLERID_CLUSTERS: { prod: { acknowledgeSharedName: secret } } }),
    ],
    [
      'settings with the secret for the way to ask',
      () => readSettings({ CALLERID_CLUSTER: prod, CALLERID_API_SERVER_AUTH: secret }),
    ],
    ['settings with the secret for the cluster', () => readSettings({ CALLERID_CLUSTER: ` ${secret}` })],
    [
      'settings with the secret for the audience',
      () => readSettings({ CALLERID_CLUSTER: prod, CALLERID_AUDIENCE: ` ${secret}` }),
    ],
    [
      'settings with the secret for who reads metrics',
      () =>
        new EverySink(
          readSettings({
            CALLERID_CLUSTER: prod,
            CALLERID_API_SERVER_AUTH: 'none',
            CALLERID_METRICS_SECRET_SHA256: secret,
          }).metricsSecretSha256,
        ),
    ],
    [
      'settings with the secret for scrubbed accounts',
      () =>
        readSettings({
          CALLERID_CLUSTER: prod,
          CALLERID_API_SERVER_AUTH: 'none',
          CALLERID_SCRUBBED_ACCOUNTS: secret,
        }),
    ],
    [
      'settings with the secret for traces',
      () => readSettings({ CALLERID_CLUSTER: prod, CALLERID_TRACES: secret }),
    ],
    [
      'settings with the secret for a number',
      () => readSettings({ CALLERID_CLUSTER: prod, CALLERID_CACHE_MIB: secret }),
    ],
  ])('%s', async (_, act) => {
    const error = await (async () => act())().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Error);
    expectSilence(dump(error), []);
  });
});
