/**
 * What answers where the settings cannot work.
 *
 * @module
 */
import type { ConfigurationError } from '../errors/classes.ts';
import { errorAnswer } from '../http/answers.ts';
import { type App, createRoutes } from '../http/routes.ts';

/** The app of a deployment that is not configured: it reviews nothing, and `/readyz` names the variable and the fix. */
export function createMisconfiguredApp(error: ConfigurationError): App {
  return createRoutes((_, method, path) => {
    if (path === '/healthz' && method === 'GET') return new Response('ok');
    if (path !== '/readyz' || method !== 'GET') return errorAnswer('misconfigured', crypto.randomUUID());
    return Response.json({ ready: false, problems: [forAnybody(error)] }, { status: 503 });
  });
}

/** The message without quoted values and IDs of clusters: they are for the log alone. */
function forAnybody({ setting, problem, fix }: ConfigurationError): string {
  const [variable] = setting.split('.');
  const withoutValues = problem.replace(/"(?:[^"\\]|\\.)*"/g, 'the value');
  return `${variable}: ${withoutValues}. ${fix}`.replace(/CALLERID_CLUSTERS\.\S+\.(\w+)/g, 'its $1');
}
