/**
 * From settings to the app, the same on every runtime.
 *
 * @module
 */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type { ConfigurationError } from '../errors.ts';
import { errorAnswer } from '../http/answers.ts';
import type { Log } from '../http/log.ts';
import { createWebhook } from '../http/webhook.ts';
import type { TaskContext } from '../lib/flights.ts';
import { PolicyReader } from '../policy/reader.ts';
import { BreakGlass } from '../review/break-glass.ts';
import type { Store } from '../store/store.ts';
import { createVerifier } from '../verifier/verifier.ts';
import type { Settings } from './settings.ts';

/** What a runtime gives. */
export interface Parts {
  readonly store: Store;
  readonly taskContext: (context: Context) => TaskContext | undefined;
  readonly log: Log;
}

/** Makes the app of a deployment. */
export function createApp(settings: Settings, { store, taskContext, log }: Parts): Hono {
  const { breakGlass } = settings;
  const clusters = settings.clusters.map(({ id, audience, apiServerAuth }) => ({
    id,
    apiServerAuth,
    verifier: createVerifier({
      ...settings.endpoints,
      audience,
      acknowledgeSharedName: true, // the settings have warned
      identitySeconds: settings.identitySeconds,
      stsDeadlineMs: settings.stsDeadlineMs,
      maxTokenLength: settings.maxTokenLength,
      cacheBytes: Math.floor(settings.cacheBytes / settings.clusters.length),
    }),
    policies: new PolicyReader({
      store,
      cluster: id,
      holdMs: settings.policySeconds * 1000,
      lastGoodMs: settings.lastGoodSeconds * 1000,
    }),
    breakGlass: breakGlass?.cluster === id ? new BreakGlass(breakGlass) : undefined,
  }));
  return createWebhook({ clusters, defaultCluster: settings.defaultCluster, taskContext, log });
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
export const logJson: Log = (record) => {
  const line = JSON.stringify(record);
  if (record.breakGlass) console.error(line);
  else console.log(line);
};

/** Writes the warnings of the settings, a line each. */
export function logWarnings(settings: Settings): void {
  for (const warning of settings.warnings) console.warn(JSON.stringify({ event: 'warning', warning }));
}
