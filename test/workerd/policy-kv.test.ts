/**
 * Writers and readers of a policy at once, in a real KV namespace of workerd.
 */
import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach } from 'vitest';
import { CloudflareKvStore } from '../../src/store/cloudflare-kv.ts';
import { withOneWriter } from '../../src/store/one-writer.ts';
import { policyInterleaving } from '../support/policy-interleaving.ts';

afterEach(() => reset());

/** These stores have no swap of their own. */
const options = { writers: 1, versions: 16 };
policyInterleaving(
  'Workers KV',
  async () => {
    await reset();
    return withOneWriter(new CloudflareKvStore(env.TEST_KV));
  },
  options,
);
