/**
 * Tokens that are good for one request, or once.
 */
import { describe, expect, test, vi } from 'vitest';
import { bindToRequest } from '../../src/http/guard/binding.ts';
import { memoryOnce } from '../../src/store/once.ts';
import { createNonce, nonceSuffix, requestSuffix } from '../../src/token/suffix.ts';
import { guardScene, requestWith, seen } from '../support/guard-setup.ts';
import { account, audience, bob, start, tokenOf } from '../support/verifier-setup.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const clock = () => start;

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
}

/** A token that is bound to one request, as a client makes it. */
async function boundToken(
  { method = 'GET', path = '/v1/orders', body = '' }: Sent,
  more = '',
): Promise<string> {
  const suffix = await requestSuffix({ method, url: audience + path, body: utf8(body) });
  return tokenOf({ audience: audience + suffix + more });
}

function requestOf(
  token: string,
  { method = 'GET', path = '/v1/orders', body }: Sent,
  headers = {},
): Request {
  return requestWith(token, { method, headers, ...(body === undefined ? {} : { body }) }, path);
}

test('the suffix of a request is what openssl makes of it', async () => {
  // body=$(printf '%s' '{"id":1}' | openssl dgst -sha256 -binary | basenc --base64url | tr -d =)
  // printf '%s\n%s\n%s' POST 'https://orders.example.com/v1/orders?a=1&b=%20' "$body" | (the same again)
  const url = 'https://orders.example.com/v1/orders?a=1&b=%20#top';
  const suffix = await requestSuffix({ method: 'POST', url, body: utf8('{"id":1}') });
  expect(suffix).toBe('#tnhGLwznOMmTGrLdEMtTQM7DonTSD3EXZ0xHQ-f4YgA');
});

describe('a bound token', () => {
  const post: Sent = { method: 'POST', path: '/v1/orders?dry=1', body: '{"id":1}' };

  test.each<[string, Sent]>([
    ['without a body', {}],
    ['with a body', post],
    ['with a body of any bytes', { method: 'PUT', body: 'ä\u0000\n' }],
    ['with an odd path', { path: '/a%2Fb/..%2f?x=%C3%A4&y' }],
    ['with a method of its own', { method: 'PROPFIND' }],
  ])('lets its request in: %s', async (_, sent) => {
    const { guard } = guardScene({ binding: bindToRequest() });
    const request = requestOf(await boundToken(sent), sent);
    expect(await guard(request)).toMatchObject({ account });
    expect(await request.text()).toBe(sent.body ?? '');
  });

  test('repeats that very request, and is held for it', async () => {
    const { guard, sts } = guardScene({ binding: bindToRequest() });
    const token = await boundToken(post);
    for (let time = 0; time < 3; time++)
      expect(await guard(requestOf(token, post))).toMatchObject({ account });
    expect(sts.calls).toHaveLength(1);
  });

  test.each<[attack: string, sent: Sent]>([
    ['another method', { ...post, method: 'PUT' }],
    ['another path', { ...post, path: '/v1/refunds?dry=1' }],
    ['another query', { ...post, path: '/v1/orders?dry=0' }],
    ['another body', { ...post, body: '{"id":2}' }],
    ['a body more', { ...post, body: '{"id":1} ' }],
    ['no body', { method: 'POST', path: '/v1/orders?dry=1' }],
  ])('that was stolen is not good for %s', async (_, sent) => {
    const { guard } = guardScene({ binding: bindToRequest() });
    const token = await boundToken(post);
    await guard(requestOf(token, post)); // also where an identity is held for it
    expect(await seen(await guard(requestOf(token, sent)))).toMatchObject({
      status: 401,
      code: 'token_refused',
    });
  });

  test('an unbound token is not enough, and a bound one is none where none is asked for', async () => {
    const binding = bindToRequest();
    expect(await seen(await guardScene({ binding }).guard(requestOf(await tokenOf(), {})))).toMatchObject({
      code: 'token_refused',
    });
    expect(await seen(await guardScene().guard(requestOf(await boundToken({}), {})))).toMatchObject({
      code: 'token_refused',
    });
  });

  test('behind a proxy that ends TLS: the origin that clients use', async () => {
    const token = await boundToken({});
    const inner = () =>
      new Request('http://10.0.0.7:8080/v1/orders', { headers: { authorization: `Bearer ${token}` } });
    const { guard } = guardScene({ binding: bindToRequest({ origin: audience }) });
    expect(await guard(inner())).toMatchObject({ account });
    const { guard: unaware } = guardScene({ binding: bindToRequest() });
    expect(await seen(await unaware(inner()))).toMatchObject({ code: 'token_refused' });
  });

  test('a body that is longer than allowed', async () => {
    const { guard, sts } = guardScene({ binding: bindToRequest({ maxBodyBytes: 8 }) });
    for (const [body, status] of [
      ['12345678', undefined],
      ['123456789', 413],
    ] as const) {
      const sent = { method: 'POST', body };
      const answer = await guard(requestOf(await boundToken(sent), sent));
      expect(answer instanceof Response ? answer.status : undefined).toBe(status);
    }
    expect(sts.calls).toHaveLength(1);
  });

  test('a body that was read before: the guard cannot be fooled, and says what is wrong', async () => {
    const { guard } = guardScene({ binding: bindToRequest() });
    const request = requestOf(await boundToken(post), post);
    await request.text();
    await expect(guard(request)).rejects.toThrow(/Put the guard first/);
  });

  test.each(['orders.example.com', 'https://orders.example.com/', 'https://orders.example.com/v1', 'x:y'])(
    'an origin that is none: %s',
    (origin) => {
      expect(() => bindToRequest({ origin })).toThrow(expect.objectContaining({ setting: 'origin' }));
    },
  );
});

describe('a one-time token', () => {
  const sceneOf = (access = {}) => guardScene({ oneTime: memoryOnce({ clock }), ...access });
  const used = async (as?: Parameters<typeof tokenOf>[0]) => {
    const nonce = createNonce();
    const token = await tokenOf({ ...as, audience: audience + nonceSuffix(nonce) });
    return { nonce, token, request: () => requestOf(token, {}, { 'callerid-nonce': nonce }) };
  };
  const replayed = {
    status: 401,
    code: 'token_replayed',
    challenge: expect.stringContaining('invalid_token'),
  };

  test('lets in once, and the log names who came back', async () => {
    const { guard, records } = sceneOf();
    const { request } = await used();
    expect(await guard(request())).toMatchObject({ account });
    for (let again = 0; again < 3; again++)
      expect(await seen(await guard(request()))).toMatchObject(replayed);
    expect(records[1]).toMatchObject({ verdict: 'refused', code: 'token_replayed', account });
  });

  test('of many uses at once exactly one', async () => {
    const { guard } = sceneOf();
    const { request } = await used();
    const answers = await Promise.all(Array.from({ length: 20 }, () => guard(request())));
    expect(answers.filter((one) => !(one instanceof Response))).toHaveLength(1);
  });

  test('spelled in another way it is still the same', async () => {
    const { guard } = sceneOf();
    const { nonce, token } = await used();
    const url = atob(token.slice(11).replaceAll('-', '+').replaceAll('_', '/'));
    const [head, query = ''] = url.split('?');
    const turned = `${head}?${query.split('&').reverse().join('&')}`;
    const other = `k8s-aws-v1.${btoa(turned).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
    expect(other).not.toBe(token);
    const request = (one: string) => requestOf(one, {}, { 'callerid-nonce': nonce });
    expect(await guard(request(token))).toMatchObject({ account });
    expect(await seen(await guard(request(other)))).toMatchObject(replayed);
  });

  test('two tokens with one nonce are one use', async () => {
    const { guard } = sceneOf();
    const { nonce, request } = await used();
    const theirs = await tokenOf({ as: bob, audience: audience + nonceSuffix(nonce) });
    expect(await guard(request())).toMatchObject({ account });
    expect(await seen(await guard(requestOf(theirs, {}, { 'callerid-nonce': nonce })))).toMatchObject(
      replayed,
    );
  });

  test.each<[attack: string, nonce: string | undefined, code: string]>([
    ['no nonce', undefined, 'nonce_missing'],
    ['another nonce', 'BBBBBBBBBBBBBBBBBBBBBB', 'token_refused'],
    ['a short one', 'AAAA', 'nonce_missing'],
    ['a long one', 'A'.repeat(23), 'nonce_missing'],
    ['one with another suffix in it', `${'A'.repeat(22)}#${'A'.repeat(22)}`, 'nonce_missing'],
    ['two', 'AAAAAAAAAAAAAAAAAAAAAA, AAAAAAAAAAAAAAAAAAAAAA', 'nonce_missing'],
  ])('sent with %s', async (_, nonce, code) => {
    const { guard } = sceneOf();
    const { token } = await used();
    const request = requestOf(token, {}, nonce === undefined ? {} : { 'callerid-nonce': nonce });
    expect(await seen(await guard(request))).toMatchObject({ status: 401, code });
  });

  test('a plain token with a nonce beside it is none', async () => {
    const { guard } = sceneOf();
    const request = requestOf(await tokenOf(), {}, { 'callerid-nonce': createNonce() });
    expect(await seen(await guard(request))).toMatchObject({ code: 'token_refused' });
  });

  test('whoever is turned away for another reason can come again', async () => {
    const use = vi.fn(async () => true);
    const { guard, sts } = sceneOf({ oneTime: { use }, allow: { accounts: ['999999999999'] } });
    const { request } = await used();
    expect(await seen(await guard(request()))).toMatchObject({ status: 403 });
    sts.setFault({ type: 'fail', status: 503 });
    expect(await seen(await guard((await used()).request()))).toMatchObject({ status: 503 });
    expect(use).not.toHaveBeenCalled();
  });

  test('is remembered for longer than any token lives', async () => {
    const use = vi.fn(async (_key: string, _expiresAt: number) => true);
    const { guard } = sceneOf({ oneTime: { use } });
    const { request, nonce } = await used({ at: start + 299_000 });
    await guard(request());
    const [key, expiresAt = 0] = use.mock.calls[0] ?? [];
    expect(key).toBe(`${audience}#${nonce}`);
    expect(expiresAt).toBeGreaterThan(start + 299_000 + 15 * 60_000 + 5 * 60_000);
  });

  test('bound as well: good for its request, once', async () => {
    const { guard } = sceneOf({ binding: bindToRequest() });
    const nonce = createNonce();
    const token = await boundToken({}, nonceSuffix(nonce));
    const request = (path: string) => requestOf(token, { path }, { 'callerid-nonce': nonce });
    expect(await seen(await guard(request('/v1/refunds')))).toMatchObject({ code: 'token_refused' });
    expect(await guard(request('/v1/orders'))).toMatchObject({ account });
    expect(await seen(await guard(request('/v1/orders')))).toMatchObject(replayed);
  });

  test.each<[string, unknown]>([
    ['a KV namespace', { get: async () => null, put: async () => {}, getWithMetadata: async () => null }],
    ['nothing that remembers', {}],
  ])('%s is refused at start, with the reason', (_, store) => {
    expect(() => sceneOf({ oneTime: store })).toThrow(
      /cannot tell a first use from a second: KV is eventually/,
    );
  });
});
