/**
 * What `callerid policy import` does.
 *
 * @module
 */
import { userInfo } from 'node:os';
import type { Policy } from '../../mapping/rule.ts';
import { publishPolicy } from '../../policy/publish.ts';
import { encodeRecord, isClusterId } from '../../policy/record.ts';
import { FileStore } from '../../store/file.ts';
import { usageError } from '../exit-codes.ts';
import { print, say } from '../output.ts';
import { readPolicyFile } from '../policy-file.ts';

/** The options of the command line. */
export interface ImportFlags {
  readonly store?: string;
  readonly cluster?: string;
  readonly record?: boolean;
  readonly version?: number;
  readonly acknowledgeSessionNode?: boolean;
  readonly output: 'text' | 'json';
}

/** Checks a policy, then prints or stores it. */
export async function importPolicy(file: string | undefined, flags: ImportFlags): Promise<void> {
  const target = readTarget(flags);
  if (flags.version !== undefined && !flags.record) {
    throw usageError('--version without --record', 'a store counts the versions itself');
  }
  if (flags.output === 'json' && (flags.record || target !== undefined)) {
    throw usageError('--output json with --record or --store', 'what these print is JSON already');
  }
  if (file === undefined && process.stdin.isTTY) throw usageError('no policy', 'name a file, or pipe it in');
  const { acknowledgeSessionNode } = flags;
  const { policy, notes } = await readPolicyFile(file ?? '-', { acknowledgeSessionNode });
  if (flags.output === 'text') {
    for (const { path, message } of notes) say(`note: ${path === '' ? '' : `${path}: `}${message}`);
  }
  if (target !== undefined) return store(policy, target);
  if (flags.record) print(recordOf(policy, flags.version));
  else if (flags.output === 'json') print(JSON.stringify({ policy, notes }));
  else print(JSON.stringify(policy, null, 2));
}

function recordOf(policy: Policy, given: number | undefined): string {
  const now = new Date();
  const version = given ?? Math.floor(now.getTime() / 1000);
  return encodeRecord({ version, writtenAt: now.toISOString(), policy });
}

interface Target {
  readonly directory: string;
  readonly cluster: string;
}

function readTarget({ store, cluster }: ImportFlags): Target | undefined {
  if (store === undefined && cluster === undefined) return undefined;
  if (store === undefined)
    throw usageError('--cluster without --store', 'name the store: --store file:DIRECTORY');
  const [, directory] = /^file:(.+)$/.exec(store) ?? [];
  if (directory === undefined) {
    throw usageError(
      '--store: not a place that callerid can write to',
      'use file:DIRECTORY; for Workers KV see --record',
    );
  }
  if (!isClusterId(cluster)) {
    const what = cluster === undefined ? '--store without --cluster' : '--cluster: not the ID of a cluster';
    throw usageError(what, 'give its ID: letters, digits and . _ -, at most 100');
  }
  return { directory, cluster };
}

async function store(policy: Policy, { directory, cluster }: Target): Promise<void> {
  const { version, writtenAt } = await publishPolicy(new FileStore(directory), cluster, policy, {
    author: userInfo().username,
    message: 'callerid policy import',
  });
  print(JSON.stringify({ cluster, version, writtenAt }));
}
