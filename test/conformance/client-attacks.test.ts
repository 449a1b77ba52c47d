/**
 * Attacks on who calls a service: to be sent their token, or one for another service.
 */
import { expect, test } from 'vitest';
import { createFetch } from '../../src/client/create-fetch.ts';
import { tokenSignature } from '../../src/token/sigv4.ts';
import { requestSuffix } from '../../src/token/suffix.ts';

const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'made-up' };
const region = 'eu-west-1';

async function isSignedFor(request: Request, audience: string): Promise<boolean> {
  const token = request.headers.get('authorization')?.slice('Bearer k8s-aws-v1.'.length) ?? '';
  const url = new URL(atob(token.replaceAll('-', '+').replaceAll('_', '/')));
  const q = url.searchParams;
  const made = await tokenSignature(
    {
      accessKeyId: credentials.accessKeyId,
      audience,
      date: q.get('X-Amz-Date') ?? '',
      expires: '60',
      encodedSessionToken: undefined,
      endpoint: { host: url.host, region },
    },
    credentials.secretAccessKey,
  );
  return made === q.get('X-Amz-Signature');
}

test('an options object that is used again: a service gets no token of another one', async () => {
  const sent: Request[] = [];
  const fetch = (async (request: Request) => {
    sent.push(request);
    return new Response();
  }) as typeof globalThis.fetch;
  const options = { credentials, region, fetch, audience: '' };
  options.audience = 'https://a.example.com';
  const toA = createFetch(options);
  options.audience = 'https://b.example.com';
  createFetch(options);
  await toA('https://a.example.com/');
  expect(await isSignedFor(sent[0] as Request, 'https://b.example.com')).toBe(false);
  expect(await isSignedFor(sent[0] as Request, 'https://a.example.com')).toBe(true);
});

test('a bound token is never one of an empty body beside a body', async () => {
  const sent: Request[] = [];
  const fetch = (async (request: Request) => {
    sent.push(request);
    return new Response();
  }) as typeof globalThis.fetch;
  const options = { credentials, region, fetch, audience: 'https://a.example.com', bound: false };
  const toA = createFetch(options);
  options.bound = true;
  const body = new Blob(['pay']).stream();
  await toA('https://a.example.com/', { method: 'POST', body, duplex: 'half' } as RequestInit);
  const suffix = await requestSuffix({
    method: 'POST',
    url: 'https://a.example.com/',
    body: new Uint8Array(),
  });
  expect(await isSignedFor(sent[0] as Request, `https://a.example.com${suffix}`)).toBe(false);
});

test('a token goes with no blob: URL', async () => {
  let url: string | undefined;
  const fetch = (async (request: Request) => {
    url = request.url;
    return new Response();
  }) as typeof globalThis.fetch;
  const toA = createFetch({ credentials, region, fetch, audience: 'https://a.example.com' });
  await expect(toA('blob:https://a.example.com/0b5a70f8')).rejects.toThrow(TypeError);
  expect(url).toBeUndefined();
});

test('a body with GET is refused, or digested', async () => {
  let made: Request | undefined;
  const fetch = (async (request: Request) => {
    made = request;
    return new Response();
  }) as typeof globalThis.fetch;
  const toA = createFetch({ credentials, region, fetch, audience: 'https://a.example.com', bound: true });
  await toA('https://a.example.com/', { method: 'GET', body: 'x' }).catch(() => {});
  expect(made?.body ?? null).toBeNull();
});
