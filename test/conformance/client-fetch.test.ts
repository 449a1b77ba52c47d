/**
 * createFetch: who gets a token, how long it is used, and what a 401 brings; against a service with the real verifier.
 */
import { describe, expect, test, vi } from 'vitest';
import { ConfigurationError } from '../../src/errors/classes.ts';
import { type CredentialSource, createFetch, type FetchOptions } from '../../src/sign.ts';
import { requestSuffix } from '../../src/token/suffix.ts';
import { adminArn, adminKey, identityThatSts, type Service, service } from '../support/client-setup.ts';
import { audience } from '../support/verifier-setup.ts';

const url = `${audience}/orders?x=1`;
const other = 'https://evil.example';
const mebibyte = 1024 * 1024;

function client(to: Service, change: Partial<FetchOptions> = {}): typeof fetch {
  const { fetch, clock } = to;
  return createFetch({ credentials: adminKey, audience, region: 'eu-west-1', fetch, clock, ...change });
}

/** A provider, and how it was called. */
function provider(...changes: object[]) {
  return vi.fn<Extract<CredentialSource, (...parameters: never[]) => unknown>>(async () => ({
    ...adminKey,
    ...changes.shift(),
  }));
}

function streamOf(...chunks: Uint8Array<ArrayBuffer>[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
  });
}

/** What Node asks for beside a stream, and the types do not know. */
function streaming(...chunks: Uint8Array<ArrayBuffer>[]): RequestInit {
  return { method: 'POST', body: streamOf(...chunks), duplex: 'half' } as RequestInit;
}

const text = (body: Uint8Array): string => new TextDecoder().decode(body);
const bytes = (body: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(body);

async function failure(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  );
}

describe('a request', () => {
  test('is known to the service by its caller, and else as it was', async () => {
    const to = service();
    const response = await client(to)(url, {
      method: 'PUT',
      headers: { 'content-type': 'text/plain', 'x-trace': '7' },
      body: 'hello',
    });
    expect([response.status, await response.text()]).toEqual([200, adminArn]);
    expect(to.arrivals).toMatchObject([{ method: 'PUT', url, caller: adminArn }]);
    const [{ headers, body }] = to.arrivals as [Service['arrivals'][number]];
    expect([headers.get('content-type'), headers.get('x-trace'), text(body)]).toEqual([
      'text/plain',
      '7',
      'hello',
    ]);
    expect(headers.has('callerid-nonce')).toBe(false);
  });

  test.each<[string, () => Parameters<typeof fetch>]>([
    ['a URL as text', () => [url]],
    ['a URL', () => [new URL(url)]],
    ['a Request', () => [new Request(url)]],
    ['a Request as options', () => [url, new Request(other, { headers: { 'x-trace': '7' } })]],
    ['the origin in capitals and with its port', () => ['HTTPS://ORDERS.example.com:443/orders?x=1']],
  ])('may be %s', async (_, parameters) => {
    const to = service();
    expect((await client(to)(...parameters())).status).toBe(200);
    expect(to.arrivals).toMatchObject([{ method: 'GET', url }]);
  });

  test('goes by the global fetch where no other is given, the one of then', async () => {
    const to = service();
    const send = createFetch({ credentials: adminKey, audience, region: 'eu-west-1', clock: to.clock });
    const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(to.fetch);
    expect((await send(url)).status).toBe(200);
    expect(spy).toHaveBeenCalledOnce();
    spy.mockRestore();
  });
});

describe('a token', () => {
  test('serves until a minute before its end, and the next comes before a verifier would refuse it', async () => {
    const to = service();
    const credentials = provider();
    const send = client(to, { credentials });
    for (const seconds of [0, 600, 239, 1, 800]) {
      to.pass(seconds);
      expect((await send(url)).status).toBe(200);
    }
    const [first, second, third, fourth, fifth] = to.arrivals.map(({ token }) => token);
    expect([second, third]).toEqual([first, first]);
    expect(fourth).not.toBe(first);
    expect(fifth).toBe(fourth);
    expect(credentials.mock.calls).toEqual([[], []]);
  });

  test('ends with its credentials', async () => {
    const to = service();
    const credentials = provider({ expiration: new Date(to.clock() + 300_000) });
    const send = client(to, { credentials });
    for (const seconds of [0, 299, 1]) {
      to.pass(seconds);
      await send(url);
    }
    const [first, second, third] = to.arrivals.map(({ token }) => token);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    expect(credentials).toHaveBeenCalledTimes(2);
  });

  test('of credentials that have ended is not held', async () => {
    const to = service();
    const credentials = provider({ expiration: new Date(0) });
    const send = client(to, { credentials });
    await send(url);
    await send(url);
    expect(credentials).toHaveBeenCalledTimes(2);
  });

  test('of one instance is not that of another', async () => {
    const to = service();
    const credentials = provider();
    await client(to, { credentials })(url);
    await client(to, { credentials })(url);
    expect(credentials).toHaveBeenCalledTimes(2);
  });

  // On Workers a promise of another request may never settle.
  test('being made for one request keeps no other waiting', async () => {
    const to = service();
    const stop = new AbortController();
    const credentials = vi.fn(async () => adminKey).mockReturnValueOnce(new Promise(() => {}));
    const send = client(to, { credentials });
    const hanging = failure(send(url, { signal: stop.signal }));
    expect((await send(url)).status).toBe(200);
    stop.abort(new Error('enough'));
    expect((await hanging).message).toBe('enough');
    expect(to.arrivals).toHaveLength(1);
  });

  test('is one for many requests at once, or each has its own: all are let in', async () => {
    const to = service();
    const send = client(to);
    const responses = await Promise.all(
      Array.from({ length: 8 }, () => send(url, { method: 'POST', body: 'x' })),
    );
    expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
  });
});

describe('after a 401', () => {
  const renewed = { sessionToken: undefined, accessKeyId: 'AKIABOB' };

  test('there are new credentials, a new token, and the same request once more', async () => {
    const to = service({ statuses: [401] });
    const credentials = provider({}, renewed);
    const send = client(to, { credentials });
    const response = await send(url, { method: 'POST', body: 'hello' });
    expect([response.status, await response.text()]).toEqual([200, 'arn:aws:iam::111122223333:user/bob']);
    expect(credentials.mock.calls).toEqual([[], [{ forceRefresh: true }]]);
    const [first, second] = to.arrivals;
    expect(second).toMatchObject({ method: 'POST', url, body: first?.body });
    expect(second?.token).not.toBe(first?.token);

    await send(url); // the new token is the one that is held
    expect(to.arrivals[2]?.token).toBe(second?.token);
    expect(credentials).toHaveBeenCalledTimes(2);

    to.pass(840); // and the one after it comes of credentials that nobody has refused
    await send(url);
    expect(credentials.mock.calls).toEqual([[], [{ forceRefresh: true }], []]);
  });

  test.each<[string, number[], number, number]>([
    ['a 401 to the second: that is the answer', [401, 401], 401, 2],
    ['a 503 to the second', [401, 503], 503, 2],
    ['200', [200], 200, 1],
    ['302', [302], 302, 1],
    ['400', [400], 400, 1],
    ['403: known, and not allowed', [403], 403, 1],
    ['407', [407], 407, 1],
    ['429', [429], 429, 1],
    ['500', [500], 500, 1],
    ['503: nobody was judged', [503], 503, 1],
  ])('%s: no more than that', async (_, statuses, status, count) => {
    const to = service({ statuses });
    const response = await client(to)(url, { method: 'POST', body: 'x' });
    expect([response.status, to.arrivals.length]).toEqual([status, count]);
  });

  test('of a real verifier: a key that STS does not know, then one that it does', async () => {
    const to = service();
    const credentials = provider({ accessKeyId: 'ASIAGONE' });
    expect((await client(to, { credentials })(url)).status).toBe(200);
    expect(to.arrivals.map(({ caller }) => caller)).toEqual(['refused', adminArn]);
  });

  const form = new FormData();
  form.set('name', 'value');

  test.each<[string, () => Parameters<typeof fetch>, number]>([
    ['none', () => [url, { method: 'POST' }], 0],
    ['an empty text', () => [url, { method: 'POST', body: '' }], 0],
    ['a text', () => [url, { method: 'POST', body: 'hällo' }], 6],
    ['bytes', () => [url, { method: 'POST', body: new Uint8Array([0, 255, 10, 13]) }], 4],
    ['a Blob', () => [url, { method: 'POST', body: new Blob(['hello'], { type: 'text/x' }) }], 5],
    ['parameters', () => [url, { method: 'POST', body: new URLSearchParams({ a: 'b c' }) }], 5],
    ['a form', () => [url, { method: 'POST', body: form }], -1],
    ['that of a Request', () => [new Request(url, { method: 'POST', body: 'hello' })], 5],
    ['a stream in a Request', () => [new Request(url, streaming(bytes('ab'), bytes('cd')))], 4],
    ['1 MiB', () => [url, { method: 'POST', body: new Uint8Array(mebibyte).fill(7) }], mebibyte],
  ])('the body is sent again, byte for byte: %s', async (_, parameters, length) => {
    const to = service({ statuses: [401] });
    expect((await client(to)(...parameters())).status).toBe(200);
    const [first, second] = to.arrivals as [Service['arrivals'][number], Service['arrivals'][number]];
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
    if (length < 0) expect(text(first.body)).toContain('value');
    else expect(first.body).toHaveLength(length);
  });

  test.each<[string, () => Parameters<typeof fetch>, number]>([
    ['a stream', () => [url, streaming(bytes('ab'), bytes('cd'))], 4],
    ['more than 1 MiB', () => [url, { method: 'POST', body: new Uint8Array(mebibyte + 1) }], mebibyte + 1],
    [
      'more than 1 MiB, a stream in a Request',
      () => [new Request(url, streaming(new Uint8Array(mebibyte), new Uint8Array(mebibyte)))],
      2 * mebibyte,
    ],
  ])('a body that is not held is sent whole, and once: %s', async (_, parameters, length) => {
    const to = service({ statuses: [401] });
    const credentials = provider();
    const send = client(to, { credentials });
    expect((await send(...parameters())).status).toBe(401);
    expect(to.arrivals.map(({ body }) => body.length)).toEqual([length]);
    expect(credentials.mock.calls).toEqual([[]]);
    await send(url); // but the next request does without what was refused
    expect(credentials.mock.calls).toEqual([[], [{ forceRefresh: true }]]);
  });
});

describe('never sent elsewhere, where it could be replayed against the service', () => {
  test.each<[attack: string, target: string]>([
    ['another host', `${other}/orders`],
    ['a subdomain', 'https://a.orders.example.com/'],
    ['a parent domain', 'https://example.com/'],
    ['a name that begins alike', 'https://orders.example.com.evil.example/'],
    ['the name as a user', 'https://orders.example.com@evil.example/'],
    ['the name as a path', 'https://evil.example/https://orders.example.com/'],
    ['a backslash', 'https://evil.example\\@orders.example.com/'],
    ['another port', 'https://orders.example.com:8443/'],
    ['no TLS', 'http://orders.example.com/'],
    ['a URL without a host', 'data:text/plain,x'],
    ['a password in the URL', 'https://user:pass@orders.example.com/'],
  ])('%s', async (_, target) => {
    const to = service();
    const credentials = provider();
    expect(await failure(client(to, { credentials })(target))).toBeInstanceOf(TypeError);
    expect(to.arrivals).toEqual([]);
    expect(credentials).not.toHaveBeenCalled();
  });

  test('a redirect: it is not followed, whatever the caller asks', async () => {
    const send = vi.fn<typeof fetch>(
      async () => new Response(null, { status: 302, headers: { location: other } }),
    );
    const response = await client(service(), { fetch: send })(url, { redirect: 'follow' });
    expect([response.status, response.headers.get('location')]).toEqual([302, other]);
    expect(send).toHaveBeenCalledOnce();
    expect(send.mock.calls[0]?.[0]).toMatchObject({ redirect: 'manual' });
  });

  test.each<[string, () => Parameters<typeof fetch>]>([
    ['in the options', () => [url, { headers: { Authorization: 'Basic eDp5' } }]],
    ['in a Request', () => [new Request(url, { headers: { authorization: 'Bearer x' } })]],
    ['empty', () => [url, { headers: { authorization: '' } }]],
  ])('nor in the place of an authorization header of the caller: %s', async (_, parameters) => {
    const to = service();
    expect(await failure(client(to)(...parameters()))).toMatchObject({
      name: 'TypeError',
      message: 'the request has an authorization header already',
    });
    expect(to.arrivals).toEqual([]);
  });

  test('an origin that is not the audience’s may be given', async () => {
    const to = service();
    const send = client(to, { origin: 'https://eu.orders.example.com' });
    expect((await send('https://eu.orders.example.com/x')).status).toBe(200);
    expect(await failure(send(url))).toMatchObject({
      message: 'tokens for https://eu.orders.example.com are not sent to https://orders.example.com',
    });
  });

  test.each(['http://localhost:8787', 'http://127.0.0.1:8787', 'http://[::1]:8787'])(
    'plain HTTP on this machine is fine: %s',
    async (origin) => {
      const to = service();
      expect((await client(to, { origin })(`${origin}/x`)).status).toBe(200);
    },
  );
});

describe('bound to the request', () => {
  test.each<[string, () => Parameters<typeof fetch>]>([
    ['GET', () => [url]],
    ['GET, its fragment apart', () => [`${url}#part`]],
    ['POST without a body', () => [url, { method: 'POST' }]],
    ['POST', () => [url, { method: 'post', body: '{"item":1}' }]],
    ['a form', () => [url, { method: 'POST', body: new URLSearchParams({ a: 'b' }) }]],
    ['a method as it is written', () => [url, { method: 'patch', body: 'x' }]],
    ['a URL that is normalised', () => [`${audience}:443/a/../ö?q=a b'`]],
    ['a stream', () => [url, streaming(bytes('ab'), bytes('cd'))]],
    ['a Request', () => [new Request(url, { method: 'PUT', body: 'x' })]],
    ['more than 1 MiB', () => [url, { method: 'POST', body: new Uint8Array(mebibyte + 1) }]],
  ])('%s: let in, and again after a 401', async (_, parameters) => {
    const to = service({ bound: true, statuses: [401] });
    expect((await client(to, { bound: true })(...parameters())).status).toBe(200);
    expect(to.arrivals.map(({ caller }) => caller)).toEqual([adminArn, adminArn]);
    expect(to.arrivals[1]?.body).toEqual(to.arrivals[0]?.body);
  });

  test('a stolen token is refused for another request', async () => {
    const to = service({ bound: true });
    const send = client(to, { bound: true });
    await send(url, { method: 'POST', body: 'x' });
    const [stolen] = to.arrivals as [Service['arrivals'][number]];
    const { method } = stolen;
    const theirs = audience + (await requestSuffix({ method, url, body: bytes('y') }));
    expect(await identityThatSts(stolen.token, theirs)).toBe('sts_signature_mismatch');
    expect(await identityThatSts(stolen.token, audience)).toBe('sts_signature_mismatch');
  });

  test('each request has a token of its own', async () => {
    const to = service({ bound: true });
    const credentials = provider();
    const send = client(to, { bound: true, credentials });
    await send(url);
    await send(url, { method: 'POST' });
    expect(new Set(to.arrivals.map(({ token }) => token)).size).toBe(2);
    expect(credentials).toHaveBeenCalledTimes(2);
  });
});

describe('one-time', () => {
  test.each([
    ['alone', { oneTime: true }],
    ['and bound', { oneTime: true, bound: true }],
  ])('%s: every attempt has a nonce of its own', async (_, kind) => {
    const to = service({ ...kind, statuses: [401] });
    const send = client(to, kind);
    await send(url, { method: 'POST', body: 'x', headers: { 'callerid-nonce': 'not this one' } });
    await send(url);
    expect(to.arrivals.map(({ caller }) => caller)).toEqual([adminArn, adminArn, adminArn]);
    for (const part of [
      to.arrivals.map(({ headers }) => headers.get('callerid-nonce')),
      to.arrivals.map(({ token }) => token),
    ]) {
      expect(new Set(part).size).toBe(3);
    }
  });

  test('a token is good beside its own nonce alone', async () => {
    const to = service({ oneTime: true });
    await client(to, { oneTime: true })(url);
    const [{ token }] = to.arrivals as [Service['arrivals'][number]];
    const stolen = `${audience}#AAAAAAAAAAAAAAAAAAAAAA`;
    expect(await identityThatSts(token, stolen)).toBe('sts_signature_mismatch');
  });
});

describe('an aborted signal', () => {
  const reason = new Error('enough');

  test.each<[string, (signal: AbortSignal) => Parameters<typeof fetch>]>([
    ['of the options', (signal) => [url, { signal }]],
    ['of a Request', (signal) => [new Request(url, { signal })]],
  ])('%s: nothing is asked for, nothing is sent', async (_, parameters) => {
    const to = service();
    const credentials = provider();
    const error = await failure(client(to, { credentials })(...parameters(AbortSignal.abort(reason))));
    expect(error.message).toBe('enough');
    expect([credentials.mock.calls, to.arrivals]).toEqual([[], []]);
  });

  test('while there are no credentials yet: it is over at once', async () => {
    const to = service();
    const stop = new AbortController();
    const credentials = () => {
      stop.abort(reason);
      return new Promise<never>(() => {});
    };
    expect(await failure(client(to, { credentials })(url, { signal: stop.signal }))).toBe(reason);
    expect(to.arrivals).toEqual([]);
  });

  test('while a body is read', async () => {
    const to = service();
    const stop = new AbortController();
    const body = new ReadableStream({ pull: () => stop.abort(reason) }, { highWaterMark: 0 });
    const request = new Request(url, { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect(await failure(client(to)(request, { signal: stop.signal }))).toBe(reason);
    expect(to.arrivals).toEqual([]);
  });

  test('while it is sent: `fetch` is told', async () => {
    const stop = new AbortController();
    const send: typeof fetch = (input) => {
      const { signal } = input as Request;
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        stop.abort(reason);
      });
    };
    const sent = client(service(), { fetch: send })(url, { signal: stop.signal });
    expect((await failure(sent)).message).toBe('enough');
  });

  test('between a 401 and the repetition: that is not sent', async () => {
    const to = service({ statuses: [401] });
    const stop = new AbortController();
    const credentials = vi.fn(async (options?: object) => {
      if (options !== undefined) stop.abort(reason);
      return adminKey;
    });
    expect(await failure(client(to, { credentials })(url, { signal: stop.signal }))).toBe(reason);
    expect(to.arrivals).toHaveLength(1);
  });

  test('of a Request counts no more where the options say null', async () => {
    const request = new Request(url, { signal: AbortSignal.abort(reason) });
    expect((await client(service())(request, { signal: null })).status).toBe(200);
  });
});

describe('errors', () => {
  test('of the credentials and of fetch come as they are', async () => {
    const error = new Error('no profile');
    const credentials = () => Promise.reject(error);
    expect(await failure(client(service(), { credentials })(url))).toBe(error);
    const broken = new TypeError('fetch failed');
    expect(await failure(client(service(), { fetch: () => Promise.reject(broken) })(url))).toBe(broken);
  });

  test('hold no token, whatever goes wrong', async () => {
    const to = service();
    const bad = { ...adminKey, sessionToken: `${adminKey.sessionToken}\n` };
    const errors = await Promise.all([
      failure(client(to)(other)),
      failure(client(to)(url, { headers: { authorization: 'Bearer x' } })),
      failure(client(to, { credentials: async () => bad })(url)),
      failure(client(to, { fetch: (request) => fetch(request, { headers: { 'a b': 'c' } }) })(url)),
      failure(client(to)('/relative')),
      failure(client(to)(url, { method: 'GET', body: 'x' })),
    ]);
    const told = errors.map((error) => `${error} ${error.stack} ${JSON.stringify(error)}`).join('\n');
    expect(errors.map(({ message }) => message)).not.toContain('it did not fail');
    expect(told).not.toMatch(/k8s-aws-v1|X-Amz|se\+ssion|wJalr/);
  });
});

describe('what cannot work is said when it is made', () => {
  test.each<[string, Partial<FetchOptions>, setting: string, message: RegExp]>([
    [
      'an audience that is no URL, without an origin',
      { audience: 'prod.example' },
      'origin',
      /such as https:/,
    ],
    ['an audience of another scheme', { audience: 'ftp://orders.example.com' }, 'origin', /missing/],
    ['an audience without slashes', { audience: 'https:orders.example.com' }, 'origin', /missing/],
    ['plain HTTP', { audience: 'http://orders.example.com' }, 'origin', /plain HTTP.*Use https/],
    ['plain HTTP in an origin', { origin: 'http://10.0.0.1:80' }, 'origin', /plain HTTP/],
    [
      'an origin that begins like this machine',
      { origin: 'http://localhost.evil.example' },
      'origin',
      /plain/,
    ],
    ['an origin that is none', { origin: 'orders.example.com' }, 'origin', /no http\(s\) origin/],
    ['an empty origin', { origin: '' }, 'origin', /no http\(s\) origin/],
    ['an origin with a path', { origin: 'https://orders.example.com/v1' }, 'origin', /more than an origin/],
    [
      'an origin with a password',
      { origin: 'https://u:p@orders.example.com' },
      'origin',
      /no http\(s\) origin/,
    ],
    [
      'an audience with user info',
      { audience: 'https://orders.example.com@evil.example.com' },
      'origin',
      /no URL that/,
    ],
    ['an option that is none', { bind: true } as never, 'bind', /no such option/],
    ['an audience with a suffix', { audience: `${audience}#x` }, 'audience', /`bound` and `oneTime`/],
    [
      'an audience too long to be bound',
      { audience: `https://${'x'.repeat(205)}`, origin: other, bound: true },
      'audience',
      /213 characters and the 44 .* 257/,
    ],
    [
      'an audience too long for both',
      { audience: `https://${'x'.repeat(182)}`, origin: other, bound: true, oneTime: true },
      'audience',
      /190 characters and the 67 .* 257/,
    ],
    ['no region', { region: 'nowhere' }, 'region', /no AWS region/],
    ['a host that is none', { host: 'sts.example/' }, 'host', /plain DNS name/],
    ['no credentials', { credentials: undefined as never }, 'credentials', /missing/],
    [
      'half of them',
      { credentials: { accessKeyId: 'AKIDEXAMPLE' } as never },
      'credentials.secretAccessKey',
      /missing/,
    ],
  ])('%s', (_, change, setting, message) => {
    const make = () => client(service(), change);
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(expect.objectContaining({ setting, message: expect.stringMatching(message) }));
  });

  test('the longest audiences that fit are taken', () => {
    const audienceOf = (length: number) => `https://${'x'.repeat(length - 8)}`;
    for (const [length, change] of [
      [256, {}],
      [212, { bound: true }],
      [233, { oneTime: true }],
      [189, { bound: true, oneTime: true }],
    ] as const) {
      expect(() =>
        client(service(), { audience: audienceOf(length), origin: other, ...change }),
      ).not.toThrow();
    }
  });
});
