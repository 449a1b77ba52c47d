/**
 * Processes that are measured, or that measure, and what they cost.
 *
 * @module
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../test/interop/processes.ts';

/** Who runs where: what is measured has a core of its own; the load and the stub of STS share the other. */
export const cores = { server: '0', load: '1' } as const;

export type Core = keyof typeof cores | 'free';

let pins: boolean | undefined;

function canPin(): boolean {
  pins ??= hasTaskset();
  return pins;
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['-c', cores.load, 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log('processes are not pinned to cores: there is no taskset, or no second core');
    return false;
  }
}

/** A command line that runs on one core, where that can be had; on any for `free`. */
export function pinned(core: Core, command: string, args: readonly string[]): [string, string[]] {
  if (core === 'free' || !canPin()) return [command, [...args]];
  return ['taskset', ['-c', cores[core], command, ...args]];
}

/** A server that is measured, as a process. */
export class Server {
  readonly origin: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, origin: string) {
    this.#child = child;
    this.origin = origin;
  }

  /**
   * Starts it; its log goes to a file, or nowhere, which costs the writing of it all the same. Ready once `origin` answers.
   */
  static async start(
    core: Core,
    command: string,
    args: readonly string[],
    {
      origin,
      env = {},
      ready = '/healthz',
      logFile,
    }: { origin: string; env?: Record<string, string>; ready?: string; logFile?: string },
  ): Promise<Server> {
    const [program, all] = pinned(core, command, args);
    const { PATH = '', HOME = '' } = process.env;
    const log = logFile === undefined ? 'ignore' : openSync(logFile, 'a');
    const child = spawn(program, all, {
      env: { PATH, HOME, NO_COLOR: '1', ...env },
      stdio: ['ignore', log, 'pipe'],
    });
    if (typeof log === 'number') closeSync(log);
    let told = '';
    child.stderr?.on('data', (chunk) => {
      told = (told + chunk).slice(-2000);
    });
    const until = Date.now() + 30_000;
    while (!(await answers(origin + ready))) {
      if (child.exitCode !== null || Date.now() > until) {
        child.kill('SIGKILL');
        throw new Error(`${command} ${args.join(' ')} does not answer:\n${told}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return new Server(child, origin);
  }

  /** Whether it still runs. */
  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** CPU time so far, in seconds, of all its threads. */
  get cpuSeconds(): number {
    return cpuSecondsOf(this.#child.pid as number);
  }

  /** Resident set, in bytes. */
  get residentBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  async end(): Promise<void> {
    if (!this.isAlive) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.text().then(() => response.ok),
    () => false,
  );
}

/** Starts the stub of STS, for the load's core. */
export async function startStub(): Promise<{ readonly stub: Server; readonly port: number }> {
  const port = await freePort();
  const program = join(import.meta.dirname, 'stub.ts');
  const origin = `http://127.0.0.1:${port}`;
  const stub = await Server.start('load', process.execPath, [program, String(port)], {
    origin,
    ready: '/calls',
  });
  return { stub, port };
}

/** In seconds, of all threads, where there is `/proc`; else not a number. */
function cpuSecondsOf(pid: number): number {
  try {
    const [, after = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const fields = after.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return Number.NaN;
  }
}

/** What Linux counts in, on every machine that Node runs on. */
const ticksPerSecond = 100;

/** Whether this machine tells what processes cost. */
export const hasProc: boolean = existsSync('/proc/self/stat');
