/**
 * Changing a file as kubectl changes a kubeconfig: under a lock, and in one step.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer';
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { usageError } from './exit-codes.ts';
import { writeNewFile } from './write-file.ts';

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
  if (text === undefined) makeDirectory(dirname(path));
  const unlock = lock(path);
  try {
    if (read(path) !== text) {
      throw usageError(`${path} has been changed in between`, 'run the command again');
    }
    replace(text === undefined ? path : realpathSync(path), changed);
  } finally {
    unlock();
  }
  return true;
}

/** Undefined where there is no file; a link that leads nowhere is no such place. */
function read(path: string): string | undefined {
  try {
    const bytes = readFileSync(path);
    if (isUtf8(bytes)) return bytes.toString('utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    if (code === 'ENOENT' && !isThere) return undefined;
    throw usageError(`${path} cannot be read (${code})`, 'name a file that can be');
  }
  throw usageError(`${path}: not UTF-8`, 'is it the right file?');
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw usageError(`${path} cannot be made (${code})`, 'name a file in a directory that can be written');
  }
}

/** client-go takes the same lock: beside the name that it is given, whatever that leads to. */
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

/** With mode and owner of the old file. */
function replace(path: string, text: string): void {
  const unfinished = `${path}.${process.pid}.new`;
  writeNewFile(unfinished, text, statSync(path, { throwIfNoEntry: false }));
  try {
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw usageError(`${path} cannot be written (${code})`, 'make it a file that can be');
  }
}
