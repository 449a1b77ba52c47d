/**
 * Bad inputs tried: the properties of `npm run fuzz`, and the tokens that callerid and aws-iam-authenticator both look at.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checks } from './checks.ts';
import type { Extent } from './part.ts';

const root = join(import.meta.dirname, '..');
/** What interop ends with where a peer cannot be had. */
const skippedCode = 77;

interface Tool {
  readonly what: string;
  /** Without it the tool is not there. */
  readonly file: string;
  /** After `npm run`. */
  readonly command: (extent: Extent) => readonly string[];
  /** How many inputs, by the JSON that it writes. */
  readonly told: (json: Readonly<Record<string, number>>) => string;
}

const tools: readonly Tool[] = [
  {
    what: 'bad inputs tried by properties',
    file: 'scripts/fuzz.ts',
    command: ({ seed }) => ['fuzz', '--', '--minutes', '1', '--seed', String(seed)],
    told: ({ tried, failed }) => `${tried} inputs, ${failed} properties failed`,
  },
  {
    what: 'bad tokens tried beside aws-iam-authenticator',
    file: 'test/interop/differential/suite.ts',
    command: ({ seed }) => ['interop', '--', '--only', 'differential', '--seed', String(seed)],
    told: ({ tokens }) => `${tokens} tokens, each accepted by callerid only where that accepts it`,
  },
];

/** Runs what is there, and says what is not. */
export async function badInput(checks: Checks, extent: Extent): Promise<void> {
  for (const { what, file, command, told } of tools) {
    if (!existsSync(join(root, file))) {
      checks.skip(what, `there is no ${file}`);
      continue;
    }
    const directory = mkdtempSync(join(tmpdir(), 'callerid-bad-input-'));
    const json = join(directory, 'figures.json');
    await checks.check(what, async () => {
      const args = ['run', '--silent', ...command(extent), '--json', json];
      const child = spawn('npm', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
      const [code] = await once(child, 'exit');
      if (code === skippedCode) return checks.skip(what, 'it was skipped, as it says above');
      if (code !== 0) throw new Error(`npm ${args.join(' ')} ended with ${code}`);
      checks.figure(what, told(JSON.parse(readFileSync(json, 'utf8'))));
    });
    rmSync(directory, { recursive: true });
  }
}
