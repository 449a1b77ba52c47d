/**
 * A directory as a store, for Deno and Node: a file a key.
 *
 * @module
 */
import { access, mkdir, open, readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { StoreError } from '../errors/classes.ts';
import { FileLock, type FileLockOptions } from './file-lock.ts';
import { pageOf } from './memory.ts';
import { type AtomicStore, assertKey, assertPrefix, assertValue, guarded, type KeyPage } from './store.ts';

const suffix = '.value';

/** How often a writer whose lock was broken tries again: once is a stall, and this is more. */
const maxTries = 5;

export class FileStore implements AtomicStore {
  readonly #directory: string;
  readonly #lock: FileLockOptions;

  constructor(directory: string, { lock = {} }: { readonly lock?: FileLockOptions } = {}) {
    this.#directory = directory;
    this.#lock = lock;
  }

  get(key: string): Promise<string | undefined> {
    return guarded(() => readIfThere(this.#path(key)));
  }

  /** Writes beside, flushes and renames, so that a reader sees the old value or the new one, after a power cut too. */
  put(key: string, value: string): Promise<void> {
    return guarded(async () => {
      assertValue(value);
      await this.#locked(this.#path(key), value, (lock) => lock.commit());
    });
  }

  swap(key: string, expected: string | undefined, value: string): Promise<boolean> {
    return guarded(async () => {
      assertValue(value);
      const path = this.#path(key);
      const wanted = expected?.toWellFormed();
      let isWanted = false;
      await this.#locked(path, value, async (lock) => {
        isWanted = (await readIfThere(path)) === wanted;
        return !isWanted || lock.commit();
      });
      return isWanted;
    });
  }

  delete(key: string): Promise<void> {
    return guarded(async () => {
      const path = this.#path(key);
      try {
        await access(path);
      } catch (error) {
        return undefinedIfMissing(error);
      }
      await this.#locked(path, '', (lock) => lock.remove());
    });
  }

  list(prefix: string, options: { cursor?: string | undefined; limit?: number } = {}): Promise<KeyPage> {
    return guarded(async () => {
      assertPrefix(prefix);
      const keys = (await filesBelow(this.#directory)).map((path) => this.#key(path));
      return pageOf(keys, prefix, options);
    });
  }

  /** Does the work while no other writer can, anew where the lock was broken meanwhile: then the work gives false. */
  async #locked(path: string, contents: string, work: (lock: FileLock) => Promise<boolean>): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    for (let tries = 0; tries < maxTries; tries++) {
      const lock = await FileLock.take(path, contents, this.#lock);
      const done = await work(lock).finally(() => lock.release());
      if (done) return flushDirectory(dirname(path));
    }
    throw new StoreError('store_unavailable', 'the lock of the file was broken time and again');
  }

  #path(key: string): string {
    assertKey(key);
    return `${join(this.#directory, ...key.split('/').map(encodeSegment))}${suffix}`;
  }

  #key(path: string): string {
    const name = relative(this.#directory, path).slice(0, -suffix.length);
    return name.split(sep).map(decodeSegment).join('/');
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    return undefinedIfMissing(error);
  }
}

/** The files of keys. Directories that come and go meanwhile are locks. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = (await readdir(directory, { withFileTypes: true }).catch(undefinedIfMissing)) ?? [];
  const paths = entries.map((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() && entry.name.endsWith(suffix) ? [path] : [];
  });
  return (await Promise.all(paths)).flat();
}

/** So that the new name outlives a power cut. It is written by now, so what cannot be flushed is no failure. */
async function flushDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, 'r');
    await directory.sync().finally(() => directory.close());
  } catch {
    // Windows opens no directory, and some file systems flush none
  }
}

/** Escapes capitals, since some file systems take `A` and `a` for one name, and dots, since `..` is a place. */
function encodeSegment(segment: string): string {
  return segment.replace(/[A-Z.]/g, (character) => `+${character.toLowerCase()}`);
}

function decodeSegment(segment: string): string {
  return segment.replace(/\+(.)/g, (_, character: string) => character.toUpperCase());
}

function undefinedIfMissing(error: unknown): undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (code === 'ENOENT') return undefined;
  throw error;
}
