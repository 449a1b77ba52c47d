/**
 * How everything is bundled that holds packages of others: for `dist/`, for the list of what is shipped, and for its licences.
 *
 * @module
 */
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile, type OutputFile, type Plugin } from 'esbuild';

export const root: string = join(import.meta.dirname, '..');
export const dist: string = join(root, 'dist');

/** What starts when somebody says `callerid`. */
export const mainFile: string = join(dist, 'cli/main.js');

/** Leaves the rest of the command where it is built to. */
const restBesides: Plugin = {
  name: 'rest-besides',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/command-line\.ts$/ }, () => ({ path: './command-line.js', external: true }));
  },
};

/** The API of OpenTelemetry is that of whoever has an SDK; what prom-client reads of it comes along. */
const telemetryBesides: Plugin = {
  name: 'telemetry-besides',
  setup({ onResolve }) {
    onResolve({ filter: /^@opentelemetry\/api$/ }, ({ path, importer }) =>
      importer.includes('/prom-client/') ? undefined : { path, external: true },
    );
  },
};

/** As Workers are: what is deployed is built by wrangler, in the same way. */
const workers: BuildOptions = {
  minify: true,
  platform: 'browser',
  target: 'es2024',
  conditions: ['workerd', 'worker', 'browser'],
  external: ['cloudflare:*', 'node:*'],
};

const parts = {
  /** For the browser: what cannot be had without loading a module of Node is left out, or refused. */
  'command, start': {
    entryPoints: [join(root, 'src/cli/main.ts')],
    outfile: mainFile,
    platform: 'browser',
    target: 'node20',
    plugins: [restBesides],
  },
  /** With everything that it needs; what is imported lazily stays in files of its own. */
  command: {
    entryPoints: [join(root, 'src/cli/command-line.ts')],
    outdir: join(dist, 'cli'),
    splitting: true,
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'], // else the AWS SDK comes as CommonJS, larger and without named exports
    // its ES modules; the CommonJS that Node gets would come whole, and without named exports on `import()`
    alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
    external: ['miniflare'], // a development dependency with binaries; only `demo` loads it
    plugins: [telemetryBesides],
    chunkNames: 'parts/[name]-[hash]',
  },
  /** The webhook for Workers in one file, as the demo loads it. */
  Worker: {
    ...workers,
    entryPoints: [join(root, 'src/runtime/cloudflare.ts')],
    outfile: join(dist, 'worker.js'),
  },
  'Worker, webhook alone': {
    ...workers,
    entryPoints: [join(root, 'src/runtime/cloudflare-webhook.ts')],
    outfile: join(dist, 'worker-webhook.js'),
  },
  /** The webhook for Deno in one file, which needs no `node_modules`. */
  'Deno server': {
    entryPoints: [join(root, 'src/runtime/deno-tls.ts')],
    outfile: join(dist, 'deno-server.js'),
    platform: 'node',
    target: 'es2024',
    mainFields: ['module', 'main'],
  },
} as const satisfies Readonly<Record<string, BuildOptions>>;

/** One of the bundles. */
export type Part = keyof typeof parts;

/** All of them. */
export const partNames: readonly Part[] = Object.keys(parts) as Part[];

export interface Bundle {
  readonly files: readonly OutputFile[];
  readonly metafile: Metafile;
}

/** Bundles a part, and writes nothing. */
export async function bundle(part: Part): Promise<Bundle> {
  const { outputFiles = [], metafile } = await build({
    ...(parts[part] as BuildOptions),
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    absWorkingDir: root,
    logLevel: 'warning',
  });
  return { files: outputFiles, metafile: metafile as Metafile };
}
