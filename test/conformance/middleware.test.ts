/**
 * The middleware for Hono, and requests of Node for the guard.
 */
import { Hono } from 'hono';
import { describe, expect, test, vi } from 'vitest';
import { bindToRequest } from '../../src/http/guard/binding.ts';
import { createGuard } from '../../src/http/guard/guard.ts';
import { type CallerEnv, callerid } from '../../src/http/middleware.ts';
import { type NodeGuardCall, type NodeRequest, nodeGuard, sendResponse } from '../../src/http/node.ts';
import { createLimiter } from '../../src/lib/limiter.ts';
import { memoryOnce } from '../../src/store/once.ts';
import { createNonce, nonceSuffix, requestSuffix } from '../../src/token/suffix.ts';
import { requestWith, seen } from '../support/guard-setup.ts';
import { account, audience, scene, start, taskContext, tokenOf } from '../support/verifier-setup.ts';

const allow = { accounts: [account] };

function serve(options: Parameters<typeof callerid>[0]): Hono<CallerEnv> {
  const app = new Hono<CallerEnv>();
  app.use('/v1/*', callerid(options));
  app.all('/v1/orders', async (c) => c.json({ arn: c.get('caller').canonicalArn, body: await c.req.text() }));
  app.get('/open', (c) => c.text('open'));
  return app;
}

describe('the middleware', () => {
  test('lets in, and gives the caller', async () => {
    const app = serve({ verifier: scene().verifier, allow });
    const answer = await app.request(requestWith(await tokenOf(), { method: 'POST', body: 'hello' }));
    expect(await answer.json()).toEqual({ arn: `arn:aws:iam::${account}:role/Admin`, body: 'hello' });
  });

  test('keeps out, and what is behind it is not reached', async () => {
    const reached = vi.fn();
    const app = new Hono().use(callerid({ verifier: scene().verifier, allow })).all('*', (c) => {
      reached();
      return c.text('in');
    });
    for (const token of [undefined, 'x', await tokenOf({ secretAccessKey: 'guess' })]) {
      expect(await seen(await app.request(requestWith(token)))).toMatchObject({ status: 401 });
    }
    expect(reached).not.toHaveBeenCalled();
  });

  test('leaves other paths alone', async () => {
    const app = serve({ verifier: scene().verifier, allow });
    expect((await app.request(`${audience}/open`)).status).toBe(200);
  });

  test('takes options from the bindings of the first request, once', async () => {
    const { verifier } = scene();
    const options = vi.fn((c: { env: unknown }) => ({ verifier, allow: { accounts: [String(c.env)] } }));
    const app = serve(options as never);
    for (let time = 0; time < 2; time++) {
      expect((await app.fetch(requestWith(await tokenOf()), account as never)).status).toBe(200);
    }
    expect(options).toHaveBeenCalledTimes(1);
  });

  test('options that cannot work keep everybody out', async () => {
    expect(() => callerid({ audience: 'orders', allow })).toThrow(/EKS/);
    const app = serve(() => ({ audience: 'orders', allow }));
    app.onError((error, c) => c.text(error.name, 500));
    expect(await (await app.request(requestWith(await tokenOf()))).text()).toBe('ConfigurationError');
  });

  test('hands on who keeps work alive, where there is somebody', async () => {
    const { verifier } = scene();
    const app = serve({ verifier, allow });
    const context = { ...taskContext(), passThroughOnException: () => {}, props: {} };
    await app.fetch(requestWith(await tokenOf()), {}, context as never);
    expect(context.kept).toHaveLength(1);
  });

  test('asks who the client is, for a limiter', async () => {
    const limiter = createLimiter({ calls: 1, seconds: 60, clock: () => start });
    const { verifier } = scene();
    const app = serve({ verifier, allow, limiter, client: (c) => c.req.header('x-real-ip') ?? '' });
    const ask = async (ip: string, seconds: number) => {
      const token = await tokenOf({ at: start - seconds * 1000 });
      return (await app.request(requestWith(token, { headers: { 'x-real-ip': ip } }))).status;
    };
    expect([await ask('10.0.0.1', 1), await ask('10.0.0.1', 2), await ask('10.0.0.2', 2)]).toEqual([
      200, 429, 200,
    ]);
  });

  test('one-time tokens: of two requests at once one is let in', async () => {
    const app = serve({ verifier: scene().verifier, allow, oneTime: memoryOnce({ clock: () => start }) });
    const nonce = createNonce();
    const token = await tokenOf({ audience: audience + nonceSuffix(nonce) });
    const headers = { 'callerid-nonce': nonce };
    const both = await Promise.all([0, 1].map(async () => app.request(requestWith(token, { headers }))));
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 401]);
  });
});

describe('a request of Node', () => {
  const origin = audience;
  const incoming = (given: Partial<NodeRequest> = {}): NodeRequest => ({
    method: 'GET',
    url: '/v1/orders?a=1',
    rawHeaders: ['Host', 'whatever', 'X-A', '1', 'x-a', '2'],
    ...given,
  });

  /** The request that gets to the guard, where one does. */
  async function reaching(given: Partial<NodeRequest>, call: NodeGuardCall = {}): Promise<Request | number> {
    let reached: Request | undefined;
    const guard = nodeGuard(
      async (request) => {
        reached = request;
        return { response: new Response() };
      },
      { origin },
    );
    const { response } = await guard(incoming(given), call);
    return reached ?? response?.status ?? 0;
  }

  test('becomes a Request of the origin that clients use', async () => {
    const request = (await reaching({ method: 'POST' })) as Request;
    expect([request.method, request.url]).toEqual(['POST', `${origin}/v1/orders?a=1`]);
    expect(request.headers.get('x-a')).toBe('1, 2');
  });

  test('keeps what Express took from its path', async () => {
    const request = (await reaching({ url: '/orders', originalUrl: '/v1/orders' })) as Request;
    expect(request.url).toBe(`${origin}/v1/orders`);
  });

  test('two tokens are no token', async () => {
    const rawHeaders = ['Authorization', 'Bearer a', 'Authorization', 'Bearer b'];
    const request = (await reaching({ rawHeaders })) as Request;
    expect(request.headers.get('authorization')).toBe('Bearer a, Bearer b');
  });

  test('hands on who the client is', async () => {
    const guard = vi.fn(async () => ({ response: new Response() }));
    await nodeGuard(guard, { origin })(incoming(), { client: '10.0.0.1', body: new Uint8Array() });
    expect(guard).toHaveBeenCalledWith(expect.anything(), { client: '10.0.0.1' });
  });

  test.each<[attack: string, Partial<NodeRequest>]>([
    ['a path that climbs', { url: '/v1/public/../orders' }],
    ['a path that climbs, encoded', { url: '/v1/public/%2e%2e/orders' }],
    ['a backslash', { url: '/v1\\orders' }],
    ['another host, as user info', { url: '@evil.example.com/' }],
    ['another port', { url: ':81/' }],
    ['an absolute target', { url: 'https://evil.example.com/' }],
    ['a fragment', { url: '/v1/orders#x' }],
    ['a space', { url: '/v1/a b' }],
    ['no path', { url: '' }],
    ['all of the server', { url: '*', method: 'OPTIONS' }],
    ['a header that no Request has', { rawHeaders: ['a b', 'c'] }],
    ['a GET with a body', { rawHeaders: ['Content-Length', '2'] }],
    ['a GET of HTTP/2 with a body', { stream: { endAfterHeaders: false } }],
    ['a GET with a body of any length', { rawHeaders: ['Transfer-Encoding', 'chunked'] }],
  ])('that could be read in two ways is answered with 400, and throws nothing: %s', async (_, given) => {
    expect(await reaching(given)).toBe(400);
  });

  test('a path that looks like a host is a path', async () => {
    const request = (await reaching({ url: '//evil.example.com/v1' })) as Request;
    expect(request.url).toBe(`${origin}//evil.example.com/v1`);
  });

  test('the 400 has a code', async () => {
    const { response } = await nodeGuard(async () => ({ response: new Response() }), { origin })(
      incoming({ url: '' }),
    );
    expect(await seen(response)).toMatchObject({ status: 400, code: 'request_malformed' });
  });

  describe('with a bound token', () => {
    const bound = async (body: string) => {
      const { guard } = boundScene();
      const bytes = new TextEncoder().encode(body);
      const suffix = await requestSuffix({ method: 'POST', url: `${origin}/v1/orders`, body: bytes });
      const authorization = `Bearer ${await tokenOf({ audience: audience + suffix })}`;
      const request = (length: number): NodeRequest => ({
        method: 'POST',
        url: '/v1/orders',
        rawHeaders: ['Authorization', authorization, 'Content-Length', String(length)],
      });
      return { guard, request, bytes };
    };
    const boundScene = () => {
      const { verifier } = scene();
      return { guard: nodeGuard(createGuard({ verifier, allow, binding: bindToRequest() }), { origin }) };
    };

    test('the bytes that were read are what counts', async () => {
      const { guard, request, bytes } = await bound('{"id":1}');
      expect(await guard(request(8), { body: bytes })).toMatchObject({ caller: { account } });
      const other = new TextEncoder().encode('{"id":2}');
      expect(await seen((await guard(request(8), { body: other })).response)).toMatchObject({
        code: 'token_refused',
      });
    });

    test('a token for no body does not let in a body that the service has read and not given', async () => {
      const { guard, request } = await bound('');
      expect(await guard(request(0))).toMatchObject({ caller: { account } });
      expect(await seen((await guard(request(8))).response)).toMatchObject({ status: 500, code: 'internal' });
    });
  });

  test.each<[string, unknown]>([
    ['parsed', { '0': 97, length: 1, amount: 1_000_000 }],
    ['empty, as express.json() leaves it', {}],
    ['a text', '{}'],
    ['a list', [97]],
  ])('a body that is no bytes is a 500, and never one without a body: %s', async (_, body) => {
    expect(await reaching({ method: 'POST' }, { body: body as never })).toBe(500);
  });

  test('a method that the platform writes in another way is not the one that was signed', async () => {
    expect(await reaching({ method: 'post' })).toBe(400);
  });

  test('bytes with a GET', async () => {
    expect(await reaching({}, { body: new Uint8Array(1) })).toBe(400);
    expect(await reaching({}, { body: new Uint8Array() })).toBeInstanceOf(Request);
  });

  test.each(['orders.example.com', 'https://orders.example.com/', 'ftp://orders.example.com'])(
    'an origin that is none: %s',
    (given) => {
      expect(() => nodeGuard(createGuard({ audience, allow }), { origin: given })).toThrow(
        expect.objectContaining({ setting: 'origin' }),
      );
    },
  );

  test('an answer is sent whole', async () => {
    const sent: unknown[] = [];
    const to = {
      statusCode: 200,
      setHeader: (name: string, value: string) => sent.push(`${name}: ${value}`),
      end: (body: string) => sent.push(body),
    };
    await sendResponse(to, new Response('{}', { status: 401, headers: { 'www-authenticate': 'Bearer' } }));
    expect(to.statusCode).toBe(401);
    expect(sent).toContain('www-authenticate: Bearer');
    expect(sent.at(-1)).toBe('{}');
  });
});
