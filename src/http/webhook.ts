/**
 * The webhook that an API server calls: `POST /authenticate`, `POST /clusters/:cluster/authenticate`, and health.
 *
 * @module
 */
import type { PrivateDnsNames } from '../ec2/private-dns-name.ts';
import { type RequestErrorCode, requestErrors } from '../errors/request.ts';
import { outages, reasonOf } from '../errors/review.ts';
import { type BodyLimits, BodyTooLargeError, readMessageText } from '../lib/body.ts';
import type { TaskContext } from '../lib/flights.ts';
import { isJsonType } from '../lib/json.ts';
import type { PolicyReader } from '../policy/reader.ts';
import type { RecentCallers } from '../policy/recent.ts';
import type { BreakGlass } from '../review/break-glass.ts';
import { type Decision, decide } from '../review/decide.ts';
import type { Incumbent } from '../review/shadow/call.ts';
import { readTokenReview, type TokenReview } from '../review/token-review.ts';
import { stopwatch, type Wait } from '../review/waits.ts';
import type { Verifier } from '../verifier/verifier.ts';
import { decisionAnswer, errorAnswer, incumbentAnswer, outageAnswer } from './answers.ts';
import { type ApiServerAuth, createMayAsk, type MayAsk } from './api-server.ts';
import { type DecisionRecord, decisionFields, type Log, type ShadowRecord } from './log.ts';
import { type Answerer, type App, createRoutes, type RequestContext } from './routes.ts';
import { shadowRecord } from './shadow.ts';

/** A cluster that is served. */
export interface Cluster {
  readonly id: string;
  readonly verifier: Pick<Verifier, 'isForeign' | 'verify'>;
  readonly policies: PolicyReader;
  readonly apiServerAuth: ApiServerAuth;
  /** Remembers who came; undefined where nobody asks for it. */
  readonly recent?: RecentCallers | undefined;
  /** A rule from outside the store, which goes before the policy. */
  readonly breakGlass?: BreakGlass | undefined;
  /** Who decides in shadow mode; undefined where callerid does. */
  readonly incumbent?: Incumbent | undefined;
  /** Accounts whose principals no answer names. */
  readonly scrubbedAccounts?: ReadonlySet<string> | undefined;
}

export interface WebhookOptions {
  readonly clusters: readonly Cluster[];
  /** ID of the cluster behind `POST /authenticate`. */
  readonly defaultCluster?: string | undefined;
  /** For rules that use `{{EC2PrivateDNSName}}`; without them such rules refuse. */
  readonly privateDnsNames?: PrivateDnsNames | undefined;
  /** What keeps shared work alive beyond its request; undefined where nothing does, and then nothing is shared. */
  readonly taskContext: (context: RequestContext) => TaskContext | undefined;
  /** The SHA-256 fingerprint of the client certificate of a connection, proven; undefined where nothing proves one. */
  readonly clientCertificate?: ClientCertificate | undefined;
  readonly log: Log;
  /** Answers whatever has another path. Default: nothing is there. */
  readonly beyond?: App | undefined;
  /** Longest request body, in bytes. Default 64 KiB. */
  readonly maxBodyBytes?: number;
  /** Whether no body is ever longer than its content-length: see {@link BodyLimits}. Default false. */
  readonly lengthHolds?: boolean;
  /** The present, in milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: () => number;
}

/** Never rejects: who presents something else than a certificate presents none. */
export type ClientCertificate = (context: RequestContext) => Promise<Uint8Array | undefined>;

/** Makes the webhook. */
export function createWebhook(options: WebhookOptions): App {
  const served = new Map(
    options.clusters.map((cluster) => [cluster.id, { cluster, mayAsk: createMayAsk(cluster.apiServerAuth) }]),
  );
  const unknown: Served = { cluster: undefined, mayAsk: createMayAsk(undefined) };
  const route: Answerer = (c, method, path) => {
    if (path === '/healthz' && method === 'GET') return new Response('ok');
    if (path === '/readyz' && method === 'GET') return readiness(c, options);
    const id = path === '/authenticate' ? (options.defaultCluster ?? '') : clusterPath.exec(path)?.[1];
    if (id === undefined) {
      const { beyond } = options;
      if (beyond !== undefined) return beyond.fetch(c.req.raw, c.env, c.executionCtx);
      return errorAnswer('not_found', crypto.randomUUID());
    }
    if (method !== 'POST') return errorAnswer('method_not_allowed', crypto.randomUUID());
    return answer(c, served.get(id) ?? unknown, options);
  };
  return createRoutes(async (c, method, path) => {
    try {
      return await route(c, method, path);
    } catch {
      return outageAnswer('internal', crypto.randomUUID());
    }
  });
}

const clusterPath = /^\/clusters\/([^/]+)\/authenticate$/;

/** What was asked for: a cluster, or one that there is not. */
interface Served {
  readonly cluster: Cluster | undefined;
  readonly mayAsk: MayAsk;
}

/** Answers one request, and logs it whatever came of it. */
async function answer(c: RequestContext, served: Served, options: WebhookOptions): Promise<Response> {
  const { cluster } = served;
  const { clock = Date.now, log } = options;
  const startedAt = clock();
  const decisionId = crypto.randomUUID();
  const context = options.taskContext(c);
  const { wait, waited } = stopwatch(clock);
  let endedAt = startedAt;
  const note = (outcome: Outcome, shadow?: ShadowRecord) => {
    log({
      event: 'review',
      time: new Date(startedAt).toISOString(),
      decisionId,
      cluster: cluster?.id,
      ...outcomeFields(outcome, cluster, endedAt),
      durationMs: Math.max(0, endedAt - startedAt),
      ...waited,
      shadow,
    });
    remember(outcome, cluster, context);
  };
  const admitted = await admit(c, served, options).catch(brokenBy);
  const decided = async (): Promise<Outcome> => {
    const outcome =
      admitted.kind === 'admitted'
        ? await review(admitted, options, context, wait).catch(brokenBy)
        : admitted;
    endedAt = clock();
    return outcome;
  };
  if (admitted.kind === 'admitted' && admitted.cluster.incumbent !== undefined) {
    const asking = admitted.cluster.incumbent(admitted.asked);
    // Nothing of ours is waited for, and nobody is left to be told where it fails.
    const comparing = Promise.all([decided(), asking, answered(asking)])
      .then(([ours, theirs]) =>
        note(ours, shadowRecord(theirs, ours.kind === 'reviewed' ? ours.decision : undefined)),
      )
      .catch(() => {});
    context?.waitUntil(comparing);
    return incumbentAnswer(admitted.asked, await asking, decisionId);
  }
  const outcome = await decided();
  note(outcome);
  switch (outcome.kind) {
    case 'reviewed':
      return decisionAnswer(outcome.asked, outcome.decision, decisionId);
    case 'rejected':
      return errorAnswer(outcome.code, decisionId);
    case 'broken':
      return outageAnswer('internal', decisionId);
  }
}

/** When what was waited for has been answered with: what is done then delays no answer. */
async function answered(asking: Promise<unknown>): Promise<void> {
  await asking;
  await new Promise((resolve) => setTimeout(resolve, 0));
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

type Reviewed = { readonly kind: 'reviewed'; readonly asked: TokenReview; readonly decision: Decision };
type Rejected = { readonly kind: 'rejected'; readonly code: RequestErrorCode };
type Broken = { readonly kind: 'broken'; readonly problem: string };
type Outcome = Reviewed | Rejected | Broken;

/** The kind of an error is all that may be told: what it says may hold what was being worked on. */
function brokenBy(error: unknown): Broken {
  return { kind: 'broken', problem: error instanceof Error ? error.name : typeof error };
}

function outcomeFields(
  outcome: Outcome,
  cluster: Cluster | undefined,
  now: number,
): Partial<DecisionRecord> & Pick<DecisionRecord, 'verdict'> {
  switch (outcome.kind) {
    case 'rejected':
      return { verdict: 'rejected', code: outcome.code, reason: requestErrors[outcome.code] };
    case 'broken': {
      const { problem } = outcome;
      return { verdict: 'unavailable', code: 'internal', reason: outages.internal, problem };
    }
    case 'reviewed': {
      const fields = decisionFields(outcome.decision, now);
      if (fields.verdict === 'foreign') return fields;
      return { ...fields, policyProblem: cluster?.policies.health().problem };
    }
  }
}

/** A review that its API server may ask for. */
interface Admitted {
  readonly kind: 'admitted';
  readonly cluster: Cluster;
  readonly asked: TokenReview;
}

async function admit(
  c: RequestContext,
  { cluster, mayAsk }: Served,
  options: WebhookOptions,
): Promise<Admitted | Rejected> {
  const certificate = await options.clientCertificate?.(c);
  if (!(await mayAsk(c.req.raw, certificate)) || cluster === undefined) {
    return { kind: 'rejected', code: 'unauthorized' };
  }
  const { maxBodyBytes: maxBytes = 64 * 1024, lengthHolds = false } = options;
  const asked = await readReview(c.req.raw, { maxBytes, lengthHolds });
  if ('error' in asked) return { kind: 'rejected', code: asked.error };
  return { kind: 'admitted', cluster, asked };
}

async function review(
  { cluster, asked }: Admitted,
  { privateDnsNames }: WebhookOptions,
  context: TaskContext | undefined,
  wait: Wait,
): Promise<Reviewed> {
  const { verifier, policies, breakGlass, scrubbedAccounts } = cluster;
  const judging = { verifier, policies, breakGlass, privateDnsNames, context, wait, scrubbedAccounts };
  const decision = await decide(asked, judging);
  return { kind: 'reviewed', asked, decision };
}

async function readReview(
  request: Request,
  limits: BodyLimits,
): Promise<TokenReview | { error: RequestErrorCode }> {
  if (!isJsonType(request.headers.get('content-type'))) return { error: 'unsupported_media_type' };
  let value: unknown;
  try {
    value = JSON.parse(await readMessageText(request, limits));
  } catch (error) {
    return { error: error instanceof BodyTooLargeError ? 'body_too_large' : 'not_json' };
  }
  const read = readTokenReview(value);
  return read.ok ? read : { error: read.code };
}

/**
 * Ready is who has a policy for every cluster that it decides for. Anybody may ask, so which clusters there are and what
 * is wrong inside a policy is for the log alone.
 */
async function readiness(c: RequestContext, options: WebhookOptions): Promise<Response> {
  const context = options.taskContext(c);
  const { clusters } = options;
  const policies = await Promise.all(clusters.map((cluster) => cluster.policies.current(context)));
  const problems = policies.flatMap((policy, index) => {
    if (!policy.ok) return `${policy.code}: ${reasonOf(policy)}`;
    return clusters[index]?.policies.health().problem === undefined ? [] : lastGood;
  });
  // Where the incumbent decides, a policy that is not there must not take the way to it out of service.
  const ready = policies.every((policy, index) => policy.ok || clusters[index]?.incumbent !== undefined);
  return Response.json({ ready, problems: [...new Set(problems)] }, { status: ready ? 200 : 503 });
}

const lastGood =
  'a policy cannot be read whole at the moment; the last good version decides as long as it may';
