/**
 * Reviews of JWTs: the same policy, fewer facts.
 */
import { describe, expect, test } from 'vitest';
import { explain } from '../../src/review/explain.ts';
import type { Verification } from '../../src/verifier/verification.ts';
import { Deployment, prod } from '../support/deployment.ts';
import { facts, fakeJwts, issuer, worker } from '../support/fake-jwts.ts';
import { now } from '../support/token-builder.ts';

const admin = { role: 'arn:aws:iam::111122223333:role/Admin', username: 'admin', groups: ['ops'] };

async function deploymentOf(policy: object, outcome?: () => Verification): Promise<Deployment> {
  const deployment = await Deployment.start({ jwts: [fakeJwts(outcome)] });
  await deployment.write(policy);
  return deployment;
}

test('who is mapped gets what a JWT tells, and nothing empty in place of the rest', async () => {
  const deployment = await deploymentOf({ rules: [admin] });
  const { body } = await deployment.ask(`jwt:${now}`);
  expect(body.status).toEqual({
    authenticated: true,
    user: {
      username: 'admin',
      groups: ['ops'],
      extra: { arn: [worker.arn], canonicalArn: [worker.canonicalArn], sourceIdentity: ['alice'] },
    },
  });
  expect(deployment.log).toMatchObject([
    { verdict: 'mapped', username: 'admin', jwtIssuer: issuer, jwtId: facts.id, sourceIdentity: 'alice' },
  ]);
  expect(deployment.log[0]).toMatchObject({
    principalId: undefined,
    stsHost: undefined,
    sessionName: undefined,
  });
});

describe('how a review of a JWT ends', () => {
  const down: Verification = { verdict: 'unavailable', code: 'jwt_keys_unreachable', jwt: { issuer } };
  const forged: Verification = { verdict: 'refused', code: 'jwt_signature', jwt: { issuer } };

  test.each<
    [name: string, policy: object, outcome: (() => Verification) | undefined, status: number, error?: RegExp]
  >([
    ['nobody is mapped', { rules: [{ ...admin, role: `${admin.role}2` }] }, undefined, 200, /^not_mapped: /],
    [
      'a variable without a value',
      { rules: [{ ...admin, username: '{{SessionName}}' }] },
      undefined,
      200,
      /^template_empty: /,
    ],
    [
      'the key that signed',
      { rules: [{ ...admin, username: '{{AccessKeyID}}' }] },
      undefined,
      200,
      /^template_empty: /,
    ],
    [
      'a pin that nothing proves',
      { rules: [{ ...admin, principalId: 'AROAAAAAAAAAAAAAAAAAA' }] },
      undefined,
      200,
      /^principal_/,
    ],
    [
      'issued before notBefore',
      { rules: [admin], notBefore: new Date(now + 1000).toISOString() },
      undefined,
      200,
      /^jwt_too_old: /,
    ],
    ['forged', { rules: [admin] }, () => forged, 200, /^jwt_signature: /],
    ['the keys cannot be had', { rules: [admin] }, () => down, 503],
  ])('%s', async (_, policy, outcome, status, error) => {
    const deployment = await deploymentOf(policy, outcome);
    const answer = await deployment.ask(`jwt:${now}`);
    expect([answer.status, answer.body.status?.authenticated ?? false]).toEqual([status, false]);
    if (error) expect(answer.body.status.error).toMatch(error);
    else expect(answer.headers.get('retry-after')).toMatch(/^[5-9]$/);
    expect(deployment.log).toMatchObject([{ jwtIssuer: issuer }]);
  });

  test('attack: an expired ServiceAccount JWT, as they come by the thousand, is nobody to be told of', async () => {
    const deployment = await deploymentOf({ rules: [admin] });
    const { body } = await deployment.ask('eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2ln');
    expect(body.status).toEqual({ authenticated: false });
    expect(deployment.log).toMatchObject([{ verdict: 'foreign' }]);
    expect(deployment.log[0]).not.toHaveProperty('jwtIssuer');
  });
});

describe('an explanation', () => {
  test.each<
    [name: string, policy: object, outcome: (() => Verification) | undefined, steps: readonly string[]]
  >([
    [
      'of who is mapped',
      { rules: [admin] },
      undefined,
      ['token passed', 'issuer passed', 'policy passed', 'mapping passed'],
    ],
    [
      'of a forgery',
      { rules: [admin] },
      () => ({ verdict: 'refused', code: 'jwt_signature', jwt: { issuer } }),
      ['token refused jwt_signature'],
    ],
    [
      'of keys that cannot be had',
      { rules: [admin] },
      () => ({ verdict: 'unavailable', code: 'jwt_keys_unreachable', jwt: { issuer } }),
      ['token passed', 'issuer no-verdict jwt_keys_unreachable'],
    ],
    [
      'of one issued before notBefore',
      { rules: [admin], notBefore: new Date(now + 1000).toISOString() },
      undefined,
      ['token passed', 'issuer passed', 'policy refused jwt_too_old'],
    ],
  ])('%s', async (_, policy, outcome, steps) => {
    const { clusters } = await deploymentOf(policy, outcome);
    const { verifier, policies } = clusters.get(prod)!;
    const explanation = await explain({ token: `jwt:${now}` }, { verifier, policies });
    const told = explanation.steps.map(({ step, outcome, code }) =>
      [step, outcome, code].filter(Boolean).join(' '),
    );
    expect(told).toEqual(steps);
  });
});
