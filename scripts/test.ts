/**
 * Runs the suite in Node, in workerd and in Deno, and the examples, and ends with one line that sums up: `N passed, N failed`.
 *
 * The counts are vitest's own, from its JSON reporter. That one does not say to which project a test belongs, so
 * they run one after the other; `npx vitest run` does both in one go. Arguments go to vitest, such as the part
 * of a file's name: `npm test -- grammar`.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';

/** A runner that is not done by then hangs. */
const deadlineMs = 10 * 60_000;

const root = join(import.meta.dirname, '..');
const binaries = join(root, 'node_modules/.bin');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');

const runtimes = [
  { name: 'node', command: process.execPath, args: [vitest, 'run', '--project', 'node'] },
  { name: 'examples', command: process.execPath, args: [vitest, 'run', '--project', 'examples'] },
  { name: 'workerd', command: process.execPath, args: [vitest, 'run', '--project', 'workerd'] },
  {
    name: 'deno',
    command: join(binaries, 'deno'),
    args: ['run', '-A', '--unstable-kv', vitest, 'run', '-c', 'vitest.deno.config.ts'],
  },
];

interface Counts {
  readonly passed: number;
  /** One sentence for each test that failed, and for what failed without being a test. */
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
}

/** The part of the JSON reporter's file that is read. */
interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Reads what a runner reported, and believes its exit code rather than a report without failures. */
function count(report: VitestReport | undefined, exit: string | undefined): Counts {
  let passed = 0;
  const failed: string[] = [];
  const skipped: string[] = [];
  for (const file of report?.testResults ?? []) {
    const path = relative(root, file.name);
    for (const { status, fullName } of file.assertionResults) {
      if (status === 'passed') passed++;
      else (status === 'failed' ? failed : skipped).push(`${path}: ${fullName}`);
    }
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) {
      failed.push(`${path}: the file itself failed`);
    }
  }
  if (exit !== undefined && failed.length === 0) failed.push(`the runner ${exit}`);
  if (exit === undefined && report === undefined) failed.push('the runner wrote no report');
  return { passed, failed, skipped };
}

/** Resolves with how the command failed, or with undefined. */
function run(command: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: deadlineMs,
      env: {
        ...process.env,
        PATH: `${binaries}${delimiter}${process.env.PATH ?? ''}`,
        DENO_NO_UPDATE_CHECK: '1',
        WRANGLER_SEND_METRICS: 'false',
      },
    });
    child.on('error', (error) => resolve(`did not start: ${error.message}`));
    child.on('close', (code, signal) => {
      resolve(code === 0 ? undefined : signal ? `was ended by ${signal}` : `ended with exit code ${code}`);
    });
  });
}

function readReport(path: string): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as VitestReport;
  } catch {
    return undefined; // a runner that crashed; its exit code or the missing report counts as the failure
  }
}

function summary({ passed, failed, skipped }: Counts): string {
  const end = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
  return `${passed} passed, ${failed.length} failed${end}`;
}

const filters = process.argv.slice(2);
const reports = mkdtempSync(join(tmpdir(), 'callerid-test-'));
const results: [name: string, Counts][] = [];
try {
  for (const { name, command, args } of runtimes) {
    const path = join(reports, `${name}.json`);
    console.log(`\n== ${name}`);
    const output = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
    const exit = await run(command, [
      ...args,
      ...output,
      ...(filters.length > 0 ? ['--passWithNoTests', ...filters] : []),
    ]);
    results.push([name, count(readReport(path), exit)]);
  }
} finally {
  rmSync(reports, { recursive: true, force: true });
}

for (const [name, counts] of results) {
  console.log(`${name}: ${summary(counts)}`);
  for (const failure of counts.failed) console.log(`  failed: ${failure}`);
  for (const test of counts.skipped) console.log(`  skipped: ${test}`);
}
const total: Counts = {
  passed: results.reduce((sum, [, { passed }]) => sum + passed, 0),
  failed: results.flatMap(([, { failed }]) => failed),
  skipped: results.flatMap(([, { skipped }]) => skipped),
};
console.log(summary(total));
process.exitCode = total.failed.length > 0 || total.passed === 0 ? 1 : 0;
