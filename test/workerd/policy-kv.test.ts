/**
 * Writers and readers of a policy at once, in a real KV namespace and in a real Durable Object of workerd.
 */
import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach } from 'vitest';
import { CloudflareKvStore } from '../../src/store/cloudflare-kv.ts';
import { DurableObjectStore } from '../../src/store/durable-object.ts';
import { withOneWriter } from '../../src/store/one-writer.ts';
import { policyInterleaving } from '../support/policy-interleaving.ts';

afterEach(() => reset());

/** Workers KV has no swap of its own. */
const options = { writers: 1, versions: 16 };
policyInterleaving(
  'Workers KV',
  async () => {
    await reset();
    return withOneWriter(new CloudflareKvStore(env.TEST_KV));
  },
  options,
);

policyInterleaving(
  'a Durable Object',
  async () => {
    await reset();
    return new DurableObjectStore(env.POLICY_WRITER);
  },
  { versions: 16 },
);
