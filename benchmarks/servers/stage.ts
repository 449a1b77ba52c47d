/**
 * A runtime on a stage: the stub of STS, callerid with the yardsticks beside it, and tokens.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publishPolicy } from '../../src/policy/publish.ts';
import { FileStore } from '../../src/store/file.ts';
import { freePort } from '../../test/interop/processes.ts';
import { type Loaded, load } from '../load/load.ts';
import { hasProc, Server, startStub } from '../processes.ts';
import { cluster, foreignToken, freshToken, headers, policyOf, reviewOf, username } from '../scene.ts';
import { denoProgram } from './deno-program.ts';
import { assertAsLong, policyValues, settings, yardstickSettings } from './settings.ts';
import { bundleWorker, workerd, workerdConfig } from './workerd-config.ts';

export type Runtime = 'node' | 'deno' | 'workerd';

/** As many as an API server, with its retries, has open. */
const connections = 16;

/** A load, and how the server bore it. */
export interface Borne extends Loaded {
  readonly perSecond: number;
  /**
   * Answers for a second of the server's CPU time: in a second, of a core that does nothing else. What else the machine does takes
   * nothing from it. Without `/proc` it is `perSecond`.
   */
  readonly perCore: number;
  /** CPU time of the server in a second: well below 1, and it was the load that was slow. */
  readonly cores: number;
}

export class Stage {
  readonly #home: string;
  readonly #stub: Server;
  readonly server: Server;

  private constructor(home: string, stub: Server, server: Server) {
    this.#home = home;
    this.#stub = stub;
    this.server = server;
  }

  /** Starts it, and proves that it grants. */
  static async start(runtime: Runtime, env: Readonly<Record<string, string>> = {}): Promise<Stage> {
    const home = mkdtempSync(join(tmpdir(), 'callerid-bench-'));
    const { stub, port: stubPort } = await startStub();
    const port = await freePort();
    const variables = {
      ...settings,
      ...env,
      BENCH_STUB: stub.origin,
      BENCH_PORT: String(port),
      BENCH_YARDSTICKS: await yardstickSettings(),
    };
    const origin = `http://127.0.0.1:${port}`;
    try {
      const [command, args, own] = await starters[runtime]({ home, port, stubPort, variables });
      const server = await Server.start('server', command, args, { origin, env: own });
      const stage = new Stage(home, stub, server);
      await stage.prove();
      return stage;
    } catch (error) {
      await stub.end();
      rmSync(home, { recursive: true });
      throw error;
    }
  }

  /** Fails unless a token that was never seen is granted, under the name of the policy, and a foreign one is not. */
  async prove(): Promise<void> {
    const granted = await this.post('/authenticate', reviewOf(await freshToken()));
    const { authenticated, user } = JSON.parse(granted).status;
    if (authenticated !== true || user.username !== username) throw new Error(`not granted: ${granted}`);
    const theirs = reviewOf(foreignToken());
    const refused = await this.post('/authenticate', theirs);
    if (JSON.parse(refused).status.authenticated !== false) throw new Error(`granted: ${refused}`);
    for (const [path, answer] of [
      ['/yardstick', granted],
      ['/yardstick/foreign', refused],
    ] as const) {
      assertAsLong(path, await this.post(path, theirs), answer);
    }
  }

  async post(path: string, body: string): Promise<string> {
    const response = await fetch(this.server.origin + path, { method: 'POST', headers, body });
    if (response.status !== 200) throw new Error(`${path}: ${response.status}: ${await response.text()}`);
    return response.text();
  }

  /** Puts load on a path: one body for all requests of so many seconds, or one for each. */
  async load(path: string, bodies: readonly string[], seconds: number): Promise<Borne> {
    const before = this.server.cpuSeconds;
    const loaded = await load({ url: this.server.origin + path, headers, bodies, seconds, connections });
    const cores = (this.server.cpuSeconds - before) / loaded.seconds;
    const perSecond = loaded.answers / loaded.seconds;
    return { ...loaded, perSecond, perCore: hasProc ? perSecond / cores : perSecond, cores };
  }

  /** How often STS was asked. */
  async stsCalls(): Promise<number> {
    return Number(await (await fetch(`${this.#stub.origin}/calls`)).text());
  }

  /** Makes STS take so many milliseconds for every later answer. */
  async slowSts(ms: number): Promise<void> {
    await fetch(`${this.#stub.origin}/delay/${ms}`);
  }

  async end(): Promise<void> {
    await this.server.end();
    await this.#stub.end();
    rmSync(this.#home, { recursive: true });
  }
}

interface Starting {
  readonly home: string;
  readonly port: number;
  readonly stubPort: number;
  readonly variables: Readonly<Record<string, string>>;
}

type Started = readonly [command: string, args: readonly string[], env: Record<string, string>];

const starters: Readonly<Record<Runtime, (starting: Starting) => Promise<Started>>> = {
  node: async (starting) => [process.execPath, [sourceOf('node')], await withFiles(starting)],
  deno: async (starting) => [
    denoProgram(),
    ['run', '-A', '--unstable-kv', sourceOf('deno')],
    await withFiles(starting),
  ],
  workerd: async ({ home, port, stubPort, variables }) => {
    const modules = { worker: 'worker.mjs' };
    await bundleWorker(sourceOf('workerd'), join(home, modules.worker));
    const bound = { ...variables, BENCH_POLICY: await policyValues() };
    const config = join(home, 'config.capnp');
    writeFileSync(config, workerdConfig({ modules, variables: bound, port, stubPort }));
    return [workerd, ['serve', config], {}];
  },
};

function sourceOf(runtime: Runtime): string {
  return join(import.meta.dirname, `${runtime}.ts`);
}

/** The settings, with a policy in files. */
async function withFiles({ home, variables }: Starting): Promise<Record<string, string>> {
  const directory = join(home, 'policy');
  await publishPolicy(new FileStore(directory), cluster, policyOf(10), { author: 'benchmark' });
  return { ...variables, CALLERID_POLICY: `file:${directory}` };
}
