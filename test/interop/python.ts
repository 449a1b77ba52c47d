/**
 * Peers from PyPI, each in a virtual environment of its own outside of the checkout.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheHome } from './cache.ts';
import { Skipped } from './suite.ts';

const installMs = 5 * 60_000;

/**
 * The directory of commands of an environment with these packages; made once, and kept.
 *
 * @param name names the packages and their versions, so that another version is another environment
 * @throws {Skipped} where there is no Python, or PyPI does not answer
 */
export function pythonEnvironment(name: string, packages: readonly string[]): string {
  const version = spawnSync('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
    encoding: 'utf8',
  });
  if (version.status !== 0) throw new Skipped('there is no python3 here');
  const home = join(cacheHome(), `${name}-python${version.stdout.trim()}`);
  const ready = join(home, 'callerid-ready');
  if (!existsSync(ready)) {
    rmSync(home, { recursive: true, force: true });
    mkdirSync(home, { recursive: true });
    run('python3', ['-m', 'venv', home], 'python3 has no venv');
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
    run(join(home, 'bin/python'), pip, 'pip cannot install it');
    writeFileSync(ready, '');
  }
  return join(home, 'bin');
}

function run(command: string, args: readonly string[], problem: string): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: installMs });
  if (status === 0) return;
  throw new Skipped(`${problem}: ${stderr?.trim().split('\n').at(-1) ?? 'no answer'}`);
}
