/**
 * Writers and readers of a policy at once, in Deno KV.
 */
import { afterEach } from 'vitest';
import { type DenoKv, DenoKvStore } from '../../src/store/deno-kv.ts';
import { policyInterleaving } from '../support/policy-interleaving.ts';

type OpenKv = DenoKv & { close(): void };
declare const Deno: { openKv(path: string): Promise<OpenKv> };

let kv: OpenKv | undefined;
afterEach(() => kv?.close());

policyInterleaving('Deno KV', async () => {
  kv = await Deno.openKv(':memory:');
  return new DenoKvStore(kv);
});
