/**
 * Changing a kubeconfig as kubectl does: under a lock, and in one step.
 *
 * @module
 */
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { usageError } from '../exit-codes.ts';
import { writeNewFile } from '../write-file.ts';

/**
 * Reads the file, has it changed, and writes it where it differs. Before that nothing is written.
 *
 * @param change is given undefined where there is no file, and gives the new text
 * @returns whether something was written
 */
export function changeFile(path: string, change: (text: string | undefined) => string): boolean {
  const text = read(path);
  const changed = change(text);
  if (changed === text) return false;
  const target = text === undefined ? path : realpathSync(path);
  if (text === undefined) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const unlock = lock(target);
  try {
    if (read(target) !== text) {
      throw usageError(`${path} has been changed in between`, 'run the command again');
    }
    replace(target, changed);
  } finally {
    unlock();
  }
  return true;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw usageError(`${path} cannot be read (${code})`, 'name a file that can be');
  }
}

/** client-go takes the same lock. */
function lock(path: string): () => void {
  const name = `${path}.lock`;
  try {
    closeSync(openSync(name, 'wx', 0o600));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'EEXIST'
      ? usageError(
          `${name} is there: something else changes the file`,
          'wait, or remove it where nothing does',
        )
      : usageError(`${name} cannot be written (${code})`, 'make the directory one that can be written');
  }
  return () => rmSync(name, { force: true });
}

/** With the mode of the old file. */
function replace(path: string, text: string): void {
  const unfinished = `${path}.${process.pid}.new`;
  writeNewFile(unfinished, text);
  try {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined) chmodSync(unfinished, mode & 0o777);
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw usageError(`${path} cannot be written (${code})`, 'make it a file that can be');
  }
}
