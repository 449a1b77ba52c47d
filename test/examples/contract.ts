/**
 * What every guarded service answers, whatever it is made with.
 *
 * @module
 */
import { afterEach, expect, test } from 'vitest';
import { type Guarded, ordersArn, origin, type Signing, type Stage, signedHeaders } from './stage.ts';

export interface Service {
  send(path: string, init: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

const challenge = `Bearer realm="${origin}"`;
const invalid = `${challenge}, error="invalid_token"`;

type Row = [
  what: string,
  headers: () => Record<string, string> | Promise<Record<string, string>>,
  answer: readonly [status: number, code: string, challenge: string],
];

/** Tests a request of a service. `caller` is what its answer names `orders` as. */
export function testGuarded(
  guarded: Guarded,
  { stage, service }: { stage: () => Stage; service: () => Service },
  caller: string = ordersArn,
): void {
  const signed = (options?: Signing) => () => signedHeaders(guarded, options);
  const send = (headers: Record<string, string>, body = guarded.body) =>
    service().send(guarded.path, {
      method: guarded.method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
  afterEach(() => stage().sts.setFault(undefined));

  const rows: Row[] = [
    ['no token', () => ({}), [401, 'token_missing', challenge]],
    [
      'what is no token',
      async () => ({ ...(await signed()()), authorization: 'Bearer k8s-aws-v1.AAAA' }),
      [401, 'token_malformed', invalid],
    ],
    [
      'a token of another service, which that one replays here',
      signed({ audience: 'https://invoices.example.com' }),
      [401, 'token_refused', invalid],
    ],
    ['a token that STS does not vouch for', signed({ by: 'nobody' }), [401, 'token_refused', invalid]],
    ['an expired token', signed({ now: Date.now() - 20 * 60_000 }), [401, 'token_expired', invalid]],
    [
      'a role of the same name in another account',
      signed({ by: 'stranger' }),
      [403, 'not_allowed', `${challenge}, error="insufficient_scope"`],
    ],
  ];
  if (guarded.oneTime) {
    const withoutNonce = async () => ({ authorization: (await signed()()).authorization ?? '' });
    rows.push(['a one-time token without its nonce', withoutNonce, [401, 'nonce_missing', invalid]]);
  }

  test('lets a caller in, and knows who it is', async () => {
    const response = await send(await signed()());
    const text = await response.text();
    expect([response.status, text]).toEqual([
      guarded.method === 'POST' ? 201 : 200,
      expect.stringContaining(caller),
    ]);
    if (guarded.body !== undefined) expect(JSON.parse(text).order).toEqual(JSON.parse(guarded.body));
  });

  test.each(rows)('refuses %s', async (_, headers, answer) => {
    expect(await seen(await send(await headers()))).toEqual([...answer, null]);
  });

  test('while STS fails: 503, to come again, and never 401', async () => {
    stage().sts.setFault({ type: 'fail', status: 500 });
    expect(await seen(await send(await signed()()))).toEqual([
      503,
      'unavailable',
      null,
      expect.stringMatching(/^\d+$/),
    ]);
  });

  if (guarded.oneTime) {
    test('refuses a one-time token that is replayed', async () => {
      const headers = await signed()();
      expect((await send(headers)).ok).toBe(true);
      expect(await seen(await send(headers))).toEqual([401, 'token_replayed', invalid, null]);
    });
  }

  if (guarded.bound) {
    test('refuses a stolen bound token with another body', async () => {
      const stolen = await signed()();
      expect(await seen(await send(stolen, '{"item":"gold"}'))).toEqual([
        401,
        'token_refused',
        invalid,
        null,
      ]);
    });
  }
}

/** What a client sees of an answer that lets nobody in. */
async function seen(response: Response): Promise<unknown[]> {
  const { code } = (await response.json()) as { code?: string };
  const { status, headers } = response;
  return [status, code, headers.get('www-authenticate'), headers.get('retry-after')];
}
