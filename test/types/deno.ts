/** What the types of `callerid/deno` promise. */
import {
  type AtomicStore,
  type DenoKv,
  denoKvCache,
  denoKvOnce,
  denoKvStore,
  type OnceStore,
  type SharedCache,
} from '../../src/deno.ts';
import { createGuard } from '../../src/index.ts';

declare const kv: DenoKv;
const service = { audience: 'https://orders.example.com', allow: { accounts: ['111122223333'] } };

export const once: OnceStore = denoKvOnce(kv);
export const cache: SharedCache = denoKvCache(kv, { clock: () => 0 });
export const store: AtomicStore = denoKvStore(kv);
createGuard({ ...service, oneTime: once });
// @ts-expect-error a database is no store of used keys yet
createGuard({ ...service, oneTime: kv });
// @ts-expect-error a cache may forget, so it cannot tell the first use
createGuard({ ...service, oneTime: cache });
