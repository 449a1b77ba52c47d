/**
 * Signed policies by way of a real Durable Object, and readers of the real KV namespace that it mirrors to.
 */
import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, test } from 'vitest';
import { PolicySignatureError } from '../../src/errors/classes.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { PolicyReader } from '../../src/policy/reader.ts';
import { policyKey } from '../../src/policy/record.ts';
import { CloudflareKvStore } from '../../src/store/cloudflare-kv.ts';
import { DurableObjectStore } from '../../src/store/durable-object.ts';
import { parted } from '../support/policies.ts';
import { newSigner, publishSigned } from '../support/policy-signing.ts';

afterEach(() => reset());

const cluster = 'prod.example.com';
const factsOf = (version: number) => ({ cluster, version, writtenAt: '2026-11-24T12:00:00.000Z' });

async function versionOf(key: string): Promise<number | string> {
  const store = new CloudflareKvStore(env.POLICY);
  const policy = await new PolicyReader({ store, cluster, trust: { keys: [key] } }).current();
  return policy.ok ? policy.version : policy.code;
}

test('what the object was given is what readers believe, and what is put into KV by hand is not', async () => {
  const signer = await newSigner();
  const writer = new DurableObjectStore(env.POLICY_WRITER);
  await publishSigned(writer, signer, parted, factsOf(1));
  expect(await versionOf(signer.key)).toBe(1);
  await publishSigned(writer, signer, { rules: [] }, factsOf(2));
  expect(await versionOf(signer.key)).toBe(2);
  const text = (await env.POLICY.get(policyKey(cluster), 'text')) ?? '';
  await env.POLICY.put(policyKey(cluster), text.replace('"version":2', '"version":3'));
  expect(await versionOf(signer.key)).toBe('policy_unavailable');
  await publishSigned(writer, signer, parted, factsOf(3));
  expect(await versionOf(signer.key)).toBe(3);
});

test('the object is not asked to write what nobody signed', async () => {
  const signer = await newSigner();
  const writer = new DurableObjectStore(env.POLICY_WRITER);
  const writing = publishPolicy(writer, cluster, parted, { author: 'x', trust: { keys: [signer.key] } });
  await expect(writing).rejects.toThrow(PolicySignatureError);
  expect((await writer.list(`${policyKey(cluster)}/`)).keys).toEqual([]);
});

test('a forged policy that the object adopts from KV is believed by nobody', async () => {
  const signer = await newSigner();
  const kv = new CloudflareKvStore(env.POLICY);
  await kv.put(policyKey(cluster), JSON.stringify({ format: 1, ...factsOf(7), policy: { rules: [] } }));
  const writer = new DurableObjectStore(env.POLICY_WRITER);
  await publishSigned(writer, signer, { rules: [] }, factsOf(8));
  expect(await versionOf(signer.key)).toBe(8);
});
