/**
 * What a policy of 100,000 rules takes besides time: writes for a change, room in the store, memory for what is held of it.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { publishPolicy } from '../../src/policy/publish.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import type { Figure } from '../figure.ts';
import { cluster, identityOf, mapped, memberOf, policyOf, readerOf } from './policies.ts';

/** Counts what is written. */
class CountingStore extends MemoryStore {
  writes = 0;
  longest = 0;

  override put(key: string, value: string): Promise<void> {
    this.#count(value);
    return super.put(key, value);
  }

  override swap(key: string, expected: string | undefined, value: string): Promise<boolean> {
    this.#count(value);
    return super.swap(key, expected, value);
  }

  #count(value: string): void {
    this.writes++;
    this.longest = Math.max(this.longest, Buffer.byteLength(value));
  }
}

/** Values written by a change of one rule. */
export async function writesFigure(): Promise<Figure> {
  const store = new CountingStore();
  const { rules } = policyOf(100_000);
  await publishPolicy(store, cluster, { rules }, { author: 'benchmark' });
  const changed = rules.with(4711, { ...rules[4711], username: 'changed' } as (typeof rules)[number]);
  store.writes = 0;
  await publishPolicy(store, cluster, { rules: changed }, { author: 'benchmark' });
  return { id: 'policy-writes', value: store.writes, parts: { 'longest value bytes': store.longest } };
}

/** How the heap grew when every rule was asked for once ÷ what the cache of parts takes them to weigh. */
export async function memoryFigure(): Promise<Figure> {
  const size = 30_000;
  const policies = await readerOf(policyOf(size));
  await mapped(policies, identityOf(memberOf(0)));
  const before = heap();
  for (let index = 0; index < size; index++) await mapped(policies, identityOf(memberOf(index)));
  const grown = heap() - before;
  const parts = { 'weighed MiB': policies.heldBytes / 2 ** 20, 'heap MiB': grown / 2 ** 20 };
  return { id: 'policy-memory', value: grown / policies.heldBytes, parts };
}

/** In bytes, without garbage. */
function heap(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}
