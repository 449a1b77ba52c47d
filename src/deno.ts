/**
 * callerid on Deno: policies, a shared cache of identities, and one-time tokens in Deno KV.
 *
 * @module
 */
export { denoKvCache } from './store/cache-deno-kv.ts';
export type { CacheOptions } from './store/cache-entry.ts';
export { type DenoKv, DenoKvStore } from './store/deno-kv.ts';
export type { OnceStore } from './store/once.ts';
export { denoKvOnce } from './store/once-deno-kv.ts';
export type { AtomicStore } from './store/store.ts';
export type { SharedCache } from './verifier/shared-cache.ts';
