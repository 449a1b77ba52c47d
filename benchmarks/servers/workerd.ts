/**
 * callerid on workerd, by its entry for a webhook alone, and the yardsticks beside it. The policy is in a variable, as workerd
 * has no KV of its own: what it costs to read is asked once in 30 seconds.
 *
 * @module
 */
import callerid from '../../src/runtime/cloudflare-webhook.ts';
import { createYardsticks, isYardstick } from './yardsticks.ts';

interface Env {
  readonly BENCH_YARDSTICKS: string;
  /** The values of the store, by key, as JSON. */
  readonly BENCH_POLICY: string;
}

let yardsticks: ReturnType<typeof createYardsticks> | undefined;
let bound: Record<string, unknown> | undefined;

export default {
  fetch(request: Request, env: Env, context: { waitUntil(promise: Promise<unknown>): void }) {
    yardsticks ??= createYardsticks(JSON.parse(env.BENCH_YARDSTICKS));
    if (isYardstick(request.url)) return yardsticks.fetch(request);
    bound ??= { ...env, POLICY: namespaceOf(JSON.parse(env.BENCH_POLICY)) };
    return callerid.fetch(request, bound, context);
  },
};

function namespaceOf(values: Readonly<Record<string, string>>) {
  return { get: async (key: string) => values[key] ?? null };
}
