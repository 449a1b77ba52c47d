/**
 * Programs that run beside the tests, and are ended with them.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

/** What a program is started with; nothing of the environment but PATH and HOME goes to it by itself. */
export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A program that runs. */
export class Program {
  /** Every line that it has written, to whichever of its outputs. */
  readonly lines: string[] = [];
  readonly #name: string;
  readonly #child: ChildProcess;

  constructor(name: string, command: string, args: readonly string[], { env, cwd }: ProgramOptions = {}) {
    this.#name = name;
    this.#child = spawn(command, args, {
      cwd,
      env: { ...ownEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.on('error', (error) => this.lines.push(String(error)));
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      if (output !== null) createInterface(output).on('line', (line) => this.lines.push(line));
    }
  }

  /** Waits until `isReady` says so, and fails at once where the program has ended. */
  async ready(isReady: () => boolean | Promise<boolean>, ms = 90_000): Promise<void> {
    await eventually(`${this.#name} to be ready`, ms, async () => {
      if (this.#ended) throw new Error(`${this.#name} has ended:\n${this.lines.slice(-15).join('\n')}`);
      return isReady();
    });
  }

  get #ended(): boolean {
    const { exitCode, signalCode } = this.#child;
    return exitCode !== null || signalCode !== null;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async end(): Promise<void> {
    if (this.#ended || this.#child.pid === undefined) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const grace = globalThis.setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await exit;
    clearTimeout(grace);
  }
}

/** What any program needs. */
export function ownEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };
}

/** Waits until something holds; what it throws ends the waiting. */
export async function eventually(
  what: string,
  ms: number,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const until = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > until) throw new Error(`waited ${ms} ms for ${what}`);
    await setTimeout(100);
  }
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
