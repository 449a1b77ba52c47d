/**
 * What was used already, in Deno KV.
 *
 * @module
 */
import { type DenoKv, patiently } from './deno-kv.ts';
import { assertUse, graceMs, type OnceStore } from './once.ts';
import { guarded } from './store.ts';

/**
 * A store of used keys in a Deno KV database, for any number of processes that open the same one. Keys are apart from those of
 * `DenoKvStore`, and are deleted by the database itself, some minutes after their end.
 *
 * Who comes first is decided by an atomic commit that checks for absence. Where a commit fails and was applied all the same, its
 * caller is told of the failure, and the key is used.
 *
 * @example
 * ```ts
 * const guard = createGuard({ audience, allow, oneTime: denoKvOnce(await Deno.openKv()) });
 * ```
 */
export function denoKvOnce(kv: Pick<DenoKv, 'atomic'>): OnceStore {
  return {
    use(key, expiresAt) {
      return guarded(async () => {
        const now = Date.now();
        assertUse(key, expiresAt, now);
        const path = ['callerid-once', key];
        const options = { expireIn: Math.ceil(expiresAt - now) + graceMs };
        const { ok } = await patiently(() =>
          kv.atomic().check({ key: path, versionstamp: null }).set(path, true, options).commit(),
        );
        return ok === true;
      });
    },
  };
}
