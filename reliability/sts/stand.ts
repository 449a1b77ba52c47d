/**
 * The process that plays STS: it checks signatures as the emulator does, on sockets of its own, and spoils what it is told to.
 * Node comes through its CONNECT proxy, Deno and workerd come to its port.
 *
 * @module
 */
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { createCertificateAuthority } from '../../src/emulator/certificates.ts';
import { createStsEmulator } from '../../src/emulator/emulator.ts';
import { principals, stsHosts } from '../people.ts';
import type { Listening, Order } from './messages.ts';
import {
  answerBytes,
  type ConnectionFault,
  connectionFaults,
  type ExchangeFault,
  exchangeFaults,
  type Truth,
} from './wire.ts';

const emulator = createStsEmulator({ principals });
const served = new Set(stsHosts.map(({ host }) => host));
const faults = new Map<string, ExchangeFault>();
const calls = new Map<string, number>();
const connections = new Set<Socket>();
let connectionFault: ConnectionFault | undefined;
let delayMs = 0;

const authority = await createCertificateAuthority('callerid reliability');
const secureContext = createSecureContext(await authority.issue(['localhost', ...served]));

/** What the edge answers where a host does not resolve: on Workers that is no exception. */
const unresolved: Truth = { status: 530, contentType: 'text/plain', body: 'error code: 1016' };
const headEnd = '\r\n\r\n';

function secure(raw: Socket): void {
  connections.add(raw);
  raw.on('close', () => connections.delete(raw));
  raw.on('error', () => raw.destroy());
  if (connectionFault !== undefined) {
    connectionFaults[connectionFault](raw);
    return;
  }
  const socket = new TLSSocket(raw, { isServer: true, secureContext });
  socket.on('error', () => socket.destroy());
  let rest = '';
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1');
    for (let at = rest.indexOf(headEnd); at >= 0; at = rest.indexOf(headEnd)) {
      const head = rest.slice(0, at);
      rest = rest.slice(at + headEnd.length);
      exchange(head, socket, raw).catch(() => socket.destroy());
    }
  });
}

async function exchange(head: string, socket: TLSSocket, raw: Socket): Promise<void> {
  const [first = '', ...lines] = head.split('\r\n');
  const [, target = '/'] = first.split(' ');
  const headers = new Headers(lines.map((line) => line.split(/:\s*(.*)/s, 2) as [string, string]));
  const host = headers.get('host') ?? '';
  for (const counted of [host, '*']) calls.set(counted, (calls.get(counted) ?? 0) + 1);
  if (!served.has(host)) return void socket.write(answerBytes(unresolved));
  const answer = await emulator.fetch(`https://${host}${target}`, { headers });
  const truth: Truth = {
    status: answer.status,
    contentType: answer.headers.get('content-type') ?? '',
    body: await answer.text(),
  };
  const fault = faults.get(host) ?? faults.get('*');
  if (fault !== undefined) return exchangeFaults[fault]({ socket, raw, truth });
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  if (!socket.destroyed) socket.write(answerBytes(truth));
}

const server = createServer(secure);
const proxy = createHttpServer((_request, response) => response.writeHead(403).end());
proxy.on('connect', ({ url = '' }, client: Socket) => {
  client.on('error', () => client.destroy());
  if (!served.has(url.replace(/:443$/, ''))) {
    client.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    return;
  }
  client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
  secure(client);
});

function listen(on: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    on.once('error', reject);
    on.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
      resolve((on.address() as AddressInfo).port),
    );
  });
}

function obey(order: Order): number {
  switch (order.order) {
    case 'exchange':
      if (order.fault === null) faults.delete(order.host);
      else faults.set(order.host, order.fault);
      return 0;
    case 'connection':
      connectionFault = order.fault ?? undefined;
      for (const socket of connections) socket.destroy();
      return 0;
    case 'delay':
      delayMs = order.ms;
      return 0;
    case 'calls':
      return calls.get(order.host) ?? 0;
  }
}

process.on('message', ({ id, order }: { id: number; order: Order }) => {
  process.send?.({ id, result: obey(order) });
});
process.on('disconnect', () => process.exit());
const listening: Listening = {
  port: await listen(server),
  proxyPort: await listen(proxy as unknown as Server),
  caPem: authority.pem,
};
process.send?.({ listening });
