/**
 * callerid on Cloudflare Workers: policies and a shared cache of identities in Workers KV, one-time tokens in Durable Objects.
 *
 * @module
 */
export { kvCache } from './store/cache-cloudflare-kv.ts';
export type { CacheOptions } from './store/cache-entry.ts';
export { CloudflareKvStore, type KvNamespace } from './store/cloudflare-kv.ts';
export type { OnceStore } from './store/once.ts';
export {
  type DurableObjectOnceOptions,
  durableObjectOnce,
  type OnceNamespace,
  type OnceStub,
} from './store/once-durable-object.ts';
export { OnceObject } from './store/once-object.ts';
export type { Store } from './store/store.ts';
export type { SharedCache } from './verifier/shared-cache.ts';
