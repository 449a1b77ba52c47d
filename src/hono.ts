/**
 * The guard as middleware for Hono, which is an optional peer dependency.
 *
 * @example
 * ```ts
 * import { type CallerEnv, callerid } from 'callerid/hono';
 * import { Hono } from 'hono';
 *
 * const app = new Hono<CallerEnv>();
 * app.use(callerid({ audience: 'https://orders.example.com', allow: { accounts: ['111122223333'] } }));
 * app.get('/orders', (c) => c.text(`Hello ${c.get('caller').canonicalArn}`));
 * export default app;
 * ```
 *
 * @module
 */
export type { Caller } from './http/guard/guard.ts';
export { type CallerEnv, callerid, type MiddlewareOptions } from './http/middleware.ts';
