/**
 * What servers on a stage are told.
 *
 * @module
 */
import { publishPolicy } from '../../src/policy/publish.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { cluster, freshToken, policyOf, presignedUrlOf, secretDigest } from '../scene.ts';
import type { YardstickOptions } from './yardsticks.ts';

export const settings: Readonly<Record<string, string>> = {
  CALLERID_CLUSTER: cluster,
  CALLERID_API_SERVER_SECRET_SHA256: secretDigest,
  CALLERID_IDENTITY_SECONDS: '900',
  // a load is more than anybody wants of STS
  CALLERID_CLUSTER_LIMIT: '10000000',
  CALLERID_CALLER_LIMIT: '10000000',
};

/** As JSON. The lengths are those of callerid's answer and line: what is answered, {@link assertAsLong} proves. */
export async function yardstickSettings(): Promise<string> {
  const options: YardstickOptions = {
    secretDigest,
    replies: {
      '/yardstick': { answer: answerOf(569), padding: '.'.repeat(482) },
      '/yardstick/foreign': { answer: answerOf(95), padding: '' },
    },
    url: presignedUrlOf(await freshToken()),
    audience: cluster,
  };
  return JSON.stringify(options);
}

function answerOf(bytes: number): string {
  const answer = (padding: string) => JSON.stringify({ answer: padding });
  return answer('.'.repeat(bytes - answer('').length));
}

/** Fails where a yardstick has it easier than callerid, or harder, by what it sends. */
export function assertAsLong(path: string, yardstick: string, callerid: string): void {
  if (yardstick.length === callerid.length) return;
  throw new Error(`${path} answers ${yardstick.length} bytes, and callerid ${callerid.length}`);
}

/** What a store holds of a policy, by key, as JSON. */
export async function policyValues(): Promise<string> {
  const store = new MemoryStore();
  await publishPolicy(store, cluster, policyOf(10), { author: 'benchmark' });
  const { keys } = await store.list('');
  const entries = keys.map(async (key) => [key, (await store.get(key)) ?? ''] as const);
  return JSON.stringify(Object.fromEntries(await Promise.all(entries)));
}
