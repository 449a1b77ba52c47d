/**
 * Writers and readers of a policy at once, in Deno KV.
 */
import { afterEach } from 'vitest';
import { type DenoKv, DenoKvStore } from '../../src/store/deno-kv.ts';
import { withOneWriter } from '../../src/store/one-writer.ts';
import { policyInterleaving } from '../support/policy-interleaving.ts';

type OpenKv = DenoKv & { close(): void };
declare const Deno: { openKv(path: string): Promise<OpenKv> };

let kv: OpenKv | undefined;
afterEach(() => kv?.close());

/** These stores have no swap of their own. */
const options = { writers: 1 };
policyInterleaving(
  'Deno KV',
  async () => {
    kv = await Deno.openKv(':memory:');
    return withOneWriter(new DenoKvStore(kv));
  },
  options,
);
