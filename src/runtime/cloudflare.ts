/**
 * The webhook on Cloudflare Workers, with the admin API, issuers and JWTs of AWS, and the single writer of policies.
 *
 * @module
 */
import { createAdmin } from '../http/admin/admin.ts';
import { jwtParts } from './jwt-parts.ts';
import { createWorker, type Worker } from './worker.ts';
import { buildWith } from './worker-parts.ts';

const worker: Worker = createWorker(buildWith({ createAdmin, ...jwtParts }));

export default worker;

/** For the binding `POLICY_WRITER`: the single writer of each cluster. */
export { PolicyObject } from '../store/policy-object.ts';
