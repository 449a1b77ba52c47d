/**
 * A bound token of one resource, presented for another, where the runtime gives `request.url` as it was sent: Deno and workerd
 * do, and Hono routes by that text.
 */
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { bindToRequest } from '../../src/http/guard/binding.ts';
import { type CallerEnv, callerid } from '../../src/http/middleware.ts';
import { requestSuffix } from '../../src/token/suffix.ts';
import { seen } from '../support/guard-setup.ts';
import { account, audience, scene, tokenOf } from '../support/verifier-setup.ts';

const bound = async (path: string) =>
  tokenOf({
    audience:
      audience + (await requestSuffix({ method: 'GET', url: audience + path, body: new Uint8Array() })),
  });

/** As Deno.serve and workerd make it: the target is not normalised. */
function received(target: string, token: string, host = 'orders.example.com'): Request {
  const request = new Request(`${audience}/`, { headers: { authorization: `Bearer ${token}` } });
  Object.defineProperty(request, 'url', { value: `https://${host}${target}` });
  return request;
}

function app() {
  return new Hono<CallerEnv>()
    .use(callerid({ verifier: scene().verifier, allow: { accounts: [account] }, binding: bindToRequest() }))
    .get('/v1/orders', (c) => c.text('orders'))
    .get('/v1/refunds/*', (c) => c.text('refunds'));
}

test.each([
  '/v1/refunds/../orders',
  '/v1/refunds/%2e%2e/orders',
  '/v1/refunds/7/../../orders',
  '/v1/refunds/..\\orders',
])('a token bound to /v1/orders reaches /v1/refunds/* by %s', async (target) => {
  const answer = await app().fetch(received(target, await bound('/v1/orders')));
  expect(await seen(answer)).toMatchObject({ status: 400, code: 'request_malformed' });
});

test.each([
  ['/', 'orders.example.com#', '/v1/refunds/7'],
  ['/refunds/7', '/', '/v1/refunds/7'],
])('a token bound to %s, with the Host header %s, reaches %s', async (signed, host, target) => {
  const { verifier } = scene();
  const binding = bindToRequest({ origin: audience });
  const served = new Hono()
    .use(callerid({ verifier, allow: { accounts: [account] }, binding }))
    .get('/v1/refunds/*', (c) => c.text('refunds'));
  const answer = await served.fetch(received(target, await bound(signed), host));
  expect(await seen(answer)).toMatchObject({ status: 400, code: 'request_malformed' });
});

test.each([
  ['with a default port in its host', 'orders.example.com:443', '/v1/orders'],
  ['with its host in capitals', 'ORDERS.example.com', '/v1/orders'],
  ['with an empty query', 'orders.example.com', '/v1/orders?'],
  ['with escapes', 'orders.example.com', '/v1/orders?a=%2e%2e/'],
])('a request %s is the one that was signed', async (_, host, target) => {
  const answer = await app().fetch(received(target, await bound(target), host));
  expect([answer.status, await answer.text()]).toEqual([200, 'orders']);
});
