/**
 * The process that is a crowd: it connects, and when all are there, each sends one review. Whom the server turns away at the door
 * comes again as an API server does. Reads a job from its input, and writes what came of it.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { reviewOf } from '../../benchmarks/scene.ts';
import type { Signed } from '../people.ts';
import { addressOf, type Outcome, outcomeOf } from '../review.ts';
import type { CrowdJob, CrowdResult } from './crowd-job.ts';

const { port, cluster, visits } = (await json(process.stdin)) as CrowdJob;
const { path, headers } = addressOf(cluster);

/** In milliseconds: how long somebody comes again, and how long one answer is waited for. */
const patienceMs = 120_000;
const answerMs = 30_000;
/** As client-go has it. */
const backoff = { firstMs: 500, factor: 1.5, mostMs: 5000 };
/** Connections that are begun at once. */
const wave = 200;

let turnedAway = 0;
let unanswered = 0;
const answers = new Map<string, number>();
const wrong: string[] = [];
const durations: number[] = [];

function requestOf(token: string): string {
  const body = reviewOf(token);
  const all = {
    host: '127.0.0.1',
    ...headers,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

function connected(): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => resolve(undefined));
    socket.once('connect', () => resolve(socket));
  });
}

/** Sends one review; undefined where the connection ended before there was an answer. */
function exchange(socket: Socket, token: string): Promise<Outcome | undefined> {
  return new Promise((resolve) => {
    let text = '';
    socket.setTimeout(answerMs, () => {
      unanswered++;
      socket.destroy();
    });
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.once('close', () => resolve(answerIn(text)));
    if (socket.destroyed) resolve(undefined);
    socket.write(requestOf(token));
  });
}

function answerIn(text: string): Outcome | undefined {
  const [head = '', body] = text.split('\r\n\r\n', 2);
  if (body === undefined) return undefined;
  const status = Number(head.split(' ', 2)[1]);
  const retryAfter = /^retry-after: *(.*?)\r?$/im.exec(head)?.[1];
  return outcomeOf(status, retryAfter, body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1));
}

function note(outcome: Outcome, username: string): void {
  const name = outcome.kind === 'none' ? `${outcome.status} ${outcome.code}` : outcome.kind;
  answers.set(name, (answers.get(name) ?? 0) + 1);
  const isRight = outcome.kind === 'none' || (outcome.kind === 'granted' && outcome.username === username);
  if (!isRight && wrong.length < 10) wrong.push(Object.values(outcome).join(' '));
}

async function visit({ token, username }: Signed, first: Socket | undefined): Promise<void> {
  const began = performance.now();
  let socket = first;
  for (let pauseMs = backoff.firstMs; performance.now() - began < patienceMs; pauseMs *= backoff.factor) {
    const outcome = socket === undefined ? undefined : await exchange(socket, token);
    if (outcome !== undefined) {
      durations.push(performance.now() - began);
      note(outcome, username);
      return;
    }
    turnedAway++;
    await sleep(Math.min(pauseMs, backoff.mostMs) * (0.5 + Math.random()));
    socket = await connected();
  }
  answers.set('nothing', (answers.get('nothing') ?? 0) + 1);
}

const sockets: (Socket | undefined)[] = [];
while (sockets.length < visits.length) {
  const size = Math.min(wave, visits.length - sockets.length);
  sockets.push(...(await Promise.all(Array.from({ length: size }, connected))));
}
const began = performance.now();
await Promise.all(visits.map((one, index) => visit(one, sockets[index])));
durations.sort((a, b) => a - b);
const result: CrowdResult = {
  answers: Object.fromEntries(answers),
  wrong,
  turnedAway,
  unanswered,
  seconds: (performance.now() - began) / 1000,
  medianMs: durations[durations.length >> 1] ?? Number.NaN,
};
process.stdout.write(JSON.stringify(result));
