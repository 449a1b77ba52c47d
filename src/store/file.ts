/**
 * A directory as a store, for Deno and Node: a file a key.
 *
 * @module
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { pageOf } from './memory.ts';
import { assertKey, assertPrefix, assertValue, guarded, type KeyPage, type Store } from './store.ts';

const suffix = '.value';

export class FileStore implements Store {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  get(key: string): Promise<string | undefined> {
    return guarded(async () => {
      try {
        return await readFile(this.#path(key), 'utf8');
      } catch (error) {
        return undefinedIfMissing(error);
      }
    });
  }

  /** Writes beside, flushes and renames, so that a reader sees the old value or the new one, after a power cut too. */
  put(key: string, value: string): Promise<void> {
    return guarded(async () => {
      assertValue(value);
      const path = this.#path(key);
      const beside = join(dirname(path), `${crypto.randomUUID()}.tmp`);
      await mkdir(dirname(path), { recursive: true });
      try {
        await writeFile(beside, value, { mode: 0o600, flush: true });
        await rename(beside, path);
      } catch (error) {
        await rm(beside, { force: true });
        throw error;
      }
    });
  }

  delete(key: string): Promise<void> {
    return guarded(() => rm(this.#path(key), { force: true }));
  }

  list(prefix: string, options: { cursor?: string | undefined; limit?: number } = {}): Promise<KeyPage> {
    return guarded(async () => {
      assertPrefix(prefix);
      const entries = await readdir(this.#directory, { recursive: true, withFileTypes: true }).catch(
        undefinedIfMissing,
      );
      const files = (entries ?? []).filter((entry) => entry.isFile() && entry.name.endsWith(suffix));
      const keys = files.map((file) => this.#key(join(file.parentPath, file.name)));
      return pageOf(keys, prefix, options);
    });
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
