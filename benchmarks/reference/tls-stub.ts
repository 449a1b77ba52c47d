/**
 * An STS that answers every call in the same way, behind TLS and a CONNECT proxy, as cheaply as it can:
 * `node tls-stub.ts PORT CERT KEY PROTOCOL…`, with the protocols that it offers, the best first.
 *
 * TLS ends on the proxy's own socket, whatever host was asked for, so there is no second hop. Connections are kept for ever.
 * `GET /counts` of the proxy says how many calls and TLS handshakes there were.
 *
 * @module
 */
import { constants } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { performServerHandshake } from 'node:http2';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { caller } from '../scene.ts';

export type Protocol = 'http/1.1' | 'h2';

export interface Counts {
  readonly calls: number;
  readonly handshakes: number;
}

const [port, certFile = '', keyFile = '', ...protocols] = process.argv.slice(2);
const end = '\r\n\r\n';
const requestId = 'd0a5d9a2-1c5e-4b6e-8b58-0a8e5e3f7c11';
const body = JSON.stringify({
  GetCallerIdentityResponse: {
    GetCallerIdentityResult: caller,
    ResponseMetadata: { RequestId: requestId },
  },
});
const headers = {
  'content-type': 'application/json',
  'content-length': String(Buffer.byteLength(body)),
  'x-amzn-requestid': requestId,
};
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\r\n')}${end}${body}`,
);

const counts = { calls: 0, handshakes: 0 };

const sts = createTlsServer(
  {
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    ALPNProtocols: protocols,
    secureOptions: constants.SSL_OP_NO_TICKET, // nobody comes back with one
  },
  (socket) => {
    counts.handshakes++;
    socket.on('error', () => socket.destroy());
    if (socket.alpnProtocol === 'h2') answerHttp2(socket);
    else answerHttp1(socket);
  },
);
// Whoever opens more connections than it needs closes some of them in the handshake.
sts.on('tlsClientError', () => {});

function answerHttp2(socket: TLSSocket): void {
  const session = performServerHandshake(socket);
  session.on('error', () => socket.destroy());
  session.on('stream', (stream) => {
    counts.calls++;
    stream.respond({ ':status': 200, ...headers });
    stream.end(body);
  });
}

function answerHttp1(socket: Socket): void {
  eachHead(socket, () => {
    counts.calls++;
    socket.write(answer);
  });
}

/** No more of HTTP is read than where a request without a body ends. */
function eachHead(socket: Socket, act: (head: string) => void): void {
  let rest = '';
  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1');
    for (let at = rest.indexOf(end); at >= 0; at = rest.indexOf(end)) {
      const head = rest.slice(0, at);
      rest = rest.slice(at + end.length);
      act(head);
    }
  });
}

createServer((socket) => {
  socket.on('error', () => socket.destroy());
  eachHead(socket, (head) => {
    if (head.startsWith('CONNECT ')) {
      socket.removeAllListeners('data');
      socket.write(`HTTP/1.1 200 Connection Established${end}`);
      sts.emit('connection', socket);
    } else socket.end(`HTTP/1.1 200 OK\r\nconnection: close${end}${JSON.stringify(counts)}`);
  });
}).listen(Number(port), '127.0.0.1');
