/**
 * The webhook that an API server calls: `POST /authenticate`, `POST /clusters/:cluster/authenticate`, and health.
 *
 * @module
 */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type { PrivateDnsNames } from '../ec2/private-dns-names.ts';
import { type RequestErrorCode, textOf } from '../errors.ts';
import { BodyTooLargeError, readText } from '../lib/body.ts';
import type { TaskContext } from '../lib/flights.ts';
import { isJsonType } from '../lib/json.ts';
import type { PolicyReader } from '../policy/reader.ts';
import type { RecentCallers } from '../policy/recent.ts';
import type { BreakGlass } from '../review/break-glass.ts';
import { type Decision, decide } from '../review/decide.ts';
import { readTokenReview, type TokenReview } from '../review/token-review.ts';
import type { Verifier } from '../verifier/verifier.ts';
import { decisionAnswer, errorAnswer, outageAnswer } from './answers.ts';
import { type ApiServerAuth, mayAsk } from './api-server.ts';
import { type DecisionRecord, decisionFields, type Log } from './log.ts';

/** A cluster that is served. */
export interface Cluster {
  readonly id: string;
  readonly verifier: Verifier;
  readonly policies: PolicyReader;
  readonly apiServerAuth: ApiServerAuth;
  /** Remembers who came; undefined where nobody asks for it. */
  readonly recent?: RecentCallers | undefined;
  /** A rule from outside the store, which goes before the policy. */
  readonly breakGlass?: BreakGlass | undefined;
}

export interface WebhookOptions {
  readonly clusters: readonly Cluster[];
  /** ID of the cluster behind `POST /authenticate`. */
  readonly defaultCluster?: string | undefined;
  /** For rules that use `{{EC2PrivateDNSName}}`; without them such rules refuse. */
  readonly privateDnsNames?: PrivateDnsNames | undefined;
  /** What keeps shared work alive beyond its request; undefined where nothing does, and then nothing is shared. */
  readonly taskContext: (context: Context) => TaskContext | undefined;
  /** The SHA-256 fingerprint of the client certificate of a connection, proven; undefined where nothing proves one. */
  readonly clientCertificate?: ClientCertificate | undefined;
  readonly log: Log;
  /** Longest request body, in bytes. Default 64 KiB. */
  readonly maxBodyBytes?: number;
  /** The present, in milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: () => number;
}

/** Never rejects: who presents something else than a certificate presents none. */
export type ClientCertificate = (context: Context) => Promise<Uint8Array | undefined>;

/** Makes the webhook. */
export function createWebhook(options: WebhookOptions): Hono {
  const clusters = new Map(options.clusters.map((cluster) => [cluster.id, cluster]));
  const app = new Hono();
  app.post('/authenticate', (c) => answer(c, clusters.get(options.defaultCluster ?? ''), options));
  app.post('/clusters/:cluster/authenticate', (c) =>
    answer(c, clusters.get(c.req.param('cluster')), options),
  );
  app.all('/authenticate', () => errorAnswer('method_not_allowed', crypto.randomUUID()));
  app.all('/clusters/:cluster/authenticate', () => errorAnswer('method_not_allowed', crypto.randomUUID()));
  app.get('/healthz', (c) => c.text('ok'));
  app.get('/readyz', (c) => readiness(c, options));
  app.notFound(() => errorAnswer('not_found', crypto.randomUUID()));
  app.onError(() => outageAnswer('internal', crypto.randomUUID()));
  return app;
}

/** Answers one request, and logs it whatever came of it. */
async function answer(c: Context, cluster: Cluster | undefined, options: WebhookOptions): Promise<Response> {
  const { clock = Date.now, log } = options;
  const startedAt = clock();
  const decisionId = crypto.randomUUID();
  const outcome = await review(c, cluster, options).catch(brokenBy);
  log({
    event: 'review',
    time: new Date(startedAt).toISOString(),
    decisionId,
    cluster: cluster?.id,
    ...outcomeFields(outcome, cluster),
    durationMs: clock() - startedAt,
  });
  remember(outcome, cluster, options.taskContext(c));
  switch (outcome.kind) {
    case 'reviewed':
      return decisionAnswer(outcome.asked, outcome.decision, decisionId);
    case 'rejected':
      return errorAnswer(outcome.code, decisionId);
    case 'broken':
      return outageAnswer('internal', decisionId);
  }
}

/** Whoever was proven is remembered: a new policy is tried on them before it decides. */
function remember(outcome: Outcome, cluster: Cluster | undefined, context: TaskContext | undefined): void {
  if (outcome.kind !== 'reviewed' || cluster?.recent === undefined) return;
  const { decision } = outcome;
  if (decision.verdict !== 'mapped' && decision.verdict !== 'denied') return;
  if (decision.verdict === 'mapped' && decision.breakGlass) return;
  cluster.recent.note(decision.identity, decision.verdict === 'mapped');
  const flushing = cluster.recent.flushWhenDue();
  if (flushing !== undefined) context?.waitUntil(flushing);
}

type Outcome =
  | { readonly kind: 'reviewed'; readonly asked: TokenReview; readonly decision: Decision }
  | { readonly kind: 'rejected'; readonly code: RequestErrorCode }
  | { readonly kind: 'broken'; readonly problem: string };

/** The kind of an error is all that may be told: what it says may hold what was being worked on. */
function brokenBy(error: unknown): Outcome {
  return { kind: 'broken', problem: error instanceof Error ? error.name : typeof error };
}

function outcomeFields(
  outcome: Outcome,
  cluster: Cluster | undefined,
): Partial<DecisionRecord> & Pick<DecisionRecord, 'verdict'> {
  switch (outcome.kind) {
    case 'rejected':
      return { verdict: 'rejected', code: outcome.code, reason: textOf(outcome.code) };
    case 'broken': {
      const { problem } = outcome;
      return { verdict: 'unavailable', code: 'internal', reason: textOf('internal'), problem };
    }
    case 'reviewed': {
      const fields = decisionFields(outcome.decision);
      if (fields.verdict === 'foreign') return fields;
      return { ...fields, policyProblem: cluster?.policies.health().problem };
    }
  }
}

async function review(c: Context, cluster: Cluster | undefined, options: WebhookOptions): Promise<Outcome> {
  const certificate = await options.clientCertificate?.(c);
  if (!(await mayAsk(c.req.raw, cluster?.apiServerAuth, certificate)) || cluster === undefined) {
    return { kind: 'rejected', code: 'unauthorized' };
  }
  const asked = await readReview(c.req.raw, options.maxBodyBytes ?? 64 * 1024);
  if ('error' in asked) return { kind: 'rejected', code: asked.error };
  const { verifier, policies, breakGlass } = cluster;
  const { privateDnsNames } = options;
  const decision = await decide(asked, {
    verifier,
    policies,
    breakGlass,
    privateDnsNames,
    context: options.taskContext(c),
  });
  return { kind: 'reviewed', asked, decision };
}

async function readReview(
  request: Request,
  maxBytes: number,
): Promise<TokenReview | { error: RequestErrorCode }> {
  if (!isJsonType(request.headers.get('content-type'))) return { error: 'unsupported_media_type' };
  // A length that is told can only refuse: it spares the reading, and what is read is counted all the same.
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return { error: 'body_too_large' };
  let value: unknown;
  try {
    value = JSON.parse(await readText(request.body, maxBytes));
  } catch (error) {
    return { error: error instanceof BodyTooLargeError ? 'body_too_large' : 'not_json' };
  }
  const read = readTokenReview(value);
  return read.ok ? read : { error: read.code };
}

/**
 * Ready is who has a policy for every cluster. Anybody may ask, so which clusters there are and what is wrong inside a
 * policy is for the log alone.
 */
async function readiness(c: Context, options: WebhookOptions): Promise<Response> {
  const context = options.taskContext(c);
  const { clusters } = options;
  const policies = await Promise.all(clusters.map((cluster) => cluster.policies.current(context)));
  const problems = policies.flatMap((policy, index) => {
    if (!policy.ok) return `${policy.code}: ${policy.reason}`;
    return clusters[index]?.policies.health().problem === undefined ? [] : lastGood;
  });
  const ready = policies.every((policy) => policy.ok);
  return c.json({ ready, problems: [...new Set(problems)] }, ready ? 200 : 503);
}

const lastGood =
  'a policy cannot be read whole at the moment; the last good version decides as long as it may';
