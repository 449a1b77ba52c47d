/**
 * The client of `OnceObject`.
 *
 * @module
 */
import { ConfigurationError, StoreError } from '../errors/classes.ts';
import { withDeadline } from '../lib/deadline.ts';
import { assertKnownOptions } from '../lib/options.ts';
import { assertUse, type OnceStore } from './once.ts';
import { guarded } from './store.ts';

/** The part of a Durable Object namespace binding that is used; its class is `OnceObject`. */
export interface OnceNamespace {
  /** The one object of this name. */
  getByName(name: string): OnceStub;
}

/** What an object is from outside. */
export interface OnceStub {
  /** Sends it a request. */
  fetch(
    url: string,
    init: { method: string; body: string },
  ): Promise<{ readonly status: number; text(): Promise<string> }>;
}

/** Options of {@link durableObjectOnce}. */
export interface DurableObjectOnceOptions {
  /**
   * Over how many objects the keys are spread, 1 to 1000. Default 1. One object is in one place, and takes some hundred uses in a
   * second. With another number a key is asked for in another object, which knows nothing of it: after a change what was used
   * within the life of a token can be used once more.
   */
  readonly shards?: number;
}

/** For one use, in milliseconds. */
const deadlineMs = 5000;

const answers: ReadonlyMap<string, boolean> = new Map([
  ['first', true],
  ['used', false],
]);

/**
 * A store of used keys in Durable Objects, for all isolates of a Worker everywhere. An object that fails, does not answer within 5
 * seconds, or says anything unexpected lets nobody in; it is not asked again, since it may have counted the use.
 *
 * @throws {ConfigurationError} where this is no namespace of Durable Objects, or `shards` is out of range
 * @example
 * ```ts
 * export { OnceObject } from 'callerid/cloudflare';
 * const once = durableObjectOnce(env.ONCE, { shards: 4 });
 * ```
 */
export function durableObjectOnce(
  namespace: OnceNamespace,
  options: DurableObjectOnceOptions = {},
): OnceStore {
  assertKnownOptions(options, 'shards');
  const { shards = 1 } = options;
  if (typeof namespace?.getByName !== 'function') {
    throw new ConfigurationError(
      'namespace',
      'no namespace of Durable Objects',
      'Bind the class OnceObject. Workers KV cannot do this: it has no compare-and-set, and shows a write late.',
    );
  }
  if (!Number.isSafeInteger(shards) || shards < 1 || shards > 1000) {
    throw new ConfigurationError('shards', 'no number of objects', 'Use a whole number from 1 to 1000.');
  }
  return {
    use(key, expiresAt) {
      return guarded(async () => {
        assertUse(key, expiresAt, Date.now());
        const object = namespace.getByName(`callerid-once-${await shardOf(key, shards)}`);
        return withDeadline(ask(object, JSON.stringify({ key, expiresAt })), deadlineMs, () =>
          unavailable('the object did not answer in time'),
        );
      });
    },
  };
}

async function ask(object: OnceStub, body: string): Promise<boolean> {
  const response = await object.fetch('https://once.invalid/', { method: 'POST', body });
  const isFirst = response.status === 200 ? answers.get(await response.text()) : undefined;
  if (isFirst === undefined) throw unavailable(`the object gave an unexpected answer of ${response.status}`);
  return isFirst;
}

async function shardOf(key: string, shards: number): Promise<number> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  return new DataView(digest).getUint32(0) % shards;
}

function unavailable(message: string): StoreError {
  return new StoreError('store_unavailable', message);
}
