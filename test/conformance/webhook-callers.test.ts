/**
 * Who may ask for reviews, and that nobody else learns anything.
 */
import { describe, expect, test } from 'vitest';
import { createWebhook, type WebhookOptions } from '../../src/http/webhook.ts';
import {
  type Answer,
  answerOf,
  apiServerSecrets,
  bare,
  bearer,
  Deployment,
  decisionIdPattern,
  people,
  prod,
  rules,
  sha256,
  staging,
} from '../support/deployment.ts';

const secret = apiServerSecrets[prod][0];

/** A body that nobody may touch. */
function forbiddenBody(): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      pull() {
        throw new Error('the body was read');
      },
    },
    { highWaterMark: 0 },
  );
}

/** A request without a right to ask, and whether anybody touched its body. */
async function intrude(deployment: Deployment, path: string, authorization?: string): Promise<Answer> {
  let pulled = false;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        pulled = true;
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const answer = await deployment.send(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
    body,
    duplex: 'half',
  } as RequestInit);
  expect(pulled).toBe(false);
  return answer;
}

/** The answer without what differs from request to request. */
function shown({ status, headers, text, decisionId }: Answer): unknown {
  const shownHeaders = Object.fromEntries(headers);
  delete shownHeaders['callerid-decision-id'];
  return { status, headers: shownHeaders, text: text.replaceAll(decisionId, 'ID') };
}

const own = `/clusters/${prod}/authenticate`;

/** The cluster that is at a path of the table; undefined where there is none. */
function clusterAt(path: string): string | undefined {
  if (path === '/authenticate' || path.startsWith(own)) return prod;
  return path.startsWith(`/clusters/${staging}/`) ? staging : undefined;
}

describe('401, the same for all, and before the body is read', () => {
  const same = {
    status: 401,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'www-authenticate': 'Bearer',
    },
    text: JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'unauthorized: the caller does not prove that they may ask here (decision ID)',
      reason: 'Unauthorized',
      code: 401,
    }),
  };

  test.each<[name: string, path: string, authorization?: string]>([
    ['no secret', '/authenticate'],
    ['no secret, by name', own],
    ['an empty header', own, ''],
    ['an empty secret', own, 'Bearer '],
    ['a wrong secret', own, 'Bearer wrong'],
    ['the secret without its scheme', own, secret],
    ['basic authentication', own, `Basic ${btoa(`user:${secret}`)}`],
    ['another scheme', own, `Token ${secret}`],
    ['the secret in upper case', own, `Bearer ${secret.toUpperCase()}`],
    ['the beginning of the secret', own, `Bearer ${secret.slice(0, -1)}`],
    ['the secret and more', own, `Bearer ${secret}x`],
    ['the secret twice', own, `Bearer ${secret} ${secret}`],
    ['two headers in one', own, `Bearer ${secret}, Bearer ${secret}`],
    ['two spaces', own, `Bearer  ${secret}`],
    ['a tab', own, `Bearer\t${secret}`],
    ['quotes', own, `Bearer "${secret}"`],
    ['its digest, as in the configuration', own, `Bearer ${'0'.repeat(64)}`],
    ['a secret of 64 KiB', own, `Bearer ${'a'.repeat(1 << 16)}`],
    ['the secret of another cluster', own, bearer(staging)],
    ['the secret of another cluster, at the default', '/authenticate', bearer(staging)],
    ['the secret in the query', `${own}?access_token=${secret}&token=${secret}`],
    ['an unknown cluster', '/clusters/nowhere/authenticate', bearer(prod)],
    ['an unknown cluster without a secret', '/clusters/nowhere/authenticate'],
    ['a cluster in another case', `/clusters/${prod.toUpperCase()}/authenticate`, bearer(prod)],
    ['a cluster with its name in two', `/clusters/${prod}%2f/authenticate`, bearer(prod)],
    ['a parent of a cluster', `/clusters/${prod}%2f..%2f${prod}/authenticate`, bearer(prod)],
    ['a cluster and a NUL', `/clusters/${prod}%00/authenticate`, bearer(prod)],
    ['a cluster and a line feed', `/clusters/${prod}%0a/authenticate`, bearer(prod)],
    ['a cluster encoded twice', `/clusters/${prod.replace('.', '%252e')}/authenticate`, bearer(prod)],
    ['a broken encoding', `/clusters/%zz/authenticate`, bearer(prod)],
    ['half a character', `/clusters/%e0%a4%a/authenticate`, bearer(prod)],
    ['a name of Object.prototype', '/clusters/__proto__/authenticate', bearer(prod)],
    ['another name of Object.prototype', '/clusters/constructor/authenticate', bearer(prod)],
    ['a cluster called undefined', '/clusters/undefined/authenticate', bearer(prod)],
    ['the name of the parameter', '/clusters/:cluster/authenticate', bearer(prod)],
    ['a star', '/clusters/*/authenticate', bearer(prod)],
    ['two clusters', `/clusters/${staging},${prod}/authenticate`, bearer(prod)],
    [
      'another cluster by name, its own by query',
      `/clusters/${staging}/authenticate?cluster=${prod}`,
      bearer(prod),
    ],
  ])('%s', async (_, path, authorization) => {
    const deployment = await Deployment.start();
    const answer = await intrude(deployment, path, authorization);
    expect(shown(answer)).toEqual(same);
    expect(answer.decisionId).toMatch(decisionIdPattern);
    expect([deployment.sts.calls.length, deployment.reads]).toEqual([0, 0]);
    expect(deployment.log).toEqual([
      {
        event: 'review',
        time: '2026-11-24T12:00:00.000Z',
        decisionId: answer.decisionId,
        cluster: clusterAt(path),
        verdict: 'rejected',
        code: 'unauthorized',
        reason: 'the caller does not prove that they may ask here',
        durationMs: 0,
      },
    ]);
  });

  test('attack: a secret that is like one that was right before, and is remembered', async () => {
    const deployment = await Deployment.start();
    for (const cluster of [prod, staging, prod]) {
      expect((await deployment.ask('foreign', { cluster })).status).toBe(200);
    }
    const likely = [
      ['no secret', own],
      ['the first character another', own, `Bearer x${secret.slice(1)}`],
      ['the last character another', own, `Bearer ${secret.slice(0, -1)}x`],
      ['a character more', own, `Bearer ${secret}x`],
      ['a character less', own, `Bearer ${secret.slice(0, -1)}`],
      ['in upper case', own, `Bearer ${secret.toUpperCase()}`],
      ['of another cluster', own, bearer(staging)],
      ['for a cluster that there is not', '/clusters/nowhere/authenticate', bearer(prod)],
    ] as const;
    for (const [name, path, authorization] of likely) {
      expect(shown(await intrude(deployment, path, authorization)), name).toEqual(same);
    }
    expect((await deployment.ask('foreign')).status).toBe(200);
  });

  test.each([
    ['a known cluster is named in the log', own, prod],
    ['an unknown one is not', '/clusters/nowhere/authenticate', undefined],
  ])('%s', async (_, path, cluster) => {
    const deployment = await Deployment.start();
    await intrude(deployment, path, 'Bearer wrong');
    expect(deployment.log[0]?.cluster).toBe(cluster);
  });
});

describe('an API server is let in', () => {
  test.each<[name: string, path: string, authorization: string]>([
    ['at the default', '/authenticate', bearer(prod)],
    ['by name', own, bearer(prod)],
    ['by name, encoded', `/clusters/${prod.replace('.', '%2e')}/authenticate`, bearer(prod)],
    ['with a query, which means nothing', '/authenticate?timeout=30s&cluster=nowhere', bearer(prod)],
    ['with a slash at the end', `${own}/`, bearer(prod)],
    ['with the scheme in lower case', own, `bearer ${secret}`],
    ['with the scheme in upper case', own, `BEARER ${secret}`],
  ])('%s', async (_, path, authorization) => {
    const deployment = await Deployment.start();
    const token = await deployment.sign(people.admin);
    const answer = await deployment.send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }),
    });
    expect(answer.body.status).toMatchObject({
      authenticated: true,
      user: { username: 'admin:alice-example.com' },
    });
  });

  test('each cluster by its own secret, for its own audience and by its own policy', async () => {
    const deployment = await Deployment.start();
    const token = await deployment.sign(people.admin, { audience: staging });
    expect((await deployment.ask(token, { cluster: staging })).body.status.authenticated).toBe(true);
    expect((await deployment.ask(token, { cluster: prod })).body.status.error).toMatch(
      /^sts_signature_mismatch/,
    );
    expect((await deployment.ask(token, { cluster: staging, authorization: bearer(prod) })).status).toBe(401);
    await deployment.write({ rules: [] }, staging);
    deployment.time += 31_000;
    expect((await deployment.ask(token, { cluster: staging })).body.status.error).toMatch(/^not_mapped/);
    expect((await deployment.ask(await deployment.sign(people.admin))).body.status.authenticated).toBe(true);
  });

  test('with either secret while they are rotated', async () => {
    const deployment = await Deployment.start();
    await deployment.write({ rules }, bare);
    const token = await deployment.sign(people.admin, { audience: bare });
    for (const index of [0, 1]) {
      const { body } = await deployment.ask(token, { cluster: bare, authorization: bearer(bare, index) });
      expect(body.status.authenticated).toBe(true);
    }
    const both = `Bearer ${apiServerSecrets[bare].join('')}`;
    expect((await deployment.ask(token, { cluster: bare, authorization: both })).status).toBe(401);
  });
});

describe('a webhook with other settings', () => {
  async function ask(
    options: (deployment: Deployment) => Promise<Partial<WebhookOptions>>,
    authorization?: string,
    path = '/authenticate',
  ): Promise<Answer> {
    const deployment = await Deployment.start();
    const app = createWebhook({
      clusters: [],
      defaultCluster: prod,
      taskContext: () => undefined,
      log: () => {},
      ...(await options(deployment)),
    });
    const token = await deployment.sign(people.admin);
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
      body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }),
    };
    return answerOf(await app.fetch(new Request(`https://webhook.example.net${path}`, init)));
  }

  const withDigests =
    (...secretDigests: Uint8Array[]) =>
    async ({ clusters }: Deployment) => ({
      clusters: [{ ...clusters.get(prod)!, apiServerAuth: { secretDigests, certificateDigests: [] } }],
    });

  test.each<[name: string, digests: () => Promise<Uint8Array[]>, authorization: string | undefined]>([
    ['no digest', async () => [], 'Bearer x'],
    ['no digest and no secret', async () => [], undefined],
    ['the digest of nothing, and no secret', async () => [await sha256('')], undefined],
    ['the digest of nothing, and an empty secret', async () => [await sha256('')], 'Bearer '],
    ['an empty digest', async () => [new Uint8Array()], 'Bearer x'],
    ['half a digest', async () => [(await sha256('x')).slice(0, 16)], 'Bearer x'],
    ['a digest and more', async () => [new Uint8Array([...(await sha256('x')), 0])], 'Bearer x'],
    [
      'one bit of the digest differs',
      async () => [(await sha256('x')).map((byte, index) => (index === 31 ? byte ^ 1 : byte))],
      'Bearer x',
    ],
    [
      'the first bit of the digest differs',
      async () => [(await sha256('x')).map((byte, index) => (index === 0 ? byte ^ 128 : byte))],
      'Bearer x',
    ],
  ])('401: %s', async (_, digests, authorization) => {
    expect((await ask(withDigests(...(await digests())), authorization)).status).toBe(401);
  });

  test('the digest itself lets its secret in', async () => {
    expect((await ask(withDigests(await sha256('x')), 'Bearer x')).body.status.authenticated).toBe(true);
  });

  test.each([
    ['without a secret', undefined],
    ['with any', 'Bearer anything'],
  ])('none: anybody may ask, %s', async (_, authorization) => {
    const open = async ({ clusters }: Deployment) => ({
      clusters: [{ ...clusters.get(prod)!, apiServerAuth: 'none' as const }],
    });
    expect((await ask(open, authorization)).body.status.authenticated).toBe(true);
  });

  test.each<[name: string, defaultCluster: string | undefined]>([
    ['no default cluster', undefined],
    ['a default cluster that is not there', 'nowhere'],
    ['an empty default cluster', ''],
  ])('401: %s', async (_, defaultCluster) => {
    const options = async ({ clusters }: Deployment) => ({
      clusters: [...clusters.values()],
      defaultCluster,
    });
    expect((await ask(options, bearer(prod))).status).toBe(401);
    expect((await ask(options, bearer(prod), own)).status).toBe(200);
  });

  test('401: no cluster at all', async () => {
    expect((await ask(async () => ({ clusters: [] }), bearer(prod))).status).toBe(401);
  });
});

test('a caller with a right to ask has the body read', async () => {
  const deployment = await Deployment.start();
  const { status, body } = await deployment.post(forbiddenBody());
  expect([status, body.message]).toEqual([400, expect.stringMatching(/^not_json: /)]);
});
