/**
 * Makes the project that the examples run in, once for all of them: empty but for callerid as it is published, and for the
 * frameworks, which are those of this repository. `npm run build` comes first.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Its directory; each example is in `examples/NAME`. */
    project: string;
  }
}

const root = join(import.meta.dirname, '../..');

/** What the examples import beside callerid. `@hono/node-server` serves what is a handler alone. */
const frameworks = [
  'express',
  'fastify',
  'hono',
  '@aws-sdk/credential-providers',
  '@hono/node-server',
  '@types/express',
  '@types/node',
];

export default function setup({ provide }: TestProject): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'callerid-examples-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    install(directory);
  } catch (error) {
    remove();
    throw error;
  }
  provide('project', directory);
  return remove;
}

function install(project: string): void {
  if (!existsSync(join(root, 'dist/index.js'))) throw new Error('nothing is built: npm run build');
  writeFileSync(join(project, 'package.json'), '{"type":"module","private":true}\n');
  // Without scripts: packing would build again, below those who use what is built.
  const packed = npm(root, 'pack', '--ignore-scripts', '--silent', '--pack-destination', project).trim();
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--silent'];
  npm(project, 'install', ...quiet, join(project, packed));
  for (const name of frameworks) {
    const link = join(project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
  const ours = new Set(['tsconfig.json', 'deno.d.ts']); // for `npm run typecheck` alone
  cpSync(join(root, 'examples'), join(project, 'examples'), {
    recursive: true,
    filter: (path) => !ours.has(basename(path)),
  });
}

function npm(cwd: string, ...parameters: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('npm', parameters, {
    cwd,
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status === 0) return stdout;
  throw new Error(`npm ${parameters[0]} ended with ${status ?? error?.message}\n${stdout}${stderr}`);
}
