/**
 * Builds `dist/`: the library (a file for each sub-path, and what they need), the command (`cli/`) and the Worker (`worker.js`).
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type OutputFile, type Plugin } from 'esbuild';
import { entryFiles, reachedFiles } from './reached-files.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
/** What starts when somebody says `callerid`. */
const mainFile = join(dist, 'cli/main.js');

/**
 * One module per source file, with types, for those who import callerid. What only types are taken from has no code
 * there, and the other way round.
 */
function buildLibrary(): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`tsc ended with ${status}`);
  const needed = new Set(entryFiles(dist).flatMap(reachedFiles));
  for (const file of globSync(join(dist, '**/*.{js,ts}'))) if (!needed.has(file)) rmSync(file);
  const code = [...needed].filter((file) => file.endsWith('.js'));
  report('library', code);
}

/** The command: what starts, in one file, and the rest. */
async function buildCommand(): Promise<void> {
  const start = await buildStart();
  const rest = await buildRest();
  for (const file of [...start, ...rest]) write(file.path, commandText(file));
  chmodSync(mainFile, 0o755);
  report('command, start', [mainFile]);
  report(
    'command, all',
    [...start, ...rest].map(({ path }) => path),
  );
}

/** For the browser: what cannot be had without loading a module of Node is left out, or refused. */
async function buildStart(): Promise<OutputFile[]> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'src/cli/main.ts')],
    outfile: mainFile,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'node20',
    plugins: [restBesides],
    absWorkingDir: root,
    logLevel: 'warning',
  });
  return outputFiles;
}

/** Leaves the rest of the command where it is built to. */
const restBesides: Plugin = {
  name: 'rest-besides',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/command-line\.ts$/ }, () => ({ path: './command-line.js', external: true }));
  },
};

/** With everything that it needs; what is imported lazily stays in files of its own. */
async function buildRest(): Promise<OutputFile[]> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'src/cli/command-line.ts')],
    outdir: join(dist, 'cli'),
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'], // else the AWS SDK comes as CommonJS, larger and without named exports
    // its ES modules; the CommonJS that Node gets would come whole, and without named exports on `import()`
    alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
    external: ['miniflare'], // a development dependency with binaries; only `demo` loads it
    chunkNames: 'parts/[name]-[hash]',
    absWorkingDir: root,
    logLevel: 'warning',
  });
  return outputFiles;
}

/** Adds what Node needs besides: the line that makes the entry executable, and `require` where a CommonJS package uses it. */
function commandText({ path, text }: OutputFile): string {
  const shebang = '#!/usr/bin/env node\n';
  const body = text.startsWith('#!') ? text.slice(text.indexOf('\n') + 1) : text;
  // esbuild's own stand-in, which takes a global `require` where there is one
  const needsRequire = body.includes('Dynamic require of "');
  const shim =
    "import { createRequire as __createRequire } from 'node:module';\n" +
    'const require = __createRequire(import.meta.url);\n';
  return (path === mainFile ? shebang : '') + (needsRequire ? shim : '') + body;
}

/** The webhook for Workers in one file, as the demo loads it. What is deployed is built by wrangler, in the same way. */
async function buildWorker(): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'src/runtime/cloudflare.ts')],
    outfile: join(dist, 'worker.js'),
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    logLevel: 'warning',
  });
  for (const { path, text } of outputFiles) write(path, text);
  report('Worker', [join(dist, 'worker.js')]);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function report(name: string, paths: readonly string[]): void {
  const raw = paths.reduce((sum, path) => sum + statSync(path).size, 0);
  const gzip = paths.reduce((sum, path) => sum + gzipSync(readFileSync(path), { level: 9 }).length, 0);
  const where = paths.length === 1 ? relative(root, paths[0] as string) : `${paths.length} files`;
  console.log(`${name}: ${where}, ${kb(raw)}, ${kb(gzip)} gzip`);
}

function kb(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

rmSync(dist, { recursive: true, force: true });
buildLibrary();
await buildCommand();
await buildWorker();
