/**
 * What the entries for Cloudflare Workers have in common. Settings are variables and secrets, the policy is in the KV
 * namespace `POLICY`.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import { outageAnswer } from '../http/answers.ts';
import type { App, RequestContext } from '../http/routes.ts';
import type { TaskContext } from '../lib/flights.ts';
import type { Limiter } from '../lib/limiter.ts';
import { CloudflareKvStore, type KvNamespace } from '../store/cloudflare-kv.ts';
import { analyticsOf } from './analytics.ts';
import { edgeCertificate } from './edge-certificate.ts';
import { logJson, logWarnings } from './log.ts';
import { createMisconfiguredApp } from './misconfigured.ts';
import type { WebhookParts } from './webhook-app.ts';
import type { Settings } from './webhook-settings.ts';

/** Variables, secrets and bindings. */
export type Env = Readonly<Record<string, unknown>>;

/** What a Worker is: `fetch` with bindings and an execution context. */
export interface Worker {
  fetch(request: Request, env: Env, context: TaskContext): Response | Promise<Response>;
}

/** What a build serves. Both throw a {@link ConfigurationError} where that cannot work. */
export interface Build {
  readonly readSettings: (env: Env) => Settings;
  readonly createApp: (settings: Settings, parts: WebhookParts, env: Env) => App;
}

/** Makes the Worker. */
export function createWorker(build: Build): Worker {
  /** The app of this isolate; what was learnt of STS and of the policy lives as long. */
  let app: App | undefined;
  return {
    fetch(request, env, context) {
      try {
        app ??= appOf(env, build);
      } catch (error) {
        // Else the runtime would answer with a page of its own. Nothing is kept: the next request tries again.
        console.error(JSON.stringify({ event: 'internal', problem: String(error) }));
        return outageAnswer('internal', crypto.randomUUID());
      }
      return app.fetch(request, env, context);
    },
  };
}

function appOf(env: Env, { readSettings, createApp }: Build): App {
  try {
    const settings = readSettings(env);
    assertForWorkers(settings);
    const store = new CloudflareKvStore(namespaceOf(env));
    logWarnings(settings);
    const parts = {
      store,
      taskContext: ({ executionCtx }: RequestContext) => executionCtx,
      clientCertificate: async ({ req }: RequestContext) =>
        edgeCertificate((req.raw as { readonly cf?: unknown }).cf),
      log: logJson,
      limiters: { cluster: limiterOf(env, 'CLUSTER_LIMIT'), caller: limiterOf(env, 'CALLER_LIMIT') },
      observers: analyticsOf(env.METRICS, settings),
    };
    return createApp(settings, parts, env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    console.error(JSON.stringify({ event: 'misconfigured', problem: error.message }));
    return createMisconfiguredApp(error);
  }
}

/** A proxy's header would be believed from anybody: of a connection to the edge there is no address but the client's. */
const elsewhere = [
  ['clientCertificateProxy', 'CLIENT_CERTIFICATE_PROXY', 'Cloudflare itself tells of client certificates'],
  ['metricsSecretSha256', 'METRICS_SECRET_SHA256', 'metrics go to the dataset METRICS'],
  ['traces', 'TRACES', 'there are no traces'],
] as const;

function assertForWorkers(settings: Settings): void {
  for (const [setting, name, why] of elsewhere) {
    if (!settings[setting]) continue;
    throw new ConfigurationError(`CALLERID_${name}`, `has no effect on Workers, where ${why}`, 'Remove it.');
  }
}

/** The rate limiting bindings, which count for a whole location. Their numbers are in wrangler.toml. */
function limiterOf(env: Env, name: 'CLUSTER_LIMIT' | 'CALLER_LIMIT'): Limiter | undefined {
  const limiter = env[name];
  const variable = `CALLERID_${name}`;
  if (limiter === undefined) return undefined;
  if (typeof (limiter as Limiter | null)?.limit !== 'function') {
    throw new ConfigurationError(name, 'is no rate limiting binding', 'Bind it as in wrangler.toml.');
  }
  if (env[variable]) {
    throw new ConfigurationError(variable, `has no effect beside the binding ${name}`, 'Remove one of them.');
  }
  return limiter as Limiter;
}

function namespaceOf({ POLICY, CALLERID_POLICY }: Env): KvNamespace {
  if (CALLERID_POLICY) {
    throw new ConfigurationError(
      'CALLERID_POLICY',
      'has no effect on Workers, where the policy is in the KV namespace POLICY',
      'Remove it.',
    );
  }
  if (typeof POLICY === 'object' && POLICY !== null && 'get' in POLICY) return POLICY as KvNamespace;
  throw new ConfigurationError(
    'POLICY',
    'no KV namespace is bound',
    'Add it to kv_namespaces in wrangler.toml.',
  );
}
