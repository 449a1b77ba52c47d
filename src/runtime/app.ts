/**
 * From settings to the app with every part, the same on every runtime.
 *
 * @module
 */
import { Hono } from 'hono/tiny';
import type { AdminOptions } from '../http/admin/admin.ts';
import { errorAnswer, outageAnswer } from '../http/answers.ts';
import type { App } from '../http/routes.ts';
import { joinSinks, type Sink } from '../http/sink.ts';
import { type Cluster, createWebhook } from '../http/webhook.ts';
import { RecentCallers } from '../policy/recent.ts';
import type { AtomicStore } from '../store/store.ts';
import { adminApp, type ServedCluster } from './admin-part.ts';
import { type IssuerPart, issuerApp } from './issuer-part.ts';
import { type CreateJwts, jwtVerifiers } from './jwt-verifiers.ts';
import type { Settings } from './settings.ts';
import { stsGates } from './sts-gates.ts';
import { clusterVerifiers, type StsCalls } from './verifiers.ts';
import { recorder, servedCluster, sinksOf, type WebhookParts, webhookOptions } from './webhook-app.ts';

/** What a runtime gives, and what a build brings in beside the webhook. */
export interface Parts extends WebhookParts {
  readonly observers?: readonly Observer[] | undefined;
  /** What counts; undefined where nothing does. */
  readonly metrics?: Metrics | undefined;
  /** The single writer behind the store; undefined where policies are only read here, and then there is no admin API. */
  readonly writer: AtomicStore | undefined;
  /** Makes the admin API; undefined where a deployment leaves it out. */
  readonly createAdmin: ((options: AdminOptions) => Hono) | undefined;
  /** Makes the issuers, with their keys; undefined where a deployment leaves them out, or has none. */
  readonly createIssuer?: IssuerPart | undefined;
  /** Reads JWTs that AWS issues; undefined where a deployment leaves them out. */
  readonly createJwts?: CreateJwts | undefined;
}

/** A sink that sees requests, too. */
export interface Observer extends Sink {
  /** The app, as it is observed. What it answers stays the same. */
  readonly around?: (app: App) => App;
  /** Hands on what waits. To be called before the process ends; it may never settle. */
  readonly end?: () => Promise<void>;
}

/** What counts, and shows it at `/metrics`. */
export interface Metrics extends Observer {
  /** Calls STS, and is told of it. */
  readonly sts: Required<StsCalls>;
  /** Calls EC2. */
  readonly fetchEc2: typeof fetch;
  /** Shows the policies of clusters, too. */
  readonly watch: (clusters: readonly Pick<Cluster, 'id' | 'policies'>[]) => void;
  /** Answers at `/metrics`: where there are secrets, only whoever has one. */
  readonly app: Hono;
}

/**
 * Makes the app of a deployment.
 *
 * @throws {ConfigurationError} where the settings want a part that is left out, or an admin API and nothing can write
 */
export function createApp(settings: Settings, parts: Parts): App {
  const { store, writer, log, metrics, createAdmin, createIssuer, createJwts } = parts;
  const observers = [...(parts.observers ?? []), ...(metrics ? [metrics] : [])];
  const record = recorder(settings, sinksOf({ log, observers }));
  const sts = { ...metrics?.sts, gatesOf: stsGates(settings, parts.limiters, record) };
  const jwtsOf = jwtVerifiers(createJwts, settings.maxTokenLength);
  const verifierOf = clusterVerifiers(settings, sts, jwtsOf);
  const clusters = settings.clusters.map((cluster): ServedCluster => {
    const { id, audience, acknowledgeSharedName, trust } = cluster;
    return {
      ...servedCluster(cluster, settings, store, verifierOf(cluster, audience)),
      lintAudience: acknowledgeSharedName ? undefined : audience,
      trust,
      recent: settings.admin && writer && new RecentCallers({ store: writer, cluster: id }),
    };
  });
  metrics?.watch(clusters);
  const options = {
    ...webhookOptions(settings, parts, metrics && { fetch: metrics.fetchEc2 }),
    log: record,
  };
  const policies = new Map(clusters.map((cluster) => [cluster.id, cluster.policies]));
  const others = [
    adminApp(settings, createAdmin, clusters, writer, sts, options),
    issuerApp(settings, createIssuer, verifierOf, policies, {
      ...options,
      log: recorder(settings, loggedFirst(log, joinSinks(observers))),
    }),
    settings.metricsSecretSha256 && metrics?.app,
  ];
  const app = createWebhook({ ...options, clusters, beyond: together(others) });
  return observers.reduce((inner, { around }) => around?.(inner) ?? inner, app);
}

/** Throws where the log does: a JWT that is not in it does not get out. */
function loggedFirst(log: Parts['log'], others: Sink): Sink {
  return {
    record(record) {
      log(record);
      others.record(record);
    },
  };
}

/** Parts of a deployment as one app, which answers as the webhook does where neither has anything; undefined without any. */
function together(apps: readonly (Hono | undefined)[]): Hono | undefined {
  if (apps.every((app) => app === undefined)) return undefined;
  const all = new Hono();
  for (const app of apps) if (app !== undefined) all.route('/', app);
  all.notFound(() => errorAnswer('not_found', crypto.randomUUID()));
  all.onError(() => outageAnswer('internal', crypto.randomUUID()));
  return all;
}
