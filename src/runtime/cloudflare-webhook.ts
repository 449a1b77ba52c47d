/**
 * The webhook on Cloudflare Workers and nothing else: for a deployment whose policies are written elsewhere. Name it as `main` in
 * `wrangler.toml`, and take the Durable Object out of it.
 *
 * @module
 */
import { createWorker, type Worker } from './worker.ts';

const worker: Worker = createWorker();

export default worker;
