/**
 * Files that hold something secret: written whole or not at all, for their owner alone.
 *
 * @module
 */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  openSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { usageError } from './exit-codes.ts';

/**
 * Writes a file that is not there yet; a symbolic link counts as there, wherever it leads.
 *
 * @param like whose owner and mode it gets; by default it is its writer's, and for nobody else
 */
export function writeNewFile(path: string, text: string, like?: Stats): void {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'EEXIST'
      ? usageError(`${path} is there already`, 'give another name, or remove it if nobody uses it')
      : usageError(
          `${path} cannot be written (${code})`,
          'name a file in a directory that is there, and that you may write',
        );
  }
  try {
    writeFileSync(descriptor, text);
    if (like !== undefined) {
      const { uid, gid } = fstatSync(descriptor);
      if (like.uid !== uid || like.gid !== gid) fchownSync(descriptor, like.uid, like.gid);
      fchmodSync(descriptor, like.mode & 0o777);
    }
  } catch (error) {
    rmSync(path, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw usageError(
      `${path} cannot be written (${code})`,
      'make room, run this as the owner of the file, or name another',
    );
  } finally {
    closeSync(descriptor);
  }
}
