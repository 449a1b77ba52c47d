/**
 * What lint says of policies that are valid, and says nothing of.
 */
import { describe, expect, test } from 'vitest';
import { lintPolicy } from '../../src/mapping/lint.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { account, federated, roleArn, session, user } from '../support/identities.ts';
import { expectLinear } from '../support/linear.ts';

const other = '444455556666';
const now = Date.parse('2026-11-24T12:00:00Z');
const admin = { role: roleArn('Admin'), username: 'admin' };
const bob = { user: user('Bob').arn, username: 'bob' };
const pin = 'AROAAAAAAAAAAAAAAAAAA';
const when = { conditions: { sessionName: ['alice'] } };
const deny = { deny: true };
const like = (glob: string, more: object = {}) => ({
  pattern: roleArn(glob),
  username: 'like',
  ...more,
});
const sso = (permissionSet: string, accounts: readonly string[], partition?: string) => ({
  sso: { permissionSet, accounts, ...(partition === undefined ? {} : { partition }) },
});

function findings(rules: readonly object[], settings: object = {}): string[] {
  return lintPolicy(parsePolicy({ rules, ...settings }), { now }).map(
    ({ severity, path, message }) => `${severity} ${path}: ${message}`,
  );
}

describe('nothing is said of', () => {
  test.each<[name: string, rules: readonly object[]]>([
    ['rules of every kind', [admin, bob, { ...sso('Dev', [account]), username: 'dev' }, like('ci-*')]],
    ['a role and its account', [admin, { account }]],
    ['equal rules of which the later has a condition', [admin, { ...admin, ...when }]],
    [
      'two pins of one role',
      [
        { ...admin, principalId: pin },
        { ...admin, principalId: `${pin}B` },
      ],
    ],
    ['users of one name at two paths', [bob, { ...bob, user: user('Bob', '/a/').arn }]],
    [
      'a permission set whose session names are given',
      [{ ...sso('Dev', [account]), username: 'd:{{SessionName}}' }],
    ],
    ['a session name that a condition bounds', [{ ...admin, username: '{{SessionName}}', ...when }]],
    [
      'a set of which a later rule takes one account',
      [
        { ...sso('Dev', [account, other]), username: 'a' },
        { ...sso('Dev', [other]), username: 'b' },
      ],
    ],
    ['a broad pattern before a narrow one', [like('ci-*'), like('ci-prod-*')]],
    ['a denied session of an account', [{ account }, { account, ...deny, ...when }]],
    ['a deny rule beside a grant elsewhere', [admin, { account: other, ...deny }]],
  ])('%s', (_, rules) => {
    expect(findings(rules)).toEqual([]);
  });
});

describe('rules that never decide', () => {
  test.each<[name: string, rules: readonly object[], expected: string]>([
    ['written twice', [admin, admin], 'rules[0]: never decides: the later wins, rules[1]'],
    [
      'with a path',
      [admin, { ...admin, role: roleArn('a/ADMIN') }],
      'rules[0]: never decides: the later wins, rules[1]',
    ],
    ['with a condition', [{ ...admin, ...when }, admin], 'rules[0]: never decides: the later wins, rules[1]'],
    [
      'beside a pinned one',
      [{ ...admin, principalId: pin }, admin],
      'rules[1]: never decides: the pinned one goes first, rules[0]',
    ],
    ['in a denied account', [admin, { account, ...deny }], 'rules[0]: never decides: denied by rules[1]'],
    [
      'denied by name',
      [{ role: roleArn('admin'), ...deny }, admin],
      'rules[1]: never decides: denied by rules[0]',
    ],
    [
      'denied at another path',
      [{ user: user('bob', '/x/').arn, ...deny }, bob],
      'rules[1]: never decides: denied by rules[0]',
    ],
    [
      'pinned and denied',
      [
        { role: roleArn('Admin'), ...deny },
        { ...admin, principalId: pin },
      ],
      'rules[1]: never decides: denied by rules[0]',
    ],
    [
      'of the same accounts',
      [
        { ...sso('Dev', [account, other]), username: 'a' },
        { ...sso('dev', [other]), username: 'b' },
        { ...sso('DEV', [account]), username: 'c' },
      ],
      'rules[0]: never decides: the later wins, rules[2]',
    ],
    [
      'before a broader pattern',
      [like('ci-prod-*'), like('ci-*')],
      'rules[0]: never decides: the later wins, and it covers this: rules[1]',
    ],
    [
      'an account twice',
      [{ account, includeRoot: true }, { account }],
      'rules[0]: never decides: the later wins, rules[1]',
    ],
  ])('%s', (_, rules, expected) => {
    expect(findings(rules)).toContain(`warning ${expected}`);
  });

  test('a pattern that only seems broader', () => {
    expect(findings([like('ci-*'), like('ci-?*')])).toEqual([]);
    expect(findings([like('ci-???*'), like('ci-????')])).toEqual([]);
  });
});

describe('rules that give more than they seem to', () => {
  test.each<[name: string, rules: readonly object[], expected: RegExp]>([
    [
      'a username of the session name',
      [{ ...admin, username: '{{SessionName}}' }],
      /username: whoever may assume.*any other user; a@b and a-b/,
    ],
    [
      'a prefix before it',
      [{ ...admin, username: 'x:{{SessionNameRaw}}' }],
      /username: whoever may assume.*told from another$/,
    ],
    ['a group of it', [{ ...admin, groups: ['a', '{{SessionName}}'] }], /groups\[1\]: whoever may assume/],
    ['a pattern of one letter', [like('*a*')], /pattern: has 1 literal/],
    ['a pattern of everybody', [like('*', { acknowledgeBroad: true })], /pattern: lets in everybody/],
    [
      'a denied user who may federate',
      [{ account }, { user: user('Bob').arn, ...deny }],
      /rules\[1\]\.user: is denied, but may come in/,
    ],
    [
      'and by a pattern',
      [
        { pattern: federated('ci-').arn.replace('ci-', 'ci-*'), username: 'x' },
        { user: user('Bob').arn, ...deny },
      ],
      /rules\[1\]\.user: is denied, but/,
    ],
  ])('%s', (_, rules, expected) => {
    expect(findings(rules)).toEqual([expect.stringMatching(expected)]);
  });
});

describe('the document', () => {
  test('lets nobody in', () => {
    expect(findings([])).toEqual(['warning rules: let nobody in']);
    expect(findings([{ account, ...deny }])).toEqual(['warning rules: let nobody in']);
  });

  test.each([
    ['prod', 1],
    ['prod.example.com', 0],
    [undefined, 0],
  ])('of a cluster with the audience %s', (audience, count) => {
    const found = lintPolicy(parsePolicy({ rules: [admin] }), { now, audience });
    expect(found.filter(({ message }) => message.includes('name of an EKS cluster'))).toHaveLength(count);
  });

  test('asks STS anew until a time in the future', () => {
    expect(findings([admin], { notBefore: '2026-11-24T12:04:00Z' })).toEqual([]);
    expect(findings([admin], { notBefore: '2026-11-24T12:06:00Z' })).toEqual([
      'error notBefore: is in the future: until then every review would ask STS anew',
    ]);
  });
});

test('an ARN of a session is answered with that of its role', () => {
  const { arn } = session('alice');
  expect(() => parsePolicy({ rules: [{ role: arn, username: 'x' }] })).toThrow(
    `rules[0].role: must be the ARN of an IAM role, not of a session: ${roleArn('Admin')}`,
  );
});

test('many patterns take bounded time, however they are made', async () => {
  await expectLinear((size) => {
    const patterns = Array.from({ length: size >> 4 }, (_, i) => ({
      pattern: `arn:aws:iam::${account}:user/${'a'.repeat(100)}${'*a'.repeat(7)}*${i}`,
      username: 'x',
    }));
    lintPolicy(parsePolicy({ rules: patterns }), { now });
  });
});
