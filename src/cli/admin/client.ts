/**
 * What works on the policy of a cluster: the operations of the admin API, wherever they are done.
 *
 * @module
 */
import type { InferOutput } from 'valibot';
import type { OperationId } from '../../http/admin/operations.ts';
import type { responses } from '../../http/admin/responses.ts';
import { isClusterId } from '../../policy/record.ts';
import { usageError } from '../exit-codes.ts';
import { readCredential } from './credential.ts';
import { HttpClient, readServer } from './http-client.ts';
import { LocalClient, readStore } from './local-client.ts';
import { localTrust } from './local-trust.ts';
import type { TargetFlags } from './options.ts';

export type Answer<O extends OperationId> = InferOutput<(typeof responses)[O]>;

export interface CallInput {
  /** Of the path and of the query, but for the cluster. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
  /** Sent as it is. */
  readonly text?: string;
}

export interface AdminClient {
  /** Whether a large policy has to be uploaded in parts. */
  readonly isRemote: boolean;
  /** @throws {CommandError} that says what to do */
  call<O extends OperationId>(operation: O, input?: CallInput): Promise<Answer<O>>;
}

export interface OpenOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** What the tokens are signed for that `explain` gets, where it runs here. Default: the ID of the cluster. */
  readonly audience?: string | undefined;
}

/** @throws {CommandError} where the options do not say which */
export function openClient(
  flags: TargetFlags,
  { env = process.env, audience }: OpenOptions = {},
): AdminClient {
  const { server, store, cluster, timeout } = flags;
  if ((server === undefined) === (store === undefined)) {
    const what = server === undefined ? 'neither --server nor --store' : 'both --server and --store';
    throw usageError(what, 'give one: --server URL, or --store file:DIRECTORY');
  }
  if (!isClusterId(cluster)) {
    const what = cluster === undefined ? 'no cluster' : '--cluster: not the ID of a cluster';
    throw usageError(what, 'give its ID with --cluster: letters, digits and . _ -, at most 100');
  }
  if (server === undefined) {
    return new LocalClient({
      store: readStore(store ?? ''),
      cluster,
      audience,
      trust: localTrust(env, cluster),
    });
  }
  const options = { server: readServer(server), cluster, timeoutMs: timeout * 1000 };
  return new HttpClient({ ...options, credential: readCredential(flags, env) });
}
