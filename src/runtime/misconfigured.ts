/**
 * What answers where the settings cannot work.
 *
 * @module
 */
import { Hono } from 'hono/tiny';
import type { ConfigurationError } from '../errors/classes.ts';
import { errorAnswer } from '../http/answers.ts';

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
