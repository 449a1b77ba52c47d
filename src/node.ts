/**
 * The guard before Express, Fastify and `node:http`, whose requests are no `Request`.
 *
 * @example
 * ```ts
 * import { createGuard } from 'callerid';
 * import { sendResponse, toRequest } from 'callerid/node';
 * import express from 'express';
 *
 * const origin = 'https://orders.example.com';
 * const guard = createGuard({ audience: origin, allow: { accounts: ['111122223333'] } });
 *
 * const app = express();
 * app.use(async (req, res, next) => {
 *   const caller = await guard(toRequest(req, { origin }));
 *   if (caller instanceof Response) return sendResponse(res, caller);
 *   res.locals.caller = caller;
 *   next();
 * });
 * ```
 *
 * @module
 */
export {
  type NodeRequest,
  type NodeResponse,
  RequestTargetError,
  sendResponse,
  type ToRequestOptions,
  toRequest,
} from './http/node.ts';
