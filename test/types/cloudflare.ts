/** What the types of `callerid/cloudflare` promise. */
import {
  durableObjectOnce,
  type KvNamespace,
  kvCache,
  kvStore,
  OnceObject,
  type OnceStore,
  type SharedCache,
  type Store,
} from '../../src/cloudflare.ts';
import { createGuard, shareIdentities } from '../../src/index.ts';

/** A namespace of Durable Objects, as the types of Workers have it: a stub's `fetch` is that of the platform. */
interface DurableObjectNamespace {
  newUniqueId(): object;
  get(id: object): { fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> };
  getByName(name: string): { fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> };
}

declare const namespace: KvNamespace;
declare const objects: DurableObjectNamespace;
const service = { audience: 'https://orders.example.com', allow: { accounts: ['111122223333'] } };

export const once: OnceStore = durableObjectOnce(objects, { shards: 4 });
createGuard({ ...service, oneTime: once });
// @ts-expect-error Workers KV cannot tell the first use from the second
createGuard({ ...service, oneTime: namespace });
// @ts-expect-error a namespace is no store yet
createGuard({ ...service, oneTime: objects });
// @ts-expect-error Workers KV has no objects
durableObjectOnce(namespace);

export const cache: SharedCache = kvCache(namespace);
createGuard({ ...service, shared: shareIdentities(cache) });
export const store: Store = kvStore(namespace);
// @ts-expect-error a KV store decides nothing atomically
store.swap('key', undefined, 'value');
// @ts-expect-error the runtime gives an object its state
new OnceObject({});
