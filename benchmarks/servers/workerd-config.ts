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
  /** Where all that the Worker fetches goes: of 127.0.0.1. */
  readonly stubPort: number;
  /** Where that speaks TLS: the name in its certificate, and the file with the authority's. Default: plain HTTP. */
  readonly stubTls?: { readonly host: string; readonly caFile: string };
  /** What V8 may have for its heap. Default: no limit. */
  readonly heapMiB?: number;
  /** Of 127.0.0.1: what is the KV namespace `POLICY`. Default: none. */
  readonly kvPort?: number;
}

/** A Worker of its own process, in Cap'n Proto's text. */
export function workerdConfig(options: WorkerdOptions): string {
  const { modules, variables, port, stubPort, stubTls, heapMiB, kvPort } = options;
  const text = JSON.stringify;
  const embedded = Object.entries(modules).map(
    ([name, path]) => `(name = ${text(name)}, esModule = embed ${text(path)})`,
  );
  const bindings = Object.entries(variables).map(
    ([name, value]) => `(name = ${text(name)}, text = ${text(value)})`,
  );
  const speaks =
    stubTls === undefined
      ? 'http = ()'
      : `https = (options = (style = host), certificateHost = ${text(stubTls.host)},
            tlsOptions = (trustedCertificates = [embed ${text(stubTls.caFile)}]))`;
  if (kvPort !== undefined) bindings.push('(name = "POLICY", kvNamespace = "kv")');
  const kv =
    kvPort === undefined ? '' : `(name = "kv", external = (address = "127.0.0.1:${kvPort}", http = ())),`;
  return `
    using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      ${heapMiB === undefined ? '' : `v8Flags = ["--max-heap-size=${heapMiB}"],`}
      services = [
        (name = "main", worker = .mainWorker),
        (name = "sts", external = (address = "127.0.0.1:${stubPort}", ${speaks})),
        ${kv}
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
