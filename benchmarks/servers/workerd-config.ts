/**
 * The workerd program, and what it is told.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { build } from 'esbuild';

export const workerd: string = createRequire(import.meta.url)('workerd').default;

export interface WorkerdOptions {
  /** Paths by name, from the directory of the configuration; the first is the main one. */
  readonly modules: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  /** Of 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Where all that the Worker fetches goes. */
  readonly stubPort: number;
}

/** A Worker of its own process, in Cap'n Proto's text. */
export function workerdConfig({ modules, variables, port, stubPort }: WorkerdOptions): string {
  const text = JSON.stringify;
  const embedded = Object.entries(modules).map(
    ([name, path]) => `(name = ${text(name)}, esModule = embed ${text(path)})`,
  );
  const bindings = Object.entries(variables).map(
    ([name, value]) => `(name = ${text(name)}, text = ${text(value)})`,
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
      modules = [${embedded.join(', ')}],
      compatibilityDate = "2026-10-01",
      bindings = [${bindings.join(', ')}],
      globalOutbound = "sts",
    );
  `;
}

/** Bundles a Worker as wrangler does. */
export async function bundleWorker(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    outfile,
    logLevel: 'warning',
  });
}
