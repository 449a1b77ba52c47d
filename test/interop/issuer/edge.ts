/**
 * The edge before an issuer: TLS for its name, and a CONNECT proxy by which programs come to that name. As a CDN may, it
 * says for itself how long the keys may be kept.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer as createProxy } from 'node:http';
import { createServer, request } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import type { KeyedCertificate } from '../../../src/emulator/certificates.ts';

export interface EdgeOptions {
  readonly host: string;
  /** Where requests go. */
  readonly target: string;
  /** For the host. */
  readonly certificate: KeyedCertificate;
  /** Of the authority of the target. */
  readonly caPem: string;
  readonly keysMaxAgeSeconds: number;
}

export interface Edge {
  /** For HTTPS_PROXY. It leads to the edge alone. */
  readonly proxyUrl: string;
  readonly end: () => Promise<void>;
}

export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const { host, target, certificate, caPem, keysMaxAgeSeconds } = options;
  const edge = createServer(certificate, (incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const servername = ''; // not the one of the header `host`
    const sent = request(new URL(url, target), { ca: caPem, servername, method, headers }, (answer) => {
      const isKeys = url.endsWith('/jwks.json');
      const ownHeaders = isKeys ? { 'cache-control': `public, max-age=${keysMaxAgeSeconds}` } : {};
      outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...ownHeaders });
      answer.pipe(outgoing);
    });
    sent.on('error', () => outgoing.destroy());
    incoming.pipe(sent);
  });
  const port = await listen(edge);
  const tunnels = new Set<Socket>();
  const proxy = createProxy((_request, response) => response.writeHead(403).end());
  proxy.on('connect', ({ url }, client: Socket) => {
    if (url !== `${host}:443`) return void client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) {
      tunnels.add(socket);
      socket.on('error', () => socket.destroy());
    }
  });
  const proxyPort = await listen(proxy);
  return {
    proxyUrl: `http://127.0.0.1:${proxyPort}`,
    async end() {
      for (const socket of tunnels) socket.destroy();
      edge.closeAllConnections();
      proxy.closeAllConnections();
      await Promise.all([edge, proxy].map((server) => once(server.close(), 'close')));
    },
  };
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}
