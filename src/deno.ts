/**
 * For Deno: policies, a shared cache of identities, and one-time tokens in Deno KV.
 *
 * @example
 * ```ts
 * import { createGuard } from 'callerid';
 * import { denoKvOnce, denoKvStore } from 'callerid/deno';
 * import { storedPolicy } from 'callerid/mapping';
 *
 * const kv = await Deno.openKv();
 * const guard = createGuard({
 *   audience: 'https://orders.example.com',
 *   policy: storedPolicy({ store: denoKvStore(kv), name: 'orders.example.com' }),
 *   oneTime: denoKvOnce(kv),
 * });
 *
 * Deno.serve(async (request) => {
 *   const { caller, response } = await guard(request);
 *   return response ?? new Response(`Hello ${caller.username}`);
 * });
 * ```
 *
 * @module
 */
export { denoKvCache } from './store/cache-deno-kv.ts';
export type { CacheOptions } from './store/cache-entry.ts';
export { type DenoKv, type DenoKvAtomic, denoKvStore } from './store/deno-kv.ts';
export type { OnceStore } from './store/once.ts';
export { denoKvOnce } from './store/once-deno-kv.ts';
export type { AtomicStore, KeyPage, Store } from './store/store.ts';
export type { SharedCache } from './verifier/shared-cache.ts';
