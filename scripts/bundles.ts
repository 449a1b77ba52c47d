/**
 * What the parts of the library weigh in somebody's bundle, and which rooms come along. `npm run check:bundles`;
 * `-- --record` writes the sizes to `benchmarks/bundles.json`.
 *
 * Fails above a goal, with anything else in a bundle than the rooms that it may have, and where its size is more than 1 % apart
 * from the recorded one: a record that is left too high would hide what comes later.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import manifest from '../package.json' with { type: 'json' };
import { entries } from './entries.ts';

/** What somebody imports. */
interface Consumer {
  readonly name: string;
  readonly code: string;
  /** In bytes of gzip. */
  readonly goal: number;
  /** The rooms of `src/` that may be in the bundle, and nothing else. */
  readonly rooms: readonly string[];
  /** The packages that may. Default none. */
  readonly packages?: readonly string[];
  /** Modules of these rooms that may not. */
  readonly without: readonly string[];
}

/** In bytes. */
const kb = 1024;

// Of a guard 10 was the goal and was reached; that it can be given what reads JWTs costs the quarter.

const guardRooms = ['errors', 'lib', 'token', 'sts', 'identity', 'verifier', 'mapping', 'http'];
const notInGuards = [
  ...[
    'lib/sigv4',
    'token/sigv4',
    'token/sign',
    'errors/codes',
    'errors/mapping',
    'mapping/schema',
    'mapping/search',
  ],
  ...['http/admin', 'http/webhook', 'http/log', 'http/guard/record', 'lib/limiter'],
];

const consumers: readonly Consumer[] = [
  {
    name: 'verifier',
    code: "export { createVerifier } from 'callerid';",
    goal: 8 * kb,
    rooms: ['errors', 'lib', 'token', 'sts', 'identity', 'verifier'],
    without: ['lib/sigv4', 'token/sigv4', 'token/sign', 'errors/codes', 'errors/mapping'],
  },
  {
    name: 'signer',
    code: "export * from 'callerid/sign';",
    goal: 6 * kb,
    rooms: ['errors', 'lib', 'token', 'sts', 'client'],
    without: ['token/parse', 'token/query', 'errors/codes', 'errors/token', 'errors/sts', 'errors/mapping'],
  },
  {
    name: 'guard',
    code: "export { createGuard } from 'callerid';",
    goal: 10.75 * kb,
    rooms: guardRooms,
    without: notInGuards,
  },
  {
    name: 'hono',
    code: "export { callerid } from 'callerid/hono';",
    goal: 11 * kb,
    rooms: guardRooms,
    without: notInGuards,
  },
  {
    name: 'jwt',
    code: "export * from 'callerid/jwt';",
    goal: 14 * kb,
    rooms: ['errors', 'lib', 'sts', 'identity', 'jwt'],
    packages: ['jose'],
    without: ['lib/sigv4', 'errors/codes', 'errors/token', 'errors/sts', 'errors/mapping', 'sts/call'],
  },
];

const root = join(import.meta.dirname, '..');
const file = join(root, 'benchmarks/bundles.json');

/** The package's own name means its source, so that nothing has to be built before. */
const sources = Object.fromEntries(
  entries.map(({ specifier, name }) => [specifier, join(root, `src/${name}.ts`)]),
);

/** The size of a bundle in bytes of gzip, and the source files that are in it. */
async function bundle({ code }: Consumer): Promise<{ size: number; files: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: root },
    plugins: [
      {
        name: manifest.name,
        setup: ({ onResolve }) => {
          onResolve({ filter: new RegExp(`^${manifest.name}(?:/|$)`) }, ({ path }) => ({
            path: sources[path] ?? '',
            sideEffects: manifest.sideEffects,
          }));
        },
      },
    ],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    metafile: true,
    absWorkingDir: root,
    logLevel: 'warning',
  });
  const size = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
  return { size, files: filesIn(metafile) };
}

function filesIn({ outputs }: Metafile): string[] {
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([path, { bytesInOutput }]) => bytesInOutput > 0 && path !== '<stdin>')
      .map(([path]) => path),
  );
}

/** Whether a file may be in the bundle: the sub-paths themselves, which only re-export, always. */
function mayHold({ rooms, packages = [], without }: Consumer, path: string): boolean {
  if (packages.some((name) => path.includes(`node_modules/${name}/`))) return true;
  const [, room, module] = /^src\/(?:(\w+)\/)?(.+)\.ts$/.exec(path) ?? [];
  if (module === undefined) return false;
  return room === undefined || (rooms.includes(room) && !without.includes(`${room}/${module}`));
}

function problemsOf(
  consumer: Consumer,
  { size, files }: { size: number; files: readonly string[] },
  recorded: number | undefined,
): string[] {
  const { name, goal } = consumer;
  const problems = files
    .filter((path) => !mayHold(consumer, path))
    .map((path) => `${name}: ${path} is in the bundle`);
  if (size > goal) problems.push(`${name}: ${size} bytes, and the goal is ${goal}`);
  if (recorded === undefined || Math.abs(size - recorded) > recorded * 0.01) {
    problems.push(
      `${name}: ${size} bytes, and ${recorded ?? 'nothing'} is recorded: look why, then npm run check:bundles -- --record`,
    );
  }
  return problems;
}

const isRecording = process.argv.includes('--record');
const recorded: Readonly<Record<string, number>> = JSON.parse(readFileSync(file, 'utf8'));
const sizes: Record<string, number> = {};
const problems: string[] = [];
for (const consumer of consumers) {
  const { name, goal } = consumer;
  const bundled = await bundle(consumer);
  const { size, files } = bundled;
  const before = recorded[name];
  const difference = before === undefined ? 'new' : `${size >= before ? '+' : ''}${size - before}`;
  console.log(`${name}: ${size} bytes gzip (${difference}; at most ${goal}), ${files.length} modules`);
  sizes[name] = size;
  problems.push(...problemsOf(consumer, bundled, isRecording ? size : before));
}
if (isRecording) writeFileSync(file, `${JSON.stringify(sizes, undefined, 2)}\n`);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
