/**
 * Who may come in: by lists, and by a policy.
 */
import { describe, expect, test } from 'vitest';
import type { Principal } from '../../src/emulator/principals.ts';
import type { AllowList } from '../../src/http/guard/allow.ts';
import { createGuard } from '../../src/http/guard/guard.ts';
import type { AccessOptions, GuardOptions } from '../../src/http/guard/options.ts';
import { accessRecord } from '../../src/http/guard/record.ts';
import { type CallerPolicy, fixedPolicy, storedPolicy } from '../../src/policy/caller-policy.ts';
import { encodeRecord } from '../../src/policy/record.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { outcomes, requestWith, seen } from '../support/guard-setup.ts';
import { account, admin, bob, scene, start, tokenOf } from '../support/verifier-setup.ts';

const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const other = '444455556666';
const key = (accessKeyId: string) => ({ accessKeyId, secretAccessKey });

const root: Principal = { type: 'root', account, ...key('AKIAROOT') };
const ann: Principal = { type: 'user', account, path: '/people/', userName: 'Ann', ...key('AKIAANN') };
const colon: Principal = { type: 'user', account, path: '/a:b/', userName: 'bo', ...key('AKIACOLON') };
const fred: Principal = {
  type: 'federated-user',
  account,
  name: 'Fred',
  sessionToken: 'dG9rZW4=',
  ...key('ASIAFRED'),
};
const stranger: Principal = {
  type: 'assumed-role',
  account: other,
  roleName: 'Admin',
  sessionName: 'alice@example.com',
  sessionToken: 'dG9rZW4=',
  ...key('ASIASTRANGER'),
};
const principals = [admin, bob, root, ann, colon, fred, stranger];

const iam = (rest: string) => `arn:aws:iam::${account}:${rest}`;
const federated = (name: string) => `arn:aws:sts::${account}:federated-user/${name}`;

const outcomesOf = (options: GuardOptions) => outcomes(createGuard(options));

async function decide(who: Principal, access: AccessOptions) {
  const records: ReturnType<typeof accessRecord>[] = [];
  const { verifier } = scene({}, { principals });
  const guard = outcomesOf({ verifier, log: (event) => records.push(accessRecord(event)), ...access });
  const answer = await guard(requestWith(await tokenOf({ as: who })));
  return { answer, record: records[0] };
}

async function comesIn(who: Principal, access: AccessOptions): Promise<boolean> {
  const { answer } = await decide(who, access);
  if (!(answer instanceof Response)) return true;
  expect(await seen(answer)).toMatchObject({
    status: 403,
    code: 'not_allowed',
    challenge: expect.stringContaining('error="insufficient_scope"'),
  });
  return false;
}

describe('a list', () => {
  test.each<[name: string, who: Principal, allow: AllowList, comesIn: boolean]>([
    ['the account', admin, { accounts: [account] }, true],
    ['one of several lists', admin, { accounts: [other], arns: [iam('role/Admin')] }, true],
    ['another account', admin, { accounts: [other] }, false],
    ['an account never means its root user', root, { accounts: [account] }, false],
    ['its root user by ARN', root, { arns: [iam('root')] }, true],
    ['another account of the same role name', stranger, { arns: [iam('role/Admin')] }, false],
    ['a role', admin, { arns: [iam('role/Admin')] }, true],
    ['a role with its path, which STS never shows', admin, { arns: [iam('role/teams/Admin')] }, true],
    ['a role in another case: IAM has no two', admin, { arns: [iam('role/ADMIN')] }, true],
    ['a role whose name begins so', admin, { arns: [iam('role/Adm')] }, false],
    ['a user of the name of a role', admin, { arns: [iam('user/Admin')] }, false],
    ['a user with the path', ann, { arns: [iam('user/people/Ann')] }, true],
    ['a user without the path', ann, { arns: [iam('user/Ann')] }, false],
    ['a federated user', fred, { arns: [federated('Fred')] }, true],
    ['a federated user in another case: may be somebody else', fred, { arns: [federated('fred')] }, false],
    ['a pattern', admin, { patterns: [iam('role/Adm*')] }, true],
    ['a pattern in another case', admin, { patterns: [iam('role/adm*')] }, false],
    ['a pattern of one character', admin, { patterns: [iam('role/Admi?')] }, true],
    ['a pattern of another account', stranger, { patterns: [iam('role/Adm*')] }, false],
    ['a pattern of users', admin, { patterns: [iam('user/Adm*')] }, false],
    ['a pattern with a path', ann, { patterns: [iam('user/people/*')] }, true],
    ['a pattern that would have to cross a colon', colon, { patterns: [iam('user/a*')] }, false],
  ])('%s', async (_, who, allow, expected) => {
    expect(await comesIn(who, { allow })).toBe(expected);
  });

  test('everybody, where that is said', async () => {
    for (const who of principals) {
      expect(await comesIn(who, { allow: 'anyone-with-aws-credentials' })).toBe(true);
    }
  });
});

const rules = [
  { role: iam('role/Admin'), username: 'admin:{{SessionName}}', groups: ['writers', '{{SessionName}}'] },
  { user: iam('user/bob'), username: 'bob', groups: ['readers'] },
  { deny: true, user: iam('user/people/Ann') },
  { account },
];
const policy = fixedPolicy({ rules });

describe('a policy', () => {
  test('gives a username and groups', async () => {
    const { answer, record } = await decide(admin, { policy });
    expect(answer).toMatchObject({
      username: 'admin:alice-example.com',
      groups: ['writers', 'alice-example.com'],
    });
    expect(record).toMatchObject({ verdict: 'granted', rule: `role ${iam('role/Admin')}`, account });
  });

  test.each<[name: string, who: Principal, access: AccessOptions, comesIn: boolean]>([
    ['whoever is mapped', bob, {}, true],
    ['whoever is not', stranger, {}, false],
    ['whoever is denied', ann, {}, false],
    ['whoever is denied, in an account that is listed', ann, { allow: { accounts: [account] } }, false],
    ['whoever is mapped, and in no list', bob, { allow: { accounts: [other] } }, false],
    ['whoever is in a list, and not mapped', stranger, { allow: { accounts: [other] } }, false],
    ['a group', admin, { allow: { groups: ['writers'] } }, true],
    ['another group', bob, { allow: { groups: ['writers'] } }, false],
    [
      'a group that the caller chose by a session name',
      admin,
      { allow: { groups: ['alice-example.com'] } },
      false,
    ],
    ['a group as a template', admin, { allow: { groups: ['{{SessionName}}'] } }, false],
    ['somebody by an account rule has no group', root, { allow: { groups: ['writers'] } }, false],
  ])('%s', async (_, who, access, expected) => {
    expect(await comesIn(who, { policy, ...access })).toBe(expected);
  });

  test('the answer does not tell what the log tells', async () => {
    const { answer, record } = await decide(ann, { policy });
    expect(record).toMatchObject({
      verdict: 'denied',
      code: 'denied_by_rule',
      rule: expect.stringContaining('deny'),
    });
    expect(await (answer as Response).text()).not.toContain('rule');
  });

  test('a policy that does not validate is an error where it is made', () => {
    expect(() => fixedPolicy({ rules: [{ role: 'Admin' }] })).toThrow(
      expect.objectContaining({ code: 'policy_invalid' }),
    );
  });

  test.each<[string, CallerPolicy['map']]>([
    ['says nothing', async () => undefined as never],
    ['says something else', async () => ({ verdict: 'granted' }) as never],
  ])('one of plain JavaScript that %s lets nobody in', async (_, map) => {
    const { answer } = await decide(admin, { policy: { map } });
    expect(await seen(answer)).toMatchObject({ status: 503, code: 'unavailable' });
  });
});

describe('a stored policy', () => {
  const name = 'orders.example.com';
  const clock = () => start;
  const put = (store: MemoryStore, version: number, policy: object) =>
    store.put(
      `policy/${name}`,
      encodeRecord({ version, writtenAt: new Date(start).toISOString(), policy: policy as never }),
    );

  test('is the one of the moment', async () => {
    const store = new MemoryStore();
    await put(store, 1, { rules });
    const policy = storedPolicy({ store, name, holdSeconds: 0, clock });
    expect(await comesIn(bob, { policy })).toBe(true);
    await put(store, 2, { rules: [] });
    expect(await comesIn(bob, { policy })).toBe(false);
    expect((await decide(bob, { policy })).record).toMatchObject({ code: 'not_mapped', policyVersion: 2 });
  });

  test.each<[string, () => Promise<string | undefined>, code: string]>([
    ['is missing', async () => undefined, 'policy_missing'],
    ['cannot be read', async () => Promise.reject(new Error('k8s-aws-v1.x')), 'policy_unavailable'],
    ['is broken', async () => '{', 'policy_unavailable'],
  ])('that %s: nobody is judged', async (_, get, code) => {
    const { answer, record } = await decide(bob, { policy: storedPolicy({ store: { get }, name, clock }) });
    expect(await seen(answer)).toMatchObject({
      status: 503,
      code: 'unavailable',
      retryAfter: expect.any(String),
    });
    expect(record).toMatchObject({ verdict: 'unavailable', code });
  });

  test('that wants identities to be proven anew is asked for them', async () => {
    const { verifier, sts, pass } = scene();
    const document = (notBefore?: string) => ({ rules, ...(notBefore === undefined ? {} : { notBefore }) });
    const token = await tokenOf();
    const guardOf = (notBefore?: string) =>
      outcomesOf({ verifier, policy: fixedPolicy(document(notBefore)) })(requestWith(token));
    await guardOf();
    pass(10);
    expect(await guardOf(new Date(start + 5000).toISOString())).toMatchObject({
      username: expect.any(String),
    });
    expect(sts.calls).toHaveLength(2);
    await guardOf(new Date(start + 5000).toISOString());
    expect(sts.calls).toHaveLength(2);
    sts.removePrincipal(admin.accessKeyId);
    pass(10);
    expect(await seen(await guardOf(new Date(start + 15_000).toISOString()))).toMatchObject({
      code: 'token_refused',
    });
  });
});
