/**
 * JWTs before a guarded service: who comes in, in which groups, and what others are told.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { bindToRequest } from '../../src/http/guard/binding.ts';
import { createGuard } from '../../src/http/guard/guard.ts';
import type { AccessOptions } from '../../src/http/guard/options.ts';
import { awsJwts, issuedTokens } from '../../src/jwt.ts';
import { fixedPolicy } from '../../src/policy/caller-policy.ts';
import { memoryOnce } from '../../src/store/once.ts';
import { createNonce, nonceSuffix, requestSuffix } from '../../src/token/suffix.ts';
import type { JwtVerifier } from '../../src/verifier/jwt-verifier.ts';
import { outcomes, requestWith, seen } from '../support/guard-setup.ts';
import {
  claimsOf,
  headerOf,
  issuer,
  makeKey,
  publisher,
  role,
  second,
  signJwt,
  type TestKey,
} from '../support/jwt-setup.ts';
import { account, audience, start } from '../support/verifier-setup.ts';

let key: TestKey;
let issued: TestKey;
let jwts: readonly JwtVerifier[];
const url = 'https://callerid.example.com/clusters/orders';
const clock = () => start;
beforeAll(async () => {
  [key, issued] = await Promise.all([makeKey('ES384', 'aws'), makeKey('ES256', 'callerid')]);
  const { fetch } = publisher(() => ({ keys: [key.jwk] }));
  jwts = [
    awsJwts({ issuers: [{ issuer, account }], fetch, clock }),
    issuedTokens({ issuer: url, keys: { keys: [issued.jwk] }, clock }),
  ];
});

const guardOf = (access: AccessOptions) => outcomes(createGuard({ audience, jwts, clock, ...access }));
const ofAws = (claims: object = {}) => signJwt(key, headerOf(key), claimsOf(claims));
function ofCallerid(more: object = {}): Promise<string> {
  const facts = {
    arn: role,
    canonicalArn: role,
    account,
    partition: 'aws',
    type: 'assumed-role',
    roleName: 'Orders',
  };
  const own = { ...facts, proof: 'aws-jwt', literalGroups: ['readers'] };
  const names = { username: 'orders', groups: ['readers', 'alice'], auth_time: second };
  return signJwt(
    issued,
    headerOf(issued),
    claimsOf({ iss: url, ...names, 'callerid.example.com': own, ...more }),
  );
}
async function outcomeOf(access: AccessOptions, token: Promise<string>): Promise<object> {
  const answer = await guardOf(access)(requestWith(await token));
  return answer instanceof Response ? seen(answer) : answer;
}
const notAllowed = { status: 403, code: 'not_allowed' };

test('a JWT of AWS comes in by the lists, with no names', async () => {
  const caller = await outcomeOf({ allow: { arns: [role] } }, ofAws());
  expect(caller).toMatchObject({ canonicalArn: role, proof: 'aws-jwt', groups: [] });
  expect(caller).not.toHaveProperty('username');
  expect(await outcomeOf({ allow: { accounts: ['444455556666'] } }, ofAws())).toMatchObject(notAllowed);
});

describe('a JWT of callerid, without a policy', () => {
  const names = { username: 'orders', groups: ['readers', 'alice'] };
  test('comes in by its issuer, and has the names of its token', async () => {
    expect(await outcomeOf({ allow: { issuers: [url] } }, ofCallerid())).toMatchObject(names);
  });
  test('by another issuer it does not', async () => {
    expect(await outcomeOf({ allow: { issuers: [`${url}2`] } }, ofCallerid())).toMatchObject(notAllowed);
  });
  test('by a group', async () => {
    expect(await outcomeOf({ allow: { groups: ['readers'] } }, ofCallerid())).toMatchObject(names);
  });
  test('by a group that the caller chose, it does not', async () => {
    expect(await outcomeOf({ allow: { groups: ['alice'] } }, ofCallerid())).toMatchObject(notAllowed);
  });
});

test('the issuer of AWS in the list of issuers lets nobody in', async () => {
  expect(await outcomeOf({ allow: { issuers: [issuer] } }, ofAws())).toMatchObject(notAllowed);
});

describe('with a policy the names of a token count for nothing', () => {
  const policy = fixedPolicy({ rules: [{ role, username: 'local', groups: ['writers'] }] });
  test('they are those of the policy', async () => {
    expect(await outcomeOf({ policy }, ofCallerid())).toMatchObject({
      username: 'local',
      groups: ['writers'],
    });
  });
  test('groups of the token let nobody in', async () => {
    expect(await outcomeOf({ policy, allow: { groups: ['readers'] } }, ofCallerid())).toMatchObject(
      notAllowed,
    );
  });
  test('nor does an issuer, whom the policy does not map', async () => {
    const other = fixedPolicy({ rules: [] });
    expect(await outcomeOf({ policy: other, allow: { issuers: [url] } }, ofCallerid())).toMatchObject(
      notAllowed,
    );
  });
});

describe('what nobody can come in by is an error', () => {
  test.each<readonly [setting: string, options: object]>([
    ['allow', {}],
    ['allow', { allow: { issuers: [] } }],
    ['allow.groups', { allow: { groups: ['readers'] }, jwts: undefined }],
    ['allow.groups', { allow: { issuers: [url] }, jwts: undefined }],
  ])('%s: %j', (setting, options) => {
    const make = () => createGuard({ audience, jwts, ...options } as never);
    expect(make).toThrow(expect.objectContaining({ code: 'configuration', setting }));
  });
});

test.each<readonly [code: string, claims: object]>([
  ['jwt_expired', { iat: second - 60, exp: second }],
  ['token_refused', { aud: 'https://other.example.com' }],
])('the client is told %s', async (code, claims) => {
  expect(await outcomeOf({ allow: { arns: [role] } }, ofAws(claims))).toMatchObject({ status: 401, code });
});

test('a bound or one-time JWT is for the audience with the suffix', async () => {
  const oneTime = memoryOnce({ clock });
  const access = { allow: { arns: [role] }, binding: bindToRequest({ origin: audience }), oneTime };
  const nonce = createNonce();
  const bound = await requestSuffix({ method: 'GET', url: `${audience}/v1/orders`, body: new Uint8Array() });
  const guard = guardOf(access);
  const ask = async (aud: string | readonly string[]) => {
    const answer = await guard(requestWith(await ofAws({ aud }), { headers: { 'callerid-nonce': nonce } }));
    return answer instanceof Response ? (await seen(answer)).code : answer.canonicalArn;
  };
  expect(await ask(audience)).toBe('token_refused');
  // attack: spare nonces in one JWT, for whoever else it is for
  const whole = audience + bound + nonceSuffix(nonce);
  expect(await ask([whole, audience + nonceSuffix(createNonce())])).toBe('token_refused');
  expect(await ask(audience + bound)).toBe('token_refused');
  expect(await ask(audience + bound + nonceSuffix(nonce))).toBe(role);
  expect(await ask(audience + bound + nonceSuffix(nonce))).toBe('token_replayed');
});

test('attack: a one-time JWT, which lives longer than a signed URL, used again before its end', async () => {
  let time = start;
  const now = () => time;
  const { fetch } = publisher(() => ({ keys: [key.jwk] }));
  const guard = outcomes(
    createGuard({
      audience,
      jwts: [awsJwts({ issuers: [{ issuer, account }], fetch, clock: now })],
      clock: now,
      allow: { arns: [role] },
      oneTime: memoryOnce({ clock: now }),
    }),
  );
  const nonce = createNonce();
  const token = await ofAws({ aud: audience + nonceSuffix(nonce), iat: second, exp: second + 3600 });
  const ask = async () => {
    const answer = await guard(requestWith(token, { headers: { 'callerid-nonce': nonce } }));
    return answer instanceof Response ? (await seen(answer)).code : answer.canonicalArn;
  };
  expect(await ask()).toBe(role);
  time += 59 * 60_000;
  expect(await ask()).toBe('token_replayed');
});
