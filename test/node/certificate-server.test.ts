/**
 * Client certificates on Node as they arrive: over sockets, from the address of a proxy and from others.
 */
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createNodeApp } from '../../src/runtime/node.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { fingerprint, headers } from '../support/client-certificate.ts';

const proxy = { addresses: ['127.0.0.1'], header: 'client-cert', form: 'rfc9440' };

let server: Server;

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
});

afterEach(async () => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** What is answered to a request without a body: 415 whoever may ask, 401 whoever may not. */
async function statusOf(
  configured: object,
  sent: readonly (readonly [string, string])[],
  localAddress = '127.0.0.1',
): Promise<number | undefined> {
  const app = createNodeApp(
    {
      CALLERID_CLUSTER: 'prod.example.com',
      CALLERID_API_SERVER_CERTIFICATE_SHA256: fingerprint,
      CALLERID_CLIENT_CERTIFICATE_PROXY: JSON.stringify(configured),
    },
    new MemoryStore(),
  );
  server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const sending = request({
    host: '127.0.0.1',
    port,
    localAddress,
    method: 'POST',
    path: '/authenticate',
    headers: ['host', 'webhook.example.net', ...sent.flat()],
  });
  const [response] = await once(sending.end(), 'response');
  response.resume();
  return response.statusCode;
}

const own = ['client-cert', headers.rfc9440] as const;

describe('a connection', () => {
  test('from the proxy lets the API server in', async () => {
    expect(await statusOf(proxy, [own])).toBe(415);
  });

  test('from a range of proxies lets the API server in', async () => {
    expect(await statusOf({ ...proxy, addresses: ['127.0.0.0/30'] }, [own], '127.0.0.2')).toBe(415);
  });

  test.each<[attack: string, addresses: string[], localAddress: string]>([
    ['from another address of this machine', ['127.0.0.1'], '127.0.0.2'],
    ['from here, where the proxy is elsewhere', ['10.0.0.5'], '127.0.0.1'],
    ['from the same address in the other family', ['::1'], '127.0.0.1'],
  ])('%s: 401', async (_, addresses, localAddress) => {
    expect(await statusOf({ ...proxy, addresses }, [own], localAddress)).toBe(401);
  });

  test.each<[attack: string, sent: (readonly [string, string])[], form?: string]>([
    ['without the header', []],
    ['with the header twice', [own, own]],
    ["with a client's header before that of the proxy", [own, ['client-cert', ':AAAA:']]],
    ["with a client's header after that of the proxy", [['client-cert', ':AAAA:'], own]],
    ['with the header twice, in two cases', [own, ['Client-Cert', ':AAAA:']]],
    ['with an empty header besides', [own, ['client-cert', '']]],
    ['with another name', [['x-client-cert', headers.rfc9440]]],
    ['with an underscore in the name', [['client_cert', headers.rfc9440]]],
    [
      'with the fingerprint twice',
      [
        ['client-cert', fingerprint],
        ['client-cert', fingerprint],
      ],
      'sha256',
    ],
    [
      'with an element before that of Envoy',
      [
        ['client-cert', headers.xfcc],
        ['client-cert', 'Hash=a'],
      ],
      'xfcc',
    ],
    ['with the address of the proxy in a header alone', [['x-forwarded-for', '127.0.0.1']]],
  ])('%s: 401', async (_, sent, form = proxy.form) => {
    expect(await statusOf({ ...proxy, form }, sent)).toBe(401);
  });
});
