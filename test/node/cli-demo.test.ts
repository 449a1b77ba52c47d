/**
 * `callerid demo`: its story, what it signs with, and the commands that it gives to try.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cliIn, environment, finished, mainFile, temporaryDirectory } from './cli.ts';

const home = temporaryDirectory();
const { cli } = cliIn(home);
const noTools = join(home, 'empty');
mkdirSync(noTools);

describe('the story', { timeout: 60_000 }, () => {
  test('has three outcomes, signed with callerid token where there is no AWS CLI', async () => {
    const { status, stdout, stderr } = await cli(['demo', '--once', '--port', '0'], { PATH: noTools });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('"username": "admin:alice-example.com"');
    expect(stdout).toMatch(/"error": "not_mapped\b/);
    expect(stdout).toMatch(/"error": "sts_signature_mismatch\b/);
    expect(stdout.match(/^\$ .*$/gm)).toEqual([
      '$ callerid token --audience demo.example.com --region us-east-1',
      '$ callerid token --audience demo.example.com --region us-east-1',
      '$ callerid token --audience other.example.com --region us-east-1',
    ]);
    expect(stdout).not.toContain('Try it yourself');
  });

  test('is signed with the AWS CLI where there is one', async () => {
    // aws eks get-token --cluster-name NAME --region REGION
    const bin = join(home, 'bin');
    mkdirSync(bin);
    const aws = `#!/bin/sh\nexec '${process.execPath}' '${mainFile}' token "$3" "$4" "$5" "$6"\n`;
    writeFileSync(join(bin, 'aws'), aws, { mode: 0o755 });
    const { status, stdout } = await cli(['demo', '--once', '--port', '0'], { PATH: bin });
    expect(status).toBe(0);
    expect(stdout.match(/^\$ .*$/gm)?.[0]).toBe(
      '$ aws eks get-token --cluster-name demo.example.com --region us-east-1',
    );
  });
});

test('a port that is taken is one line', async () => {
  const taken = createServer();
  await once(taken.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as AddressInfo;
  expect(await cli(['demo', '--port', String(port)])).toEqual({
    status: 2,
    stdout: '',
    stderr: `callerid: cannot listen on port ${port} (EADDRINUSE): give another --port, 0 for any free one\n`,
  });
});

test('a port that is none is refused as serve refuses it', async () => {
  const { status, stderr } = await cli(['demo', '--port', '70000']);
  expect([status, stderr.split('. ')[1]]).toEqual([
    2,
    'Must be a whole number from 0 to 65535: see --help\n',
  ]);
});

/** Starts the demo as a shell would, in a process group of its own, and waits until the story is told. */
async function toldDemo(script: string, cwd: string): Promise<{ child: ChildProcess; stdout: string }> {
  const child = spawn(process.execPath, [script, 'demo', '--port', '0'], {
    cwd,
    env: environment(home, { PATH: noTools }),
    detached: true,
  });
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
  });
  let stdout = '';
  child.stdout!.on('data', (chunk) => (stdout += chunk));
  await expect.poll(() => stdout, { timeout: 30_000 }).toContain('Ctrl-C ends the demo.');
  return { child, stdout };
}

/** The commands under "Try it yourself", as a reader would copy them. */
function tryItOf(stdout: string): string {
  const [, commands = ''] = /^Try it yourself\n((?: {4}.*\n)+)/m.exec(stdout) ?? [];
  return commands.replaceAll(/^ {4}/gm, '');
}

/** As Ctrl-C in a terminal, which every process of the group gets. */
function interrupt(child: ChildProcess): Promise<unknown[]> {
  const exit = once(child, 'exit');
  process.kill(-child.pid!, 'SIGINT');
  return exit;
}

describe('its end', { timeout: 60_000 }, () => {
  test('comes by Ctrl-C, and is no error', async () => {
    const { child, stdout } = await toldDemo(mainFile, home);
    expect(tryItOf(stdout)).toContain('token --audience demo.example.com');
    expect(await interrupt(child)).toEqual([0, null]);
  });
});

const has = (command: string) => spawnSync(command, ['--version']).status === 0;

describe.runIf(has('bash') && has('curl'))('the commands to try', { timeout: 60_000 }, () => {
  const clone = join(import.meta.dirname, '../..');
  symlinkSync(clone, join(home, "it's here"));

  test.each([
    ['in a clone', clone, 'dist/cli/main.js', 'dist/cli/main.js'],
    [
      'by a path with a space and a quote',
      home,
      "it's here/dist/cli/main.js",
      `'it'\\''s here/dist/cli/main.js'`,
    ],
  ])('work in a shell: %s', async (_, cwd, script, printed) => {
    const { child, stdout } = await toldDemo(script, cwd);
    const commands = tryItOf(stdout);
    expect(commands).toContain(`\nnode ${printed} token `);
    const shell = spawn('bash', ['--norc', '-eu', '-o', 'pipefail', '-c', commands], {
      cwd,
      env: environment(home, {}),
    });
    const { status, stdout: answer, stderr } = await finished(shell);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(answer)).toMatchObject({
      status: { authenticated: true, user: { username: 'admin:alice-example.com' } },
    });
    expect(await interrupt(child)).toEqual([0, null]);
  });
});
