/**
 * The verifier of aws-iam-authenticator, which is asked about one token after another and sends nothing.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ownEnvironment } from '../processes.ts';

/** What a verifier asks STS with. */
export interface Sent {
  readonly url: string;
  /** Where it says that it goes. */
  readonly host: string;
  /** By name, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What the reference makes of a token: either of `refused` and a request. */
export interface Answer extends Partial<Sent> {
  /** When it had verified the token, in milliseconds since the epoch. */
  readonly at: number;
  /** How its message begins; holds nothing of the token. */
  readonly refused?: string;
}

export class Reference {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #before: Promise<unknown> = Promise.resolve();

  /** @param program of `go/aws-iam-authenticator/main.go` */
  constructor(program: string, clusterId: string, partition: string, region: string) {
    this.#child = spawn(program, [clusterId, partition, region], {
      env: ownEnvironment(),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdin?.on('error', () => {}); // that it has ended is told by its output
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** An answer for each token, in their order. Who asks before the last one has its answers waits for these, too. */
  ask(tokens: readonly string[]): Promise<readonly Answer[]> {
    this.#child.stdin?.write(tokens.map((token) => `${JSON.stringify(token)}\n`).join(''));
    const answers = this.#before.then(() => this.#read(tokens.length));
    this.#before = answers;
    answers.catch(() => {}); // whoever asked is told
    return answers;
  }

  async #read(number: number): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    while (answers.length < number) {
      const { done, value } = await this.#lines.next();
      if (done) throw new Error('the verifier of aws-iam-authenticator has ended');
      answers.push(JSON.parse(value));
    }
    return answers;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.stdin?.end();
    this.#child.kill('SIGTERM');
    await exit;
  }
}
