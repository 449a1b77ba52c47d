/**
 * A shared cache of identities in Deno KV.
 *
 * @module
 */
import type { SharedCache } from '../verifier/shared-cache.ts';
import { assertCacheKey, type CacheOptions, readEntry, writeEntry } from './cache-entry.ts';
import { type DenoKv, patiently } from './deno-kv.ts';
import { guarded } from './store.ts';

/**
 * A shared cache in a Deno KV database, apart from the keys of `DenoKvStore`. Nobody but this deployment may write to the database.
 * Failures reject with {@link StoreError} `store_unavailable`.
 *
 * @example
 * ```ts
 * const verifier = createVerifier({ audience, shared: shareIdentities(denoKvCache(await Deno.openKv())) });
 * ```
 */
export function denoKvCache(
  kv: Pick<DenoKv, 'get' | 'set' | 'delete'>,
  { clock = Date.now }: CacheOptions = {},
): SharedCache {
  return {
    get(key) {
      return guarded(async () => readEntry((await kv.get(pathOf(key))).value, clock()));
    },
    set(key, value, expiresAt) {
      return guarded(async () => {
        const path = pathOf(key);
        const expireIn = Math.ceil(expiresAt - clock());
        if (!(expireIn > 0)) return;
        await patiently(() => kv.set(path, writeEntry(value, expiresAt), { expireIn }));
      });
    },
    delete(key) {
      return guarded(async () => {
        const path = pathOf(key);
        await patiently(() => kv.delete(path));
      });
    },
  };
}

function pathOf(key: string): string[] {
  assertCacheKey(key);
  return ['callerid-cache', key];
}
