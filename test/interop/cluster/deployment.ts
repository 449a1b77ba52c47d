/**
 * A deployment of callerid on each runtime, over TLS, as its users run it.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { KeyedCertificate } from '../../../src/emulator/certificates.ts';
import type { DecisionRecord } from '../../../src/http/log.ts';
import { ownEnvironment, Program } from '../processes.ts';
import { ask } from './https.ts';
import type { World } from './world.ts';

export type Runtime = 'node' | 'deno' | 'workerd';

export interface DeploymentOptions {
  readonly runtime: Runtime;
  /** Of 127.0.0.1. */
  readonly port: number;
  readonly home: string;
  readonly world: World;
  /** For 127.0.0.1. */
  readonly certificate: KeyedCertificate;
  /** Of the authority that issued it. */
  readonly caPem: string;
  /** Settings beside those that every deployment here has. */
  readonly variables: Readonly<Record<string, string>>;
}

/** A deployment that runs. */
export class Deployment {
  readonly url: string;
  readonly #lines: readonly string[];
  readonly #caPem: string;
  readonly #home: string;
  readonly #secret: string;
  readonly #reload: () => void;
  readonly #stop: () => Promise<void>;

  private constructor(running: Running, secret: string, { caPem, home }: DeploymentOptions) {
    this.url = running.url;
    this.#lines = running.lines;
    this.#reload = running.reload;
    this.#stop = running.end;
    this.#caPem = caPem;
    this.#home = home;
    this.#secret = secret;
  }

  static async start(options: DeploymentOptions): Promise<Deployment> {
    mkdirSync(options.home);
    const secret = randomBytes(24).toString('base64url');
    const variables = {
      ...options.variables,
      CALLERID_ADMIN_SECRET_SHA256: createHash('sha256').update(secret).digest('hex'),
    };
    const running = await starters[options.runtime]({ ...options, variables });
    return new Deployment(running, secret, options);
  }

  /** What it has logged of reviews. */
  get reviews(): DecisionRecord[] {
    return this.#lines.flatMap((line) => (line.startsWith('{"event":"review"') ? JSON.parse(line) : []));
  }

  /** Whatever it has logged. */
  get log(): string {
    return this.#lines.join('\n');
  }

  /** Makes a policy that of a cluster, as an operator does. */
  async apply(cluster: string, rules: readonly object[], settings: object = {}): Promise<void> {
    const file = join(this.#home, `${cluster}.json`);
    writeFileSync(file, JSON.stringify({ ...settings, rules }));
    const ca = join(this.#home, 'ca.pem');
    writeFileSync(ca, this.#caPem);
    const where = ['--server', this.url, '--cluster', cluster, '--yes-lock-out', '-m', 'interop'];
    await callerid(['policy', 'apply', file, ...where], {
      CALLERID_ADMIN_SECRET: this.#secret,
      NODE_EXTRA_CA_CERTS: ca,
    });
  }

  /** Has it read its files again. It does so some time after. */
  reload(): void {
    this.#reload();
  }

  end(): Promise<void> {
    return this.#stop();
  }
}

/** The command, as built. */
export const command: string = join(import.meta.dirname, '../../../dist/cli/main.js');

/** Runs the command, and gives what it prints. */
export async function callerid(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [command, ...args], {
    env: { ...ownEnvironment(), ...env },
    timeout: 60_000,
  });
  return stdout;
}

interface Running {
  readonly url: string;
  readonly lines: readonly string[];
  readonly reload: () => void;
  readonly end: () => Promise<void>;
}

const starters: Readonly<Record<Runtime, (options: DeploymentOptions) => Promise<Running>>> = {
  node: (options) =>
    startProgram(options, ({ cert, key, port }) => ({
      program: process.execPath,
      args: [command, 'serve', '--port', port, '--tls-cert', cert, '--tls-key', key],
    })),
  deno: (options) =>
    startProgram(options, ({ cert, key, port }) => ({
      program: join(root, 'node_modules/.bin/deno'),
      args: [
        ...['run', '--allow-env', '--allow-net', '--allow-read', '--allow-write'],
        ...[join(root, 'src/runtime/deno-tls.ts'), '--port', port, '--cert', cert, '--key', key],
      ],
    })),
  workerd: startWorkerd,
};

const root = join(import.meta.dirname, '../../..');

async function startProgram(
  { runtime, port, home, world, certificate, caPem, variables }: DeploymentOptions,
  commandOf: (at: { cert: string; key: string; port: string }) => { program: string; args: string[] },
): Promise<Running> {
  const [cert, key, ca] = [join(home, 'tls.crt'), join(home, 'tls.key'), join(home, 'sts-ca.pem')];
  writeFileSync(cert, certificate.cert);
  writeFileSync(key, certificate.key, { mode: 0o600 });
  writeFileSync(ca, world.server.caPem);
  const { program, args } = commandOf({ cert, key, port: String(port) });
  const running = new Program(runtime, program, args, {
    env: {
      ...variables,
      CALLERID_POLICY: `file:${join(home, 'policies')}`,
      HTTPS_PROXY: world.server.proxyUrl,
      NODE_USE_ENV_PROXY: '1',
      NODE_EXTRA_CA_CERTS: ca,
      DENO_CERT: ca,
      NO_COLOR: '1',
    },
  });
  const url = `https://127.0.0.1:${port}`;
  try {
    await running.ready(async () => {
      const answer = await ask(`${url}/healthz`, { caPem }).catch(() => undefined);
      return answer?.status === 200;
    });
  } catch (error) {
    await running.end();
    throw error;
  }
  return { url, lines: running.lines, reload: () => running.signal('SIGHUP'), end: () => running.end() };
}

/** The bundle that is deployed, with a KV namespace and the Durable Object, as wrangler runs it. */
async function startWorkerd({ port, world, certificate, variables }: DeploymentOptions): Promise<Running> {
  const { Miniflare, Response, convertV4MiniflareOptions } = await import('miniflare');
  const lines: string[] = [];
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      modules: true,
      script: readFileSync(join(root, 'dist/worker.js'), 'utf8'),
      compatibilityDate: '2026-10-01',
      host: '127.0.0.1',
      port,
      https: true,
      httpsCert: certificate.cert,
      httpsKey: certificate.key,
      cf: false,
      bindings: { ...variables },
      kvNamespaces: { POLICY: 'policy' },
      durableObjects: { POLICY_WRITER: { className: 'PolicyObject', useSQLite: true } },
      async outboundService(request) {
        const { url, method, headers } = request;
        const body = method === 'GET' ? null : await request.text();
        const answer = await world.fetch(url, { method, headers: [...headers], body });
        return new Response(await answer.arrayBuffer(), {
          status: answer.status,
          headers: [...answer.headers],
        });
      },
    }),
    logRequests: false,
    handleStructuredLogs: ({ message }) => lines.push(message),
  });
  const url = await miniflare.ready;
  const reload = () => {
    throw new Error('a Worker has no files to read again');
  };
  return { url: `https://127.0.0.1:${url.port}`, lines, reload, end: () => miniflare.dispose() };
}
