/**
 * `callerid demo`: the whole way of a token on one machine, told as it happens.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createStsEmulator } from '../../emulator/emulator.ts';
import { importAwsAuth } from '../../mapping/formats/import.ts';
import { publishPolicy } from '../../policy/publish.ts';
import { withOneWriter } from '../../store/one-writer.ts';
import { usageError } from '../exit-codes.ts';
import { parseYaml } from '../policy-file.ts';
import { alice, awsAuth, cluster, mallory, random } from './principals.ts';
import { indented, shownAnswer, shownReview, shownToken, tryIt } from './show.ts';
import { type DemoToken, signAsPerson } from './sign.ts';
import { type RunningWorker, startWorker } from './worker.ts';

export interface DemoFlags {
  /** 0 for any free one. */
  readonly port: number;
  /** End when the story is told, instead of staying up for the reader's own curl. */
  readonly once: boolean;
}

/** Tells the story; rejects where an answer is not what it should be. */
export async function demo(flags: DemoFlags): Promise<void> {
  const secret = random(24, 'base64url');
  const log: string[] = [];
  const script = process.argv[1] as string;
  await assertFree(flags.port);
  const worker = await startWorker({
    script: join(dirname(realpathSync(script)), '../worker.js'),
    port: flags.port,
    variables: {
      CALLERID_CLUSTER: cluster,
      CALLERID_API_SERVER_SECRET_SHA256: createHash('sha256').update(secret).digest('hex'),
    },
    sts: createStsEmulator({ principals: [alice, mallory] }),
    onLog: (line) => log.push(line),
  });
  try {
    await runSteps(new DemoClient(worker, secret, log));
    if (flags.once) return;
    const ended = interrupted();
    const webhook = `${worker.url}/authenticate`;
    paragraph('Try it yourself', tryIt(relative('', script), webhook, secret, alice));
    paragraph('Ctrl-C ends the demo.');
    await ended;
  } finally {
    await worker.close();
  }
}

async function runSteps(client: DemoClient): Promise<void> {
  paragraph('callerid demo: all of it runs on this machine, and nothing leaves it.');
  paragraph(
    `The Worker listens at ${client.worker.url}, in workerd, with an STS emulator that checks signatures.`,
  );

  const { policy, notes } = importAwsAuth({ mapRoles: mapRolesOf(awsAuth) }, { parseYaml });
  const policies = withOneWriter(client.worker.policies);
  const { version } = await publishPolicy(policies, cluster, policy, { author: 'callerid demo' });
  paragraph(`Its policy, version ${version}, is this aws-auth, imported into local KV:`, awsAuth);
  paragraph('The import remarks:', notes.map(({ path, message }) => `${path} ${message}`).join('\n'));

  paragraph('1. Alice, who assumed the role KubernetesAdmin, signs a token for the cluster.');
  await client.review(await signAsPerson(alice, cluster), ({ authenticated, user }) => {
    return authenticated === true && user?.username === 'admin:alice-example.com';
  });

  paragraph('2. Mallory signs one too. AWS knows her, the policy does not: proven is not yet allowed.');
  await client.review(await signAsPerson(mallory, cluster), ({ authenticated, error }) => {
    return authenticated === false && error?.startsWith('not_mapped') === true;
  });

  paragraph(
    '3. Somebody presents a token that Alice signed for another cluster. STS says that it does not fit.',
  );
  await client.review(await signAsPerson(alice, 'other.example.com'), ({ authenticated, error }) => {
    return authenticated === false && error?.startsWith('sts_signature_mismatch') === true;
  });
}

function mapRolesOf(text: string): unknown {
  return (parseYaml(text) as { mapRoles: unknown }).mapRoles;
}

/** The part of `status` that the demo looks at. */
interface Status {
  readonly authenticated?: boolean;
  readonly user?: { readonly username?: string };
  readonly error?: string;
}

/** The webhook, and the API server that asks it. */
class DemoClient {
  readonly worker: RunningWorker;
  readonly #secret: string;
  readonly #log: string[];

  constructor(worker: RunningWorker, secret: string, log: string[]) {
    this.worker = worker;
    this.#secret = secret;
    this.#log = log;
  }

  async review({ token, command }: DemoToken, isExpected: (status: Status) => boolean): Promise<void> {
    paragraph(`$ ${command}`, shownToken(token));
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
    paragraph('POST /authenticate', shownReview(review));
    const response = await fetch(`${this.worker.url}/authenticate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(review),
    });
    const answer = (await response.json()) as { status: Status };
    const decisionId = response.headers.get('callerid-decision-id') ?? '';
    paragraph(`HTTP ${response.status}, callerid-decision-id: ${decisionId}`, shownAnswer(answer));
    paragraph('Its log line:', await this.#logLine(decisionId));
    if (response.status !== 200 || !isExpected(answer.status))
      throw new Error('this answer is not the expected one');
  }

  /** The Worker's log comes through a pipe of its own, so it may come after the answer. */
  async #logLine(decisionId: string): Promise<string> {
    for (let round = 0; round < 50; round++) {
      const line = this.#log.find((one) => one.includes(decisionId));
      if (line !== undefined) return line;
      await setTimeout(20);
    }
    throw new Error('the Worker logged nothing of this review');
  }
}

/** A paragraph, and below it what it is about. */
function paragraph(text: string, matter?: string): void {
  process.stdout.write(matter === undefined ? `${text}\n\n` : `${text}\n${indented(matter)}\n\n`);
}

/** Miniflare waits for ever where a port is taken. */
async function assertFree(port: number): Promise<void> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw usageError(`cannot listen on port ${port} (${code})`, 'give another --port, 0 for any free one');
  }
  server.close();
  await once(server, 'close');
}

/** In place of miniflare's listeners, which end the process at once and as failed. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.removeAllListeners(signal).once(signal, () => resolve());
    }
  });
}
