/**
 * What `callerid policy import` does.
 *
 * @module
 */
import type { Policy } from '../../mapping/rule.ts';
import { encodeRecord, isClusterId } from '../../policy/record.ts';
import { inlineContent } from '../../policy/trust.ts';
import { LocalClient, readStore } from '../admin/local-client.ts';
import { localTrust } from '../admin/local-trust.ts';
import { propose, type Signing } from '../admin/upload.ts';
import { usageError } from '../exit-codes.ts';
import { print } from '../output.ts';
import { readPolicyFile } from '../policy-file.ts';
import { jsonText } from '../text.ts';
import { sayNotes } from './change.ts';
import { readPolicySigner } from './signer.ts';

/** The options of the command line. */
export interface ImportFlags {
  readonly store?: string;
  readonly cluster?: string;
  readonly record?: boolean;
  readonly version?: number;
  readonly yesLockOut?: boolean;
  /** A file with a key. */
  readonly sign?: string;
  readonly unbelieved?: boolean;
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
  if (flags.sign !== undefined && target === undefined) {
    throw usageError(
      '--sign without a cluster',
      'give --cluster, with --store or --record: a version is signed for one',
    );
  }
  if (file === undefined && process.stdin.isTTY) throw usageError('no policy', 'name a file, or pipe it in');
  if (flags.sign === '-' && (file ?? '-') === '-') {
    throw usageError('standard input twice', 'name one of the files');
  }
  const { acknowledgeSessionNode } = flags;
  const { policy, notes } = await readPolicyFile(file ?? '-', { acknowledgeSessionNode });
  if (flags.output === 'text') sayNotes(notes);
  const signer = flags.sign === undefined ? undefined : await readPolicySigner(flags.sign);
  const signing = signer && target && { signer, cluster: target.cluster };
  if (target?.client !== undefined)
    return store(policy, { ...target, client: target.client }, flags, signing);
  if (flags.record) print(await recordOf(policy, flags.version, signing));
  else print(flags.output === 'json' ? jsonText({ policy, notes }) : jsonText(policy, 2));
}

async function recordOf(
  policy: Policy,
  given: number | undefined,
  signing: Signing | undefined,
): Promise<string> {
  const now = new Date();
  const version = given ?? Math.floor(now.getTime() / 1000);
  if (signing === undefined) return encodeRecord({ version, writtenAt: now.toISOString(), policy });
  const { writtenAt, key, value } = await signing.signer.sign(
    signing.cluster,
    version,
    await inlineContent(policy),
  );
  return encodeRecord({ version, writtenAt, policy, signature: { key, value } });
}

/** Whose policy it is, and what writes it; undefined where it is only printed. */
interface Target {
  readonly client: LocalClient | undefined;
  readonly cluster: string;
}

function readTarget({ store, cluster, record, sign }: ImportFlags): Target | undefined {
  if (store === undefined && cluster === undefined) return undefined;
  const isSignedRecord = record === true && sign !== undefined;
  if (store === undefined && !isSignedRecord)
    throw usageError('--cluster without --store', 'name the store: --store file:DIRECTORY');
  const place = store === undefined ? undefined : readStore(store);
  if (!isClusterId(cluster)) {
    const what = cluster === undefined ? '--store without --cluster' : '--cluster: not the ID of a cluster';
    throw usageError(what, 'give its ID: letters, digits and . _ -, at most 100');
  }
  const client = place && new LocalClient({ store: place, cluster, trust: localTrust(process.env, cluster) });
  return { client, cluster };
}

/** As `callerid policy apply` does it. */
async function store(
  policy: Policy,
  { client, cluster }: Target & { readonly client: LocalClient },
  { yesLockOut, unbelieved }: ImportFlags,
  signing: Signing | undefined,
): Promise<void> {
  const flags = {
    message: 'callerid policy import',
    ...(yesLockOut && { yesLockOut }),
    ...(unbelieved && { unbelieved }),
  };
  const { version } = await propose(client, policy, flags, signing);
  const { writtenAt } = await client.call('getPolicy', { parameters: { version: String(version) } });
  print(JSON.stringify({ cluster, version, writtenAt }));
}
