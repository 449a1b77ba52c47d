/**
 * What the parts of the library weigh in somebody's bundle, and which rooms come along. `npm run check:bundles`;
 * `-- --record` writes the sizes to `benchmarks/bundles.json`.
 *
 * Fails above a goal, with a forbidden room in a bundle, and where a bundle has grown by more than 1 % since its size was recorded.
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
  /** Paths in `src/`, and `node_modules`, of which nothing may be in the bundle. */
  readonly forbidden: readonly string[];
  /** Packages that the consumer has anyway: left out. */
  readonly external?: readonly string[];
}

/** What no service that verifies needs. */
const notToVerify = [
  'lib/sigv4',
  'token/sigv4',
  'token/sign',
  'client',
  'mapping',
  'policy',
  'store',
  'review',
  'http',
  'emulator',
  'runtime',
  'cli',
  'ec2',
  'errors/codes',
  'errors/mapping',
  'node_modules',
];

const consumers: readonly Consumer[] = [
  {
    name: 'verifier',
    code: "export { createVerifier } from 'callerid';",
    goal: 8000,
    forbidden: notToVerify,
  },
  {
    name: 'signer',
    code: "export * from 'callerid/sign';",
    goal: 6000,
    forbidden: [
      ...[
        'token/parse',
        'token/query',
        'verifier',
        'identity',
        'ec2',
        'mapping',
        'policy',
        'store',
        'review',
        'http',
      ],
      ...[
        'emulator',
        'runtime',
        'cli',
        'errors/codes',
        'errors/token',
        'errors/sts',
        'errors/mapping',
        'node_modules',
      ],
    ],
  },
  {
    name: 'hono',
    code: "export { callerid } from 'callerid/hono';",
    goal: 10_000,
    external: ['hono'],
    forbidden: [
      ...['token/sigv4', 'token/sign', 'client', 'policy', 'store', 'review', 'http/admin', 'http/webhook'],
      ...['emulator', 'runtime', 'cli', 'ec2', 'errors/codes', 'node_modules'],
    ],
  },
];

const root = join(import.meta.dirname, '..');
const file = join(root, 'benchmarks/bundles.json');

/** The package's own name means its source, so that nothing has to be built before. */
const sources = Object.fromEntries(
  entries.map(({ specifier, name }) => [specifier, join(root, `src/${name}.ts`)]),
);

/** The size of a bundle in bytes of gzip, and the source files that are in it. */
async function bundle({ code, external = [] }: Consumer): Promise<{ size: number; files: string[] }> {
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
    external: [...external],
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

/** Whether a file is in a room, or is that module. */
function isIn(path: string, room: string): boolean {
  if (room === 'node_modules') return path.includes('node_modules/');
  return path.startsWith(`src/${room}/`) || path === `src/${room}.ts`;
}

function problemsOf(
  { name, goal, forbidden }: Consumer,
  { size, files }: { size: number; files: readonly string[] },
  recorded: number | undefined,
): string[] {
  const problems = files
    .filter((path) => forbidden.some((room) => isIn(path, room)))
    .map((path) => `${name}: ${path} is in the bundle`);
  if (size > goal) problems.push(`${name}: ${size} bytes, and the goal is ${goal}`);
  if (recorded === undefined || size > recorded * 1.01) {
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
