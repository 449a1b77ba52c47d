/**
 * Starting workerd until it has answered once.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pinned } from '../processes.ts';
import { headers } from '../scene.ts';
import { workerd } from './workerd-config.ts';

export interface WorkerStart {
  /** From starting the process to having the answer. */
  readonly seconds: number;
  /** CPU time of the process by then. */
  readonly cpuSeconds: number;
  readonly answer: string;
}

/** Starts a process that takes a port by itself, posts to it as soon as it listens, and ends it. */
export async function startWorker(config: string, path: string, body: string): Promise<WorkerStart> {
  const [command, args] = pinned('server', workerd, ['serve', '--control-fd=3', config]);
  const began = performance.now();
  const child = spawn(command, args, { env: {}, stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  const exit = once(child, 'exit');
  try {
    const port = await Promise.race([listeningPort(child.stdio[3] as Readable), exit.then(hasEnded)]);
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body });
    const answer = await response.text();
    const seconds = (performance.now() - began) / 1000;
    const cpuSeconds = cpuSecondsOf(child.pid as number);
    if (response.status !== 200) throw new Error(`${path}: ${response.status}: ${answer}`);
    return { seconds, cpuSeconds, answer };
  } finally {
    child.kill('SIGKILL');
    await exit;
  }
}

/** workerd tells of it on the descriptor, in a line of JSON. */
async function listeningPort(messages: Readable): Promise<number> {
  for await (const line of createInterface(messages)) {
    const { event, port } = JSON.parse(line);
    if (event === 'listen') return port;
  }
  return hasEnded();
}

function hasEnded(): never {
  throw new Error('workerd has ended before it listened');
}

/** To the nanosecond, where `/proc/PID/stat` counts in hundredths of a second, but of the threads that still run. */
function cpuSecondsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'));
  return spent.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1e9;
}
