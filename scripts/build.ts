/**
 * Builds `dist/`: the library (a file for each sub-path, and what they need), the command (`cli/`) and the Worker (`worker.js`).
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Metafile, type OutputFile } from 'esbuild';
import { entryFiles, reachedFiles } from './reached-files.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

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

/** The command with everything that it needs; what is imported lazily stays in files of its own. */
async function buildCommand(): Promise<void> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, 'src/cli/main.ts')],
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
    metafile: true,
    absWorkingDir: root,
    logLevel: 'warning',
  });
  for (const file of outputFiles) write(file.path, commandText(file));
  const main = join(dist, 'cli/main.js');
  chmodSync(main, 0o755);
  report('command, start', loadedAtStart(metafile, 'dist/cli/main.js'));
  report(
    'command, all',
    outputFiles.map(({ path }) => path),
  );
}

/** A file of the build and those that it imports, however far; not what is imported lazily. */
function loadedAtStart({ outputs }: Metafile, entry: string): string[] {
  const loaded = new Set([entry]);
  for (const path of loaded) {
    for (const { path: imported, kind, external } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && !external) loaded.add(imported);
    }
  }
  return [...loaded].map((path) => join(root, path));
}

/** Adds what Node needs besides: the line that makes the entry executable, and `require` where a CommonJS package uses it. */
function commandText({ path, text }: OutputFile): string {
  const shebang = '#!/usr/bin/env node\n';
  const isEntry = basename(path) === 'main.js';
  const body = text.startsWith('#!') ? text.slice(text.indexOf('\n') + 1) : text;
  // esbuild's own stand-in, which takes a global `require` where there is one
  const needsRequire = body.includes('Dynamic require of "');
  const shim =
    "import { createRequire as __createRequire } from 'node:module';\n" +
    'const require = __createRequire(import.meta.url);\n';
  return (isEntry ? shebang : '') + (needsRequire ? shim : '') + body;
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
