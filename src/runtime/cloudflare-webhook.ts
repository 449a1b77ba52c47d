/**
 * The webhook on Cloudflare Workers and nothing else: for a deployment whose policies are written elsewhere. It is the
 * environment `webhook` of `wrangler.toml`.
 *
 * @module
 */
import { leftOut } from './left-out.ts';
import { createWebhookApp } from './webhook-app.ts';
import { readWebhookSettings } from './webhook-settings.ts';
import { createWorker, type Worker } from './worker.ts';

const worker: Worker = createWorker({
  readSettings: (env) => readWebhookSettings(env, leftOut),
  createApp: createWebhookApp,
});

export default worker;
