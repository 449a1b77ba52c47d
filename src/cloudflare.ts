/**
 * For Cloudflare Workers: policies and a shared cache of identities in Workers KV, one-time tokens in Durable Objects.
 *
 * @example
 * ```ts
 * import { createGuard, type Guard } from 'callerid';
 * import { durableObjectOnce, type KvNamespace, kvStore, type OnceNamespace } from 'callerid/cloudflare';
 * import { storedPolicy } from 'callerid/mapping';
 * export { OnceObject } from 'callerid/cloudflare';
 *
 * let guard: Guard | undefined;
 *
 * export default {
 *   async fetch(
 *     request: Request,
 *     env: { POLICY: KvNamespace; ONCE: OnceNamespace },
 *     context: ExecutionContext,
 *   ): Promise<Response> {
 *     guard ??= createGuard({
 *       audience: 'https://orders.example.com',
 *       policy: storedPolicy({ store: kvStore(env.POLICY), name: 'orders.example.com' }),
 *       oneTime: durableObjectOnce(env.ONCE),
 *     });
 *     const { caller, response } = await guard(request, { context });
 *     return response ?? new Response(`Hello ${caller.username}`);
 *   },
 * };
 * ```
 *
 * @module
 */
export { kvCache } from './store/cache-cloudflare-kv.ts';
export type { CacheOptions } from './store/cache-entry.ts';
export { type KvNamespace, kvStore } from './store/cloudflare-kv.ts';
export type { ObjectState } from './store/object-state.ts';
export type { OnceStore } from './store/once.ts';
export {
  type DurableObjectOnceOptions,
  durableObjectOnce,
  type OnceNamespace,
  type OnceStub,
} from './store/once-durable-object.ts';
export { OnceObject } from './store/once-object.ts';
export type { KeyPage, Store } from './store/store.ts';
export type { SharedCache } from './verifier/shared-cache.ts';
