/**
 * What can go wrong on the wire between callerid and STS. Where a fault sends a body, the true answer is in it wherever that
 * can be: who reads without a limit, or trusts a half, would grant, and be seen.
 *
 * @module
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';

/** STS's true answer to one request. */
export interface Truth {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** One request to STS, to be spoilt. */
export interface Wire {
  readonly socket: TLSSocket;
  /** What is below TLS. */
  readonly raw: Socket;
  readonly truth: Truth;
}

type Headers = Readonly<Record<string, string | number>>;

const crlf = '\r\n';
const mib = 1024 * 1024;
const elsewhere = 'https://sts.us-east-2.amazonaws.com/?Redirected=true';

/** An answer as it is on the wire. */
export function answerBytes({ status, contentType, body }: Truth, headers: Headers = {}): string {
  const all: Headers = { 'content-type': contentType, 'content-length': Buffer.byteLength(body), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}${crlf}`);
  return `HTTP/1.1 ${status} Told${crlf}${lines.join('')}${crlf}${body}`;
}

/** The true body behind so much white space, which JSON parsers skip. */
function bomb({ body }: Truth): Buffer {
  return gzipSync(Buffer.concat([Buffer.alloc(10 * mib, 0x20), Buffer.from(body)]));
}

function sendCompressed(wire: Wire, declared: number | undefined): void {
  const bytes = bomb(wire.truth);
  const head = answerBytes(
    { ...wire.truth, body: '' },
    { 'content-encoding': 'gzip', 'content-length': declared ?? bytes.length },
  );
  wire.socket.write(Buffer.concat([Buffer.from(head), bytes]));
}

/** Writes until the other end has had enough, as fast as it takes it and 64 KiB in 5 ms at most. */
async function pour(socket: TLSSocket, chunk: string): Promise<void> {
  while (!socket.destroyed) {
    await new Promise<void>((resolve) => {
      const gone = () => resolve();
      socket.once('close', gone);
      socket.write(chunk, () => {
        socket.off('close', gone);
        setTimeout(resolve, 5);
      });
    });
  }
}

const error = (status: number, code: string): Truth => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify({
    Error: { Code: code, Message: 'told by the test', Type: 'Sender' },
    RequestId: 'x',
  }),
});

const say = (change: Partial<Truth>, headers?: Headers) => (wire: Wire) =>
  void wire.socket.write(answerBytes({ ...wire.truth, ...change }, headers));

/** Faults of one exchange, by name. */
export const exchangeFaults = {
  slow: ({ socket, truth }) => void setTimeout(() => socket.write(answerBytes(truth)), 300),
  silent: () => {},
  'closes without an answer': ({ socket }) => void socket.end(),
  'resets the connection': ({ raw, socket }) => {
    raw.resetAndDestroy();
    socket.destroy();
  },
  'cut in the headers': ({ socket, truth }) => void socket.end(answerBytes(truth).slice(0, 40)),
  'cut in the body': ({ socket, truth }) => void socket.end(answerBytes(truth).slice(0, -20)),
  'reset in the body': ({ socket, raw, truth }) => {
    socket.write(answerBytes(truth).slice(0, -20), () => {
      raw.resetAndDestroy();
      socket.destroy();
    });
  },
  'silent in the body': ({ socket, truth }) => void socket.write(answerBytes(truth).slice(0, -20)),
  'a byte a second': ({ socket, truth }) => {
    const bytes = answerBytes(truth);
    let at = 0;
    const drip = setInterval(() => socket.write(bytes.charAt(at++)), 1000);
    socket.once('close', () => clearInterval(drip));
  },
  'endless headers': ({ socket }) => {
    socket.write(`HTTP/1.1 200 OK${crlf}`);
    void pour(socket, `x-filler: ${'a'.repeat(1000)}${crlf}`.repeat(64));
  },
  'endless body': ({ socket, truth }) => {
    const head = `HTTP/1.1 200 OK${crlf}content-type: ${truth.contentType}${crlf}connection: close${crlf}${crlf}`;
    socket.write(head + truth.body);
    void pour(socket, ' '.repeat(65_536));
  },
  'gzip bomb': (wire) => sendCompressed(wire, undefined),
  'gzip bomb, 10 GiB declared': (wire) => sendCompressed(wire, 10 * 1024 * mib),
  'body of 10 GiB declared': ({ socket, truth }) =>
    void socket.write(answerBytes(truth, { 'content-length': 10 * 1024 * mib })),
  'redirect 302': say({ status: 302 }, { location: elsewhere }),
  'redirect 307': say({ status: 307 }, { location: elsewhere }),
  'status 500': say(error(500, 'InternalFailure')),
  'status 503, the true body': say({ status: 503 }),
  'status 404, the true body': say({ status: 404 }),
  'status 418 with an unknown code': say(error(418, 'Teapot')),
  'status 204': ({ socket }) => void socket.write(`HTTP/1.1 204 No Content${crlf}${crlf}`),
  throttles: say(error(400, 'Throttling')),
  'throttles with 429': say({ status: 429, body: 'slow down', contentType: 'text/plain' }),
  'wrong content type': say({ contentType: 'text/html' }),
  'wrong JSON': say({ body: '{"GetCallerIdentityResponse":{"Result":{}}}' }),
  'broken JSON': say({ body: '{"GetCallerIdentityResponse":{"GetCallerIdentityResult":{"Account":"1' }),
  'HTTP/1.0': ({ socket, truth }) =>
    void socket.end(answerBytes(truth, { connection: 'close' }).replace('HTTP/1.1', 'HTTP/1.0')),
  'garbage in place of HTTP': ({ socket }) => void socket.end('\0\x01\x02 SSH-2.0-Nobody\r\n'.repeat(50)),
} as const satisfies Readonly<Record<string, (wire: Wire) => void>>;

export type ExchangeFault = keyof typeof exchangeFaults;

/** Faults of a connection, before there is TLS. */
export const connectionFaults = {
  'accepts and closes': (raw) => void raw.end(),
  'accepts and resets': (raw) => void raw.resetAndDestroy(),
  'accepts and is silent': () => {},
  'TLS cut in the handshake': (raw) => {
    // the beginning of a record of TLS with a handshake in it, which never comes whole
    raw.once('data', () => raw.end(Buffer.from([22, 3, 3, 0, 90, 2, 0, 0, 86, 3, 3])));
  },
  'garbage in place of TLS': (raw) => {
    raw.once('data', () => raw.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  },
} as const satisfies Readonly<Record<string, (raw: Socket) => void>>;

export type ConnectionFault = keyof typeof connectionFaults;
