/**
 * The guard before Express, Fastify and `node:http`, whose requests are no `Request`.
 *
 * @example
 * ```ts
 * import { createGuard } from 'callerid';
 * import { nodeGuard, sendResponse } from 'callerid/node';
 * import express from 'express';
 *
 * const origin = 'https://orders.example.com';
 * const guard = nodeGuard(createGuard({ audience: origin, allow: { accounts: ['111122223333'] } }), { origin });
 *
 * const app = express();
 * app.use(async (req, res, next) => {
 *   const { caller, response } = await guard(req);
 *   if (response) return sendResponse(res, response);
 *   res.locals.caller = caller;
 *   next();
 * });
 * ```
 *
 * @module
 */

export type { Caller, Guard, Guarded } from './http/guard/guard.ts';
export type { GuardCall } from './http/guard/options.ts';
export {
  type NodeGuard,
  type NodeGuardCall,
  type NodeGuardOptions,
  type NodeRequest,
  type NodeResponse,
  nodeGuard,
  sendResponse,
} from './http/node.ts';
