/**
 * One writer at a time for a file, among processes too, with a lock that a crash does not leave for ever.
 *
 * The lock of `x` is the directory `x.lock` with one file in it, named by its owner: the new contents of `x`. Each step is one
 * atomic operation of the file system:
 * - taken is the lock by renaming a directory to `x.lock`, which fails while that one has a file in it;
 * - written is `x` by renaming the owner's file to it;
 * - broken is the lock by removing the owner's file, by its name.
 *
 * So of a slow owner's write and the breaking of its lock only one succeeds, and two that break one lock break no other.
 * That a lock is stale is known by watching it: neither a clock nor a process ID would be true across containers.
 *
 * @module
 */
import { access, mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../errors/classes.ts';

export interface FileLockOptions {
  /** How long another owner may be seen before its lock is broken, in milliseconds. An owner needs a few. Default 3000. */
  readonly staleMs?: number;
  /** How long to wait for the lock, in milliseconds. Default 10,000. */
  readonly waitMs?: number;
}

export class FileLock {
  readonly #path: string;
  readonly #owned: string;

  private constructor(path: string, owner: string) {
    this.#path = path;
    this.#owned = join(lockOf(path), owner);
  }

  /**
   * Takes the lock of a file, whose directory exists.
   *
   * @throws {StoreError} `store_unavailable` where others hold it for too long
   */
  static async take(path: string, contents: string, options: FileLockOptions = {}): Promise<FileLock> {
    const owner = crypto.randomUUID();
    const beside = join(dirname(path), `${owner}.tmp`);
    try {
      await mkdir(beside, { mode: 0o700 });
      await writeFile(join(beside, owner), contents, { mode: 0o600, flush: true });
      await waitForTurn(beside, lockOf(path), options);
    } catch (error) {
      await rm(beside, { recursive: true, force: true });
      throw error;
    }
    return new FileLock(path, owner);
  }

  /** Puts the contents in the place of the file, unless the lock was broken. Whether it did. Only once. */
  async commit(): Promise<boolean> {
    return succeeds(rename(this.#owned, this.#path), 'ENOENT');
  }

  /** Removes the file, unless the lock was broken. Whether it did. These are two steps: here a stall could come between. */
  async remove(): Promise<boolean> {
    if (!(await succeeds(access(this.#owned), 'ENOENT'))) return false;
    await rm(this.#path, { force: true });
    return true;
  }

  /** Also where it was broken. Never throws: what stays behind is stale. */
  async release(): Promise<void> {
    await rm(this.#owned, { force: true }).catch(() => {});
    await rmdir(dirname(this.#owned)).catch(() => {}); // of another owner it is not empty
  }
}

function lockOf(path: string): string {
  return `${path}.lock`;
}

async function waitForTurn(
  beside: string,
  lock: string,
  { staleMs = 3000, waitMs = 10_000 }: FileLockOptions,
): Promise<void> {
  const until = performance.now() + waitMs;
  let seen: { readonly owner: string | undefined; readonly since: number } | undefined;
  // EPERM: Windows, where not even an empty directory is replaced
  while (!(await succeeds(rename(beside, lock), 'ENOTEMPTY', 'EEXIST', 'EPERM'))) {
    const owner = await ownerOf(lock);
    const now = performance.now();
    if (now >= until) throw new StoreError('store_unavailable', 'another writer holds the lock of the file');
    if (owner === undefined) await rmdir(lock).catch(() => {});
    else if (seen?.owner !== owner) seen = { owner, since: now };
    else if (now - seen.since >= staleMs) await rm(join(lock, owner), { force: true });
    await sleep(1 + Math.random() * 10);
  }
}

/** Undefined where the lock was released meanwhile. */
async function ownerOf(lock: string): Promise<string | undefined> {
  try {
    return (await readdir(lock))[0];
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** False where it fails with one of the codes. */
async function succeeds(operation: Promise<unknown>, ...codes: string[]): Promise<boolean> {
  try {
    await operation;
    return true;
  } catch (error) {
    if (codes.includes(codeOf(error))) return false;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code);
}
