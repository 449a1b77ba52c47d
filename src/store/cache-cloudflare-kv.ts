/**
 * A shared cache of identities in Workers KV.
 *
 * @module
 */
import type { SharedCache } from '../verifier/shared-cache.ts';
import { assertCacheKey, type CacheOptions, readEntry, writeEntry } from './cache-entry.ts';
import type { KvNamespace } from './cloudflare-kv.ts';
import { guarded } from './store.ts';

/** The shortest life of an entry in Workers KV, in seconds (Workers KV, "Expiring keys"). */
const leastTtl = 60;

/**
 * A shared cache in a Workers KV namespace. Its keys begin with `callerid-cache/`; nobody but this deployment may write to the
 * namespace. KV shows a write or a delete elsewhere after a minute or more. Failures reject with
 * {@link StoreError} `store_unavailable`.
 *
 * @example
 * ```ts
 * const verifier = createVerifier({ audience, shared: shareIdentities(kvCache(env.IDENTITIES)) });
 * ```
 */
export function kvCache(
  namespace: Pick<KvNamespace, 'get' | 'put' | 'delete'>,
  { clock = Date.now }: CacheOptions = {},
): SharedCache {
  return {
    get(key) {
      return guarded(async () => readEntry(await namespace.get(nameOf(key), 'text'), clock()));
    },
    set(key, value, expiresAt) {
      return guarded(async () => {
        const name = nameOf(key);
        const seconds = Math.ceil((expiresAt - clock()) / 1000);
        if (!(seconds > 0)) return;
        await namespace.put(name, writeEntry(value, expiresAt), {
          expirationTtl: Math.max(leastTtl, seconds),
        });
      });
    },
    delete(key) {
      return guarded(async () => namespace.delete(nameOf(key)));
    },
  };
}

function nameOf(key: string): string {
  assertCacheKey(key);
  return `callerid-cache/${key}`;
}
