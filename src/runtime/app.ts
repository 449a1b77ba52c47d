/**
 * From settings to the app with every part, the same on every runtime.
 *
 * @module
 */
import { Hono } from 'hono/tiny';
import type { AdminOptions } from '../http/admin/admin.ts';
import { errorAnswer, outageAnswer } from '../http/answers.ts';
import type { App } from '../http/routes.ts';
import { createWebhook } from '../http/webhook.ts';
import { RecentCallers } from '../policy/recent.ts';
import type { AtomicStore } from '../store/store.ts';
import { adminApp, type ServedCluster } from './admin-part.ts';
import { type IssuerPart, issuerApp } from './issuer-part.ts';
import { type CreateJwts, jwtVerifiers } from './jwt-verifiers.ts';
import type { LogRecord } from './log.ts';
import type { Settings } from './settings.ts';
import { stsGates } from './sts-gates.ts';
import { clusterVerifiers } from './verifiers.ts';
import { servedCluster, type WebhookParts, webhookOptions } from './webhook-app.ts';

/** What a runtime gives, and what a build brings in beside the webhook. */
export interface Parts extends WebhookParts<LogRecord> {
  /** The single writer behind the store; undefined where policies are only read here, and then there is no admin API. */
  readonly writer: AtomicStore | undefined;
  /** Makes the admin API; undefined where a deployment leaves it out. */
  readonly createAdmin: ((options: AdminOptions) => Hono) | undefined;
  /** Makes the issuers, with their keys; undefined where a deployment leaves them out, or has none. */
  readonly createIssuer?: IssuerPart | undefined;
  /** Reads JWTs that AWS issues; undefined where a deployment leaves them out. */
  readonly createJwts?: CreateJwts | undefined;
}

/**
 * Makes the app of a deployment.
 *
 * @throws {ConfigurationError} where the settings want a part that is left out, or an admin API and nothing can write
 */
export function createApp(settings: Settings, parts: Parts): App {
  const { store, writer, createAdmin, createIssuer, createJwts } = parts;
  const gatesOf = stsGates(settings, parts.limiters, parts.log);
  const verifierOf = clusterVerifiers(settings, gatesOf, jwtVerifiers(createJwts, settings.maxTokenLength));
  const clusters = settings.clusters.map((cluster): ServedCluster => {
    const { id, audience, acknowledgeSharedName, trust } = cluster;
    return {
      ...servedCluster(cluster, settings, store, verifierOf(cluster, audience)),
      lintAudience: acknowledgeSharedName ? undefined : audience,
      trust,
      recent: settings.admin && writer && new RecentCallers({ store: writer, cluster: id }),
    };
  });
  const options = webhookOptions(settings, parts);
  const policies = new Map(clusters.map((cluster) => [cluster.id, cluster.policies]));
  const others = [
    adminApp(settings, createAdmin, clusters, writer, gatesOf, options),
    issuerApp(settings, createIssuer, verifierOf, policies, options),
  ];
  return createWebhook({ ...options, clusters, beyond: together(others) });
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
