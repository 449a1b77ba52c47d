/**
 * From settings to the webhook, the same on every runtime.
 *
 * @module
 */
import { createPrivateDnsNames } from '../ec2/private-dns-names.ts';
import type { DecisionRecord } from '../http/log.ts';
import type { App, RequestContext } from '../http/routes.ts';
import { type ClientCertificate, type Cluster, createWebhook, type WebhookOptions } from '../http/webhook.ts';
import type { TaskContext } from '../lib/flights.ts';
import { PolicyReader } from '../policy/reader.ts';
import { BreakGlass } from '../review/break-glass.ts';
import { createIncumbent } from '../review/shadow/call.ts';
import type { Store } from '../store/store.ts';
import type { Verifier } from '../verifier/verifier.ts';
import type { ClusterSettings } from './cluster-settings.ts';
import { type CircuitRecord, type Limiters, stsGates } from './sts-gates.ts';
import { clusterVerifiers } from './verifiers.ts';
import type { Settings } from './webhook-settings.ts';

/** What a runtime gives. */
export interface WebhookParts<R = DecisionRecord | CircuitRecord> {
  readonly store: Store;
  readonly taskContext: (context: RequestContext) => TaskContext | undefined;
  /** For the webhook alone: nobody administrates by a certificate. */
  readonly clientCertificate: ClientCertificate | undefined;
  readonly log: (record: R) => void;
  /** Those of the platform, in place of the settings' own. */
  readonly limiters?: Limiters | undefined;
  /** How long look-ups in EC2 wait for more of them, in milliseconds. Default 0, as on Workers one has to. */
  readonly ec2BatchMs?: number;
}

/** Makes the app of a deployment that is a webhook and nothing else. */
export function createWebhookApp(settings: Settings, parts: WebhookParts): App {
  const { limiters, log } = parts;
  const verifierOf = clusterVerifiers(settings, stsGates(settings, limiters, log));
  const clusters = settings.clusters.map((cluster) =>
    servedCluster(cluster, settings, parts.store, verifierOf(cluster, cluster.audience)),
  );
  return createWebhook({ ...webhookOptions(settings, parts), clusters });
}

/** Whatever of a webhook is not a cluster's. */
export function webhookOptions<R>(
  { defaultCluster, ec2 }: Settings,
  { taskContext, clientCertificate, log, ec2BatchMs = 0 }: WebhookParts<R>,
): Omit<WebhookOptions, 'clusters' | 'log'> & Pick<WebhookParts<R>, 'log'> {
  const privateDnsNames = ec2 && createPrivateDnsNames({ ...ec2, batchMs: ec2BatchMs });
  // Requests come from an HTTP server on every runtime.
  return { defaultCluster, privateDnsNames, taskContext, clientCertificate, log, lengthHolds: true };
}

/** A cluster, as the webhook serves it. */
export function servedCluster(
  { id, apiServerAuth, trust, shadow }: ClusterSettings,
  settings: Settings,
  store: Store,
  verifier: Verifier,
): Cluster & { readonly verifier: Verifier } {
  const { breakGlass } = settings;
  return {
    id,
    apiServerAuth,
    verifier,
    policies: new PolicyReader({
      store,
      cluster: id,
      trust,
      holdMs: settings.policySeconds * 1000,
      lastGoodMs: settings.lastGoodSeconds * 1000,
      cacheBytes: Math.floor(settings.policyCacheBytes / settings.clusters.length),
    }),
    // In shadow mode it lets nobody in, and would hide what the policy says.
    breakGlass: breakGlass?.cluster === id && !shadow ? new BreakGlass(breakGlass) : undefined,
    incumbent: shadow && createIncumbent(shadow),
  };
}
