/**
 * JWTs that are taken, and who their callers are.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { createJwtIssuerEmulator } from '../../src/emulator.ts';
import { awsJwts, issuedTokens } from '../../src/jwt.ts';
import { createVerifier } from '../../src/verifier/verifier.ts';
import sample from '../fixtures/web-identity-claims.json' with { type: 'json' };
import {
  claimsOf,
  codeOf,
  headerOf,
  issuer,
  jwtVerifierOf,
  makeKey,
  otherIssuer,
  publisher,
  role,
  second,
  signJwt,
  type TestKey,
} from '../support/jwt-setup.ts';
import { expectLinear, fill } from '../support/linear.ts';
import { account, audience, start } from '../support/verifier-setup.ts';

let key: TestKey;
let issued: TestKey;
beforeAll(async () => {
  [key, issued] = await Promise.all([makeKey('ES384', 'aws'), makeKey('ES256', 'callerid')]);
});

describe('a JWT of AWS', () => {
  const verify = async (claims: object, aws: object = {}, clock = () => start) => {
    const { fetch } = publisher(() => ({ keys: [key.jwk] }));
    return jwtVerifierOf(fetch, { clock }).verify(await signJwt(key, headerOf(key), claimsOf(claims, aws)));
  };

  test('as AWS documents it', async () => {
    const result = await verify(sample, {}, () => sample.iat * 1000 + 1500);
    expect(result).toEqual({
      verdict: 'verified',
      identity: {
        proof: 'aws-jwt',
        arn: 'arn:aws:iam::111122223333:role/OrdersWorker',
        canonicalArn: 'arn:aws:iam::111122223333:role/OrdersWorker',
        type: 'assumed-role',
        partition: 'aws',
        account,
        roleName: 'OrdersWorker',
        orgId: 'o-exampleorgid',
        ouPath: 'o-exampleorgid/r-ab12/ou-ab12-11111111/',
        principalTags: { team: 'orders' },
      },
      verifiedAt: sample.iat * 1000,
      expiresAt: sample.exp * 1000,
      cached: false,
      jwt: { issuer, id: sample.jti, requestTags: { ticket: '1234' } },
    });
    expect(Object.isFrozen(result)).toBe(true);
    expect(Object.isFrozen((result as { identity: object }).identity)).toBe(true);
  });

  test.each<readonly [name: string, sub: string, expected: object]>([
    [
      'a role with a path',
      'role/a/b/Orders',
      { type: 'assumed-role', canonicalArn: role, roleName: 'Orders' },
    ],
    [
      'a user, who keeps the path',
      'user/a/Ann',
      { type: 'user', canonicalArn: `arn:aws:iam::${account}:user/a/Ann` },
    ],
    ['the root user', 'root', { type: 'root', canonicalArn: `arn:aws:iam::${account}:root` }],
  ])('of %s', async (_, name, expected) => {
    const sub = `arn:aws:iam::${account}:${name}`;
    expect(await verify({ sub })).toMatchObject({ identity: { arn: sub, ...expected } });
  });

  test('what it does not say is absent', async () => {
    const result = await verify({ jti: undefined }, { principal_tags: {}, request_tags: {} });
    expect(result).toMatchObject({ verdict: 'verified', jwt: { issuer } });
    const { identity, jwt } = result as unknown as { identity: object; jwt: object };
    expect(Object.keys(jwt)).toEqual(['issuer']);
    for (const name of ['orgId', 'ouPath', 'principalTags', 'sourceIdentity', 'principalId', 'sessionName']) {
      expect(identity).not.toHaveProperty(name);
    }
  });

  test('source identity and tags of any name', async () => {
    const aws = { source_identity: 'alice@example.com', principal_tags: JSON.parse('{"__proto__":"x"}') };
    const { identity } = (await verify({}, aws)) as unknown as {
      identity: { sourceIdentity: string; principalTags: object };
    };
    expect(identity.sourceIdentity).toBe('alice@example.com');
    expect(Object.entries(identity.principalTags)).toEqual([['__proto__', 'x']]);
  });

  test('a clock that is ahead makes nobody verified later than now', async () => {
    expect(await verify({ iat: second + 60 })).toMatchObject({ verifiedAt: start });
  });

  test('is too old where somebody was to be proven anew since', async () => {
    const { fetch } = publisher(() => ({ keys: [key.jwk] }));
    const token = await signJwt(key, headerOf(key), claimsOf());
    const verifier = jwtVerifierOf(fetch);
    expect(codeOf(await verifier.verify(token, { verifiedSince: start }))).toBe('verified');
    expect(codeOf(await verifier.verify(token, { verifiedSince: start + 1 }))).toBe('jwt_too_old');
    verifier.forget();
    expect(codeOf(await verifier.verify(token))).toBe('jwt_too_old');
  });

  test('issuers of two accounts', async () => {
    const issuers = [
      { issuer, account },
      { issuer: otherIssuer, account: '444455556666' },
    ];
    const [mine, others] = await Promise.all([makeKey('ES384', 'k'), makeKey('ES384', 'k')]);
    const fetches = [
      publisher(() => ({ keys: [mine.jwk] })),
      publisher(() => ({ keys: [others.jwk] }), otherIssuer),
    ];
    const fetch = (url: string) =>
      (fetches[url.startsWith(issuer) ? 0 : 1] as { fetch: typeof globalThis.fetch }).fetch(url);
    const jwts = [awsJwts({ issuers, fetch: fetch as never, clock: () => start })];
    const verifier = createVerifier({ audience, jwts, clock: () => start });
    const verify = async (by: TestKey, iss: string) =>
      codeOf(await verifier.verify(await signJwt(by, headerOf(by), claimsOf({ iss }))));
    expect(await verify(mine, issuer)).toBe('verified');
    expect(await verify(others, issuer)).toBe('jwt_signature');
    expect(await verify(others, otherIssuer)).toBe('jwt_account aws_account');
  });
});

describe('options that cannot work', () => {
  const one = { issuer, account };
  test.each<readonly [setting: string, make: () => unknown]>([
    ['issuers', () => awsJwts({ issuers: [] })],
    ['issuer', () => awsJwts({ issuers: [one], issuer } as never)],
    ['audience', () => awsJwts({ issuers: [{ ...one, audience }] } as never)],
    ...[
      `${issuer}/`,
      `${issuer}:443`,
      issuer.toUpperCase(),
      issuer.replace('https', 'http'),
      issuer.replace('1', 'g'),
      `${issuer}\n`,
    ].map((wrong) => ['issuers[0].issuer', () => awsJwts({ issuers: [{ ...one, issuer: wrong }] })] as const),
    ['issuers[0].account', () => awsJwts({ issuers: [{ ...one, account: '1' }] })],
    ['issuers[0].algorithms', () => awsJwts({ issuers: [{ ...one, algorithms: [] }] })],
    ['issuers[0].algorithms', () => awsJwts({ issuers: [{ ...one, algorithms: ['HS256'] as never }] })],
    ['issuers[1].issuer', () => awsJwts({ issuers: [one, { ...one, account: '444455556666' }] })],
    ['issuers[1].account', () => awsJwts({ issuers: [one, { ...one, issuer: otherIssuer }] })],
    ['maxTokenLength', () => awsJwts({ issuers: [one], maxTokenLength: Number.NaN })],
    ...[
      'https://a.example.com/',
      'http://a.example.com/x',
      'https://u@a.example.com/x',
      'https://a.example.com/x?y',
      'x',
    ].map((wrong) => ['issuer', () => issuedTokens({ issuer: wrong })] as const),
    ['keys', () => issuedTokens({ issuer: 'https://a.example.com/x', keys: { keys: [] } })],
  ])('%s', (setting, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'configuration', setting }));
  });
});

test('somebody else’s tokens are told in linear time', async () => {
  const jwts = awsJwts({ issuers: [{ issuer, account }] });
  for (const text of ['e.', '.', 'ey', 'W1tb']) await expectLinear((size) => jwts.isOurs(fill(text, size)));
  await expectLinear((size) => jwts.isOurs(`e30.${fill('W1tb', size)}.`));
});

const calleridIssuer = 'https://callerid.example.com/clusters/orders';
const canonicalArn = `arn:aws:iam::${account}:role/Orders`;

function issuedClaims(more: object = {}, facts: object = {}): object {
  return {
    iss: calleridIssuer,
    sub: canonicalArn,
    aud: audience,
    iat: second,
    exp: second + 900,
    auth_time: second - 30,
    jti: 'c7',
    username: 'orders',
    groups: ['readers', 'team-x'],
    'callerid.example.com': {
      arn: `arn:aws:sts::${account}:assumed-role/Orders/alice`,
      canonicalArn,
      account,
      partition: 'aws',
      type: 'assumed-role',
      proof: 'signed-url',
      principalId: 'AROAEXAMPLEID0000000A',
      roleName: 'Orders',
      sessionName: 'alice',
      accessKeyId: 'ASIADMIN',
      decisionId: 'd1',
      policyVersion: 3,
      literalGroups: ['readers'],
      ...facts,
    },
    ...more,
  };
}

describe('a JWT of callerid', () => {
  const verify = async (more: object = {}, facts: object = {}) => {
    const jwts = [issuedTokens({ issuer: calleridIssuer, keys: { keys: [issued.jwk] }, clock: () => start })];
    const verifier = createVerifier({ audience, jwts, clock: () => start });
    return verifier.verify(await signJwt(issued, headerOf(issued), issuedClaims(more, facts)));
  };

  test('says who the caller is, and as whom the policy knows them', async () => {
    expect(await verify()).toEqual({
      verdict: 'verified',
      identity: {
        proof: 'signed-url',
        arn: `arn:aws:sts::${account}:assumed-role/Orders/alice`,
        canonicalArn,
        type: 'assumed-role',
        partition: 'aws',
        account,
        principalId: 'AROAEXAMPLEID0000000A',
        roleName: 'Orders',
        sessionName: 'alice',
        accessKeyId: 'ASIADMIN',
      },
      verifiedAt: start - 30_000,
      expiresAt: start + 900_000,
      cached: false,
      jwt: {
        issuer: calleridIssuer,
        id: 'c7',
        names: { username: 'orders', groups: ['readers', 'team-x'], literalGroups: ['readers'] },
      },
    });
  });

  test.each<readonly [name: string, more: object, facts: object, code: string]>([
    ['a list of audiences', { aud: [audience] }, {}, 'jwt_claims aud'],
    ['another audience', { aud: `${audience}/x` }, {}, 'jwt_audience'],
    ['another subject', { sub: `arn:aws:iam::${account}:role/Admin` }, {}, 'jwt_subject sub'],
    ['another account', {}, { account: '444455556666' }, 'jwt_claims account'],
    ['another partition', {}, { partition: 'aws-cn' }, 'jwt_claims partition'],
    ['another type', {}, { type: 'user' }, 'jwt_claims type'],
    [
      'another canonical ARN',
      {},
      { canonicalArn: `arn:aws:iam::${account}:role/Admin` },
      'jwt_claims canonicalArn',
    ],
    ['another role', {}, { roleName: 'Admin' }, 'jwt_claims roleName'],
    ['another session', {}, { sessionName: 'bob' }, 'jwt_claims sessionName'],
    ['no ARN', {}, { arn: undefined }, 'jwt_claims arn'],
    ['another proof', {}, { proof: 'word' }, 'jwt_claims proof'],
    ['a malformed principal ID', {}, { principalId: '' }, 'jwt_claims principalId'],
    [
      'the root user by the ID of another account',
      { sub: `arn:aws:iam::${account}:root` },
      {
        arn: `arn:aws:iam::${account}:root`,
        canonicalArn: `arn:aws:iam::${account}:root`,
        type: 'root',
        roleName: undefined,
        sessionName: undefined,
        principalId: '444455556666',
      },
      'jwt_claims principalId',
    ],
    ['a malformed access key ID', {}, { accessKeyId: 'a b' }, 'jwt_claims accessKeyId'],
    ['literal groups that are none', {}, { literalGroups: ['admins'] }, 'jwt_claims literalGroups'],
    ['no username', { username: '' }, {}, 'jwt_claims username'],
    ['a line end in a group', { groups: ['a\nb'] }, {}, 'jwt_claims groups'],
    ['no time of proof', { auth_time: undefined }, {}, 'jwt_claims auth_time'],
    ['proven after it was issued', { auth_time: second + 1 }, {}, 'jwt_claims auth_time'],
    ['proven long before', { auth_time: second - 3661 }, {}, 'jwt_claims auth_time'],
    ['too long-lived', { exp: second + 3601 }, {}, 'jwt_claims exp'],
    ['no facts', { 'callerid.example.com': undefined }, {}, 'jwt_claims callerid.example.com'],
    ['another cluster', { iss: 'https://callerid.example.com/clusters/other' }, {}, 'foreign'],
  ])('refused: %s', async (_, more, facts, code) => expect(codeOf(await verify(more, facts))).toBe(code));

  test('whose keys are fetched', async () => {
    const { fetch, asked } = publisher(() => ({ keys: [issued.jwk] }), calleridIssuer);
    const jwts = [issuedTokens({ issuer: calleridIssuer, fetch, clock: () => start })];
    const verifier = createVerifier({ audience, jwts, clock: () => start });
    const token = await signJwt(issued, headerOf(issued), issuedClaims());
    expect([codeOf(await verifier.verify(token)), codeOf(await verifier.verify(token)), asked()]).toEqual([
      'verified',
      'verified',
      1,
    ]);
  });
});

describe('the emulated issuer', () => {
  const aws = () => createJwtIssuerEmulator({ account, clock: () => start });
  const verifierOf = ({ issuer, fetch }: ReturnType<typeof aws>, clock = () => start) =>
    createVerifier({ audience, clock, jwts: [awsJwts({ issuers: [{ issuer, account }], fetch, clock })] });
  const question = { audience, sub: role };

  test.each(['RS256', 'ES384'] as const)('signs with %s', async (algorithm) => {
    const emulator = aws();
    const token = await emulator.issueToken({ ...question, algorithm });
    expect(codeOf(await verifierOf(emulator).verify(token))).toBe('verified');
    expect(emulator.calls).toHaveLength(2);
  });

  test('rotates: the keys until now stay, those before them do not', async () => {
    const emulator = aws();
    const old = await emulator.issueToken(question);
    emulator.rotate();
    const current = await emulator.issueToken(question);
    expect(
      await Promise.all(
        [old, current].map(async (token) => codeOf(await verifierOf(emulator).verify(token))),
      ),
    ).toEqual(['verified', 'verified']);
    emulator.rotate();
    expect(codeOf(await verifierOf(emulator).verify(old))).toBe('jwt_key_unknown');
  });

  test.each([
    ['down', 'jwt_keys_unreachable'],
    ['redirect', 'jwt_keys_unreachable'],
    ['oversize', 'jwt_keys_unexpected'],
    ['wrong-issuer', 'jwt_keys_unexpected'],
  ] as const)('fails: %s', async (fault, code) => {
    const emulator = aws();
    emulator.setFault(fault);
    const token = await emulator.issueToken(question);
    expect(codeOf(await verifierOf(emulator).verify(token))).toBe(code);
    emulator.setFault(undefined);
    expect(codeOf(await verifierOf(emulator).verify(token))).toBe('verified');
  });
});
