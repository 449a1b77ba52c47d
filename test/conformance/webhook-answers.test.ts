/**
 * The answers to reviews: status, body, headers and log line of every outcome.
 */
import { describe, expect, test } from 'vitest';
import { outages } from '../../src/errors/codes.ts';
import { mappingRefusals } from '../../src/errors/mapping.ts';
import { stsRefusals } from '../../src/errors/sts.ts';
import { tokenRefusals } from '../../src/errors/token.ts';
import { type Cluster, createWebhook, type WebhookOptions } from '../../src/http/webhook.ts';
import type { Verification } from '../../src/verifier/verification.ts';
import {
  type Answer,
  answerOf,
  bearer,
  Deployment,
  decisionIdPattern,
  host,
  people,
  prod,
} from '../support/deployment.ts';
import { type Scenario, scenarios, type Verdict } from '../support/scenarios.ts';

const texts: Record<string, string> = { ...tokenRefusals, ...stsRefusals, ...mappingRefusals, ...outages };

const versions = ['authentication.k8s.io/v1', 'authentication.k8s.io/v1beta1'];

const statusOf: Record<Verdict, number> = {
  mapped: 200,
  denied: 200,
  refused: 200,
  foreign: 200,
  throttled: 429,
  unavailable: 503,
};

function review(version: string, status: object): object {
  return { apiVersion: version, kind: 'TokenReview', status };
}

/** What stands at the end of every text of ours. */
function end({ decisionId }: Answer): string {
  return ` (decision ${decisionId})`;
}

function expectTraceable(answer: Answer): void {
  expect(answer.decisionId).toMatch(decisionIdPattern);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'application/json',
    'cache-control': 'no-store',
  });
}

function expectVerdict({ verdict, code }: Scenario, version: string, answer: Answer): void {
  const { body } = answer;
  expect(answer.headers.has('retry-after')).toBe(verdict === 'throttled' || verdict === 'unavailable');
  switch (verdict) {
    case 'mapped':
      expect(body).toEqual(review(version, { authenticated: true, user: expect.anything() }));
      expect(Object.keys(body.status.user).sort()).toEqual(['extra', 'groups', 'uid', 'username']);
      return;
    case 'foreign': // no `error`, so that the API server may cache it
      expect(body).toEqual(review(version, { authenticated: false }));
      return;
    case 'refused':
      expect(body).toEqual(
        review(version, { authenticated: false, error: `${code}: ${texts[String(code)]}${end(answer)}` }),
      );
      return;
    case 'denied':
      expect(body).toEqual(review(version, { authenticated: false, error: expect.any(String) }));
      expect(body.status.error.startsWith(`${code}: ${texts[String(code)]}`)).toBe(true);
      expect(body.status.error.slice(0, -end(answer).length)).toMatch(
        /; arn:aws:iam::\d{12}:\S+; policy version 1$/,
      );
      expect(body.status.error.endsWith(end(answer))).toBe(true);
      return;
    default:
      expectOutage(answer, String(code));
  }
}

function expectOutage(answer: Answer, code: string): void {
  const seconds = answer.headers.get('retry-after') ?? '';
  expect(seconds).toMatch(/^[1-9][0-9]*$/);
  expect(Number(seconds)).toBeGreaterThanOrEqual(5);
  expect(Number(seconds)).toBeLessThanOrEqual(10);
  expect(answer.body).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `${code}: ${texts[code]}${end(answer)}`,
    reason: answer.status === 429 ? 'TooManyRequests' : 'ServiceUnavailable',
    details: { retryAfterSeconds: Number(seconds) },
    code: answer.status,
  });
}

describe('every outcome, in the version that was asked', () => {
  test.each(scenarios)('$verdict: $name', async (scenario) => {
    const { stsDeadlineMs } = scenario;
    const deployment = await Deployment.start({ stsDeadlineMs });
    const token = await scenario.arrange(deployment);
    for (const apiVersion of versions) {
      const answer = await deployment.ask(token, { apiVersion });
      expect(answer.status).toBe(statusOf[scenario.verdict]);
      expectTraceable(answer);
      expectVerdict(scenario, apiVersion, answer);
      expect(deployment.log.at(-1)).toMatchObject({
        decisionId: answer.decisionId,
        verdict: scenario.verdict,
      });
      expect(deployment.log.at(-1)?.code).toBe(scenario.code);
    }
    expect(deployment.log).toHaveLength(versions.length);
    expect(new Set(deployment.log.map(({ decisionId }) => decisionId)).size).toBe(versions.length);
  });
});

describe('a grant', () => {
  test('to the letter', async () => {
    const deployment = await Deployment.start();
    const { text } = await deployment.ask(await deployment.sign(people.admin));
    expect(text).toBe(
      JSON.stringify({
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        status: {
          authenticated: true,
          user: {
            username: 'admin:alice-example.com',
            uid: 'aws-iam-authenticator:111122223333:AROAADMIN0000000',
            groups: ['system:masters', 'role:Admin'],
            extra: {
              arn: ['arn:aws:sts::111122223333:assumed-role/Admin/alice@example.com'],
              canonicalArn: ['arn:aws:iam::111122223333:role/Admin'],
              sessionName: ['alice@example.com'],
              accessKeyId: [people.admin.accessKeyId],
              principalId: ['AROAADMIN0000000'],
              'sigs.k8s.io/aws-iam-authenticator/principalId': ['AROAADMIN0000000'],
            },
          },
        },
      }),
    );
  });

  test('answers audiences only where the policy lists some', async () => {
    const deployment = await Deployment.start();
    const token = await deployment.sign(people.admin);
    const asking = { audiences: ['https://a.example', 'https://b.example'] };
    expect((await deployment.ask(token, asking)).body.status).not.toHaveProperty('audiences');

    const rule = { role: 'arn:aws:iam::111122223333:role/Admin', username: 'a' };
    await deployment.write({ rules: [rule], apiAudiences: ['https://b.example'] });
    deployment.time += 31_000;
    const { body } = await deployment.ask(token, asking);
    expect(body.status).toMatchObject({ authenticated: true, audiences: ['https://b.example'] });
    const { status } = (await deployment.ask(token, { audiences: ['https://a.example'] })).body;
    expect(status).toEqual({ authenticated: false, error: expect.stringMatching(/^audiences_disjoint: /) });
  });
});

describe('the log line of', () => {
  const usual = { event: 'review', time: '2026-11-24T12:00:00.000Z', cluster: prod, durationMs: 0 };
  const asked = { stsHost: host, stsRequestId: expect.stringMatching(/^[\w-]{36}$/) };
  const alice = {
    arn: 'arn:aws:sts::111122223333:assumed-role/Admin/alice@example.com',
    canonicalArn: 'arn:aws:iam::111122223333:role/Admin',
    account: '111122223333',
    principalId: 'AROAADMIN0000000',
    accessKeyId: people.admin.accessKeyId,
    sessionName: 'alice@example.com',
  };
  const mallory = {
    arn: 'arn:aws:sts::111122223333:assumed-role/Stranger/mallory',
    canonicalArn: 'arn:aws:iam::111122223333:role/Stranger',
    account: '111122223333',
    principalId: 'AROASTRANGER0000000',
    accessKeyId: people.stranger.accessKeyId,
    sessionName: 'mallory',
  };
  const verified = { ...asked, cached: false, verifiedAt: '2026-11-24T12:00:00.000Z', policyVersion: 1 };

  test.each([
    [
      'a grant',
      'a role',
      {
        verdict: 'mapped',
        username: 'admin:alice-example.com',
        rule: 'role arn:aws:iam::111122223333:role/Admin',
        ...alice,
        ...verified,
      },
    ],
    [
      'a denial',
      'nobody mapped this role',
      { verdict: 'denied', code: 'not_mapped', reason: texts.not_mapped, ...mallory, ...verified },
    ],
    [
      'a refusal by grammar',
      'padding',
      { verdict: 'refused', code: 'token_encoding', reason: texts.token_encoding },
    ],
    [
      'a refusal by STS',
      'signed for another cluster',
      { verdict: 'refused', code: 'sts_signature_mismatch', reason: texts.sts_signature_mismatch, ...asked },
    ],
    ['a foreign token, without a word about it', 'a service account token', { verdict: 'foreign' }],
    [
      'throttling',
      'STS throttles',
      { verdict: 'throttled', code: 'sts_throttled', reason: texts.sts_throttled, ...asked },
    ],
    [
      'an outage of STS',
      'an intermediary fails',
      { verdict: 'unavailable', code: 'sts_failing', reason: texts.sts_failing, stsHost: host },
    ],
    [
      'a missing policy',
      'no policy',
      {
        verdict: 'unavailable',
        code: 'policy_missing',
        reason: texts.policy_missing,
        policyProblem: 'the store holds no policy',
      },
    ],
  ])('%s', async (_, name, expected) => {
    const deployment = await Deployment.start();
    const { arrange } = scenarios.find((scenario) => scenario.name === name)!;
    const { decisionId } = await deployment.ask(await arrange(deployment));
    const lines = deployment.log.map((line) => JSON.parse(JSON.stringify(line)));
    expect(lines).toEqual([{ ...usual, decisionId, ...expected }]);
  });

  test('a grant from a held identity: since when it is held', async () => {
    const deployment = await Deployment.start();
    const token = await deployment.sign(people.admin);
    await deployment.ask(token);
    deployment.time += 59_000;
    await deployment.ask(token);
    expect(deployment.log.at(-1)).toMatchObject({
      time: '2026-11-24T12:00:59.000Z',
      cached: true,
      verifiedAt: '2026-11-24T12:00:00.000Z',
    });
  });

  test('a grant by the last good policy: why there is no newer one', async () => {
    const deployment = await Deployment.start();
    await deployment.ask(await deployment.sign(people.admin));
    await deployment.corrupt('{}');
    deployment.time += 31_000;
    await deployment.ask(await deployment.sign(people.admin));
    expect(deployment.log.map(({ policyProblem }) => policyProblem)).toEqual([
      undefined,
      'the stored policy is not a record of format 1 or 2',
    ]);
    expect(deployment.log.at(-1)).toMatchObject({ verdict: 'mapped', policyVersion: 1 });
  });

  test('a foreign token, not even what else is wrong', async () => {
    const deployment = await Deployment.start();
    await deployment.corrupt('{}');
    await deployment.ask(await deployment.sign(people.admin));
    await deployment.ask('somebody.elses.token');
    expect(deployment.log[0]).toHaveProperty('policyProblem');
    expect(deployment.log[1]).not.toHaveProperty('policyProblem');
  });
});

test('Retry-After differs from answer to answer, so that API servers do not come back as one', async () => {
  const deployment = await Deployment.start();
  deployment.sts.setFault({ type: 'throttle' });
  const token = await deployment.sign(people.admin);
  const seconds = new Set<string | null>();
  for (let count = 0; count < 60; count++) {
    const answer = await deployment.ask(token);
    expectOutage(answer, 'sts_throttled');
    seconds.add(answer.headers.get('retry-after'));
  }
  expect(seconds.size).toBeGreaterThan(1);
});

test('client-go hears of no outage where a caller made the host up', async () => {
  const deployment = await Deployment.start();
  const token = await deployment.sign(people.admin, {
    endpoint: { host: 'sts.us-newland-1.amazonaws.com', region: 'us-newland-1' },
  });
  deployment.sts.setFault({ type: 'fail', status: 530 });
  const answer = await deployment.ask(token);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([200, null]);
  expect(deployment.sts.calls).toHaveLength(1);
});

describe('no exception becomes a grant', () => {
  const verified = { verdict: 'verified', verifiedAt: 0, expiresAt: 0, cached: false, sts: { host } };
  const verifierOf = (verify: () => unknown) => ({
    verifier: { isForeign: () => false, verify: async () => verify() as Verification },
  });
  const thrower = (error: unknown) => () => {
    throw error;
  };

  test.each<[name: string, cluster: Partial<Cluster>, options?: Partial<WebhookOptions>]>([
    ['the verifier throws', verifierOf(thrower(new Error('boom')))],
    ['the verifier throws what is no Error', verifierOf(thrower('boom'))],
    ['the verifier throws undefined', verifierOf(thrower(undefined))],
    ['the verifier throws an answer', verifierOf(thrower({ verdict: 'verified' }))],
    ['the verifier gives nothing', verifierOf(() => undefined)],
    ['verified without an identity', verifierOf(() => verified)],
    ['an identity that is null', verifierOf(() => ({ ...verified, identity: null }))],
    ['an identity without names', verifierOf(() => ({ ...verified, identity: {} }))],
    ['the policy reader throws', { policies: { current: thrower(new Error('boom')) } as never }],
    ['the policy reader rejects', { policies: { current: () => Promise.reject(new Error('x')) } as never }],
    ['the policy reader gives nothing', { policies: { current: async () => undefined } as never }],
    ['a policy without rules', { policies: { current: async () => ({ ok: true, version: 1 }) } as never }],
    ['the log throws', {}, { log: thrower(new Error('boom')) }],
    ['the clock is none', {}, { clock: () => Number.NaN }],
    ['the clock throws', {}, { clock: thrower(new Error('boom')) }],
    ['there is no execution context', {}, { taskContext: thrower(new Error('no context')) }],
  ])('%s', async (_, change, options = {}) => {
    const deployment = await Deployment.start();
    const app = createWebhook({
      clusters: [{ ...deployment.clusters.get(prod)!, ...change }],
      defaultCluster: prod,
      taskContext: () => undefined,
      log: () => {},
      ...options,
    });
    const token = await deployment.sign(people.admin);
    const answer = await answerOf(
      await app.fetch(
        new Request('https://webhook.example.net/authenticate', {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: bearer(prod) },
          body: JSON.stringify({ apiVersion: versions[0], kind: 'TokenReview', spec: { token } }),
        }),
      ),
    );
    expect(answer.status).toBe(503);
    expectTraceable(answer);
    expectOutage(answer, 'internal');
    expect(answer.text).not.toContain('boom');
  });
});
