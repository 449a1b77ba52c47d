/**
 * Runs the built command as a child process, with an environment that has nothing of this machine's AWS.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export const mainFile: string = join(import.meta.dirname, '../../dist/cli/main.js');

/** The documentation's example keys. */
export const keys = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
} as const;

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory that ends with the test file. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'callerid-cli-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A runner whose home is `home`. */
export function cliIn(home: string) {
  const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess =>
    spawn(process.execPath, [mainFile, ...args], { env: environment(home, env) });
  const cli = (
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    input: string | undefined = undefined,
  ): Promise<Run> => finished(start(args, env), input);
  return { start, cli };
}

export function environment(home: string, env: Readonly<Record<string, string>>): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: home, AWS_EC2_METADATA_DISABLED: 'true', ...env };
}

/** Not spawnSync: the servers that it speaks to live in this process. */
export function finished(child: ChildProcess, input?: string): Promise<Run> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk) => (stdout += chunk));
    child.stderr?.on('data', (chunk) => (stderr += chunk));
    child.stdin?.on('error', () => {}); // it may end without reading
    child.stdin?.end(input);
    child.on('error', reject).on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** The token in an ExecCredential. */
export function tokenOf(stdout: string): string {
  return (JSON.parse(stdout) as { status: { token: string } }).status.token;
}

/** The URL inside a token, read without the code under test. */
export function urlOf(token: string): URL {
  return new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString());
}
