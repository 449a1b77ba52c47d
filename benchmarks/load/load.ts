/**
 * Load from a process of its own: autocannon, so that the measured server is not what makes it.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pinned } from '../processes.ts';

export interface Job {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** One for all requests, or one for each: then there are as many requests as bodies. */
  readonly bodies: readonly string[];
  /** How long, in seconds, where one body is for all. */
  readonly seconds: number;
  readonly connections: number;
}

export interface Loaded {
  readonly answers: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Posts, and fails where any answer is no 200. */
export async function load(job: Job): Promise<Loaded> {
  const [command, args] = pinned('load', process.execPath, [join(import.meta.dirname, 'generator.ts')]);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(job));
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (child.exitCode !== 0) throw new Error(`the load ended with ${child.exitCode}`);
  return JSON.parse(said);
}
