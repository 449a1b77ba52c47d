/**
 * A deployment as it is configured, with policies that have to be signed: the webhook, the admin API, explanations and the
 * break-glass rule.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createStsEmulator } from '../../src/emulator/emulator.ts';
import { createAdmin } from '../../src/http/admin/admin.ts';
import { detached } from '../../src/lib/flights.ts';
import { toHex } from '../../src/lib/hex.ts';
import type { Policy } from '../../src/mapping/rule.ts';
import { planPolicy } from '../../src/policy/plan.ts';
import { encodeContent } from '../../src/policy/pointer.ts';
import { publishPolicy, putPart } from '../../src/policy/publish.ts';
import { readPointer } from '../../src/policy/versions.ts';
import { createApp, type Parts } from '../../src/runtime/app.ts';
import { readSettings } from '../../src/runtime/settings.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { signToken } from '../../src/token/sign.ts';
import { account, host, people, prod, region, sha256, staging } from '../support/deployment.ts';
import { exactRules, patternRules } from '../support/policies.ts';
import { newSigner, publishSigned, type Signer, signatureOf } from '../support/policy-signing.ts';

const secret = 'static-admin-secret-0123456789';
const adminGroup = 'callerid:admins';
const adminAudience = 'https://callerid.example.com/admin';
const role = `arn:aws:iam::${account}:role/Admin`;
const policyOf = (username: string): Policy => ({ rules: [{ role, username, groups: [adminGroup] }] });
const largeOf = (username: string): Policy => ({
  rules: [...policyOf(username).rules, ...exactRules(400), ...patternRules(50, '444455556666')],
});

let store: MemoryStore;
let [signer, stranger]: Signer[] = [];
let log: Record<string, unknown>[];
let app: ReturnType<typeof createApp>;

function start(more: object = {}): void {
  const settings = readSettings({
    CALLERID_CLUSTER: prod,
    CALLERID_API_SERVER_AUTH: 'none',
    CALLERID_POLICY_KEYS: signer?.key,
    CALLERID_CLUSTERS: { [staging]: { apiServerAuth: 'none' } },
    CALLERID_ADMIN_AUDIENCE: adminAudience,
    CALLERID_ADMIN_SECRET_SHA256: digest,
    ...more,
  });
  app = createApp(settings, {
    store,
    writer: store,
    createAdmin,
    taskContext: () => detached,
    clientCertificate: undefined,
    log: ((record: object) => log.push({ ...record })) as Parts['log'],
  });
}

let digest = '';
/** Now: another time is not taken. */
let writtenAt = '';

beforeEach(async () => {
  const sts = createStsEmulator({ principals: [people.admin] });
  vi.spyOn(globalThis, 'fetch').mockImplementation(sts.fetch as typeof fetch);
  store = new MemoryStore();
  [signer, stranger] = [await newSigner(), await newSigner()];
  digest = toHex(await sha256(secret));
  writtenAt = new Date().toISOString();
  log = [];
  start();
});

afterEach(() => void vi.restoreAllMocks());

async function tokenFor(audience: string): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } = people.admin;
  const options = { audience, endpoint: { host, region } };
  return (await signToken({ accessKeyId, secretAccessKey, sessionToken }, options)).token;
}

async function send(method: string, path: string, body?: unknown, authorization = `Bearer ${secret}`) {
  const response = await app.fetch(
    new Request(`https://callerid.example.com${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Who the caller is to the API server, or the status of the answer. */
async function review(cluster = prod): Promise<unknown> {
  const { status, body } = await send('POST', `/clusters/${cluster}/authenticate`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token: await tokenFor(cluster) },
  });
  const { user } = (body.status ?? {}) as { user?: { username: string } };
  return user?.username ?? status;
}

const policyPath = `/clusters/${prod}/policy`;
const facts = (version: number, cluster = prod) => ({ cluster, version, writtenAt });
const signed = async (policy: Policy, version: number, by = signer as Signer, cluster = prod) =>
  signatureOf(by, { ...facts(version, cluster), content: (await planPolicy(policy)).content });

async function writeSigned(policy: Policy, version: number): Promise<void> {
  await publishSigned(store, signer as Signer, policy, facts(version));
}

describe('the webhook', () => {
  test('lets in by what is signed, and by nothing that is not', async () => {
    await publishPolicy(store, prod, policyOf('evil'), { author: 'x' });
    expect(await review()).toBe(503);
    expect(log.at(-1)).toMatchObject({
      code: 'policy_unavailable',
      policyProblem: 'version 1 of the policy is not signed',
    });
    expect(await send('GET', '/readyz')).toMatchObject({ status: 503 });
    start();
    await store.delete(`policy/${prod}`);
    await writeSigned(policyOf('admin'), 1);
    expect(await review()).toBe('admin');
    expect(log.at(-1)).not.toHaveProperty('policyProblem', expect.any(String));
  });

  test('takes any policy of a cluster without keys', async () => {
    await publishPolicy(store, staging, policyOf('anybody'), { author: 'x' });
    expect(await review(staging)).toBe('anybody');
  });

  test('goes on by the break-glass rule, which is in no store', async () => {
    await publishPolicy(store, prod, policyOf('evil'), { author: 'x' });
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    start({ CALLERID_BREAK_GLASS: JSON.stringify({ role, expires }) });
    expect(await review()).toBe('break-glass');
  });

  test('takes no version below the floor', async () => {
    await writeSigned(policyOf('admin'), 7);
    start({ CALLERID_POLICY_MIN_VERSION: '8' });
    expect(await review()).toBe(503);
    start({ CALLERID_POLICY_MIN_VERSION: '7' });
    expect(await review()).toBe('admin');
  });
});

describe('the admin API', () => {
  const next = policyOf('next');

  test.each<[attack: string, code: string, signature: () => Promise<unknown>]>([
    ['no signature', 'policy_unsigned', async () => undefined],
    ['the key of a stranger', 'policy_signature_invalid', () => signed(next, 2, stranger)],
    ['another policy', 'policy_signature_invalid', () => signed(policyOf('other'), 2)],
    ['another cluster', 'policy_signature_invalid', () => signed(next, 2, signer, staging)],
    [
      'another time',
      'policy_signature_invalid',
      async () => ({ ...(await signed(next, 2)), writtenAt: '2026-11-24T12:00:01Z' }),
    ],
    ['the version before', 'policy_conflict', () => signed(next, 1)],
    ['a version later', 'policy_conflict', () => signed(next, 3)],
    [
      'the number of a version and the signature of another',
      'policy_signature_invalid',
      async () => ({ ...(await signed(next, 3)), version: 2 }),
    ],
    [
      'half a signature',
      'request_invalid',
      async () => ({ ...(await signed(next, 2)), value: 'A'.repeat(43) }),
    ],
    ['no time', 'request_invalid', async () => ({ ...(await signed(next, 2)), writtenAt: 'now' })],
    ['a field more', 'request_invalid', async () => ({ ...(await signed(next, 2)), d: 'x' })],
  ])('writes nothing with %s', async (_, code, signature) => {
    await writeSigned(policyOf('admin'), 1);
    const before = await store.get(`policy/${prod}`);
    const answer = await send('PUT', policyPath, { policy: next, signature: await signature() });
    expect(answer.body.code).toBe(code);
    expect(await store.get(`policy/${prod}`)).toBe(before);
  });

  test('writes what is signed, and tells by which key', async () => {
    const answer = await send('PUT', policyPath, { policy: next, signature: await signed(next, 1) });
    expect(answer).toMatchObject({ status: 200, body: { applied: true, version: 1 } });
    expect(await review()).toBe('next');
    const { key, value } = await signed(next, 1);
    expect((await send('GET', policyPath)).body).toMatchObject({ writtenAt, signature: { key, value } });
    const { versions } = (await send('GET', `${policyPath}/history`)).body;
    expect(versions).toMatchObject([{ version: 1, signature: { key } }]);
  });

  test('tries what is not signed, and writes nothing then', async () => {
    const answer = await send('PUT', policyPath, { policy: next, dryRun: true });
    expect(answer).toMatchObject({ status: 200, body: { applied: false, version: 0 } });
    expect(await store.get(`policy/${prod}`)).toBeUndefined();
  });

  test('rolls back by a signature of the next version alone', async () => {
    await writeSigned(policyOf('one'), 1);
    await writeSigned(policyOf('two'), 2);
    const path = `${policyPath}/rollback`;
    expect((await send('POST', path, { version: 1 })).body.code).toBe('policy_unsigned');
    const old = (await readPointer(store, prod)).pointer?.history[0]?.signature;
    const replayed = { version: 1, writtenAt, ...old };
    expect((await send('POST', path, { version: 1, signature: replayed })).body.code).toBe('policy_conflict');
    const relabelled = await send('POST', path, { version: 1, signature: { ...replayed, version: 3 } });
    expect(relabelled.body.code).toBe('policy_signature_invalid');
    const signature = await signed(policyOf('one'), 3);
    expect(await send('POST', path, { version: 1, signature })).toMatchObject({ body: { version: 3 } });
    expect(await review()).toBe('one');
  });

  test('publishes a manifest that is signed, and no other', async () => {
    const policy = largeOf('large');
    const { content, parts } = await planPolicy(policy);
    for (const [hash, text] of parts) await putPart(store, prod, hash, text);
    const body = { content: encodeContent(content) };
    const path = `${policyPath}/manifest`;
    expect((await send('POST', path, body)).body.code).toBe('policy_unsigned');
    const other = await signed(largeOf('other'), 1);
    expect((await send('POST', path, { ...body, signature: other })).body.code).toBe(
      'policy_signature_invalid',
    );
    const answer = await send('POST', path, { ...body, signature: await signed(policy, 1) });
    expect(answer.body).toMatchObject({ applied: true, version: 1 });
    expect(await review()).toBe('large');
  });

  test('has no administrator by a policy that nobody signed', async () => {
    await publishPolicy(store, prod, policyOf('evil'), { author: 'x' });
    const token = `Bearer ${await tokenFor(adminAudience)}`;
    expect((await send('GET', policyPath, undefined, token)).status).toBe(503);
    const signature = await signed(next, 2);
    expect((await send('PUT', policyPath, { policy: next, signature })).status).toBe(422);
    await send('PUT', policyPath, { policy: next, signature, replaceUnreadable: true });
    expect((await send('GET', policyPath, undefined, token)).status).toBe(200);
  });

  test('gives no policy that nobody signed, nor compares with one, unless that is asked for', async () => {
    await writeSigned(policyOf('admin'), 1);
    await publishPolicy(store, prod, policyOf('evil'), { author: 'x', unsigned: true });
    const disbelief = 'version 2 of the policy is not signed';
    expect(await send('GET', policyPath)).toMatchObject({
      status: 422,
      body: { code: 'policy_unsigned', message: disbelief },
    });
    expect((await send('GET', `${policyPath}?unbelieved=1`)).body).toMatchObject({
      version: 2,
      believed: false,
      disbelief,
    });
    expect((await send('GET', `${policyPath}?version=1`)).body).toMatchObject({ version: 1, believed: true });
    expect((await send('GET', `${policyPath}/history`)).body.versions).toMatchObject([
      { version: 2, believed: false, disbelief },
      { version: 1, believed: true },
    ]);
    const tried = await send('PUT', policyPath, { policy: next, dryRun: true });
    expect(tried).toMatchObject({
      status: 422,
      body: { message: `what is stored is not believed: ${disbelief}` },
    });
  });

  test('compares over what is not believed with nothing, and counts nothing by it', async () => {
    await publishPolicy(store, prod, policyOf('evil'), { author: 'x' });
    const { body } = await send('PUT', policyPath, { policy: next, dryRun: true, replaceUnreadable: true });
    expect(body).toMatchObject({ applied: false, version: 0, changes: [{ kind: 'gains' }] });
  });

  test('explains that a policy is not signed', async () => {
    await publishPolicy(store, prod, policyOf('evil'), { author: 'x' });
    const { body } = await send('POST', `/clusters/${prod}/explain`, { arn: role });
    expect(body.steps).toMatchObject([
      { step: 'policy', outcome: 'no-verdict', detail: expect.stringContaining('is not signed') },
    ]);
  });

  test('of a cluster without keys keeps a signature, and takes none that is wrong', async () => {
    const path = `/clusters/${staging}/policy`;
    const wrong = await signed(next, 1, stranger);
    expect((await send('PUT', path, { policy: next, signature: wrong })).body.code).toBe(
      'policy_signature_invalid',
    );
    const signature = await signed(next, 1, stranger, staging);
    expect((await send('PUT', path, { policy: next, signature })).status).toBe(200);
    expect((await send('GET', path)).body).toMatchObject({ signature: { key: stranger?.key } });
    const slip = await send('PUT', path, { policy: policyOf('x') });
    expect([slip.status, slip.body.code]).toEqual([422, 'policy_unsigned']);
    expect((await send('PUT', path, { policy: policyOf('x'), unsigned: true })).status).toBe(200);
  });
});
