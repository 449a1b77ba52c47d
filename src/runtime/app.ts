/**
 * From settings to the app, the same on every runtime.
 *
 * @module
 */
import type { Context, Hono } from 'hono';
import { createPrivateDnsNames } from '../ec2/private-dns-names.ts';
import type { AdminOptions, AdminRecord } from '../http/admin/admin.ts';
import type { DecisionRecord } from '../http/log.ts';
import { type ClientCertificate, createWebhook } from '../http/webhook.ts';
import type { TaskContext } from '../lib/flights.ts';
import { PolicyReader } from '../policy/reader.ts';
import { RecentCallers } from '../policy/recent.ts';
import { BreakGlass } from '../review/break-glass.ts';
import { createIncumbent } from '../review/shadow/call.ts';
import type { AtomicStore, Store } from '../store/store.ts';
import { adminApp, type ServedCluster } from './admin-part.ts';
import type { ClusterSettings } from './cluster-settings.ts';
import { type ExchangeEvent, type IssuerPart, issuerApp } from './issuer-part.ts';
import type { Settings } from './settings.ts';
import { type ClusterVerifier, type CreateJwts, clusterVerifiers } from './verifiers.ts';

/** What a runtime gives. */
export interface Parts {
  readonly store: Store;
  /** The single writer behind the store; undefined where policies are only read here, and then there is no admin API. */
  readonly writer: AtomicStore | undefined;
  /** Makes the admin API; undefined where a deployment leaves it out. */
  readonly createAdmin: ((options: AdminOptions) => Hono) | undefined;
  /** Makes the issuers, with their keys; undefined where a deployment leaves them out, or has none. */
  readonly createIssuer?: IssuerPart | undefined;
  /** Reads JWTs that AWS issues; undefined where a deployment leaves them out. */
  readonly createJwts?: CreateJwts | undefined;
  readonly taskContext: (context: Context) => TaskContext | undefined;
  /** For the webhook alone: nobody administrates by a certificate. */
  readonly clientCertificate: ClientCertificate | undefined;
  readonly log: (record: DecisionRecord | AdminRecord | ExchangeEvent) => void;
  /** How long look-ups in EC2 wait for more of them, in milliseconds. Default 0, as on Workers one has to. */
  readonly ec2BatchMs?: number;
}

/**
 * Makes the app of a deployment.
 *
 * @throws {ConfigurationError} where the settings want a part that is left out, or an admin API and nothing can write
 */
export function createApp(settings: Settings, parts: Parts): Hono {
  const { writer, createAdmin, createIssuer, createJwts, taskContext, clientCertificate, log } = parts;
  const { defaultCluster, ec2 } = settings;
  const verifierOf = clusterVerifiers(settings, createJwts);
  const clusters = settings.clusters.map((cluster) => clusterOf(cluster, settings, parts, verifierOf));
  const privateDnsNames = ec2 && createPrivateDnsNames({ ...ec2, batchMs: parts.ec2BatchMs ?? 0 });
  const shared = { privateDnsNames, taskContext, log };
  const policies = new Map(clusters.map((cluster) => [cluster.id, cluster.policies]));
  // Requests come from an HTTP server in every runtime.
  const app = createWebhook({ ...shared, clusters, defaultCluster, clientCertificate, lengthHolds: true });
  for (const part of [
    adminApp(settings, createAdmin, clusters, writer, shared),
    issuerApp(settings, createIssuer, verifierOf, policies, shared),
  ]) {
    if (part !== undefined) app.route('/', part);
  }
  return app;
}

function clusterOf(
  cluster: ClusterSettings,
  settings: Settings,
  { store, writer }: Parts,
  verifierOf: ClusterVerifier,
): ServedCluster {
  const { id, audience, acknowledgeSharedName, apiServerAuth, shadow } = cluster;
  const { breakGlass, admin } = settings;
  return {
    id,
    apiServerAuth,
    verifier: verifierOf(cluster, audience),
    policies: new PolicyReader({
      store,
      cluster: id,
      holdMs: settings.policySeconds * 1000,
      lastGoodMs: settings.lastGoodSeconds * 1000,
      cacheBytes: Math.floor(settings.policyCacheBytes / settings.clusters.length),
    }),
    // In shadow mode it lets nobody in, and would hide what the policy says.
    breakGlass: breakGlass?.cluster === id && !shadow ? new BreakGlass(breakGlass) : undefined,
    lintAudience: acknowledgeSharedName ? undefined : audience,
    incumbent: shadow && createIncumbent(shadow),
    recent: admin && writer && new RecentCallers({ store: writer, cluster: id }),
  };
}

/** Writes a line of JSON; of a use of the break-glass rule, as an error. */
export const logJson: Parts['log'] = (record) => {
  const line = JSON.stringify(record);
  if ('breakGlass' in record && record.breakGlass) console.error(line);
  else console.log(line);
};

/** Writes the warnings of the settings, a line each. */
export function logWarnings(settings: Settings): void {
  for (const warning of settings.warnings) logWarning(warning);
}

/** Writes a warning as a line. */
export function logWarning(warning: string): void {
  console.warn(JSON.stringify({ event: 'warning', warning }));
}
