/**
 * Runs an entry of callerid on Deno as a child process, with nothing of this machine's in its environment.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, expect } from 'vitest';

/** A process that runs until its test is over. */
export interface Running {
  readonly child: ChildProcess;
  /** What it has written so far, on both streams. */
  readonly output: () => string;
  /** The lines of JSON among it. */
  readonly lines: () => Record<string, unknown>[];
  /** Waits until it listens; gives its address. */
  readonly listening: () => Promise<string>;
  /** Its exit code, when both streams have ended. */
  readonly exit: Promise<number | null>;
  /** Sends it a signal. `child.kill` of Deno would have its exit code forgotten. */
  readonly signal: (name: 'SIGTERM' | 'SIGINT') => void;
}

const running: Running[] = [];

afterEach(async () => {
  for (const { child, exit } of running.splice(0)) {
    child.kill('SIGKILL'); // by its process ID
    await exit;
  }
});

/**
 * Starts Deno.
 *
 * @param home a directory, which is the home and has Deno's cache
 */
export function startDeno(
  args: readonly string[],
  home: string,
  env: Readonly<Record<string, string>>,
): Running {
  const child = spawn(process.execPath, args, {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '',
      HOME: home,
      DENO_DIR: join(home, 'deno'),
      DENO_NO_UPDATE_CHECK: '1',
      NO_COLOR: '1',
      ...env,
    },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  const output = () => text;
  const address = () => /\bhttps?:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
  const one: Running = {
    child,
    signal: (name) => void process.kill(child.pid ?? expect.fail('it has not started'), name),
    output,
    lines: () =>
      text
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
    listening: async () => {
      await expect.poll(() => address() ?? child.exitCode, { timeout: 20_000 }).not.toBeNull();
      return address() ?? expect.fail(text);
    },
    exit: once(child, 'close').then(([code]) => code as number | null),
  };
  running.push(one);
  return one;
}
