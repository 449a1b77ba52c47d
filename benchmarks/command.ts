/**
 * `callerid token` with static credentials in the environment, as kubectl starts it: the time from its start to its end, beside
 * that of Node with an empty ES module, and that of `aws eks get-token`. `dist/` is what `npm run build` made.
 *
 * Not pinned to a core: Node has threads of its own, and so it is for kubectl.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsCli } from '../test/interop/aws-cli.ts';
import type { Figure, Suite } from './figure.ts';
import { inTurns, median, ratioFigure } from './rounds.ts';

const main = join(import.meta.dirname, '../dist/cli/main.js');
const audience = 'prod.example.com';
const region = 'us-east-1';

/** A command line and what it prints. */
interface Program {
  readonly command: readonly [program: string, ...args: string[]];
  readonly prints: RegExp;
}

const callerid: Program = {
  command: [process.execPath, main, 'token', '--cluster-id', audience, '--region', region],
  prints: /^\{"kind":"ExecCredential",.*"token":"k8s-aws-v1\./,
};

export const commandSuites: readonly Suite[] = [
  {
    name: 'command-node',
    measure: (extent) =>
      inHome((home) => {
        const empty = join(home, 'empty.mjs');
        writeFileSync(empty, '');
        const node: Program = { command: [process.execPath, empty], prints: /^$/ };
        return besides('command-node', node, home, extent.rounds, 15 * extent.seconds);
      }),
  },
  {
    name: 'command-aws',
    measure: (extent) =>
      inHome((home) => {
        const args = ['eks', 'get-token', '--cluster-name', audience, '--region', region, '--output', 'json'];
        const aws: Program = { command: [awsCli(), ...args], prints: /"token": "k8s-aws-v1\./ };
        return besides('command-aws', aws, home, extent.rounds, 3 * extent.seconds);
      }),
  },
];

/** callerid ÷ the other, of each round the medians over so many starts of both. */
async function besides(
  id: string,
  yardstick: Program,
  home: string,
  rounds: number,
  pairs: number,
): Promise<readonly Figure[]> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  const subjects = {
    callerid: async () => millisecondsOf(callerid, home),
    yardstick: async () => millisecondsOf(yardstick, home),
  };
  await inTurns(subjects, 1); // what is read from the disk is in memory from now on
  for (let round = 0; round < rounds; round++) {
    const times = await inTurns(subjects, pairs);
    ours.push(median(times.callerid));
    theirs.push(median(times.yardstick));
  }
  const parts = { 'callerid token ms': median(ours), 'yardstick ms': median(theirs) };
  return [ratioFigure(id, ours, theirs, parts)];
}

function millisecondsOf({ command: [program, ...args], prints }: Program, home: string): number {
  const { PATH = '' } = process.env;
  const env = {
    PATH,
    HOME: home,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  };
  const begin = performance.now();
  const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
  const end = performance.now();
  if (status === 0 && prints.test(stdout)) return end - begin;
  throw new Error(`${program} ended with ${status}: ${stderr}`);
}

/** With an empty home: nobody's AWS settings are read. */
async function inHome<Result>(act: (home: string) => Promise<Result>): Promise<Result> {
  const home = mkdtempSync(join(tmpdir(), 'callerid-command-'));
  try {
    return await act(home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
