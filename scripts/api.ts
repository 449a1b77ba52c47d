/**
 * Writes the API reference, `docs/api/`: a page for each sub-path, from the doc comments. `npm run api`; with `-- --check`
 * nothing is written, and the run fails where a page is behind or an export has no doc comment.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { linksOn } from './api-links.ts';
import { type DocModule, indexPage, namesIn, page } from './api-page.ts';
import { type Entry, entries } from './entries.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'docs/api');

function deno(...parameters: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const command = join(root, 'node_modules/.bin/deno');
  const maxBuffer = 64 * 1024 * 1024;
  return spawnSync(command, ['doc', '--quiet', ...parameters], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer,
    env: { ...process.env, NO_COLOR: '1' },
  });
}

function sourceOf({ name }: Entry): string {
  return `src/${name}.ts`;
}

function moduleOf(entry: Entry): DocModule {
  const { status, stdout, stderr } = deno('--json', sourceOf(entry));
  if (status !== 0) throw new Error(`deno doc ended with ${status}: ${stderr}`);
  const [module] = Object.values((JSON.parse(stdout) as { nodes: Record<string, DocModule> }).nodes);
  if (module === undefined) throw new Error(`deno doc knows nothing of ${entry.specifier}`);
  return module;
}

/**
 * Exports and members of theirs without a doc comment, and types that they refer to and nobody can import from callerid.
 *
 * A member that can only be one literal says all by itself; the tables that types of codes are made of are meant to be
 * the library's own; and what comes from another package is documented there.
 */
function faults(): string[] {
  const { stdout, stderr } = deno('--lint', ...entries.map(sourceOf));
  return `${stdout}${stderr}`
    .split(/^(?=error)/m)
    .filter((text) => /^error\[/.test(text))
    .filter((text) => !/^ *\d+ \|\s+readonly \w+: (?:'[\w-]+'|true);$/m.test(text))
    .map((text) => {
      const [, what = '', file = '', line = ''] = /^(.*)\n\s+--> (.*?):(\d+)/.exec(text) ?? [];
      return { what, file, line };
    })
    .filter(({ what, file }) => !isMeantToBePrivate(/references private type '(\w+)'/.exec(what)?.[1], file))
    .map(({ what, file, line }) => `${relative(root, file)}:${line}: ${what}`);
}

function isMeantToBePrivate(type: string | undefined, file: string): boolean {
  if (type === undefined) return false;
  const fromPackage = new RegExp(`^import [^;]*\\b${type}\\b[^;]* from '[^.]`, 'm');
  return /^[a-z]/.test(type) || fromPackage.test(readFileSync(file, 'utf8'));
}

const modules = entries.map((entry) => [entry, moduleOf(entry)] as const);
const symbols = new Map(modules.map(([{ name }, module]) => [name, namesIn(module)]));

/** By file name. */
const pages = new Map([
  ['README.md', indexPage(modules)],
  ...modules.map(
    ([entry, module]) => [`${entry.name}.md`, page(entry, module, linksOn(entry.name, symbols))] as const,
  ),
]);

const problems = faults();
const present = existsSync(folder) ? readdirSync(folder) : [];
if (process.argv.includes('--check')) {
  for (const [file, text] of pages) {
    const isCurrent = present.includes(file) && readFileSync(join(folder, file), 'utf8') === text;
    if (!isCurrent) problems.push(`docs/api/${file} is behind: npm run api`);
  }
  for (const file of present) if (!pages.has(file)) problems.push(`docs/api/${file} is of no sub-path`);
} else {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [file, text] of pages) writeFileSync(join(folder, file), text);
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
