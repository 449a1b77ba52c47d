/**
 * What stands in an issued JWT, how long it lives, and what is never put into one.
 */
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, test } from 'vitest';
import type { Identity } from '../../src/identity/identity.ts';
import { factsOf, type IssuedClaims } from '../../src/oidc/claims.ts';
import { issue } from '../../src/oidc/issue.ts';
import { signJwt } from '../../src/oidc/sign.ts';
import { readSigningKeys } from '../../src/oidc/signing-keys.ts';
import type { Named } from '../../src/review/judge.ts';
import { session } from '../support/identities.ts';
import { keyDraft, keyText } from '../support/signing-keys.ts';

const now = Date.UTC(2026, 10, 24, 12, 0, 0);
const seconds = now / 1000;
const url = 'https://CallerID.example.com/clusters/orders';
const audience = 'https://orders.k8s.example.com';
const decisionId = '7d3f6c1e-0000-4000-8000-000000000000';

const jwtIdentity: Identity = {
  proof: 'aws-jwt',
  arn: 'arn:aws:iam::111122223333:role/Deployer',
  canonicalArn: 'arn:aws:iam::111122223333:role/Deployer',
  type: 'assumed-role',
  partition: 'aws',
  account: '111122223333',
  roleName: 'Deployer',
  orgId: 'o-example',
  ouPath: 'o-example/r-1/ou-1/',
  sourceIdentity: 'alice',
  principalTags: { team: 'system:masters' },
};

function named(changes: Partial<Named> & { tokenSeconds?: number | undefined } = {}): Named {
  const { tokenSeconds, ...rest } = changes;
  return {
    verdict: 'named',
    identity: session('alice', 'Deployer'),
    cached: false,
    verifiedAt: now - 1500,
    expiresAt: now + 60_000,
    username: 'deployer',
    groups: ['deployers', 'of:alice'],
    literalGroups: ['deployers'],
    rule: 'role Deployer',
    policy: { ok: true, version: 7, rules: [], apiAudiences: undefined, notBefore: 0, tokenSeconds },
    policyVersion: 7,
    ...rest,
  };
}

async function issuer(alg: 'RS256' | 'ES256' = 'ES256') {
  return { url, audience, keys: readSigningKeys(keyText(await keyDraft('signer', { alg }))) };
}

async function issued(caller: Named, at = now, alg: 'RS256' | 'ES256' = 'ES256') {
  const result = await issue(caller, await issuer(alg), { decisionId, now: at });
  if (!result.ok) throw new Error(result.code);
  return { ...result, claims: decodeJwt(result.token), header: decodeProtectedHeader(result.token) };
}

describe('an issued JWT', () => {
  test('says exactly this of a signed URL', async () => {
    const { claims, id, kid, expiresAt, expiresIn } = await issued(named());
    expect(claims).toEqual({
      iss: url,
      sub: 'arn:aws:iam::111122223333:role/Deployer',
      aud: audience,
      iat: seconds,
      exp: seconds + 900,
      auth_time: seconds - 2,
      jti: id,
      username: 'deployer',
      groups: ['deployers', 'of:alice'],
      'callerid.example.com': {
        arn: 'arn:aws:sts::111122223333:assumed-role/Deployer/alice',
        canonicalArn: 'arn:aws:iam::111122223333:role/Deployer',
        account: '111122223333',
        partition: 'aws',
        type: 'assumed-role',
        proof: 'signed-url',
        principalId: 'AROAEXAMPLE',
        roleName: 'Deployer',
        sessionName: 'alice',
        accessKeyId: 'ASIAEXAMPLE',
        decisionId,
        policyVersion: 7,
        literalGroups: ['deployers'],
      },
    });
    expect([kid, expiresAt, expiresIn]).toEqual(['signer', now + 900_000, 900]);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('and of a JWT what that tells, but for tags', async () => {
    const jwt = { issuer: 'https://x.tokens.sts.global.api.aws', requestTags: { a: 'requested' } };
    const { claims, token } = await issued(named({ identity: jwtIdentity, jwt, expiresAt: now + 300_000 }));
    const { principalTags: _, ...told } = jwtIdentity;
    expect(claims['callerid.example.com']).toEqual({
      ...told,
      decisionId,
      policyVersion: 7,
      literalGroups: ['deployers'],
    });
    expect(JSON.stringify(decodeJwt(token))).not.toMatch(/requested|system:/);
  });

  test.each(['RS256', 'ES256'] as const)('has this header for %s', async (alg) => {
    expect((await issued(named(), now, alg)).header).toEqual({ alg, kid: 'signer', typ: 'JWT' });
  });

  test('has an ID of its own each time', async () => {
    expect((await issued(named())).id).not.toBe((await issued(named())).id);
  });

  test('keeps its claims where the host of the issuer is called like one of them', async () => {
    const keys = readSigningKeys(keyText(await keyDraft('signer')));
    const at = { decisionId, now };
    const result = await issue(named(), { url: 'https://groups/clusters/a', audience, keys }, at);
    expect(result.ok && decodeJwt(result.token).groups).toEqual(['deployers', 'of:alice']);
  });
});

describe('its life', () => {
  const jwt = { issuer: 'https://x.tokens.sts.global.api.aws' };
  // [name, caller, after now in ms, seconds of life from the whole second on, whole seconds that are left]
  test.each<[string, Parameters<typeof named>[0], number, number, number]>([
    ['15 minutes where the policy says nothing', {}, 0, 900, 900],
    ['as the policy says, shorter', { tokenSeconds: 60 }, 0, 60, 60],
    ['as the policy says, longer', { tokenSeconds: 3600 }, 0, 3600, 3600],
    ['never more than an hour', { tokenSeconds: 86_400 }, 0, 3600, 3600],
    ['never past the end of a subject JWT', { jwt, expiresAt: now + 299_999 }, 0, 299, 299],
    [
      'the policy, where a subject JWT lives longer',
      { jwt, tokenSeconds: 60, expiresAt: now + 300_000 },
      0,
      60,
      60,
    ],
    ['whatever is held of a signed URL', { expiresAt: now + 1 }, 0, 900, 900],
    ['told in whole seconds that are left', {}, 250, 900, 899],
    ['just a second', { jwt, expiresAt: now + 1000 }, 0, 1, 1],
  ])('%s', async (_, caller, after, life, left) => {
    const { claims, expiresAt, expiresIn } = await issued(named(caller), now + after);
    expect([claims.exp, expiresAt, expiresIn]).toEqual([seconds + life, (seconds + life) * 1000, left]);
  });

  test.each<[string, Parameters<typeof named>[0], number]>([
    ['less than a second of the subject JWT is left', { jwt, expiresAt: now + 1999 }, 1],
    ['it has ended', { jwt, expiresAt: now - 1 }, 0],
    ['its end is not known', { jwt, expiresAt: Number.NaN }, 0],
    ['the policy has no number', { tokenSeconds: Number.NaN }, 0],
    ['the policy has none', { tokenSeconds: 0 }, 0],
  ])('none: %s', async (_, caller, after) => {
    const result = await issue(named(caller), await issuer(), { decisionId, now: now + after });
    expect(result).toEqual({ ok: false, code: 'jwt_expired', detail: 'less than a second is left' });
  });
});

test('nothing is issued where no key may sign yet', async () => {
  const keys = readSigningKeys(keyText(await keyDraft('later', { signFrom: '2026-11-24T12:00:01Z' })));
  const result = await issue(named(), { url, audience, keys }, { decisionId, now });
  expect(result).toEqual({ ok: false, code: 'signing_key_missing' });
});

const reservedNames = [
  'system:masters',
  'SYSTEM:MASTERS',
  'sYsTeM:x',
  'eks:a',
  'aws:a',
  'Amazon:a',
  'iam:a',
  'system:',
];

describe('a reserved name', () => {
  test.each(reservedNames)('%s is refused as a username and as any group', async (name) => {
    const cases = [{ username: name }, { groups: [name] }, { groups: ['a', 'b', name] }];
    for (const names of cases) {
      const result = await issue(named(names), await issuer(), { decisionId, now });
      expect(result).toEqual({ ok: false, code: 'reserved_not_issued' });
    }
  });

  test.each(reservedNames)('%s does not get past what signs either, whoever calls it', async (name) => {
    const { keys } = await issuer();
    const key = keys.current(now)!;
    const claims: IssuedClaims = {
      iss: url,
      sub: 'arn',
      aud: audience,
      iat: seconds,
      exp: seconds + 60,
      auth_time: seconds,
      jti: decisionId,
      username: 'a',
      groups: [],
    };
    const facts = factsOf(jwtIdentity, { decisionId, policyVersion: 1, literalGroups: [] });
    await expect(signJwt(claims, facts, key)).resolves.toMatch(/^ey/);
    await expect(signJwt({ ...claims, username: name }, facts, key)).rejects.toThrow('a reserved name');
    await expect(signJwt({ ...claims, groups: ['b', name] }, facts, key)).rejects.toThrow('a reserved name');
    await expect(signJwt(claims, { ...facts, literalGroups: [name] }, key)).rejects.toThrow(
      'a reserved name',
    );
    await expect(signJwt({ ...claims, exp: claims.iat }, facts, key)).rejects.toThrow('no life');
  });

  test.each(['systems:a', 'my-system:masters', 'system', 'awsome:a'])('%s is none', async (name) => {
    expect((await issued(named({ username: name, groups: [name] }))).claims.username).toBe(name);
  });
});
