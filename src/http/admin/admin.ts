/**
 * The admin API: policies of the clusters of a deployment, read, checked, changed and explained. An app of its own, so
 * that a deployment can leave it out.
 *
 * @module
 */

import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import * as v from 'valibot';
import type { PrivateDnsNames } from '../../ec2/private-dns-name.ts';
import { reasonOf } from '../../errors/codes.ts';
import { BodyTooLargeError, readText } from '../../lib/body.ts';
import type { TaskContext } from '../../lib/flights.ts';
import { isJsonType } from '../../lib/json.ts';
import type { PolicyReader } from '../../policy/reader.ts';
import type { RecentCallers } from '../../policy/recent.ts';
import type { PolicyTrust } from '../../policy/trust.ts';
import type { BreakGlass } from '../../review/break-glass.ts';
import type { AtomicStore } from '../../store/store.ts';
import type { Verifier } from '../../verifier/verifier.ts';
import { jsonAnswer } from '../json-answer.ts';
import { type Failure, FailureError, failureAnswer, failureOf, statusOfFailure } from './answers.ts';
import { type AdminAuth, type Administrator, authorize } from './auth.ts';
import { type Call, handlers } from './handlers.ts';
import document from './openapi.json' with { type: 'json' };
import { type Operation, type OperationId, operations } from './operations.ts';

/** A cluster whose policy can be changed. */
export interface AdminCluster {
  readonly id: string;
  /** Of the cluster's own audience: tokens that are to be explained. */
  readonly verifier: Pick<Verifier, 'verify'>;
  /** Where one writer at a time decides. */
  readonly store: AtomicStore;
  /** Reads that store, and holds nothing: who was removed must not go on. */
  readonly policies: PolicyReader;
  readonly recent: RecentCallers;
  /** Whose members may administrate it. Given by literal text of a rule alone. */
  readonly adminGroup: string;
  readonly breakGlass?: BreakGlass | undefined;
  /** Whose versions are written and believed. Default: those of any administrator. */
  readonly trust?: PolicyTrust | undefined;
  /** Its audience, unless it was acknowledged that an EKS cluster may have this name. */
  readonly lintAudience?: string | undefined;
}

export interface AdminOptions {
  readonly clusters: readonly AdminCluster[];
  readonly auth: AdminAuth;
  /** Absent where the deployment cannot look them up. */
  readonly privateDnsNames?: PrivateDnsNames | undefined;
  readonly taskContext: (context: Context) => TaskContext | undefined;
  readonly log: AdminLog;
  /** The present, in milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: () => number;
}

/** What is logged of a request. Field names are an interface. */
export interface AdminRecord {
  readonly event: 'admin';
  /** RFC 3339 */
  readonly time: string;
  readonly decisionId: string;
  readonly operation: OperationId;
  readonly cluster?: string | undefined;
  /** An ARN, or `static secret`; absent where nobody was proven, or their account is scrubbed. */
  readonly author?: string | undefined;
  /** Set where the break-glass rule let them in, and not the policy. */
  readonly breakGlass?: true | undefined;
  readonly status: number;
  readonly code?: string | undefined;
  /** Of an exception that is not ours: its kind. */
  readonly problem?: string | undefined;
  /** The version that was written. */
  readonly policyVersion?: number | undefined;
  /** Set where the account of the author is scrubbed. */
  readonly scrubbed?: true | undefined;
  readonly durationMs: number;
}

export type AdminLog = (record: AdminRecord) => void;

/** Longest request body, in bytes. */
const maxBodyBytes = 1024 * 1024;

/** Makes the admin API. */
export function createAdmin(options: AdminOptions): Hono {
  const clusters = new Map(options.clusters.map((cluster) => [cluster.id, cluster]));
  const app = new Hono();
  const entries = Object.entries(operations) as [OperationId, Operation][];
  // each path with all its methods before the next: one that is written out also has the form of one with a parameter
  for (const path of new Set(entries.map(([, operation]) => operation.path))) {
    const group = entries.filter(([, operation]) => operation.path === path);
    for (const [id, { method }] of group) {
      app.on(method, path, (c) => answer(c, id, clusters.get(c.req.param('cluster') ?? ''), options));
    }
    const allow = group.map(([, { method }]) => method).join(', ');
    const failure: Failure = { code: 'method_not_allowed', reason: `this path takes ${allow}` };
    app.all(path, () => failureAnswer(failure, crypto.randomUUID(), { allow }));
  }
  app.get('/openapi.json', (c) => c.json(document));
  app.notFound(() => failureAnswer({ code: 'not_found' }, crypto.randomUUID()));
  app.onError(() => failureAnswer({ code: 'internal' }, crypto.randomUUID()));
  return app;
}

/** What came of a request, for its answer and for the log. */
interface Outcome {
  readonly administrator?: Administrator;
  readonly result: { readonly body: object } | { readonly failure: Failure; readonly problem?: string };
}

async function answer(
  c: Context,
  id: OperationId,
  cluster: AdminCluster | undefined,
  options: AdminOptions,
): Promise<Response> {
  const { clock = Date.now, log } = options;
  const startedAt = clock();
  const decisionId = crypto.randomUUID();
  const { administrator, result } = await run(c, id, cluster, options);
  const failure = 'failure' in result ? result.failure : undefined;
  const body = 'body' in result ? result.body : {};
  log({
    event: 'admin',
    time: new Date(startedAt).toISOString(),
    decisionId,
    operation: id,
    cluster: cluster?.id,
    author: administrator?.author,
    breakGlass: administrator?.breakGlass,
    status: failure === undefined ? 200 : statusOfFailure(failure),
    code: failure?.code,
    problem: 'problem' in result ? result.problem : undefined,
    policyVersion: 'applied' in body && body.applied && 'version' in body ? Number(body.version) : undefined,
    durationMs: Math.max(0, clock() - startedAt),
  });
  return failure === undefined ? jsonAnswer(200, body, decisionId) : failureAnswer(failure, decisionId);
}

async function run(
  c: Context,
  id: OperationId,
  cluster: AdminCluster | undefined,
  options: AdminOptions,
): Promise<Outcome> {
  const context = options.taskContext(c);
  let administrator: Administrator | undefined;
  try {
    const proven = await authorize(c.req.raw, options.auth, cluster && { ...cluster, context });
    if (!proven.ok) return { result: { failure: { code: proven.code, reason: reasonOf(proven) } } };
    administrator = proven;
    if (cluster === undefined) throw new FailureError({ code: 'not_found' });
    const input = await readInput(c, operations[id], maxBodyBytes);
    const { privateDnsNames } = options;
    const call: Call = {
      cluster,
      administrator,
      privateDnsNames,
      context,
      clock: options.clock ?? Date.now,
      ...input,
    };
    return { administrator, result: { body: await handlers[id](call) } };
  } catch (error) {
    const failure = failureOf(error);
    const problem = error instanceof Error ? error.name : typeof error;
    const known = { ...(administrator && { administrator }) };
    return { ...known, result: { failure, ...(failure.code === 'internal' ? { problem } : {}) } };
  }
}

async function readInput(
  c: Context,
  operation: Operation,
  maxBytes: number,
): Promise<Pick<Call, 'body' | 'text' | 'parameters'>> {
  const parameters = { ...c.req.param(), ...readQuery(c, operation.query ?? []) };
  if (operation.request === undefined && !operation.takesPart)
    return { body: undefined, text: '', parameters };
  if (!isJsonType(c.req.header('content-type') ?? null))
    throw new FailureError({ code: 'unsupported_media_type' });
  const text = await readText(c.req.raw.body, maxBytes).catch((error: unknown) => {
    throw new FailureError({ code: error instanceof BodyTooLargeError ? 'body_too_large' : 'not_json' });
  });
  if (operation.request === undefined) return { body: undefined, text, parameters };
  const read = v.safeParse(operation.request, parseJson(text));
  if (read.success) return { body: read.output, text: '', parameters };
  const issues = read.issues.map((issue) => ({ path: v.getDotPath(issue) ?? '', message: wordsOf(issue) }));
  throw new FailureError({ code: 'request_invalid', issues });
}

/** The library's own words repeat the value, which may be a token in the wrong place. */
function wordsOf({ expected, received, type, message }: v.BaseIssue<unknown>): string {
  if (expected === 'never') return 'unknown field';
  if (received === 'undefined') return 'is missing';
  if (type === 'custom') return message; // ours
  return expected === null ? `does not satisfy ${type}` : `must be ${expected}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FailureError({ code: 'not_json' });
  }
}

function readQuery(c: Context, names: readonly string[]): Record<string, string> {
  const query = c.req.query();
  for (const [name, values] of Object.entries(c.req.queries())) {
    // of two values the comma is no digit
    if (names.includes(name) && /^[1-9][0-9]{0,14}$/.test(values.join())) continue;
    const message = names.includes(name) ? 'must be one whole number, 1 at least' : 'unknown parameter';
    throw new FailureError({ code: 'request_invalid', issues: [{ path: name.slice(0, 64), message }] });
  }
  return query;
}
