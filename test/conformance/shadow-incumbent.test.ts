/**
 * What the incumbent is asked, and which of its answers are a verdict. Everything else is none, never a grant.
 */
import { describe, expect, test } from 'vitest';
import { createIncumbent } from '../../src/review/shadow/call.ts';
import type { TokenReview } from '../../src/review/token-review.ts';
import { encodeToken } from '../../src/token/encoding.ts';

const url = 'https://127.0.0.1:21362/authenticate';
const asked: TokenReview = {
  ok: true,
  apiVersion: 'authentication.k8s.io/v1beta1',
  token: 'k8s-aws-v1.dG9rZW4',
  audiences: [],
};

type Fetch = typeof fetch;

function answering(
  httpStatus: number,
  body: BodyInit | null,
  type: string | null = 'application/json',
): Fetch {
  const headers = type === null ? {} : { 'content-type': type };
  return async () => new Response(body, { status: httpStatus, headers });
}

function ask(fetch: Fetch, review = asked, deadlineMs?: number) {
  return createIncumbent({ url, fetch, ...(deadlineMs && { deadlineMs }) })(review);
}

/** An answer as aws-iam-authenticator 0.7.18 writes it: without `apiVersion` and `kind`, and without what is empty. */
const wrapped = (status: object) => ({ metadata: {}, spec: {}, status });
const user = { username: 'alice', uid: 'u', groups: ['g'], extra: { arn: ['a'], sessionName: [''] } };

describe('its words for a denial', () => {
  const session = 'IQoJb3JpZ2luX2VjEJr//aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789+abc==';
  const signature = '0123456789abcdef'.repeat(4);
  const signed =
    'https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity' +
    `&X-Amz-Security-Token=${encodeURIComponent(session)}&X-Amz-Signature=${signature}`;
  const token = encodeToken(signed);
  const withheld = 'refused by the shadowed authenticator';

  test.each<[what: string, error: string, told: string]>([
    [
      'nothing of the token',
      'user is not mapped in sts.eu-west-1.amazonaws.com',
      'user is not mapped in sts.eu-west-1.amazonaws.com',
    ],
    ['the token', `cannot read ${token}`, withheld],
    ['its base64', `cannot read ${token.slice(11)}`, withheld],
    ['its base64 in lines, as openssl writes it', token.slice(11).replace(/.{64}/g, '$&\n'), withheld],
    ['a part of it', `cannot read …${token.slice(60, 80)}…`, withheld],
    ['the signature', signature, withheld],
    ['the signature in capitals', signature.toUpperCase(), withheld],
    ['the session token', session, withheld],
    ['the session token as the URL has it', `X-Amz-Security-Token=${encodeURIComponent(session)}`, withheld],
    [
      'the session token in the name of a role',
      `arn:aws:iam::111122223333:${session.slice(0, 40)}`,
      withheld,
    ],
    ['the URL in capitals', signed.replace('https', 'HTTPS'), withheld],
  ])('%s', async (_, error, told) => {
    const fetch = answering(403, JSON.stringify(wrapped({ authenticated: false, error })));
    expect(await ask(fetch, { ...asked, token })).toMatchObject({ status: { error: told } });
  });

  test('of a foreign token none, since it may repeat it in any form', async () => {
    const fetch = answering(200, JSON.stringify(wrapped({ authenticated: false, error: 'no: abc' })));
    expect(await ask(fetch, { ...asked, token: 'abc' })).toMatchObject({ status: { error: withheld } });
  });
});

describe('the question', () => {
  async function sent(review: TokenReview) {
    const requests: Parameters<Fetch>[] = [];
    await ask(async (...request) => {
      requests.push(request);
      return new Response();
    }, review);
    expect(requests).toHaveLength(1);
    const [[to, { signal, ...init } = {}] = []] = requests;
    expect(signal).toBeInstanceOf(AbortSignal);
    return { to, ...init, body: JSON.parse(String(init.body)) };
  }

  test('is the review as it was asked, and nothing of the API server besides', async () => {
    expect(await sent(asked)).toEqual({
      to: url,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      redirect: 'manual',
      body: { apiVersion: asked.apiVersion, kind: 'TokenReview', spec: { token: asked.token } },
    });
  });

  test('names the audiences, and the version of the API', async () => {
    const review = {
      ...asked,
      apiVersion: 'authentication.k8s.io/v1',
      audiences: ['https://api', 'x'],
    } as const;
    const { body } = await sent(review);
    const spec = { token: asked.token, audiences: ['https://api', 'x'] };
    expect(body).toEqual({ apiVersion: review.apiVersion, kind: 'TokenReview', spec });
  });
});

describe('a verdict', () => {
  test.each<[name: string, httpStatus: number, body: object, status: object]>([
    ['a grant', 200, wrapped({ authenticated: true, user }), { authenticated: true, user }],
    [
      'a user of a name alone',
      200,
      wrapped({ authenticated: true, user: { username: 'a' } }),
      { authenticated: true, user: { username: 'a', uid: '', groups: [], extra: {} } },
    ],
    [
      'audiences',
      200,
      wrapped({ authenticated: true, user, audiences: ['a'] }),
      { authenticated: true, user, audiences: ['a'] },
    ],
    [
      'what nobody knows is left out',
      200,
      { ...wrapped({ authenticated: true, user: { ...user, more: 1 }, more: 1 }), more: 1 },
      { authenticated: true, user },
    ],
    [
      'an error beside a grant is left out',
      200,
      wrapped({ authenticated: true, user, error: 'x' }),
      { authenticated: true, user },
    ],
    ['the denial of aws-iam-authenticator', 403, wrapped({ user: {} }), { authenticated: false }],
    [
      'a denial with 200',
      200,
      wrapped({ authenticated: false, error: 'no' }),
      { authenticated: false, error: 'no' },
    ],
    [
      'a user beside a denial is left out',
      200,
      wrapped({ authenticated: false, user }),
      { authenticated: false },
    ],
    [
      'the version and the kind that were asked',
      200,
      { apiVersion: asked.apiVersion, kind: 'TokenReview', status: {} },
      { authenticated: false },
    ],
  ])('%s', async (_, httpStatus, body, status) => {
    const answer = await ask(answering(httpStatus, JSON.stringify(body), 'application/json; charset=UTF-8'));
    expect(answer).toEqual({ httpStatus, status });
  });
});

const grant = JSON.stringify(wrapped({ authenticated: true, user }));
const grantOf = (more: object) => JSON.stringify(wrapped({ authenticated: true, user, ...more }));
const userWith = (more: object) => grantOf({ user: { ...user, ...more } });

describe('no verdict: an upstream that', () => {
  test.each<[attack: string, httpStatus: number, body: string | null, type?: string | null]>([
    ["says authenticated: 'true'", 200, grantOf({ authenticated: 'true' })],
    ['says authenticated: 1', 200, grantOf({ authenticated: 1 })],
    ['says authenticated: null', 200, grantOf({ authenticated: null })],
    ['says authenticated: [true]', 200, grantOf({ authenticated: [true] })],
    ['grants to nobody', 200, grantOf({ user: undefined })],
    ['grants to null', 200, grantOf({ user: null })],
    ['grants to a text', 200, grantOf({ user: 'alice' })],
    ['grants to a user without a name', 200, userWith({ username: undefined })],
    ['grants to an empty name', 200, userWith({ username: '' })],
    ['grants to a number', 200, userWith({ username: 1 })],
    ['gives a uid that is no text', 200, userWith({ uid: 1 })],
    ['gives groups as one text', 200, userWith({ groups: 'system:masters' })],
    ['gives a group that is no text', 200, userWith({ groups: ['g', 1] })],
    ['gives groups as an object', 200, userWith({ groups: { 0: 'system:masters' } })],
    ['gives extra as a list', 200, userWith({ extra: [] })],
    ['gives a value of extra that is no list', 200, userWith({ extra: { arn: 'a' } })],
    ['gives audiences as a text', 200, grantOf({ audiences: 'a' })],
    ['denies with an error that is no text', 200, JSON.stringify(wrapped({ error: {} }))],
    ['grants with 403', 403, grant],
    ['grants with 401', 401, grant],
    ['refuses us with 401, whatever the body', 401, JSON.stringify(wrapped({ user: {} }))],
    [
      'answers for another version of the API',
      200,
      JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', status: {} }),
    ],
    [
      'answers with another kind',
      200,
      JSON.stringify({ kind: 'SubjectAccessReview', status: { authenticated: true, user } }),
    ],
    [
      'answers with a Kubernetes Status',
      403,
      JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 403 }),
    ],
    ['answers with a list for a status', 200, JSON.stringify({ status: [] })],
    ['answers without a status', 200, '{}'],
    ['answers with a list', 200, `[${grant}]`],
    ['answers with null', 200, 'null'],
    ['answers with two documents', 200, grant + grant],
    ['answers with half a document', 200, grant.slice(0, -1)],
    ['answers with nothing', 200, ''],
    ['grants without saying that it is JSON', 200, grant, null],
    ['grants as text', 200, grant, 'text/plain'],
    ['grants with 201', 201, grant],
    ['grants with 202', 202, grant],
    ['grants with 204', 204, null],
    ['grants with 206', 206, grant],
    ['redirects with 301', 301, grant],
    ['redirects with 307', 307, grant],
    ['does not find the path', 404, grant],
    ['takes no POST', 405, grant],
    ['is a proxy that refuses us with a page', 403, '<html>Forbidden</html>', 'text/html'],
    ['grants in a body of 64 KiB and more', 200, userWith({ groups: ['g'.repeat(65_536)] })],
  ])('%s', async (_, httpStatus, body, type = 'application/json') => {
    const answer = await ask(answering(httpStatus, body, type));
    expect(answer).toEqual({ code: 'shadow_no_verdict', httpStatus });
  });

  test.each([500, 502, 503, 504, 530])('grants with %i', async (httpStatus) => {
    expect(await ask(answering(httpStatus, grant))).toEqual({
      code: 'shadow_no_verdict',
      httpStatus,
    });
  });

  test('throttles, as aws-iam-authenticator does with a denial in the body', async () => {
    const answer = await ask(answering(429, JSON.stringify(wrapped({ user: {} }))));
    expect(answer).toEqual({ code: 'shadow_throttled', httpStatus: 429 });
  });

  const json = { headers: { 'content-type': 'application/json' } };
  test.each<[attack: string, fetch: Fetch]>([
    ['cannot be reached', () => Promise.reject(new TypeError('fetch failed'))],
    ['never answers', () => new Promise(() => {})],
    [
      'makes fetch throw at once',
      () => {
        throw new TypeError('no such protocol');
      },
    ],
  ])('%s', async (_, fetch) => {
    expect(await ask(fetch, asked, 5)).toEqual({ code: 'shadow_no_verdict' });
  });

  test.each<[attack: string, body: () => ReadableStream]>([
    ['never ends its body', () => new ReadableStream()],
    [
      'breaks off within its body',
      () => new ReadableStream({ pull: (stream) => stream.error(new TypeError('cut')) }),
    ],
  ])('%s', async (_, body) => {
    const answer = await ask(async () => new Response(body(), json), asked, 5);
    expect(answer).toEqual({ code: 'shadow_no_verdict', httpStatus: 200 });
  });

  test('sends a body without end is not read to it', async () => {
    let pulled = 0;
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull(stream) {
        pulled++;
        stream.enqueue(new Uint8Array(16_384).fill(0x20));
      },
      cancel() {
        cancelled = true;
      },
    });
    expect(await ask(answering(200, body))).toMatchObject({ code: 'shadow_no_verdict' });
    expect(cancelled).toBe(true);
    expect(pulled).toBeLessThan(10);
  });
});
