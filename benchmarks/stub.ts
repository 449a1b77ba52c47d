/**
 * An STS that answers every request in the same way, as cheaply as it can: `node benchmarks/stub.ts PORT`.
 *
 * It reads no more of HTTP than where a request without a body ends. `GET /calls` says how many there were, and `GET /delay/MS` makes
 * all later answers wait.
 *
 * @module
 */
import { createServer } from 'node:net';
import { caller } from './scene.ts';

const end = '\r\n\r\n';

function answer(body: string): Buffer {
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `x-amzn-requestid: d0a5d9a2-1c5e-4b6e-8b58-0a8e5e3f7c11${end}${body}`,
  );
}

const identity = answer(
  JSON.stringify({
    GetCallerIdentityResponse: {
      GetCallerIdentityResult: caller,
      ResponseMetadata: { RequestId: 'd0a5d9a2-1c5e-4b6e-8b58-0a8e5e3f7c11' },
    },
  }),
);

let calls = 0;
let delayMs = 0;

/** What benchmarks ask of the stub itself; undefined for a call to STS. */
function asked(request: string): Buffer | undefined {
  if (request.startsWith('GET /calls ')) return answer(String(calls));
  const [, delay] = /^GET \/delay\/([0-9]+) /.exec(request) ?? [];
  if (delay === undefined) return undefined;
  delayMs = Number(delay);
  return answer(delay);
}

const server = createServer((socket) => {
  let rest = '';
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1');
    for (let at = rest.indexOf(end); at >= 0; at = rest.indexOf(end)) {
      const told = asked(rest);
      rest = rest.slice(at + end.length);
      if (told !== undefined) {
        socket.write(told);
        continue;
      }
      calls++;
      if (delayMs === 0) socket.write(identity);
      else setTimeout(() => socket.write(identity), delayMs);
    }
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1');
