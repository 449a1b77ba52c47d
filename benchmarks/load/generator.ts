/**
 * The process that makes the load: reads a job from its input, and writes what came of it.
 *
 * @module
 */
import { json } from 'node:stream/consumers';
import autocannon from 'autocannon';
import type { Job, Loaded } from './load.ts';

const { url, headers, bodies, seconds, connections } = (await json(process.stdin)) as Job;
const [first = ''] = bodies;
let next = 0;
const distinct: Omit<autocannon.Options, 'url'> = {
  amount: bodies.length,
  requests: [
    {
      method: 'POST',
      headers,
      setupRequest: (request) => ({ ...request, body: bodies[next++ % bodies.length] as string }),
    },
  ],
};
const options: autocannon.Options = {
  url,
  connections,
  method: 'POST',
  headers,
  ...(bodies.length === 1 ? { body: first, duration: seconds } : distinct),
};
const began = performance.now();
let endedAt = began;
const { non2xx, errors, requests, latency, statusCodeStats } = await new Promise<autocannon.Result>(
  (resolve, reject) => {
    const running = autocannon(options, (error, result) => (error ? reject(error) : resolve(result)));
    // By itself it tells the time in whole seconds.
    running.on('response', () => {
      endedAt = performance.now();
    });
  },
);
if (non2xx > 0 || errors > 0) {
  throw new Error(
    `${non2xx} answers of another status, ${errors} errors: ${JSON.stringify(statusCodeStats)}`,
  );
}
const loaded: Loaded = {
  answers: requests.total,
  seconds: (endedAt - began) / 1000,
  p50: latency.p50,
  p99: latency.p99,
};
process.stdout.write(JSON.stringify(loaded));
