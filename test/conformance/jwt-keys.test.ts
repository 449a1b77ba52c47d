/**
 * The keys of an issuer: what is fetched, how often, and what serves through an outage.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { detached, type TaskContext } from '../../src/lib/flights.ts';
import {
  claimsOf,
  codeOf,
  headerOf,
  issuer,
  jwtVerifierOf,
  makeKey,
  publisher,
  signJwt,
  type TestKey,
} from '../support/jwt-setup.ts';
import { start, taskContext } from '../support/verifier-setup.ts';

let first: TestKey;
let second: TestKey;
beforeAll(async () => {
  [first, second] = await Promise.all([makeKey('ES384', 'first'), makeKey('ES384', 'second')]);
});

type Fault = (url: string, answer: () => Promise<Response>) => Promise<Response>;

/** A verifier, a clock, and an issuer whose keys and faults a test sets. */
function scene() {
  let now = start;
  let keys = [first.jwk];
  let fault: Fault | undefined;
  let calls = 0;
  const requests: { url: string; init: RequestInit | undefined }[] = [];
  const { fetch, asked } = publisher(() => ({ keys }));
  const faulty = async (url: string, init?: RequestInit): Promise<Response> => {
    calls++;
    requests.push({ url, init });
    const answer = () => fetch(url, init);
    return fault ? fault(url, answer) : answer();
  };
  const verifier = jwtVerifierOf(faulty as typeof globalThis.fetch, { clock: () => now });
  return {
    asked,
    requests,
    calls: () => calls,
    pass: (seconds: number) => {
      now += seconds * 1000;
    },
    publish: (...published: TestKey[]) => {
      keys = published.map(({ jwk }) => jwk);
    },
    spoil: (next: Fault | undefined) => {
      fault = next;
    },
    verify: async (key: TestKey, header: object = {}, context: TaskContext | 'none' = detached) => {
      const iat = now / 1000;
      const token = await signJwt(key, headerOf(key, header), claimsOf({ iat, exp: iat + 300 }));
      return codeOf(await verifier.verify(token, context === 'none' ? {} : { context }));
    },
  };
}

const down: Fault = async () => Promise.reject(new TypeError('fetch failed'));
const settled = (context: { kept: Promise<unknown>[] }) => Promise.all(context.kept);

test('held keys cause no fetch', async () => {
  const { verify, calls, requests, pass } = scene();
  expect(await verify(first)).toBe('verified');
  pass(599);
  expect(await verify(first)).toBe('verified');
  expect(calls()).toBe(2);
  expect(requests.map(({ url }) => url)).toEqual([
    `${issuer}/.well-known/openid-configuration`,
    `${issuer}/.well-known/jwks.json`,
  ]);
  for (const { init } of requests) expect(init).toMatchObject({ redirect: 'manual', cache: 'no-store' });
});

test('concurrent calls fetch once', async () => {
  const { verify, asked } = scene();
  expect(await Promise.all([1, 2, 3, 4].map(() => verify(first)))).toEqual(Array(4).fill('verified'));
  expect(asked()).toBe(1);
});

test('after 10 minutes they are refreshed beside, and the held ones decide', async () => {
  const { verify, asked, pass, spoil, publish } = scene();
  await verify(first);
  pass(600);
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  spoil(async (_, answer) => gate.then(answer));
  publish(second);
  const context = taskContext();
  expect(await verify(first, {}, context)).toBe('verified'); // while the issuer has not answered
  release();
  await settled(context);
  expect(asked()).toBe(2);
  expect(await verify(first)).toBe('jwt_key_unknown'); // withdrawn
  expect(await verify(second)).toBe('verified');
});

test('without a context a refresh that is due is waited for: nothing would keep it alive', async () => {
  const { verify, pass, publish } = scene();
  await verify(first);
  pass(600);
  publish(second);
  expect(await verify(first, {}, 'none')).toBe('jwt_key_unknown');
});

describe('a key ID that is not known', () => {
  test('has them fetched, so a new key serves at once', async () => {
    const { verify, pass, publish } = scene();
    await verify(first);
    publish(first, second);
    pass(60);
    expect(await verify(second)).toBe('verified');
  });

  test('flood: invented IDs cause one fetch a minute', async () => {
    const { verify, asked, pass } = scene();
    await verify(first);
    for (let minute = 0; minute < 3; minute++) {
      pass(60);
      for (let id = 0; id < 5; id++) expect(await verify(first, { kid: `x${id}` })).toBe('jwt_key_unknown');
      expect(asked()).toBe(2 + minute);
    }
  });

  test('flood: in an outage too, and it is no verdict', async () => {
    const { verify, calls, pass, spoil } = scene();
    await verify(first);
    spoil(down);
    for (let minute = 0; minute < 3; minute++) {
      pass(60);
      for (let id = 0; id < 5; id++)
        expect(await verify(first, { kid: `x${id}` })).toBe('jwt_keys_unreachable');
      expect(calls()).toBe(2 + 1 + minute);
      expect(await verify(first)).toBe('verified');
    }
  });

  test('flood: of an issuer whose keys never came', async () => {
    const { verify, calls, spoil, pass } = scene();
    spoil(down);
    for (let id = 0; id < 5; id++)
      expect(await verify(first, { kid: `x${id}` })).toBe('jwt_keys_unreachable');
    expect(calls()).toBe(1);
    spoil(undefined);
    expect(await verify(first)).toBe('jwt_keys_unreachable');
    pass(60);
    expect(await verify(first)).toBe('verified');
  });
});

test('the last good keys serve for 24 hours', async () => {
  const { verify, pass, spoil } = scene();
  await verify(first);
  spoil(down);
  pass(24 * 3600);
  expect(await verify(first)).toBe('verified');
  pass(1);
  expect(await verify(first)).toBe('jwt_keys_unreachable');
  spoil(undefined);
  pass(60);
  expect(await verify(first)).toBe('verified');
});

test('a clock that is set back stops nothing', async () => {
  const { verify, pass, publish } = scene();
  await verify(first);
  pass(-3600);
  publish(first, second);
  expect(await verify(second)).toBe('verified');
});

describe('an answer that is not taken', () => {
  const at =
    (end: string, response: () => Response): Fault =>
    async (url, answer) =>
      url.endsWith(end) ? response() : answer();
  const discovery = (document: object) => at('openid-configuration', () => Response.json(document));
  const jwks_uri = `${issuer}/.well-known/jwks.json`;
  const text = (body: string) => () => new Response(body);

  test.each<readonly [name: string, fault: Fault, code: string]>([
    [
      'a redirect',
      at('jwks.json', () => new Response(null, { status: 302, headers: { location: jwks_uri } })),
      'unreachable',
    ],
    ['an error', at('jwks.json', () => new Response('{"keys":[]}', { status: 500 })), 'unreachable'],
    [
      'another success',
      at('jwks.json', () => Response.json({ keys: [first.jwk] }, { status: 203 })),
      'unreachable',
    ],
    ['no JSON', at('jwks.json', text('<html>')), 'unexpected'],
    [
      'a key for another algorithm',
      at('jwks.json', () => Response.json({ keys: [{ ...first.jwk, alg: 'ES512' }] })),
      'unexpected',
    ],
    ['a list', at('jwks.json', text('[]')), 'unexpected'],
    ['a member twice', at('jwks.json', text('{"keys":[],"keys":[]}')), 'unexpected'],
    [
      'without end',
      at('jwks.json', () => new Response(' '.repeat(64 * 1024) + JSON.stringify({ keys: [first.jwk] }))),
      'unexpected',
    ],
    ['of another issuer', discovery({ issuer: `${issuer}/`, jwks_uri }), 'unexpected'],
    ['of no issuer', discovery({ jwks_uri }), 'unexpected'],
    ['without a place of keys', discovery({ issuer }), 'unexpected'],
    ['keys elsewhere', discovery({ issuer, jwks_uri: 'https://attacker.example.com/keys' }), 'unexpected'],
    [
      'keys at a host that begins so',
      discovery({ issuer, jwks_uri: `${issuer}.example.com/keys` }),
      'unexpected',
    ],
    ['keys behind user info', discovery({ issuer, jwks_uri: jwks_uri.replace('//', '//a@') }), 'unexpected'],
    ['keys at another port', discovery({ issuer, jwks_uri: `${issuer}:8443/keys` }), 'unexpected'],
    [
      'keys over plain HTTP',
      discovery({ issuer, jwks_uri: jwks_uri.replace('https', 'http') }),
      'unexpected',
    ],
    [
      'keys at a path that is written in another way',
      discovery({ issuer, jwks_uri: `${issuer}/a/../keys` }),
      'unexpected',
    ],
  ])('%s', async (_, fault, code) => {
    const { verify, spoil, requests } = scene();
    spoil(fault);
    expect(await verify(first)).toBe(`jwt_keys_${code}`);
    for (const { url } of requests) expect(url.startsWith(`${issuer}/`)).toBe(true);
  });
});

test('an RSA key of less than 2048 bits is left out', async () => {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 1024,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  };
  const pair = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
  const jwk = {
    ...((await crypto.subtle.exportKey('jwk', pair.publicKey)) as object),
    kid: 'short',
    key_ops: ['verify'],
  };
  const short: TestKey = { ...first, algorithm: 'RS256', privateKey: pair.privateKey, jwk: jwk as never };
  const { fetch } = publisher(() => ({ keys: [jwk, first.jwk] }));
  const token = await signJwt(short, headerOf(short), claimsOf());
  expect(codeOf(await jwtVerifierOf(fetch).verify(token))).toBe('jwt_key_unknown');
});

test('attack: a client that goes away takes its fetch along, and the next does not wait a minute for it', async () => {
  const { verify, pass, spoil, calls } = scene();
  const begun = new Promise<void>((resolve) => {
    spoil(() => {
      resolve();
      return new Promise(() => {});
    });
  });
  void verify(first, {}, 'none');
  await begun;
  pass(5);
  spoil(undefined);
  expect(await verify(first, {}, 'none')).toBe('jwt_keys_unreachable');
  pass(1);
  expect(await verify(first, {}, 'none')).toBe('verified');
  expect(calls()).toBe(3); // that one, the discovery document and the keys
});

test('attack: a withdrawn key, where the clock was a year ahead when it was fetched', async () => {
  const { verify, pass, publish } = scene();
  pass(365 * 86_400);
  await verify(first);
  pass(-365 * 86_400);
  publish(second);
  expect(await verify(first, {}, 'none')).not.toBe('verified');
  expect(await verify(second)).toBe('verified');
});
