/**
 * callerid as middleware for Hono.
 *
 * @module
 */
export type { Caller } from './http/guard/guard.ts';
export { type CallerEnv, callerid, type MiddlewareOptions } from './http/middleware.ts';
