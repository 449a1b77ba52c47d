/**
 * Exchanging subject tokens: whose, for which issuer, and what never comes of it. No HTTP.
 */
import { describe, expect, test } from 'vitest';
import { type Exchange, type ExchangeIssuer, exchange } from '../../src/oidc/exchange.ts';
import { people } from '../support/deployment.ts';
import {
  billing,
  deployer,
  type FakeJwt,
  IssuerScene,
  orders,
  roleArn,
  sessionOf,
  webhookAudience,
} from '../support/issuer-setup.ts';

const decisionId = '7d3f6c1e-0000-4000-8000-000000000000';

function run(scene: IssuerScene, token: string, changes: Partial<ExchangeIssuer> = {}): Promise<Exchange> {
  const issuer = { ...scene.issuers[0]!, ...changes };
  return exchange(token, issuer, { decisionId, clock: () => scene.time });
}

/** How an exchange is told in a table. */
function told(result: Exchange): string {
  return 'code' in result ? `${result.verdict} ${result.code}` : result.verdict;
}

/** The token of a JWT that is invented so. */
function jwtOf(scene: IssuerScene, jwt: FakeJwt): string {
  scene.jwts.set('a.fake.jwt', jwt);
  return 'a.fake.jwt';
}

describe('a subject token for this issuer', () => {
  test('by a signed URL', async () => {
    const scene = await IssuerScene.start();
    const result = await run(scene, await scene.sign());
    expect(result).toMatchObject({
      verdict: 'issued',
      username: 'deployer:build-7',
      groups: ['deployers', 'of:build-7'],
      literalGroups: ['deployers'],
      policyVersion: 1,
      issued: { kid: 'signer', expiresIn: 900 },
    });
  });

  test('by a JWT of AWS, no longer than that lives', async () => {
    const scene = await IssuerScene.start();
    await scene.write({ rules: [{ role: roleArn('Deployer'), username: 'deployer' }] });
    const token = jwtOf(scene, { audiences: [orders], expiresAt: scene.time + 120_000 });
    expect(await run(scene, token)).toMatchObject({ verdict: 'issued', issued: { expiresIn: 120 } });
  });

  test('no longer than the policy says', async () => {
    const scene = await IssuerScene.start();
    const policies: ExchangeIssuer['policies'] = {
      async current(context) {
        const policy = await scene.issuers[0]!.policies.current(context);
        if (!policy.ok) return policy;
        return {
          ...policy,
          rulesFor: async (identity) => {
            const found = await policy.rulesFor(identity);
            return found.ok ? { ...found, tokenSeconds: 60 } : found;
          },
        };
      },
    };
    expect(await run(scene, await scene.sign(), { policies })).toMatchObject({ issued: { expiresIn: 60 } });
  });
});

describe('a subject token for somebody else', () => {
  test.each([
    ["replaying a token for the cluster's webhook", webhookAudience],
    ['a token for another issuer of the same deployment', billing],
    ['a token for the origin of the deployment', 'https://callerid.example.com'],
    ['a token for the issuer with a slash behind', `${orders}/`],
    ['a token for the token endpoint', `${orders}/token`],
    ['a token for the issuer in capitals', orders.toUpperCase()],
    ['a token bound to a request here', `${orders}#GET`],
  ])('%s', async (_, audience) => {
    const scene = await IssuerScene.start();
    expect(told(await run(scene, await scene.sign(deployer, audience)))).toBe(
      'refused sts_signature_mismatch',
    );
  });

  test.each<[string, string[], string]>([
    ['an AWS JWT with two audiences, this issuer first', [orders, webhookAudience], 'refused jwt_audiences'],
    ['an AWS JWT with two audiences, this issuer last', [webhookAudience, orders], 'refused jwt_audiences'],
    ['an AWS JWT for another issuer of the same deployment', [billing], 'refused jwt_audience'],
    ['an AWS JWT for the webhook', [webhookAudience], 'refused jwt_audience'],
  ])('%s', async (_, audiences, expected) => {
    const scene = await IssuerScene.start();
    expect(told(await run(scene, jwtOf(scene, { audiences })))).toBe(expected);
  });
});

describe('an issued JWT as subject token', () => {
  test('is nothing to the verifier of its own issuer', async () => {
    const scene = await IssuerScene.start();
    const result = await run(scene, await scene.sign());
    if (result.verdict !== 'issued') throw new Error(told(result));
    expect(told(await run(scene, result.issued.token))).toBe('foreign');
  });

  test('is refused by a verifier, too, that would take it', async () => {
    const scene = await IssuerScene.start();
    const names = { username: 'deployer', groups: [], literalGroups: [] };
    const token = jwtOf(scene, { audiences: [orders], facts: { names }, expiresAt: scene.time + 900_000 });
    const result = await run(scene, token);
    expect(told(result)).toBe('refused jwt_issued_here');
    expect(result).not.toHaveProperty('issued');
  });
});

describe('reserved names, whatever the rule says of them', () => {
  const rule = { role: roleArn('Deployer') };
  const masters = { ...rule, username: 'a', groups: ['system:masters'], reserved: 'masters' };
  const custom = { ...rule, username: 'eks:{{SessionName}}', reserved: 'custom' };
  const group = { ...rule, username: 'a', groups: ['b', 'aws:{{RoleName}}'], reserved: 'custom' };
  const capitals = { ...rule, username: 'System:admin', reserved: 'custom' };
  test.each([
    ['masters', masters],
    ['a username', custom],
    ['one group of two', group],
    ['in capitals', capitals],
  ])('%s', async (_, one) => {
    const scene = await IssuerScene.start();
    await scene.write({ rules: [one] });
    const result = await run(scene, await scene.sign());
    expect(told(result)).toBe('denied reserved_not_issued');
    expect(result).not.toHaveProperty('issued');
  });

  test('by the name of a session: the mapping has refused it before', async () => {
    const sneak = sessionOf('Deployer', 'system');
    const scene = await IssuerScene.start({ principals: [sneak] });
    await scene.write({ rules: [{ ...rule, username: '{{SessionName}}:masters' }] });
    expect(told(await run(scene, await scene.sign(sneak)))).toBe('denied name_reserved');
  });

  test('by what a JWT says, behind a prefix that the rule allows', async () => {
    const scene = await IssuerScene.start();
    await scene.write({ rules: [{ ...rule, username: 'SYSTEM:{{RoleName}}', reserved: 'custom' }] });
    const identity = { roleName: 'masters' };
    const token = jwtOf(scene, { audiences: [orders], identity });
    expect(told(await run(scene, token))).toBe('denied reserved_not_issued');
  });
});

describe('what the policy says', () => {
  test.each([
    ['nobody mapped this role', people.stranger, 'denied not_mapped'],
    ['a key that STS does not know', people.unknownToSts, 'refused sts_access_key_unknown'],
    ['a node, whose name nobody can look up here', people.node, 'denied template_unavailable'],
  ])('%s', async (_, who, expected) => {
    const scene = await IssuerScene.start();
    expect(told(await run(scene, await scene.sign(who)))).toBe(expected);
  });

  test('the name of an instance is looked up', async () => {
    const node = sessionOf('Deployer', 'i-0123456789abcdef0');
    const scene = await IssuerScene.start({ principals: [node] });
    await scene.write({ rules: [{ role: roleArn('Deployer'), username: 'node:{{EC2PrivateDNSName}}' }] });
    const find = async () => ({ ok: true, name: 'ip-10-0-0-1.ec2.internal' }) as const;
    const found = await run(scene, await scene.sign(node), { privateDnsNames: { find } });
    expect(found).toMatchObject({ verdict: 'issued', username: 'node:ip-10-0-0-1.ec2.internal' });
    const failing = async () => ({ ok: false, code: 'ec2_timeout' }) as const;
    const result = await run(scene, await scene.sign(node), { privateDnsNames: { find: failing } });
    expect(told(result)).toBe('unavailable ec2_timeout');
  });

  test('notBefore: an identity that was held is asked for anew, and a JWT from before is too old', async () => {
    const scene = await IssuerScene.start();
    const token = await scene.sign();
    const jwt = jwtOf(scene, { audiences: [orders], issuedAt: scene.time, expiresAt: scene.time + 900_000 });
    expect(told(await run(scene, token))).toBe('issued');
    const notBefore = new Date(scene.time + 1).toISOString();
    await scene.write({ rules: [{ role: roleArn('Deployer'), username: 'a' }], notBefore });
    scene.time += 31_000;
    expect(await run(scene, token)).toMatchObject({ verdict: 'issued', cached: false });
    expect(scene.sts.calls).toHaveLength(2);
    expect(told(await run(scene, jwt))).toBe('refused jwt_too_old');
    scene.sts.removePrincipal(deployer.accessKeyId);
    const later = new Date(scene.time + 1).toISOString();
    await scene.write({ rules: [{ role: roleArn('Deployer'), username: 'a' }], notBefore: later });
    scene.time += 31_000;
    expect(told(await run(scene, token))).toBe('refused sts_access_key_unknown');
  });

  test('no policy, no token', async () => {
    const scene = await IssuerScene.start();
    await scene.store.delete('policy/orders');
    expect(told(await run(scene, await scene.sign()))).toBe('unavailable policy_missing');
  });
});

test('no key may sign yet', async () => {
  const scene = await IssuerScene.start();
  const keys = { current: () => undefined };
  expect(told(await run(scene, await scene.sign(), { keys }))).toBe('unavailable signing_key_missing');
});

test('one token, two signers: that is an error, and no token', async () => {
  const scene = await IssuerScene.start();
  const notBefore = new Date(scene.time + 1).toISOString();
  await scene.write({ rules: [{ role: roleArn('Deployer'), username: 'a' }], notBefore });
  let calls = 0;
  const { verifier } = scene.issuers[0]!;
  const turning: ExchangeIssuer['verifier'] = {
    isForeign: () => false,
    async verify(token, options) {
      const { verifiedSince: _, ...rest } = options ?? {};
      const outcome = await verifier.verify(token, rest);
      if (outcome.verdict !== 'verified' || calls++ === 0) return outcome;
      return { ...outcome, identity: { ...outcome.identity, canonicalArn: roleArn('Admin') } };
    },
  };
  await expect(run(scene, await scene.sign(), { verifier: turning })).rejects.toThrow(
    'one token, two signers',
  );
});
