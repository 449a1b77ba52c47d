/**
 * A server behind TLS that is measured.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { eventually, freePort } from '../../test/interop/processes.ts';
import { type Loaded, load } from '../load/load.ts';
import { pinned } from '../processes.ts';
import { headers } from '../scene.ts';

/** How a server is started. */
export interface Starting {
  readonly command: string;
  readonly args: (port: string) => readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A load, and how the server bore it. */
export interface Borne extends Loaded {
  readonly perSecond: number;
  /** CPU time of the server, in seconds, for 1,000 answers. */
  readonly cpuPer1000: number;
  /** CPU time of the server in that time: well below 1, and it was the load or the stub that was slow. */
  readonly cores: number;
}

/** As many as an API server, with its retries, has open. */
const connections = 16;
const readyMs = 60_000;

/** Takes reviews at `/authenticate` and tells its health at `/healthz`. */
export class Served {
  readonly #child: ChildProcess;
  readonly #origin: string;
  readonly #ca: string;

  private constructor(child: ChildProcess, origin: string, ca: string) {
    this.#child = child;
    this.#origin = origin;
    this.#ca = ca;
  }

  /**
   * Starts it on the core of servers, and waits for its health. Its log goes nowhere, which costs the writing of it all the same.
   *
   * @param ca who has issued its certificate, in PEM
   */
  static async start({ command, args, env }: Starting, ca: string): Promise<Served> {
    const port = String(await freePort());
    const [program, all] = pinned('server', command, args(port));
    const { PATH = '' } = process.env;
    const child = spawn(program, all, { env: { PATH, ...env }, stdio: 'ignore' });
    const served = new Served(child, `https://127.0.0.1:${port}`, ca);
    try {
      await eventually(`${command} to be healthy`, readyMs, async () => {
        if (child.exitCode !== null) throw new Error(`it has ended: ${command} ${args(port).join(' ')}`);
        return served.#isHealthy();
      });
    } catch (error) {
      await served.end();
      throw error;
    }
    return served;
  }

  #isHealthy(): Promise<boolean> {
    return this.#ask('GET', '/healthz').then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  /** Asks for a review. */
  review(body: string): Promise<{ readonly status: number; readonly text: string }> {
    return this.#ask('POST', '/authenticate', body);
  }

  async #ask(method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
    const asking = request(this.#origin + path, { method, headers, ca: this.#ca, agent: false });
    asking.end(body);
    const [response] = await once(asking, 'response');
    return { status: response.statusCode, text: await text(response) };
  }

  /** Puts load on it: one body for all reviews of so many seconds, or one for each. Fails where an answer is no 200. */
  async load(bodies: readonly string[], seconds: number): Promise<Borne> {
    const before = this.#cpuSeconds;
    const url = `${this.#origin}/authenticate`;
    const loaded = await load({ url, headers, bodies, seconds, connections });
    const cpu = this.#cpuSeconds - before;
    return {
      ...loaded,
      perSecond: loaded.answers / loaded.seconds,
      cpuPer1000: (cpu / loaded.answers) * 1000,
      cores: cpu / loaded.seconds,
    };
  }

  /** CPU time so far, in seconds, of all threads, those that have ended too. */
  get #cpuSeconds(): number {
    const [, after = ''] = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(') ');
    const fields = after.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL'); // the reference does not heed SIGTERM
    await exit;
  }
}

/** What Linux counts in, on every machine that Node runs on. */
const ticksPerSecond = 100;
