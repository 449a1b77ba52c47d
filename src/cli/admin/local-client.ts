/**
 * The admin API on a store of this machine: the same operations, without a server between.
 *
 * @module
 */
import { userInfo } from 'node:os';
import { parse, safeParse } from 'valibot';
import { textOf } from '../../errors/codes.ts';
import type { AdminCluster } from '../../http/admin/admin.ts';
import { failureOf, statusOfFailure } from '../../http/admin/answers.ts';
import { type Call, handlers } from '../../http/admin/handlers.ts';
import { type Operation, type OperationId, operations } from '../../http/admin/operations.ts';
import { responses } from '../../http/admin/responses.ts';
import { detached } from '../../lib/flights.ts';
import { PolicyReader } from '../../policy/reader.ts';
import { RecentCallers } from '../../policy/recent.ts';
import type { PolicyTrust } from '../../policy/trust.ts';
import { FileStore } from '../../store/file.ts';
import type { AtomicStore } from '../../store/store.ts';
import { createVerifier } from '../../verifier/verifier.ts';
import { usageError } from '../exit-codes.ts';
import type { AdminClient, Answer, CallInput } from './client.ts';
import { commandErrorOf } from './failures.ts';

export interface LocalClientOptions {
  readonly store: AtomicStore;
  readonly cluster: string;
  /** Of the cluster's tokens. Default: its ID. */
  readonly audience?: string | undefined;
  /** What is written has to be signed so. Default: it need not be signed. */
  readonly trust?: PolicyTrust | undefined;
}

export class LocalClient implements AdminClient {
  readonly isRemote = false;
  readonly #cluster: AdminCluster;

  constructor({ store, cluster: id, audience = id, trust }: LocalClientOptions) {
    this.#cluster = {
      id,
      store,
      verifier: createVerifier({ audience, acknowledgeSharedName: true, maxTokenLength: 32_768 }), // nobody is let in
      policies: new PolicyReader({ store, cluster: id, trust, holdMs: 0, lastGoodMs: 0 }),
      trust,
      recent: new RecentCallers({ store, cluster: id }),
      adminGroup: 'callerid:admins',
    };
  }

  async call<O extends OperationId>(
    operation: O,
    { parameters = {}, body, text = '' }: CallInput = {},
  ): Promise<Answer<O>> {
    const { request }: Operation = operations[operation];
    const read = request && safeParse(request, body);
    if (read?.success === false)
      throw usageError('the request does not have the form that it should', 'see --help');
    const call: Call = {
      cluster: this.#cluster,
      administrator: { ok: true, author: userName(), identity: undefined },
      privateDnsNames: undefined,
      context: detached,
      clock: Date.now,
      body: read?.output,
      text,
      parameters,
    };
    try {
      const answer = await handlers[operation](call);
      return parse(responses[operation], answer) as Answer<O>;
    } catch (error) {
      const failure = failureOf(error);
      const status = statusOfFailure(failure);
      if (status === 503) throw error; // of the store, or a mistake of ours
      const { code, reason: message = textOf(code), issues = [], effects = [], version } = failure;
      const found = { status, code, message, issues: [...issues], effects: effects as never[] };
      throw commandErrorOf(version === undefined ? found : { ...found, version }, operation);
    }
  }
}

/** @throws {CommandError} where `--store` names none that can be written to from here */
export function readStore(place: string): AtomicStore {
  const [, directory] = /^file:(.+)$/.exec(place) ?? [];
  if (directory !== undefined) return new FileStore(directory);
  throw usageError(
    '--store: not a place that callerid can write to',
    'use file:DIRECTORY, or --server for a deployment; for Workers KV see callerid policy import --record',
  );
}

/** Who writes, for the history. Some containers have a number and no name for it. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}
