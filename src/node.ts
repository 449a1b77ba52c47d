/**
 * callerid before Express, Fastify and `node:http`.
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
