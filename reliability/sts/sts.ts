/**
 * An STS on real sockets, in a process of its own, that can be spoilt.
 *
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Listening, Order } from './messages.ts';
import type { ConnectionFault, ExchangeFault } from './wire.ts';

export class Sts {
  readonly listening: Listening;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (result: number) => void>();
  #lastId = 0;

  private constructor(child: ChildProcess, listening: Listening) {
    this.#child = child;
    this.listening = listening;
    child.on('message', ({ id, result }: { id: number; result: number }) => {
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    });
  }

  static async start(): Promise<Sts> {
    const child = fork(join(import.meta.dirname, 'stand.ts'), { execArgv: [] });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`STS has ended with ${code}`);
    });
    const [{ listening }] = (await Promise.race([once(child, 'message'), ended])) as [
      { listening: Listening },
    ];
    ended.catch(() => {}); // it does so at the end
    return new Sts(child, listening);
  }

  /** Spoils every exchange at a host, or at `*`; undefined ends that. */
  async spoil(host: string, fault: ExchangeFault | undefined): Promise<void> {
    await this.#tell({ order: 'exchange', host, fault: fault ?? null });
  }

  /** Spoils every connection; undefined ends that. */
  async spoilConnections(fault: ConnectionFault | undefined): Promise<void> {
    await this.#tell({ order: 'connection', fault: fault ?? null });
  }

  /** Makes true answers late. */
  async delay(ms: number): Promise<void> {
    await this.#tell({ order: 'delay', ms });
  }

  /** How often it was asked at a host, or in all. */
  calls(host = '*'): Promise<number> {
    return this.#tell({ order: 'calls', host });
  }

  async end(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  #tell(order: Order): Promise<number> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ id, order }, (error) => error && reject(error));
    });
  }
}
