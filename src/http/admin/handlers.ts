/**
 * What the operations of the admin API do.
 *
 * @module
 */
import type { InferOutput } from 'valibot';
import type { PrivateDnsNames } from '../../ec2/private-dns-name.ts';
import { PolicyError } from '../../errors/classes.ts';
import { hypotheticalIdentity } from '../../identity/hypothetical.ts';
import type { TaskContext } from '../../lib/flights.ts';
import { type Finding, type LintOptions, lintPolicy } from '../../mapping/lint.ts';
import { parsePolicy } from '../../mapping/schema.ts';
import { assertBelieved, beliefIn } from '../../policy/belief.ts';
import { decodeContent, type VersionInfo } from '../../policy/pointer.ts';
import { publishContent, publishPolicy, putPart, rollbackPolicy } from '../../policy/publish.ts';
import {
  type FoundVersion,
  findVersion,
  missingParts,
  readPointer,
  readVersion,
  wholeVersion,
} from '../../policy/versions.ts';
import { explain } from '../../review/explain.ts';
import type { AdminCluster } from './admin.ts';
import { FailureError } from './answers.ts';
import type { Administrator } from './auth.ts';
import { change, type Proposal } from './change.ts';
import type { OperationId } from './operations.ts';
import type * as requests from './requests.ts';

/** A request that was authorized and read. */
export interface Call {
  readonly cluster: AdminCluster;
  readonly administrator: Administrator;
  readonly privateDnsNames: PrivateDnsNames | undefined;
  readonly context: TaskContext | undefined;
  readonly clock: () => number;
  /** Of the form that the operation asks for. */
  readonly body: unknown;
  /** The body of an operation that takes a part. */
  readonly text: string;
  /** Of the path and of the query. */
  readonly parameters: Readonly<Record<string, string>>;
}

type Handler = (call: Call) => Promise<object>;

export const handlers: Readonly<Record<OperationId, Handler>> = {
  async getPolicy({ cluster: { store, id, trust }, parameters: { version, unbelieved } }) {
    const { pointer } = await readPointer(store, id);
    const found = findVersion(pointer, version === undefined ? undefined : Number(version));
    if (unbelieved === undefined) await assertBelieved(id, found, trust);
    return { ...(await wholeVersion(store, id, found)), ...(await beliefIn(id, found, trust)) };
  },

  async history({ cluster: { store, id, trust } }) {
    const { pointer } = await readPointer(store, id);
    const all = [findVersion(pointer, undefined), ...(pointer?.history ?? [])];
    const told = async (one: FoundVersion) => ({ ...infoOf(one), ...(await beliefIn(id, one, trust)) });
    return { versions: await Promise.all(all.map(told)) };
  },

  async lintPolicy({ cluster, body, clock }) {
    const { policy } = body as InferOutput<typeof requests.lintRequest>;
    return { findings: findingsOf(policy, { now: clock(), audience: cluster.lintAudience }) };
  },

  async applyPolicy(call) {
    const { policy: input, ...flags } = call.body as InferOutput<typeof requests.applyRequest>;
    const policy = parsePolicy(input);
    const { store, id } = call.cluster;
    const proposal: Proposal = {
      policy,
      publish: (options) => publishPolicy(store, id, policy, options),
    };
    return change(call, proposal, flags);
  },

  async rollback(call) {
    const { version, ...flags } = call.body as InferOutput<typeof requests.rollbackRequest>;
    const { store, id, trust } = call.cluster;
    const found = findVersion((await readPointer(store, id)).pointer, version);
    await assertBelieved(id, found, trust);
    const { content } = found;
    const message = flags.message || `rollback to version ${version}`;
    const side = content?.kind === 'manifest' ? { content } : await readVersion(store, id, version);
    const proposal: Proposal = {
      ...side,
      publish: (options) => rollbackPolicy(store, id, version, options),
    };
    return change(call, proposal, { ...flags, message });
  },

  async missingParts({ cluster, body }) {
    const { hashes } = body as InferOutput<typeof requests.missingRequest>;
    return { missing: [...(await missingParts(cluster.store, cluster.id, hashes))] };
  },

  async putPart({ cluster, parameters: { hash = '' }, text }) {
    await putPart(cluster.store, cluster.id, hash, text);
    return { hash };
  },

  async applyManifest(call) {
    const { content: input, ...flags } = call.body as InferOutput<typeof requests.manifestRequest>;
    const content = decodeContent(input);
    const { store, id } = call.cluster;
    const proposal: Proposal = {
      content,
      publish: (options) => publishContent(store, id, content, options),
    };
    return change(call, proposal, flags);
  },

  async explain({ cluster, body, privateDnsNames, context }) {
    const asked = body as InferOutput<typeof requests.explainRequest>;
    const options = { ...cluster, privateDnsNames, context };
    if ('token' in asked) return explain({ token: asked.token }, options);
    const identity = hypotheticalIdentity(asked);
    if (identity !== undefined) return explain({ identity }, options);
    const message =
      'must be the ARN of a session (with a name of 2 characters or more), a role, a user, a federated user or a root user; with a JWT of no federated user';
    throw new FailureError({ code: 'request_invalid', issues: [{ path: 'arn', message }] });
  },
};

/** Errors of a policy that does not validate, among the findings. */
function findingsOf(input: unknown, options: LintOptions): Finding[] {
  try {
    return lintPolicy(parsePolicy(input), options);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return error.issues.slice(0, 1000).map((issue) => ({ severity: 'error', ...issue }));
  }
}

function infoOf({ version, writtenAt, author, message, signature }: VersionInfo): VersionInfo {
  return { version, writtenAt, author, message, signature };
}
