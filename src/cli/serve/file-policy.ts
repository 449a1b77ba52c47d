/**
 * The policy of one cluster, kept in a file and held in memory.
 *
 * @module
 */
import { publishPolicy } from '../../policy/publish.ts';
import { MemoryStore } from '../../store/memory.ts';
import type { AtomicStore } from '../../store/store.ts';
import { readPolicyFile } from '../policy-file.ts';

export class FilePolicy {
  readonly store: AtomicStore = new MemoryStore();
  readonly #path: string;
  readonly #cluster: string;

  constructor(path: string, cluster: string) {
    this.#path = path;
    this.#cluster = cluster;
  }

  /** Reads the file and puts it into the store; gives its version there. Where it throws, the store is as before. */
  async load(): Promise<number> {
    const { policy } = await readPolicyFile(this.#path);
    const { version } = await publishPolicy(this.store, this.#cluster, policy, { author: 'callerid serve' });
    return version;
  }
}
