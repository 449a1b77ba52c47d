/**
 * Reading a review, wording its answer, and deciding it.
 */
import { describe, expect, test } from 'vitest';
import { type Decision, decide } from '../../src/review/decide.ts';
import { errorText, readTokenReview, type TokenReview } from '../../src/review/token-review.ts';
import fixtures from '../fixtures/token-reviews.json?raw';
import { bare, Deployment, people, prod } from '../support/deployment.ts';
import { scenarios } from '../support/scenarios.ts';

const v1 = 'authentication.k8s.io/v1';
const v1beta1 = 'authentication.k8s.io/v1beta1';
const kind = 'TokenReview';
const spec = { token: 'TOKEN' };

describe('a review is read', () => {
  test.each(JSON.parse(fixtures) as { apiVersion: string; spec: { audiences?: string[] } }[])(
    'as an API server sends it, $apiVersion',
    (review) => {
      const { apiVersion } = review;
      const audiences = review.spec.audiences ?? [];
      expect(readTokenReview(review)).toEqual({ ok: true, apiVersion, token: 'TOKEN', audiences });
    },
  );

  test.each<[name: string, value: object, read: Partial<TokenReview>]>([
    ['v1', { apiVersion: v1, kind, spec }, { apiVersion: v1 }],
    ['v1beta1', { apiVersion: v1beta1, kind, spec }, { apiVersion: v1beta1 }],
    ['no audiences', { apiVersion: v1, kind, spec }, { audiences: [] }],
    [
      'audiences null, as Go writes none',
      { apiVersion: v1, kind, spec: { ...spec, audiences: null } },
      { audiences: [] },
    ],
    [
      'two audiences',
      { apiVersion: v1, kind, spec: { ...spec, audiences: ['a', 'b'] } },
      { audiences: ['a', 'b'] },
    ],
    ['an empty token', { apiVersion: v1, kind, spec: { token: '' } }, { token: '' }],
    [
      'members that nobody asked for, a verdict among them',
      {
        apiVersion: v1,
        kind,
        spec: { ...spec, x: 1 },
        status: { authenticated: true, user: { username: 'root' } },
      },
      {},
    ],
    ['a null prototype', Object.assign(Object.create(null), { apiVersion: v1, kind, spec }), {}],
  ])('with %s', (_, value, read) => {
    const usual = { ok: true, apiVersion: v1, token: 'TOKEN', audiences: [] };
    expect(readTokenReview(value)).toEqual({ ...usual, ...read });
  });

  test.each<[name: string, value: unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 1],
    ['text', kind],
    ['a list', [{ apiVersion: v1, kind, spec }]],
    ['an empty object', {}],
    ['no apiVersion', { kind, spec }],
    ['another version', { apiVersion: 'authentication.k8s.io/v2', kind, spec }],
    ['another group', { apiVersion: 'authorization.k8s.io/v1', kind, spec }],
    ['a version in upper case', { apiVersion: 'authentication.k8s.io/V1', kind, spec }],
    ['a version and more', { apiVersion: `${v1}alpha1`, kind, spec }],
    ['a version and a NUL', { apiVersion: `${v1}\0`, kind, spec }],
    ['a version in a list', { apiVersion: [v1], kind, spec }],
    ['no kind', { apiVersion: v1, spec }],
    ['a SubjectAccessReview', { apiVersion: v1, kind: 'SubjectAccessReview', spec }],
    ['a list of reviews', { apiVersion: v1, kind: 'TokenReviewList', items: [] }],
    ['a kind in lower case', { apiVersion: v1, kind: 'tokenreview', spec }],
    ['a String object as kind', { apiVersion: v1, kind: new String(kind), spec }],
    ['members in another case', { APIVersion: v1, Kind: kind, Spec: spec }],
    ['no spec', { apiVersion: v1, kind }],
    ['spec null', { apiVersion: v1, kind, spec: null }],
    ['spec text', { apiVersion: v1, kind, spec: 'TOKEN' }],
    ['spec a list', { apiVersion: v1, kind, spec: ['TOKEN'] }],
    ['no token', { apiVersion: v1, kind, spec: {} }],
    ['token null', { apiVersion: v1, kind, spec: { token: null } }],
    ['a token that is a number', { apiVersion: v1, kind, spec: { token: 1 } }],
    ['a list of tokens', { apiVersion: v1, kind, spec: { token: ['TOKEN'] } }],
    ['a token that turns into text', { apiVersion: v1, kind, spec: { token: { toString: () => 'TOKEN' } } }],
    ['a token beside the spec', { apiVersion: v1, kind, token: 'TOKEN', spec: {} }],
    ['audiences text', { apiVersion: v1, kind, spec: { ...spec, audiences: prod } }],
    ['audiences an object', { apiVersion: v1, kind, spec: { ...spec, audiences: { 0: prod, length: 1 } } }],
    ['an audience that is a number', { apiVersion: v1, kind, spec: { ...spec, audiences: ['a', 1] } }],
    ['an audience in a list', { apiVersion: v1, kind, spec: { ...spec, audiences: [['a']] } }],
    ['all of it inherited', Object.create({ apiVersion: v1, kind, spec })],
    [
      'all of it in __proto__',
      JSON.parse(`{"__proto__":{"apiVersion":"${v1}","kind":"${kind}","spec":{"token":"T"}}}`),
    ],
    ['the token inherited', { apiVersion: v1, kind, spec: Object.create(spec) }],
    [
      'the token in __proto__',
      JSON.parse(`{"apiVersion":"${v1}","kind":"${kind}","spec":{"__proto__":{"token":"TOKEN"}}}`),
    ],
    [
      'the token in constructor.prototype',
      { apiVersion: v1, kind, spec: { constructor: { prototype: spec } } },
    ],
  ])('not from %s', (_, value) => {
    expect(readTokenReview(value)).toMatchObject({ ok: false, code: 'not_a_review' });
  });
});

describe('the text of an error', () => {
  const id = '01234567-89ab-4def-8123-456789abcdef';
  const end = ` (decision ${id})`;

  test.each([
    ['words', 'not_mapped: no rule', `not_mapped: no rule${end}`],
    ['nothing', '', end],
    ['line breaks, which would forge a log line', 'a\r\nb\tc', `a??b?c${end}`],
    ['a terminal escape', 'a\x1b[31mb', `a?[31mb${end}`],
    ['NUL and DEL', '\0\x7f', `??${end}`],
    ['letters beyond ASCII', 'caf\xe9 \u202e', `caf? ?${end}`],
    ['half a surrogate pair', '\ud800', `?${end}`],
    ['exactly as much as fits', 'x'.repeat(1024 - end.length), 'x'.repeat(1024 - end.length) + end],
    ['one more', `${'x'.repeat(1024 - end.length)}y`, 'x'.repeat(1024 - end.length) + end],
    ['a megabyte', 'x'.repeat(1 << 20), 'x'.repeat(1024 - end.length) + end],
  ])('%s', (_, text, expected) => {
    expect(errorText(text, id)).toBe(expected);
  });
});

function ask(
  deployment: Deployment,
  token: string,
  audiences: readonly string[] = [],
  cluster: string = prod,
) {
  const { verifier, policies } = deployment.clusters.get(cluster)!;
  return decide({ ok: true, apiVersion: v1, token, audiences }, { verifier, policies });
}

/** How a decision is told in a table. */
function told(decision: Decision): string {
  return 'code' in decision ? `${decision.verdict} ${decision.code}` : decision.verdict;
}

describe('a decision', () => {
  test.each(scenarios)('$verdict: $name', async ({ verdict, code, arrange, stsDeadlineMs }) => {
    const deployment = await Deployment.start({ stsDeadlineMs });
    const decision = await ask(deployment, await arrange(deployment));
    expect(told(decision)).toBe(code === undefined ? verdict : `${verdict} ${code}`);
    expect('user' in decision).toBe(verdict === 'mapped');
    expect('code' in decision).toBe(code !== undefined);
  });
});

describe('whom an API server is told of', () => {
  const session = { arn: 'arn:aws:sts::111122223333:assumed-role/Admin/alice@example.com' };

  test.each([
    [
      'a role',
      people.admin,
      {
        username: 'admin:alice-example.com',
        groups: ['system:masters', 'role:Admin'],
        principalId: 'AROAADMIN0000000',
        ...session,
        canonicalArn: 'arn:aws:iam::111122223333:role/Admin',
        sessionName: 'alice@example.com',
      },
    ],
    [
      'a user',
      people.bob,
      {
        username: 'bob',
        groups: ['developers'],
        principalId: 'AIDABOB0000',
        arn: 'arn:aws:iam::111122223333:user/people/bob',
        sessionName: '',
      },
    ],
    [
      'a federated user, whose principal ID is the whole ACCOUNT:name',
      people.federated,
      {
        username: 'fred',
        groups: [],
        principalId: '111122223333:fred',
        arn: 'arn:aws:sts::111122223333:federated-user/fred',
        sessionName: '',
      },
    ],
    [
      'a root user',
      people.root,
      {
        username: 'root-of-111122223333',
        groups: [],
        principalId: '111122223333',
        arn: 'arn:aws:iam::111122223333:root',
        sessionName: '',
      },
    ],
    [
      'a member of a mapped account',
      people.accountMember,
      {
        username: 'arn:aws:iam::444455556666:role/Anything',
        groups: [],
        account: '444455556666',
        principalId: 'AROAANYTHING0000000',
        arn: 'arn:aws:sts::444455556666:assumed-role/Anything/carol',
        canonicalArn: 'arn:aws:iam::444455556666:role/Anything',
        sessionName: 'carol',
      },
    ],
  ])('%s', async (_, who, expected) => {
    const deployment = await Deployment.start();
    const { username, groups, arn, principalId, sessionName } = expected;
    const { account = '111122223333', canonicalArn = arn } = expected as {
      account?: string;
      canonicalArn?: string;
    };
    // The reference's names (aws-iam-authenticator, pkg/server and pkg/token), which audit tooling reads.
    expect(await ask(deployment, await deployment.sign(who))).toMatchObject({
      verdict: 'mapped',
      audiences: undefined,
      policyVersion: 1,
      user: {
        username,
        groups,
        uid: `aws-iam-authenticator:${account}:${principalId}`,
      },
    });
    const { user } = (await ask(deployment, await deployment.sign(who))) as Extract<
      Decision,
      { verdict: 'mapped' }
    >;
    expect(user.extra).toEqual({
      arn: [arn],
      canonicalArn: [canonicalArn],
      sessionName: [sessionName],
      accessKeyId: [who.accessKeyId],
      principalId: [principalId],
      'sigs.k8s.io/aws-iam-authenticator/principalId': [principalId],
    });
    expect(Object.keys(user).sort()).toEqual(['extra', 'groups', 'uid', 'username']);
  });
});

describe('a token that is not ours', () => {
  test.each(scenarios.filter(({ verdict }) => verdict === 'foreign'))(
    'asks neither STS nor the store: $name',
    async ({ arrange }) => {
      const deployment = await Deployment.start();
      expect(await ask(deployment, await arrange(deployment))).toEqual({ verdict: 'foreign' });
      expect([deployment.sts.calls.length, deployment.reads]).toEqual([0, 0]);
    },
  );

  test('is told so even where nothing else works', async () => {
    const deployment = await Deployment.start();
    deployment.storeError = new Error('down');
    deployment.sts.setFault({ type: 'reset' });
    expect(await ask(deployment, 'somebody.elses.token')).toEqual({ verdict: 'foreign' });
  });
});

describe('who the caller is and who may come in are two questions', () => {
  test('a token of one cluster is nothing to another', async () => {
    const deployment = await Deployment.start();
    const token = await deployment.sign(people.admin, { audience: prod });
    expect(told(await ask(deployment, token, [], 'staging.example.com'))).toBe(
      'refused sts_signature_mismatch',
    );
    expect(told(await ask(deployment, token))).toBe('mapped');
    expect(told(await ask(deployment, token, [], 'staging.example.com'))).toBe(
      'refused sts_signature_mismatch',
    );
  });

  test('a refusal needs no policy', async () => {
    const deployment = await Deployment.start();
    const token = await deployment.sign(people.unknownToSts, { audience: bare });
    expect(told(await ask(deployment, token, [], bare))).toBe('refused sts_access_key_unknown');
  });

  test('a held identity is mapped anew on every review', async () => {
    const deployment = await Deployment.start();
    const token = await deployment.sign(people.admin);
    expect(await ask(deployment, token)).toMatchObject({ verdict: 'mapped', cached: false });
    expect(await ask(deployment, token)).toMatchObject({ verdict: 'mapped', cached: true });
    await deployment.write({ rules: [] });
    deployment.time += 31_000;
    expect(await ask(deployment, token)).toMatchObject({
      code: 'not_mapped',
      policyVersion: 2,
      cached: true,
    });
    expect(deployment.sts.calls).toHaveLength(1);
  });

  test('an outage of the store leaves the last good policy, and then nothing', async () => {
    const deployment = await Deployment.start();
    expect(told(await ask(deployment, await deployment.sign(people.admin)))).toBe('mapped');
    deployment.storeError = new Error('down');
    deployment.time += 899_000;
    expect(told(await ask(deployment, await deployment.sign(people.admin)))).toBe('mapped');
    deployment.time += 2000;
    expect(told(await ask(deployment, await deployment.sign(people.admin)))).toBe(
      'unavailable policy_unavailable',
    );
  });
});

describe('notBefore', () => {
  /** A deployment that holds an identity, and then reads a policy with this notBefore, so long after. */
  async function reread(notBeforeMs: number): Promise<{ deployment: Deployment; token: string }> {
    const deployment = await Deployment.start({ identitySeconds: 900 });
    const token = await deployment.sign(people.admin);
    expect(await ask(deployment, token)).toMatchObject({ verdict: 'mapped', cached: false });
    const notBefore = new Date(deployment.time + notBeforeMs).toISOString();
    await deployment.write({
      rules: [{ role: 'arn:aws:iam::111122223333:role/Admin', username: 'a' }],
      notBefore,
    });
    deployment.time += 31_000;
    return { deployment, token };
  }

  test('drops an identity verified before: STS is asked again', async () => {
    const { deployment, token } = await reread(1);
    expect(await ask(deployment, token)).toMatchObject({
      verdict: 'mapped',
      cached: false,
      policyVersion: 2,
    });
    expect(deployment.sts.calls).toHaveLength(2);
    expect(await ask(deployment, token)).toMatchObject({ verdict: 'mapped', cached: true });
  });

  test('keeps one verified then or later', async () => {
    const { deployment, token } = await reread(0);
    expect(await ask(deployment, token)).toMatchObject({ verdict: 'mapped', cached: true, policyVersion: 2 });
    expect(deployment.sts.calls).toHaveLength(1);
  });

  test('so a key that was ended since is out', async () => {
    const { deployment, token } = await reread(1);
    deployment.sts.removePrincipal(people.admin.accessKeyId);
    expect(told(await ask(deployment, token))).toBe('refused sts_access_key_unknown');
  });

  test('an outage of STS does not bring the held identity back', async () => {
    const { deployment, token } = await reread(1);
    deployment.sts.setFault({ type: 'throttle' });
    expect(told(await ask(deployment, token))).toBe('throttled sts_throttled');
    deployment.sts.setFault({ type: 'fail', status: 500 });
    expect(told(await ask(deployment, token))).toBe('unavailable sts_failing');
  });

  test('in the future it lets nothing be held', async () => {
    const { deployment, token } = await reread(600_000);
    for (const calls of [2, 3]) {
      expect(await ask(deployment, token)).toMatchObject({ verdict: 'mapped', cached: false });
      expect(deployment.sts.calls).toHaveLength(calls);
    }
  });
});

describe('apiAudiences', () => {
  const issuer = 'https://kubernetes.default.svc';
  const other = 'https://other.example';

  test.each<
    [name: string, own: string[] | undefined, asked: string[], expected: string[] | 'denied' | undefined]
  >([
    ['not set: none are answered, whatever was asked', undefined, [issuer], undefined],
    ['not set and none asked', undefined, [], undefined],
    ['not set: those asked are never compared with the signed audience', undefined, [other], undefined],
    ['one in common', [issuer], [issuer], [issuer]],
    ['one of two in common', [issuer], [other, issuer], [issuer]],
    ['two in common, as asked', [issuer, other], [other, issuer], [other, issuer]],
    ['more served than asked', [issuer, other], [other], [other]],
    ['none in common', [issuer], [other], 'denied'],
    ['none asked', [issuer], [], 'denied'],
    ['another case', [issuer], [issuer.toUpperCase()], 'denied'],
    ['only the beginning in common', [issuer], [`${issuer}/x`], 'denied'],
    ['the signed audience is no API audience', [issuer], [prod], 'denied'],
    ['the signed audience is one only where it is listed', [prod], [prod], [prod]],
    ['names of Object.prototype', [issuer], ['__proto__', 'constructor'], 'denied'],
  ])('%s', async (_, apiAudiences, asked, expected) => {
    const deployment = await Deployment.start();
    const rule = { role: 'arn:aws:iam::111122223333:role/Admin', username: 'a' };
    await deployment.write({ rules: [rule], ...(apiAudiences && { apiAudiences }) });
    const decision = await ask(deployment, await deployment.sign(people.admin), asked);
    if (expected === 'denied') expect(told(decision)).toBe('denied audiences_disjoint');
    else expect(decision).toMatchObject({ verdict: 'mapped', audiences: expected });
  });

  test('who is not mapped hears that, not of audiences', async () => {
    const deployment = await Deployment.start();
    await deployment.write({ rules: [], apiAudiences: [issuer] });
    const decision = await ask(deployment, await deployment.sign(people.admin), [other]);
    expect(told(decision)).toBe('denied not_mapped');
  });
});
