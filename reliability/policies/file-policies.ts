/**
 * A directory of policies, for Node and Deno.
 *
 * @module
 */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Policy } from '../../src/mapping/rule.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { FileStore } from '../../src/store/file.ts';
import { alteredPart, author, type PolicyStore, type StoreFault } from './policy-store.ts';

/** Of a directory: each cluster has a file, and a directory of parts. */
export class FilePolicies implements PolicyStore {
  readonly faults = ['absent', 'truncated', 'garbage', 'older', 'altered', 'unreadable'] as const;
  readonly kvPort = undefined;
  readonly variables: Readonly<Record<string, string>>;
  readonly #store: FileStore;
  readonly #directory: string;
  readonly #first = new Map<string, string>();
  readonly #saved = new Map<string, ReadonlyMap<string, string>>();

  constructor(directory: string) {
    mkdirSync(directory);
    this.#directory = directory;
    this.#store = new FileStore(directory);
    this.variables = { CALLERID_POLICY: `file:${directory}` };
  }

  async publish(cluster: string, policy: Policy): Promise<void> {
    await publishPolicy(this.#store, cluster, policy, { author });
    if (!this.#first.has(cluster)) this.#first.set(cluster, readFileSync(this.#pointer(cluster), 'utf8'));
  }

  async spoil(cluster: string, fault: StoreFault | undefined): Promise<void> {
    const pointer = this.#pointer(cluster);
    const saved = this.#saved.get(cluster);
    if (saved !== undefined) {
      rmSync(pointer, { recursive: true, force: true });
      for (const [path, text] of saved) writeRenamed(path, text);
      this.#saved.delete(cluster);
    }
    if (fault === undefined) return;
    const parts = this.#parts(cluster);
    this.#saved.set(
      cluster,
      new Map([pointer, ...parts].map((path) => [path, readFileSync(path, 'utf8')] as const)),
    );
    if (fault === 'absent') rmSync(pointer);
    if (fault === 'truncated') truncateSync(pointer, readFileSync(pointer).length >> 1);
    if (fault === 'garbage') writeFileSync(pointer, '\0\xff{"format":');
    if (fault === 'older') writeRenamed(pointer, this.#first.get(cluster) ?? '');
    if (fault === 'altered')
      for (const path of parts) writeRenamed(path, alteredPart(readFileSync(path, 'utf8')));
    if (fault === 'unreadable') {
      rmSync(pointer);
      mkdirSync(pointer); // permissions would not stop root
    }
  }

  /** Takes the whole directory away, or puts a file in its place; `undefined` brings it back. */
  spoilAll(fault: 'gone' | 'file' | undefined): void {
    const aside = `${this.#directory}.aside`;
    if (fault === undefined) {
      rmSync(this.#directory, { force: true });
      renameSync(aside, this.#directory);
      return;
    }
    renameSync(this.#directory, aside);
    if (fault === 'file') writeFileSync(this.#directory, 'not a directory');
  }

  async end(): Promise<void> {}

  /** The store writes a dot with a plus before it. */
  #pointer(cluster: string): string {
    return `${join(this.#directory, 'policy', cluster.replaceAll('.', '+.'))}.value`;
  }

  #parts(cluster: string): readonly string[] {
    const directory = join(this.#pointer(cluster).slice(0, -'.value'.length), 'parts');
    try {
      return readdirSync(directory)
        .filter((name) => name.endsWith('.value'))
        .map((name) => join(directory, name));
    } catch {
      return [];
    }
  }
}

/** So that a reader sees the one or the other. */
function writeRenamed(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}
