/**
 * A runtime on a stage: the stub of STS, callerid with the yardsticks beside it, and tokens.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { publishPolicy } from '../../src/policy/publish.ts';
import { FileStore } from '../../src/store/file.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { freePort } from '../../test/interop/processes.ts';
import { type Loaded, load } from '../load/load.ts';
import { hasProc, Server } from '../processes.ts';
import {
  cluster,
  freshToken,
  headers,
  policyOf,
  presignedUrlOf,
  reviewOf,
  secretDigest,
  username,
} from '../scene.ts';

export type Runtime = 'node' | 'deno' | 'workerd';

/** As many as an API server, with its retries, has open. */
const connections = 16;

/** About as many characters as callerid's log line has more than the yardstick's. */
const padding = '.'.repeat(500);

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
    const stubPort = await freePort();
    const stubOrigin = `http://127.0.0.1:${stubPort}`;
    const file = (name: string) => join(import.meta.dirname, name);
    const stub = await Server.start('load', process.execPath, [file('../stub.ts'), String(stubPort)], {
      origin: stubOrigin,
      ready: '/calls',
    });
    const port = await freePort();
    const settings = {
      CALLERID_CLUSTER: cluster,
      CALLERID_API_SERVER_SECRET_SHA256: secretDigest,
      CALLERID_IDENTITY_SECONDS: '900',
      ...env,
      BENCH_STUB: stubOrigin,
      BENCH_PORT: String(port),
      BENCH_YARDSTICKS: JSON.stringify({
        secretDigest,
        answer: JSON.stringify({ answer: '.'.repeat(560) }),
        padding,
        url: presignedUrlOf(await freshToken()),
        audience: cluster,
      }),
    };
    const origin = `http://127.0.0.1:${port}`;
    try {
      const [command, args, own] = await starters[runtime]({ home, port, stubPort, settings });
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

  /** Fails unless a token that was never seen is granted, under the name of the policy. */
  async prove(): Promise<void> {
    const answer = await this.post('/authenticate', reviewOf(await freshToken()));
    const { authenticated, user } = JSON.parse(answer).status;
    if (!authenticated || user.username !== username) throw new Error(`not granted: ${answer}`);
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
  readonly settings: Readonly<Record<string, string>>;
}

type Started = readonly [command: string, args: readonly string[], env: Record<string, string>];

const starters: Readonly<Record<Runtime, (starting: Starting) => Promise<Started>>> = {
  node: async (starting) => [process.execPath, [sourceOf('node')], await withFiles(starting)],
  deno: async (starting) => {
    const deno = createRequire(import.meta.url).resolve('deno/bin.cjs');
    const program = execFileSync(process.execPath, [deno, 'eval', 'console.log(Deno.execPath())'], {
      encoding: 'utf8',
    });
    return [program.trim(), ['run', '-A', '--unstable-kv', sourceOf('deno')], await withFiles(starting)];
  },
  workerd: async ({ home, port, stubPort, settings }) => {
    await build({
      entryPoints: [sourceOf('workerd')],
      bundle: true,
      minify: true,
      format: 'esm',
      conditions: ['workerd', 'worker', 'browser'],
      external: ['cloudflare:*', 'node:*'],
      outfile: join(home, 'worker.mjs'),
      logLevel: 'warning',
    });
    const bound = { ...settings, BENCH_POLICY: JSON.stringify(await policyValues()) };
    writeFileSync(join(home, 'config.capnp'), workerdConfig(bound, port, stubPort));
    const { default: program } = createRequire(import.meta.url)('workerd') as { default: string };
    return [program, ['serve', join(home, 'config.capnp')], {}];
  },
};

function sourceOf(runtime: Runtime): string {
  return join(import.meta.dirname, `${runtime}.ts`);
}

/** The settings, with a policy in files. */
async function withFiles({ home, settings }: Starting): Promise<Record<string, string>> {
  const directory = join(home, 'policy');
  await publishPolicy(new FileStore(directory), cluster, policyOf(10), { author: 'benchmark' });
  return { ...settings, CALLERID_POLICY: `file:${directory}` };
}

/** What a store holds of a policy, by key. */
async function policyValues(): Promise<Record<string, string>> {
  const store = new MemoryStore();
  await publishPolicy(store, cluster, policyOf(10), { author: 'benchmark' });
  const { keys } = await store.list('');
  const entries = keys.map(async (key) => [key, (await store.get(key)) ?? ''] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function workerdConfig(settings: Readonly<Record<string, string>>, port: number, stubPort: number): string {
  const bindings = Object.entries(settings).map(
    ([name, value]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`,
  );
  return `
    using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [
        (name = "main", worker = .mainWorker),
        (name = "sts", external = (address = "127.0.0.1:${stubPort}", http = ())),
      ],
      sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
    );
    const mainWorker :Workerd.Worker = (
      modules = [(name = "worker", esModule = embed "worker.mjs")],
      compatibilityDate = "2026-10-01",
      bindings = [${bindings.join(', ')}],
      globalOutbound = "sts",
    );
  `;
}
