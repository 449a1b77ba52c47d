/**
 * Which path a request has, and that it is the one that Hono would see: the admin API and the issuers behind the webhook are
 * Hono apps, and no path may be one to the one and another to the other.
 */
import { Hono } from 'hono/tiny';
import { describe, expect, test } from 'vitest';
import { createRoutes } from '../../src/http/routes.ts';

const origin = 'https://webhook.example.net';
const id = '/clusters/:cluster/authenticate';

const hono = new Hono();
hono.all('/authenticate', () => new Response('default'));
hono.all(id, (c) => new Response(`cluster ${c.req.param('cluster')}`));
hono.notFound(() => new Response('none'));

const ours = createRoutes((_, __, path) => {
  const cluster = /^\/clusters\/([^/]+)\/authenticate$/.exec(path)?.[1];
  return new Response(path === '/authenticate' ? 'default' : cluster ? `cluster ${cluster}` : 'none');
});

async function bothOf(url: string): Promise<readonly string[]> {
  const request = { url, method: 'POST' } as Request; // a request as it came: `new Request` would tidy the URL
  return Promise.all([ours, hono].map(async (app) => (await app.fetch(request)).text()));
}

describe('a path is', () => {
  test.each<[path: string, route: string]>([
    ['/authenticate', 'default'],
    ['/authenticate/', 'default'],
    ['/authenticate?timeout=30s', 'default'],
    ['/authenticate/?a=/x', 'default'],
    ['/authenticate#x', 'default'],
    ['/%61uthenticate', 'default'],
    ['/clusters/prod.example.com/authenticate', 'cluster prod.example.com'],
    ['/clusters/prod%2eexample%2Ecom/authenticate/?x', 'cluster prod.example.com'],
    ['/clusters/../authenticate', 'cluster ..'],
    ['/clusters/a b/authenticate', 'cluster a b'],
    ['/clusters/%C3%A4/authenticate', 'cluster ä'],
    ['', 'none'],
    ['/', 'none'],
    ['//authenticate', 'none'],
    ['/authenticate//', 'none'],
    ['/x/authenticate', 'none'],
    ['/x?/authenticate', 'none'],
    ['/authenticate%2f', 'none'],
    ['/authenticate%3f', 'none'],
    ['/authenticate%00', 'none'],
    ['/authenticate%', 'none'],
    ['/AUTHENTICATE', 'none'],
    ['/clusters//authenticate', 'none'],
    ['/clusters/a/b/authenticate', 'none'],
    ['/clusters/a?/authenticate', 'none'],
    ['/clusters/authenticate', 'none'],
    ['/@evil.example/authenticate', 'none'],
    ['\\authenticate', 'none'],
  ])('%j: %s', async (path, route) => {
    expect(await bothOf(`${origin}${path}`)).toEqual([route, route]);
  });

  test('what follows the host, whatever that is', async () => {
    for (const host of ['http://127.0.0.1:8080', 'http://[::1]:1', 'HTTPS://u:p@h.example']) {
      expect(await bothOf(`${host}/authenticate`)).toEqual(['default', 'default']);
    }
  });

  test('nothing where the URL has none, though there is a slash behind', async () => {
    for (const rest of ['?/authenticate', '#/authenticate']) {
      expect((await bothOf(`${origin}${rest}`))[0]).toBe('none'); // no runtime gives such a URL
    }
  });

  test('nothing where an escape means nothing, and no route is under it', async () => {
    const [path] = await bothOf(`${origin}/clusters/%ff/authenticate`);
    expect(path).toBe('cluster %ff'); // no ID of a cluster
  });
});

test('HEAD is GET without the body, with its status and headers', async () => {
  const methods: string[] = [];
  const app = createRoutes((_, method) => {
    methods.push(method);
    return new Response('text', { status: 418, headers: { allow: 'POST' } });
  });
  const { status, headers, body } = await app.fetch(new Request(origin, { method: 'HEAD' }));
  expect([status, headers.get('allow'), body, methods]).toEqual([418, 'POST', null, ['GET']]);
});
