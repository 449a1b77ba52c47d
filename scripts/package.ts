/**
 * Checks the package as those meet it who install it: packed, in an empty project. `npm run check:package`.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import manifest from '../package.json' with { type: 'json' };
import { type Entry, entries } from './entries.ts';
import { entryFiles, reachedFiles } from './reached-files.ts';

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules/.bin');
/** How many packages an empty project may get. */
const maxPackages = 6;

const work = mkdtempSync(join(tmpdir(), 'callerid-package-'));
/** The empty project, and callerid in it. */
const project = join(work, 'project');
const installed = join(project, 'node_modules', manifest.name);

/** Runs a command to its end; what it said is shown where it fails. */
function run(command: string, parameters: readonly string[], cwd: string = project): string {
  const { status, stdout, stderr, error } = spawnSync(command, parameters, { cwd, encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${basename(command)} ended with ${status ?? error?.message}\n${stdout}${stderr}`);
}

function fail(problem: string): never {
  throw new Error(problem);
}

function pack(): string {
  run('npm', ['pack', '--silent', '--pack-destination', work], root);
  const [tarball = fail('npm pack wrote nothing')] = readdirSync(work).filter((name) =>
    name.endsWith('.tgz'),
  );
  return join(work, tarball);
}

function install(...packages: readonly string[]): void {
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--silent'];
  run('npm', ['install', ...quiet, ...packages]);
}

async function checkManifest(tarball: string): Promise<string> {
  const { messages, pkg } = await publint({
    pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer },
    strict: true,
  });
  const said = messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code);
  return said.length === 0 ? 'clean' : fail(said.join('\n'));
}

/** What the types resolve to, for each way of resolving that ES modules have. */
function checkTypeResolution(tarball: string): string {
  run(join(bin, 'attw'), [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji']);
  return 'clean';
}

function countPackages(): string {
  const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));
  const names = Object.keys(lock.packages).filter((path) => path !== '');
  const count = `${names.length} packages (at most ${maxPackages})`;
  return names.length <= maxPackages ? count : fail(`${count}: ${names.join(', ')}`);
}

/** What `dist/` holds besides the command, and what the code or the types of some sub-path reach. */
const single = ['dist/worker.js', 'dist/deno-server.js', 'dist/sbom.cdx.json'];

/** There is nothing else, and all of that. */
function checkFiles(): string {
  const needed = new Set(entryFiles(join(installed, 'dist')).flatMap(reachedFiles));
  const files = globSync('dist/**/*.*', { cwd: installed });
  const idle = files.filter((file) => {
    return !(file.startsWith('dist/cli/') || single.includes(file) || needed.has(join(installed, file)));
  });
  return idle.length === 0 ? `${files.length} files` : fail(`nothing needs ${idle.join(', ')}`);
}

/** Imports every sub-path. Globals stay as they are, and nothing keeps the process alive. */
const importer = `
const before = Object.getOwnPropertyNames(globalThis).join();
const counts = [];
for (const name of ${JSON.stringify(entries.map(({ specifier }) => specifier))}) {
  counts.push(name + ' ' + Object.keys(await import(name)).length);
}
if (Object.getOwnPropertyNames(globalThis).join() !== before) throw new Error('an import changes the globals');
console.log(counts.join(', '));
`;

function checkImports(command: string, ...parameters: readonly string[]): string {
  writeFileSync(join(project, 'import.mjs'), importer);
  return run(command, [...parameters, 'import.mjs']).trim();
}

/** A bundle of nothing but the import has nothing in it. */
async function checkSideEffects(): Promise<string> {
  for (const { specifier } of entries) {
    const { outputFiles } = await build({
      stdin: { contents: `import '${specifier}';`, resolveDir: project },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'neutral',
      logLevel: 'silent', // it warns that the import brings nothing, which is the point
    });
    const text = (outputFiles[0]?.text ?? '').replace(/^\/\/.*$/gm, '').trim();
    if (text !== '') fail(`${specifier} has side effects: ${text.slice(0, 200)}`);
  }
  return 'none';
}

/**
 * What consumers write. The type tests of the repository are compiled again, here against the types as they are
 * published.
 */
function writeConsumers(list: readonly Entry[]): void {
  rmSync(join(project, 'types'), { recursive: true, force: true });
  mkdirSync(join(project, 'types'));
  for (const { name, specifier } of list) {
    writeFileSync(join(project, `types/${name}-all.ts`), `export * from '${specifier}';\n`);
    for (const file of globSync(`test/types/${name}.ts`, { cwd: root })) {
      const text = readFileSync(join(root, file), 'utf8').replace(
        /'\.\.\/\.\.\/src\/([\w-]+)\.ts'/g,
        (_, from) =>
          `'${entries.find((entry) => entry.name === from)?.specifier ?? fail(`${file}: ${from}`)}'`,
      );
      writeFileSync(join(project, `types/${name}.ts`), text);
    }
  }
}

function checkTypes(list: readonly Entry[]): string {
  writeConsumers(list);
  const strict = '--noEmit --strict --skipLibCheck false --target ES2022 --lib ES2022,DOM --types '.split(
    ' ',
  );
  const files = readdirSync(join(project, 'types')).map((name) => `types/${name}`);
  for (const [module, resolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    run(join(bin, 'tsc'), [...strict, '--module', module, '--moduleResolution', resolution, ...files]);
  }
  return `${files.length} files by nodenext and bundler`;
}

/** JSR takes the source itself, where every exported symbol has its type written down. */
function checkJsr(): string {
  run(join(bin, 'deno'), ['publish', '--dry-run', '--allow-dirty', '--config', 'jsr.json'], root);
  return 'clean';
}

/** Sub-paths named as a peer are for those who have it. */
function needsPeer({ name }: Entry): boolean {
  return Object.hasOwn(manifest.peerDependencies, name);
}

async function step(name: string, check: () => string | Promise<string>): Promise<void> {
  console.log(`${name}: ${await check()}`);
}

try {
  const tarball = pack();
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"type":"module","private":true}\n');
  install(tarball);
  await step('publint', () => checkManifest(tarball));
  await step('types resolve', () => checkTypeResolution(tarball));
  await step('installed', countPackages);
  await step('dist', checkFiles);
  await step('Node', () => checkImports(process.execPath));
  await step('Deno', () => checkImports(join(bin, 'deno'), 'run', '--no-lock', '--node-modules-dir=manual'));
  await step('side effects', checkSideEffects);
  await step('JSR', checkJsr);
  await step('types', () => checkTypes(entries.filter((entry) => !needsPeer(entry))));
  const withPeer = entries.filter(needsPeer);
  if (withPeer.length > 0) {
    const { devDependencies } = manifest as { devDependencies: Record<string, string> };
    install(...withPeer.map(({ name }) => `${name}@${devDependencies[name]}`));
    await step('types with peers', () => checkTypes(withPeer));
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
