/**
 * A real KV namespace of workerd.
 */
import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach } from 'vitest';
import { CloudflareKvStore } from '../../src/store/cloudflare-kv.ts';
import { storeContract } from '../support/store-contract.ts';

afterEach(() => reset());

storeContract('Workers KV', async () => {
  await reset();
  return new CloudflareKvStore(env.TEST_KV);
});
