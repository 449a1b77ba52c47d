/**
 * Builds `dist/`: the library (a file for each sub-path, and what they need), the command (`cli/`), the
 * Worker (`worker.js`), the webhook for Deno (`deno-server.js`), and the list of the packages in all of these (`sbom.cdx.json`).
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { OutputFile } from 'esbuild';
import { bundle, dist, mainFile, type Part, root } from './bundling.ts';
import { entryFiles, reachedFiles } from './reached-files.ts';
import { writeSbom } from './sbom.ts';

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
  const { files: start } = await bundle('command, start');
  const { files: rest } = await bundle('command');
  for (const file of [...start, ...rest]) write(file.path, runnable(file));
  chmodSync(mainFile, 0o755);
  report('command, start', [mainFile]);
  report(
    'command, all',
    [...start, ...rest].map(({ path }) => path),
  );
}

/** Adds what Node and Deno need besides: the line that makes the entry executable, and `require` where a CommonJS package uses it. */
function runnable({ path, text }: OutputFile): string {
  const shebang = '#!/usr/bin/env node\n';
  const body = text.startsWith('#!') ? text.slice(text.indexOf('\n') + 1) : text;
  // esbuild's own stand-in, which takes a global `require` where there is one
  const needsRequire = body.includes('Dynamic require of "');
  const shim =
    "import { createRequire as __createRequire } from 'node:module';\n" +
    'const require = __createRequire(import.meta.url);\n';
  return (path === mainFile ? shebang : '') + (needsRequire ? shim : '') + body;
}

/** What is one file. */
async function buildFile(part: Part): Promise<void> {
  const { files } = await bundle(part);
  for (const file of files) write(file.path, runnable(file));
  report(
    part,
    files.map(({ path }) => path),
  );
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
await buildFile('Worker');
await buildFile('Deno server');
await writeSbom();
