/**
 * The webhook on Deno: `deno serve --unstable-kv --allow-env --allow-net src/runtime/deno.ts`. A wrong configuration ends
 * the process with a message.
 *
 * @module
 */
import { detached } from '../lib/flights.ts';
import { type DenoKv, DenoKvStore } from '../store/deno-kv.ts';
import { FileStore } from '../store/file.ts';
import type { Store } from '../store/store.ts';
import { createApp, logJson, logWarnings } from './app.ts';
import { readPolicyLocation } from './policy-location.ts';
import { readSettings } from './settings.ts';

/** The part of Deno that is used. */
declare const Deno: {
  readonly env: { toObject(): Record<string, string> };
  openKv(path?: string): Promise<DenoKv>;
};

const env = Deno.env.toObject();
const settings = readSettings(env);
logWarnings(settings);
const app = createApp(settings, {
  store: await openStore(env.CALLERID_POLICY),
  taskContext: () => detached,
  log: logJson,
});

const server: { fetch(request: Request): Response | Promise<Response> } = {
  fetch: (request) => app.fetch(request),
};

export default server;

async function openStore(value: string | undefined): Promise<Store> {
  const location = readPolicyLocation(value);
  return location.kind === 'file'
    ? new FileStore(location.path)
    : new DenoKvStore(await Deno.openKv(location.path));
}
