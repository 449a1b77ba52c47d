/**
 * From settings to the app, the same on every runtime.
 *
 * @module
 */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import { createPrivateDnsNames } from '../ec2/private-dns-names.ts';
import { ConfigurationError } from '../errors/classes.ts';
import type { AdminOptions, AdminRecord } from '../http/admin/admin.ts';
import { errorAnswer } from '../http/answers.ts';
import type { DecisionRecord } from '../http/log.ts';
import { type ClientCertificate, type Cluster, createWebhook } from '../http/webhook.ts';
import type { TaskContext } from '../lib/flights.ts';
import { PolicyReader } from '../policy/reader.ts';
import { RecentCallers } from '../policy/recent.ts';
import { BreakGlass } from '../review/break-glass.ts';
import { createIncumbent } from '../review/shadow/call.ts';
import type { AtomicStore, Store } from '../store/store.ts';
import { createEndpointResolver } from '../sts/endpoints.ts';
import { CallBudget } from '../verifier/call-budget.ts';
import type { VerifierOptions } from '../verifier/options.ts';
import { createVerifier } from '../verifier/verifier.ts';
import type { AdminSettings } from './admin-settings.ts';
import type { ClusterSettings } from './cluster-settings.ts';
import type { Settings } from './settings.ts';

/** What a runtime gives. */
export interface Parts {
  readonly store: Store;
  /** The single writer behind the store; undefined where policies are only read here, and then there is no admin API. */
  readonly writer: AtomicStore | undefined;
  /** Makes the admin API; undefined where a deployment leaves it out. */
  readonly createAdmin: ((options: AdminOptions) => Hono) | undefined;
  readonly taskContext: (context: Context) => TaskContext | undefined;
  /** For the webhook alone: nobody administrates by a certificate. */
  readonly clientCertificate: ClientCertificate | undefined;
  readonly log: (record: DecisionRecord | AdminRecord) => void;
  /** How long look-ups in EC2 wait for more of them, in milliseconds. Default 0, as on Workers one has to. */
  readonly ec2BatchMs?: number;
}

/**
 * Makes the app of a deployment.
 *
 * @throws {ConfigurationError} where an admin API is wanted and nothing can write
 */
export function createApp(settings: Settings, parts: Parts): Hono {
  const { createAdmin, taskContext, clientCertificate, log, ec2BatchMs = 0 } = parts;
  const { admin, defaultCluster, ec2 } = settings;
  const clusters = settings.clusters.map((cluster) => clusterOf(cluster, settings, parts));
  const privateDnsNames = ec2 && createPrivateDnsNames({ ...ec2, batchMs: ec2BatchMs });
  const app = createWebhook({
    clusters,
    defaultCluster,
    privateDnsNames,
    taskContext,
    clientCertificate,
    log,
  });
  if (admin !== undefined) {
    if (createAdmin === undefined)
      throw noAdmin('this build has no admin API', 'Deploy src/runtime/cloudflare.ts');
    app.route(
      '/',
      createAdmin({ ...adminOf(admin, clusters, settings, parts), privateDnsNames, taskContext, log }),
    );
  }
  return app;
}

type ServedCluster = Cluster & {
  readonly recent: RecentCallers | undefined;
  readonly lintAudience: string | undefined;
};

function clusterOf(
  { id, audience, acknowledgeSharedName, apiServerAuth, shadow }: ClusterSettings,
  settings: Settings,
  { store, writer }: Parts,
): ServedCluster {
  const { breakGlass, admin } = settings;
  return {
    id,
    apiServerAuth,
    verifier: createVerifier({
      ...verifierOptions(settings),
      audience,
      identitySeconds: settings.identitySeconds,
      callBudget: new CallBudget(stsCallsPerToken),
    }),
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

/** An API server asks about one token again and again, as long as there is no verdict. */
const stsCallsPerToken = 2;

function adminOf(
  { audience, group, secretDigests }: AdminSettings,
  clusters: readonly ServedCluster[],
  settings: Settings,
  { writer }: Parts,
): Pick<AdminOptions, 'clusters' | 'auth'> {
  if (writer === undefined) {
    throw noAdmin(
      'there is nothing that can write policies',
      'On Workers bind the Durable Object POLICY_WRITER, see wrangler.toml',
    );
  }
  const verifier =
    audience === undefined
      ? undefined
      : createVerifier({
          ...verifierOptions(settings),
          audience,
          identitySeconds: settings.identitySeconds,
          cacheBytes: adminCacheBytes,
        });
  return {
    clusters: clusters.flatMap(({ recent, ...cluster }) => {
      if (recent === undefined) return [];
      const policies = new PolicyReader({
        store: writer,
        cluster: cluster.id,
        holdMs: 0,
        lastGoodMs: 0,
        cacheBytes: adminCacheBytes,
      });
      return { ...cluster, recent, policies, store: writer, adminGroup: group };
    }),
    auth: { verifier, secretDigests },
  };
}

/** For the identities of administrators, and for the parts of a policy that name them, in bytes: a large upload is many requests. */
const adminCacheBytes = 1024 * 1024;

function noAdmin(problem: string, fix: string): ConfigurationError {
  return new ConfigurationError(
    'CALLERID_ADMIN_AUDIENCE',
    problem,
    `${fix}; or remove the settings of the admin API.`,
  );
}

function verifierOptions(settings: Settings): Omit<VerifierOptions, 'audience'> {
  return {
    endpoints: createEndpointResolver(settings.endpoints),
    acknowledgeSharedName: true, // the settings have warned, or refused it
    stsDeadlineMs: settings.stsDeadlineMs,
    maxTokenLength: settings.maxTokenLength,
    cacheBytes: Math.floor(settings.cacheBytes / settings.clusters.length),
  };
}

/** The app of a deployment that is not configured: it reviews nothing, and `/readyz` names the variable and the fix. */
export function createMisconfiguredApp(error: ConfigurationError): Hono {
  const app = new Hono();
  app.get('/healthz', (c) => c.text('ok'));
  app.get('/readyz', (c) => c.json({ ready: false, problems: [forAnybody(error)] }, 503));
  app.all('*', () => errorAnswer('misconfigured', crypto.randomUUID()));
  return app;
}

/** The message without quoted values and IDs of clusters: they are for the log alone. */
function forAnybody({ setting, problem, fix }: ConfigurationError): string {
  const [variable] = setting.split('.');
  const withoutValues = problem.replace(/"(?:[^"\\]|\\.)*"/g, 'the value');
  return `${variable}: ${withoutValues}. ${fix}`.replace(/CALLERID_CLUSTERS\.\S+\.(\w+)/g, 'its $1');
}

/** Writes a line of JSON; of a use of the break-glass rule, as an error. */
export const logJson: Parts['log'] = (record) => {
  const line = JSON.stringify(record);
  if ('breakGlass' in record && record.breakGlass) console.error(line);
  else console.log(line);
};

/** Writes the warnings of the settings, a line each. */
export function logWarnings(settings: Settings): void {
  for (const warning of settings.warnings) console.warn(JSON.stringify({ event: 'warning', warning }));
}
