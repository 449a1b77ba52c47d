/**
 * The policy of one cluster, kept in a file and held in memory.
 *
 * @module
 */
import { publishPolicy } from '../../policy/publish.ts';
import { MemoryStore } from '../../store/memory.ts';
import type { AtomicStore } from '../../store/store.ts';
import { usageError } from '../exit-codes.ts';
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

/**
 * The policy of `--policy`; undefined where the store of `CALLERID_POLICY` has it. One file is the policy of one cluster.
 *
 * @throws where both are given, neither is, or what else is set needs a store
 */
export function filePolicy(path: string | undefined, env: NodeJS.ProcessEnv): FilePolicy | undefined {
  if (path === undefined) {
    if (env.CALLERID_POLICY) return undefined;
    throw usageError('no policy', 'give --policy FILE, or set CALLERID_POLICY to file:DIRECTORY');
  }
  if (env.CALLERID_POLICY) throw usageError('both --policy and CALLERID_POLICY', 'keep one of them');
  if (env.CALLERID_CLUSTERS) {
    throw usageError(
      '--policy with CALLERID_CLUSTERS',
      'set CALLERID_POLICY to file:DIRECTORY, with a policy for each',
    );
  }
  if (env.CALLERID_ADMIN_AUDIENCE || env.CALLERID_ADMIN_SECRET_SHA256) {
    throw usageError(
      '--policy with the admin API, which cannot write to a file of yours',
      'set CALLERID_POLICY to file:DIRECTORY in its place, and put the policy there with callerid policy apply',
    );
  }
  if (env.CALLERID_POLICY_KEYS !== undefined) {
    throw usageError(
      '--policy with CALLERID_POLICY_KEYS: what is in a file of yours is not signed',
      'set CALLERID_POLICY to file:DIRECTORY in its place, and put the policy there with callerid policy apply --sign',
    );
  }
  return new FilePolicy(path, env.CALLERID_CLUSTER ?? '');
}
