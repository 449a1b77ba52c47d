/**
 * Files that hold something secret: written whole or not at all, for their owner alone.
 *
 * @module
 */
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { usageError } from './exit-codes.ts';

/** Writes a file that is not there yet; a symbolic link counts as there, wherever it leads. */
export function writeNewFile(path: string, text: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'EEXIST'
      ? usageError(`${path} is there already`, 'give another name, or remove it if nobody uses it')
      : usageError(`${path} cannot be written (${code})`, 'name a file in a directory that is there');
  }
  try {
    writeFileSync(descriptor, text);
  } catch (error) {
    rmSync(path, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw usageError(`${path} cannot be written (${code})`, 'make room, or name another file');
  } finally {
    closeSync(descriptor);
  }
}
