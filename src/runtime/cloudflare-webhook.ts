/**
 * The webhook on Cloudflare Workers and nothing else: for a deployment whose policies are written elsewhere. Name it as `main` in
 * `wrangler.toml`, and take the Durable Object out of it.
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
