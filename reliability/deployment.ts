/**
 * callerid as a process on each runtime, as its users run it, before the STS of `sts/`.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server } from '../benchmarks/processes.ts';
import { denoProgram } from '../benchmarks/servers/deno-program.ts';
import type { Runtime } from '../benchmarks/servers/stage.ts';
import { bundleWorker, workerd, workerdConfig } from '../benchmarks/servers/workerd-config.ts';
import { command } from '../test/interop/cluster/deployment.ts';
import { freePort } from '../test/interop/processes.ts';
import { secrets, usualHost } from './people.ts';
import { FilePolicies } from './policies/file-policies.ts';
import { KvPolicies } from './policies/kv-policies.ts';
import type { PolicyStore } from './policies/policy-store.ts';
import { secretDigestOf } from './review.ts';
import { Sts } from './sts/sts.ts';

export type { Runtime } from '../benchmarks/servers/stage.ts';
export const runtimes: readonly Runtime[] = ['node', 'deno', 'workerd'];

export interface GroundOptions {
  readonly runtime: Runtime;
  readonly clusters: readonly string[];
  /** Settings beside those that are always there. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** What deployments on one runtime stand on: STS, and the policies. Any number of processes can be started on it. */
export class Ground {
  readonly sts: Sts;
  readonly policies: PolicyStore;
  readonly #home: string;
  readonly #options: GroundOptions;
  readonly #servers: Server[] = [];

  private constructor(home: string, options: GroundOptions, sts: Sts, policies: PolicyStore) {
    this.#home = home;
    this.#options = options;
    this.sts = sts;
    this.policies = policies;
  }

  static async make(options: GroundOptions): Promise<Ground> {
    const home = mkdtempSync(join(tmpdir(), 'callerid-reliability-'));
    const policies =
      options.runtime === 'workerd' ? await KvPolicies.start() : new FilePolicies(join(home, 'policies'));
    const sts = await Sts.start();
    writeFileSync(join(home, 'ca.pem'), sts.listening.caPem);
    return new Ground(home, options, sts, policies);
  }

  /** Starts one more process. */
  async start({ log = false }: { log?: boolean } = {}): Promise<Server> {
    const { runtime, clusters, variables } = this.#options;
    const port = await freePort();
    const settings = {
      CALLERID_CLUSTERS: JSON.stringify(
        Object.fromEntries(clusters.map((id) => [id, { apiServerSecretSha256: [secretDigestOf(id)] }])),
      ),
      ...this.policies.variables,
      ...variables,
    };
    const { program, args, env } = await starters[runtime](this.#home, port, settings, this);
    const server = await Server.start('free', program, args, {
      origin: `http://127.0.0.1:${port}`,
      env: env ?? {},
      ...(log && { logFile: join(this.#home, 'log') }),
    });
    this.#servers.push(server);
    return server;
  }

  /** Which secrets are in what the processes with a log have written. */
  leaks(): readonly string[] {
    const log = readFileSync(join(this.#home, 'log'), 'utf8');
    if (!log.includes('"event":"review"')) throw new Error('the log holds no reviews');
    return secrets.filter((secret) => log.includes(secret));
  }

  async end(): Promise<void> {
    for (const server of this.#servers) await server.end();
    await this.sts.end();
    await this.policies.end();
    rmSync(this.#home, { recursive: true });
  }
}

interface Started {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
}

type Starter = (
  home: string,
  port: number,
  settings: Readonly<Record<string, string>>,
  ground: Pick<Ground, 'sts' | 'policies'>,
) => Promise<Started>;

/**
 * Left to itself V8 lets its heap grow for minutes, as long as the machine has memory, so that the memory of a process says nothing of
 * leaks. workerd gets what a Worker has. Node and Deno collect when the heap has doubled, and keep little for what is young: a limit near to
 * what they keep otherwise would have them collect all the time.
 */
const heapMiB = 128;
const heapFlags = ['--max-semi-space-size=4', '--heap-growing-percent=100'];

const root = join(import.meta.dirname, '..');

const starters: Readonly<Record<Runtime, Starter>> = {
  // STS is reached under its real names, through a proxy
  node: async (home, port, settings, { sts }) => ({
    program: process.execPath,
    args: [...heapFlags, command, 'serve', '--port', String(port)],
    env: {
      ...settings,
      HTTPS_PROXY: `http://127.0.0.1:${sts.listening.proxyPort}`,
      NODE_USE_ENV_PROXY: '1',
      NODE_EXTRA_CA_CERTS: join(home, 'ca.pem'),
    },
  }),
  deno: async (_home, port, settings, { sts }) => ({
    program: denoProgram(),
    args: [
      ...[
        'serve',
        `--v8-flags=${heapFlags.join(',')}`,
        '--unstable-kv',
        '--allow-env',
        '--allow-net',
        '--allow-read',
        '--allow-write',
      ],
      ...['--host', '127.0.0.1', '--port', String(port), join(import.meta.dirname, 'deno-entry.ts')],
    ],
    env: { ...settings, STS_PORT: String(sts.listening.port), STS_CA: sts.listening.caPem },
  }),
  workerd: async (home, port, variables, { sts, policies }) => {
    const own = join(home, String(port));
    mkdirSync(own);
    await bundleWorker(join(root, 'src/runtime/cloudflare-webhook.ts'), join(own, 'worker.mjs'));
    const { port: stubPort } = sts.listening;
    const { kvPort } = policies;
    const config = workerdConfig({
      modules: { worker: 'worker.mjs' },
      variables,
      port,
      stubPort,
      heapMiB,
      stubTls: { host: usualHost.host, caFile: '../ca.pem' },
      ...(kvPort !== undefined && { kvPort }),
    });
    writeFileSync(join(own, 'config.capnp'), config);
    return { program: workerd, args: ['serve', join(own, 'config.capnp')] };
  },
};
