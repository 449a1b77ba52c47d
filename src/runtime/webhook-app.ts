/**
 * From settings to the webhook, the same on every runtime.
 *
 * @module
 */
import { createPrivateDnsNames, type PrivateDnsNamesOptions } from '../ec2/private-dns-names.ts';
import type { App, RequestContext } from '../http/routes.ts';
import { scrubbing } from '../http/scrub.ts';
import { joinSinks, type LogRecord, type Sink } from '../http/sink.ts';
import { type ClientCertificate, type Cluster, createWebhook, type WebhookOptions } from '../http/webhook.ts';
import type { TaskContext } from '../lib/flights.ts';
import { PolicyReader } from '../policy/reader.ts';
import { BreakGlass } from '../review/break-glass.ts';
import { createIncumbent } from '../review/shadow/call.ts';
import type { Store } from '../store/store.ts';
import type { Verifier } from '../verifier/verifier.ts';
import type { ClusterSettings } from './cluster-settings.ts';
import { type Limiters, stsGates } from './sts-gates.ts';
import { clusterVerifiers } from './verifiers.ts';
import type { Settings } from './webhook-settings.ts';

/** What a runtime gives. */
export interface WebhookParts {
  readonly store: Store;
  readonly taskContext: (context: RequestContext) => TaskContext | undefined;
  /** For the webhook alone: nobody administrates by a certificate. */
  readonly clientCertificate: ClientCertificate | undefined;
  readonly log: (record: LogRecord) => void;
  /** Who else is told of what is logged. */
  readonly observers?: readonly Sink[] | undefined;
  /** Those of the platform, in place of the settings' own. */
  readonly limiters?: Limiters | undefined;
  /** How long look-ups in EC2 wait for more of them, in milliseconds. Default 0, as on Workers one has to. */
  readonly ec2BatchMs?: number;
}

/** Makes the app of a deployment that is a webhook and nothing else. */
export function createWebhookApp(settings: Settings, parts: WebhookParts): App {
  const log = recorder(settings, sinksOf(parts));
  const verifierOf = clusterVerifiers(settings, { gatesOf: stsGates(settings, parts.limiters, log) });
  const clusters = settings.clusters.map((cluster) =>
    servedCluster(cluster, settings, parts.store, verifierOf(cluster, cluster.audience)),
  );
  return createWebhook({ ...webhookOptions(settings, parts), log, clusters });
}

/**
 * Whatever of a webhook is not a cluster's.
 *
 * @param ec2 how EC2 is called; by default as anybody is
 */
export function webhookOptions(
  settings: Settings,
  { taskContext, clientCertificate, ec2BatchMs = 0 }: WebhookParts,
  ec2?: Pick<PrivateDnsNamesOptions, 'fetch'>,
): Omit<WebhookOptions, 'clusters' | 'log'> {
  const { defaultCluster } = settings;
  const privateDnsNames =
    settings.ec2 && createPrivateDnsNames({ ...settings.ec2, ...ec2, batchMs: ec2BatchMs });
  // Requests come from an HTTP server on every runtime.
  return { defaultCluster, privateDnsNames, taskContext, clientCertificate, lengthHolds: true };
}

/** The log of a deployment and its observers, as one. */
export function sinksOf({ log, observers = [] }: Pick<WebhookParts, 'log' | 'observers'>): Sink {
  return joinSinks([{ record: log }, ...observers]);
}

/** What hands records to a sink, without what is personal where an account is scrubbed. */
export function recorder(
  { clusters }: { readonly clusters: readonly Pick<ClusterSettings, 'id' | 'scrubbedAccounts'>[] },
  sink: Sink,
): (record: LogRecord) => void {
  const scrubbed = clusters.flatMap(({ id, scrubbedAccounts }) =>
    scrubbedAccounts === undefined ? [] : [[id, scrubbedAccounts] as const],
  );
  const outer = scrubbed.length === 0 ? sink : scrubbing(sink, new Map(scrubbed));
  return (record) => outer.record(record);
}

/** A cluster, as the webhook serves it. */
export function servedCluster(
  { id, apiServerAuth, trust, shadow, scrubbedAccounts }: ClusterSettings,
  settings: Settings,
  store: Store,
  verifier: Verifier,
): Cluster & { readonly verifier: Verifier } {
  const { breakGlass } = settings;
  return {
    id,
    apiServerAuth,
    verifier,
    scrubbedAccounts,
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
