/**
 * Starts services, as they are started.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { freePort, ownEnvironment, Program } from '../interop/processes.ts';
import { finished } from '../node/cli.ts';
import type { Service } from './contract.ts';

export const project: string = inject('project');
const deno = join(import.meta.dirname, '../../node_modules/.bin/deno');

/** The command that runs a file of the project on Deno. */
export function onDeno(
  verb: 'run' | 'serve' | 'check',
  ...parameters: readonly string[]
): [string, string[]] {
  const permissions = verb === 'check' ? [] : ['--allow-net', '--allow-env'];
  return [
    deno,
    [verb, '--no-lock', '--node-modules-dir=manual', '--unstable-kv', ...permissions, ...parameters],
  ];
}

/** The command that runs a file of the project on Node. */
export function onNode(file: string): [string, string[]] {
  return [process.execPath, [file]];
}

type Env = Readonly<Record<string, string>>;

export interface ListeningService extends Service {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
}

/** Starts a service that listens on `PORT`, or on Deno where `Deno.serve` does by itself. */
export async function startService(
  [command, parameters]: [string, string[]],
  env: Env,
): Promise<ListeningService> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = new Program(parameters.at(-1) ?? command, command, parameters, {
    cwd: project,
    env: { ...env, PORT: String(port), DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${port}` },
  });
  const send: Service['send'] = (path, init) => fetch(url + path, init);
  const answers = async () => {
    const response = await send('/', { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    await response?.arrayBuffer();
    return response !== undefined;
  };
  try {
    await program.ready(answers, 20_000);
  } catch (error) {
    await program.end();
    throw error;
  }
  return { url, send, close: () => program.end() };
}

/** Deno knows the types of every runtime here, and takes those of callerid as they are published. */
export async function checkTypes(paths: readonly string[]): Promise<void> {
  const env = { ...ownEnvironment(), DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
  const options = { cwd: project, env, timeout: 30_000 };
  const { status, stderr } = await finished(spawn(...onDeno('check', ...paths), options));
  expect([status, stderr]).toEqual([0, expect.stringContaining(`Check ${paths[0]}`)]);
}
