/**
 * Shadow mode at the webhook: the answer is the incumbent's, whatever callerid itself decides, fails at or waits for.
 */
import { describe, expect, test } from 'vitest';
import type { Principal } from '../../src/emulator/principals.ts';
import { type OutageCode, outages, type ShadowOutageCode } from '../../src/errors/codes.ts';
import type { Identity } from '../../src/identity/identity.ts';
import type { IncumbentAnswer } from '../../src/review/shadow/answer.ts';
import type { TokenReview } from '../../src/review/token-review.ts';
import { readBreakGlass } from '../../src/runtime/break-glass.ts';
import {
  type Answer,
  Deployment,
  type DeploymentOptions,
  decisionIdPattern,
  people,
  prod,
} from '../support/deployment.ts';
import { now } from '../support/token-builder.ts';

const theirUser = {
  username: 'their-user',
  uid: 'their-uid',
  groups: ['their-group'],
  extra: { arn: ['a'] },
};
const grant = { httpStatus: 200, status: { authenticated: true, user: theirUser } } as const;
const denial = { httpStatus: 403, status: { authenticated: false } } as const;

/** A deployment in shadow mode, what its incumbent was asked, and a way to wait for what goes on after the answer. */
async function shadowing(theirs: IncumbentAnswer, options: DeploymentOptions = {}) {
  const asked: TokenReview[] = [];
  const tasks: Promise<unknown>[] = [];
  const deployment = await Deployment.start({
    incumbent: async (review) => {
      asked.push(review);
      return theirs;
    },
    taskContext: () => ({ waitUntil: (task) => tasks.push(task) }),
    ...options,
  });
  const settled = async () => {
    for (const task of tasks) await task; // it grows while we wait
  };
  return { deployment, asked, settled, log: deployment.log };
}

/** The user that callerid itself would let in. */
const ourName = 'admin:alice-example.com';

function expectGrant({ status, body, headers }: Answer): void {
  expect(status).toBe(200);
  expect(body.status).toEqual({ authenticated: true, user: theirUser });
  expect(headers.get('callerid-decision-id')).toMatch(decisionIdPattern);
}

describe('the answer is that of the incumbent', () => {
  test.each<[name: string, who: Principal]>([
    ['whom our policy lets in as another', people.admin],
    ['whom our policy does not know', people.stranger],
    ['whom our STS does not know', people.unknownToSts],
  ])('its grant for somebody %s', async (_, who) => {
    const { deployment } = await shadowing(grant);
    expectGrant(await deployment.ask(await deployment.sign(who)));
  });

  test.each([200, 401, 403])(
    'its denial with %i for somebody whom our policy lets in',
    async (httpStatus) => {
      const { deployment } = await shadowing({ ...denial, httpStatus });
      const { status, body, text } = await deployment.ask(await deployment.sign(people.admin));
      expect(status).toBe(httpStatus);
      expect(body).toEqual({
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        status: { authenticated: false },
      });
      expect(text).not.toContain(ourName);
    },
  );

  test.each(['authentication.k8s.io/v1', 'authentication.k8s.io/v1beta1'])(
    'in %s, and so it is asked',
    async (apiVersion) => {
      const { deployment, asked } = await shadowing(grant);
      const token = await deployment.sign(people.admin);
      const { body } = await deployment.ask(token, { apiVersion, audiences: ['https://api'] });
      expect(body.apiVersion).toBe(apiVersion);
      expect(asked).toEqual([{ ok: true, apiVersion, token, audiences: ['https://api'] }]);
    },
  );

  test('its words for a denial', async () => {
    const { deployment, settled, log } = await shadowing({
      ...denial,
      status: { authenticated: false, error: 'not today' },
    });
    const answer = await deployment.ask(await deployment.sign(people.admin));
    expect(answer.body.status.error).toBe(`not today (decision ${answer.decisionId})`);
    await settled();
    expect(log[0]?.shadow?.reason).toBe('not today');
  });

  test("its words on somebody else's token are not logged: they may repeat it", async () => {
    const error = 'no such ticket: t-4711';
    const { deployment, settled, log } = await shadowing({
      ...denial,
      status: { authenticated: false, error },
    });
    await deployment.ask('t-4711');
    await settled();
    expect(log).toHaveLength(1);
    expect(log[0]?.shadow).toMatchObject({ outcome: 'agrees', theirs: 'denied' });
    expect(JSON.stringify(log)).not.toContain('4711');
  });

  test("somebody else's token goes there too, and may be let in", async () => {
    const { deployment, asked, settled, log } = await shadowing(grant);
    const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzZXJ2aWNlIn0.c2lnbmF0dXJl';
    expectGrant(await deployment.ask(token));
    expect(asked.map((review) => review.token)).toEqual([token]);
    await settled();
    expect(log).toHaveLength(1);
    expect(log[0]).toMatchObject({
      verdict: 'foreign',
      shadow: { outcome: 'differs', differences: [{ field: 'authenticated', theirs: true, ours: false }] },
    });
    const text = JSON.stringify(log);
    for (const word of [...token.split('.'), theirUser.username]) expect(text).not.toContain(word);
  });

  test('the break-glass rule is not asked', async () => {
    const { deployment } = await shadowing(denial, {
      breakGlass: brokenGlass(),
    });
    const { status, text } = await deployment.ask(await deployment.sign(people.admin));
    expect(status).toBe(403);
    expect(text).not.toContain('break-glass');
  });
});

function brokenGlass() {
  const role = 'arn:aws:iam::111122223333:role/Admin';
  const { rule } = readBreakGlass({ role, expires: '2026-11-24T18:00:00Z' }, now);
  return { rule, expiresAt: Number.POSITIVE_INFINITY };
}

const codes = Object.keys(outages).filter((code) => code.startsWith('shadow_')) as ShadowOutageCode[];

describe('no way leads from a failure of the incumbent to our grant', () => {
  test('there are such failures', () => {
    expect(codes).toHaveLength(2);
  });

  test.each(codes)('%s', async (code) => {
    const { deployment, settled, log } = await shadowing({ code });
    const { status, headers, body, text } = await deployment.ask(await deployment.sign(people.admin));
    expect(status).toBe(code === 'shadow_throttled' ? 429 : 503);
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(5);
    expect(body.kind).toBe('Status');
    expect(text).not.toContain('authenticated');
    expect(text).not.toContain(ourName);
    await settled();
    expect(log[0]).toMatchObject({
      verdict: 'mapped',
      username: ourName,
      shadow: { outcome: 'not_compared', theirs: code },
    });
  });

  test('not even where asking it throws, which it never should', async () => {
    const { deployment, settled } = await shadowing(grant, {
      incumbent: () => Promise.reject(new Error('no')),
    });
    const { status, text } = await deployment.ask(await deployment.sign(people.admin));
    expect(status).toBe(503);
    expect(text).not.toContain('authenticated');
    await settled();
  });
});

/** Ways in which our own part fails, and the code that it logs. */
const failures: [
  name: string,
  code: OutageCode,
  arrange: (deployment: Deployment) => unknown,
  DeploymentOptions?,
][] = [
  ['no policy', 'policy_missing', (deployment) => deployment.remove()],
  ['a policy that cannot be read', 'policy_unavailable', (deployment) => deployment.corrupt('{')],
  ['a store that fails', 'policy_unavailable', (deployment) => (deployment.storeError = new Error('down'))],
  [
    'an STS that is not there',
    'sts_unreachable',
    () => {},
    { fetch: () => Promise.reject(new TypeError('no')) },
  ],
  [
    'an STS that throttles',
    'sts_throttled',
    () => {},
    { fetch: async () => new Response('{}', { status: 429 }) },
  ],
  [
    'a verifier that throws',
    'internal',
    ({ clusters }) => {
      const broken = { verify: () => Promise.reject(new Error('broken')) };
      Object.assign(clusters.get(prod) ?? {}, { verifier: broken });
    },
  ],
];

describe('no failure of ours changes the answer', () => {
  test.each(failures)('%s', async (_, code, arrange, options) => {
    for (const [theirs, httpStatus] of [
      [grant, 200],
      [denial, 403],
    ] as const) {
      const { deployment, settled, log } = await shadowing(theirs, options);
      await arrange(deployment);
      const answer = await deployment.ask(await deployment.sign(people.admin));
      expect(answer.status).toBe(httpStatus);
      if (httpStatus === 200) expectGrant(answer);
      await settled();
      expect(log).toHaveLength(1);
      expect(log[0]).toMatchObject({ code, shadow: { outcome: 'not_compared', httpStatus } });
    }
  });

  test('a log that throws', async () => {
    const { deployment, settled } = await shadowing(grant, {
      log: () => {
        throw new Error('the disk is full');
      },
    });
    expectGrant(await deployment.ask(await deployment.sign(people.admin)));
    await settled();
  });

  test('an STS that keeps us waiting: the answer is there before, and the log line comes after', async () => {
    const held = Promise.withResolvers<Response>();
    const { deployment, settled, log } = await shadowing(grant, { fetch: () => held.promise });
    expectGrant(await deployment.ask(await deployment.sign(people.admin)));
    expect(log).toEqual([]);
    held.resolve(new Response('{}', { status: 500 }));
    await settled();
    expect(log).toHaveLength(1);
  });

  test('where nothing keeps work alive beyond its request, the answer is the same', async () => {
    const { deployment } = await shadowing(grant, { taskContext: () => undefined });
    expectGrant(await deployment.ask(await deployment.sign(people.admin)));
  });

  test('a policy that is not there leaves /readyz ready, and says so', async () => {
    const { deployment } = await shadowing(grant);
    await deployment.remove();
    const { status, body } = await deployment.send('/readyz');
    expect(status).toBe(200);
    expect(body).toEqual({ ready: true, problems: [expect.stringContaining('policy_missing')] });
  });
});

describe('who may not ask, does not ask the incumbent either', () => {
  test.each<[attack: string, ask: (deployment: Deployment) => Promise<Answer>, status: number]>([
    ['no secret', (deployment) => deployment.ask('t', { authorization: '' }), 401],
    ['the secret of another', (deployment) => deployment.ask('t', { authorization: 'Bearer wrong' }), 401],
    [
      'no such cluster',
      (deployment) => deployment.ask('t', { cluster: 'nowhere', authorization: 'Bearer x' }),
      401,
    ],
    ['a body that is no review', (deployment) => deployment.post('{}'), 400],
    ['a body that is no JSON', (deployment) => deployment.post('{'), 400],
    ['a body that is too long', (deployment) => deployment.post(' '.repeat(65_537)), 413],
  ])('%s', async (_, ask, httpStatus) => {
    const { deployment, asked, log } = await shadowing(grant);
    expect((await ask(deployment)).status).toBe(httpStatus);
    expect(asked).toEqual([]);
    expect(log).toHaveLength(1);
    expect(log[0]?.shadow).toBeUndefined();
  });
});

describe('the log line', () => {
  test('is that of our decision, and says how the two differ', async () => {
    const { deployment, settled, log } = await shadowing(grant);
    const { decisionId } = await deployment.ask(await deployment.sign(people.admin));
    await settled();
    expect(log).toHaveLength(1);
    const [{ shadow, ...ours } = { shadow: undefined }] = log;
    expect(ours).toMatchObject({
      event: 'review',
      decisionId,
      verdict: 'mapped',
      username: ourName,
      policyVersion: 1,
    });
    expect(shadow).toMatchObject({ outcome: 'differs', theirs: 'granted', httpStatus: 200 });
    expect(shadow?.differences?.map(({ field }) => field)).toEqual([
      'username',
      'uid',
      'groups',
      'extra.arn',
      'extra.canonicalArn',
      'extra.sessionName',
      'extra.accessKeyId',
      'extra.principalId',
      'extra.sigs.k8s.io/aws-iam-authenticator/principalId',
    ]);
  });

  test('says that they agree', async () => {
    const { deployment, settled, log } = await shadowing(denial);
    await deployment.ask(await deployment.sign(people.stranger));
    await settled();
    expect(log[0]).toMatchObject({ verdict: 'denied', code: 'not_mapped' });
    expect(log[0]?.shadow).toEqual({ outcome: 'agrees', theirs: 'denied', httpStatus: 403, differences: [] });
  });

  test('says why they deny', async () => {
    const status = { authenticated: false, error: 'not on the list' };
    const { deployment, settled, log } = await shadowing({ ...denial, status });
    await deployment.ask(await deployment.sign(people.admin));
    await settled();
    expect(log[0]?.shadow).toMatchObject({ outcome: 'differs', theirs: 'denied', reason: 'not on the list' });
  });
});

test('who came is remembered, so that a new policy is tried on them', async () => {
  const { deployment, settled } = await shadowing(denial);
  const noted: [Identity, boolean][] = [];
  Object.assign(deployment.clusters.get(prod) ?? {}, {
    recent: { note: (...who: [Identity, boolean]) => noted.push(who), flushWhenDue: () => undefined },
  });
  await deployment.ask(await deployment.sign(people.admin));
  await settled();
  expect(noted.map(([{ canonicalArn }, letIn]) => [canonicalArn, letIn])).toEqual([
    ['arn:aws:iam::111122223333:role/Admin', true],
  ]);
});
