/**
 * `callerid completion`: scripts that their shells take, and that complete what there is.
 */
import { spawn, spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { cliIn, finished, temporaryDirectory } from './cli.ts';

const { cli } = cliIn(temporaryDirectory());
const hasBash = spawnSync('bash', ['-c', 'true']).status === 0;

let script: string;

beforeAll(async () => {
  script = (await cli(['completion', 'bash'])).stdout;
});

async function completed(line: readonly string[]): Promise<string[]> {
  const words = line.map((word) => `'${word}'`).join(' ');
  const asking = `COMP_WORDS=(${words}); COMP_CWORD=${line.length - 1}; _callerid; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await finished(spawn('bash', ['--norc', '-c', `${script}\n${asking}`]));
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

describe.runIf(hasBash)('bash', () => {
  test('takes the script', async () => {
    expect(await finished(spawn('bash', ['-n']), script)).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test.each<[string, string[]]>([
    ['callerid policy a', ['apply']],
    ['callerid po', ['policy']],
    ['callerid policy ', ['get', 'lint', 'diff', 'apply', 'history', 'rollback', 'import', 'export', 'keys']],
    ['callerid policy apply --yes', ['--yes-lock-out']],
    ['callerid policy get --output ', ['yaml', 'json']],
    ['callerid policy get --version 1 --out', ['--output']],
    ['callerid policy apply ', []], // files, from the shell itself
    ['callerid policy history --t', ['--timeout']],
    ['callerid policy apply x.yaml -m ', []],
    ['callerid explain --policy ', []],
    ['callerid completion z', ['zsh']],
    ['callerid token --cluster', ['--cluster-id', '--cluster-name']],
    ['callerid nonsense po', ['policy']],
  ])('%s', async (line, words) => {
    expect(await completed(line.split(' '))).toEqual(words);
  });
});

test.each(['bash', 'zsh', 'fish'])('%s: every command, and no word that would run', async (shell) => {
  const { status, stdout, stderr } = await cli(['completion', shell]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const word of ['callerid policy rollback', 'explain', 'yes-lock-out', 'admin-audience']) {
    expect(stdout).toContain(word);
  }
  expect(stdout).not.toContain('`');
});

test('another shell', async () => {
  const { status, stderr } = await cli(['completion', 'cmd']);
  expect([status, stderr]).toEqual([2, expect.stringMatching(/Allowed choices are bash, zsh, fish/)]);
});
