/**
 * What `callerid policy import` does.
 *
 * @module
 */
import type { Policy } from '../../mapping/rule.ts';
import { encodeRecord, isClusterId } from '../../policy/record.ts';
import { LocalClient, readStore } from '../admin/local-client.ts';
import { propose } from '../admin/upload.ts';
import { usageError } from '../exit-codes.ts';
import { print } from '../output.ts';
import { readPolicyFile } from '../policy-file.ts';
import { jsonText } from '../text.ts';
import { sayNotes } from './change.ts';

/** The options of the command line. */
export interface ImportFlags {
  readonly store?: string;
  readonly cluster?: string;
  readonly record?: boolean;
  readonly version?: number;
  readonly yesLockOut?: boolean;
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
  if (flags.output === 'text') sayNotes(notes);
  if (target !== undefined) return store(policy, target, flags);
  if (flags.record) print(recordOf(policy, flags.version));
  else print(flags.output === 'json' ? jsonText({ policy, notes }) : jsonText(policy, 2));
}

function recordOf(policy: Policy, given: number | undefined): string {
  const now = new Date();
  const version = given ?? Math.floor(now.getTime() / 1000);
  return encodeRecord({ version, writtenAt: now.toISOString(), policy });
}

interface Target {
  readonly client: LocalClient;
  readonly cluster: string;
}

function readTarget({ store, cluster }: ImportFlags): Target | undefined {
  if (store === undefined && cluster === undefined) return undefined;
  if (store === undefined)
    throw usageError('--cluster without --store', 'name the store: --store file:DIRECTORY');
  const place = readStore(store);
  if (!isClusterId(cluster)) {
    const what = cluster === undefined ? '--store without --cluster' : '--cluster: not the ID of a cluster';
    throw usageError(what, 'give its ID: letters, digits and . _ -, at most 100');
  }
  return { client: new LocalClient({ store: place, cluster }), cluster };
}

/** As `callerid policy apply` does it. */
async function store(
  policy: Policy,
  { client, cluster }: Target,
  { yesLockOut }: ImportFlags,
): Promise<void> {
  const flags = { message: 'callerid policy import', ...(yesLockOut === undefined ? {} : { yesLockOut }) };
  const { version } = await propose(client, policy, flags);
  const { writtenAt } = await client.call('getPolicy', { parameters: { version: String(version) } });
  print(JSON.stringify({ cluster, version, writtenAt }));
}
