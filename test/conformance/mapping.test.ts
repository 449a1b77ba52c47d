/**
 * Which rule decides, and what an account rule gives.
 */
import { describe, expect, test } from 'vitest';
import type { Identity } from '../../src/identity/identity.ts';
import { mapIdentity } from '../../src/mapping/map.ts';
import { RuleIndex } from '../../src/mapping/rule-index.ts';
import { account, federated, map, outcome, roleArn, root, session, user } from '../support/identities.ts';

const other = '444455556666';
const role = (name: string, username: string, ...groups: string[]) => ({
  role: roleArn(name),
  username,
  groups,
});
const userOf = (arn: string, username: string) => ({ user: `arn:aws:${arn}`, username });

type Row = readonly [name: string, identity: Identity, expected: string, ...rules: unknown[]];

const rows: readonly (readonly [title: string, rows: readonly Row[]])[] = [
  [
    'roles',
    [
      ['a session is its role', session('alice'), 'admin [a, b]', role('Admin', 'admin', 'a', 'b')],
      ['a rule without groups', session('alice'), 'admin', { role: roleArn('Admin'), username: 'admin' }],
      ['a rule with its path', session('alice'), 'admin', role('team/dev/Admin', 'admin')],
      ['in another case', session('alice'), 'admin', role('team/ADMIN', 'admin')],
      ['the caller in another case', session('alice', 'aDMIN'), 'admin', role('Admin', 'admin')],
      ['another role', session('alice', 'Viewer'), 'not_mapped', role('Admin', 'admin')],
      ['a longer name', session('alice', 'Admin2'), 'not_mapped', role('Admin', 'admin')],
      ['a shorter name', session('alice', 'Admi'), 'not_mapped', role('Admin', 'admin')],
      ['the name as a path', session('alice', 'Viewer'), 'not_mapped', role('Viewer/Admin', 'admin')],
      ['the name in the session', session('Admin', 'Viewer'), 'not_mapped', role('Admin', 'admin')],
      ['a dot is no wildcard', session('alice', 'AxB'), 'not_mapped', role('A.B', 'admin')],
      ['a user of that name', user('Admin'), 'not_mapped', role('Admin', 'admin')],
      ['a federated user of that name', federated('Admin'), 'not_mapped', role('Admin', 'admin')],
      ['another partition', session('al', 'Admin', 'aws-cn'), 'not_mapped', role('Admin', 'admin')],
      [
        'another account',
        session('alice'),
        'not_mapped',
        { role: `arn:aws:iam::${other}:role/Admin`, username: 'admin' },
      ],
    ],
  ],
  [
    'users',
    [
      ['a user', user('Bob'), 'bob', userOf(`iam::${account}:user/Bob`, 'bob')],
      ['in another case', user('bob'), 'bob', userOf(`iam::${account}:user/BOB`, 'bob')],
      ['with its path', user('Bob', '/a/'), 'bob', userOf(`iam::${account}:user/a/Bob`, 'bob')],
      ['the path in another case', user('Bob', '/A/'), 'bob', userOf(`iam::${account}:user/a/Bob`, 'bob')],
      ['without its path', user('Bob', '/a/'), 'not_mapped', userOf(`iam::${account}:user/Bob`, 'bob')],
      ['with a path it has not', user('Bob'), 'not_mapped', userOf(`iam::${account}:user/a/Bob`, 'bob')],
      ['another path', user('Bob', '/b/'), 'not_mapped', userOf(`iam::${account}:user/a/Bob`, 'bob')],
      ['a role of that name', session('al', 'Bob'), 'not_mapped', userOf(`iam::${account}:user/Bob`, 'bob')],
      ['root by name', root, 'boss', userOf(`iam::${account}:root`, 'boss')],
      ['root is not a user "root"', root, 'not_mapped', userOf(`iam::${account}:user/root`, 'boss')],
      ['a user "root" is not root', user('root'), 'not_mapped', userOf(`iam::${account}:root`, 'boss')],
      ['a federated user', federated('Bob'), 'bob', userOf(`sts::${account}:federated-user/Bob`, 'bob')],
      [
        'in another case',
        federated('Bob'),
        'not_mapped',
        userOf(`sts::${account}:federated-user/bob`, 'bob'),
      ],
      ['one is not the user', federated('Bob'), 'not_mapped', userOf(`iam::${account}:user/Bob`, 'bob')],
      ['nor the user one', user('Bob'), 'not_mapped', userOf(`sts::${account}:federated-user/Bob`, 'bob')],
    ],
  ],
  [
    'accounts',
    [
      ['a session, without its name', session('alice'), roleArn('Admin'), { account }],
      ['a user, in the case of STS', user('Bob', '/A/'), `arn:aws:iam::${account}:user/A/Bob`, { account }],
      ['a federated user', federated('Bob'), `arn:aws:sts::${account}:federated-user/Bob`, { account }],
      ['another account', user('Bob', '/', other), 'not_mapped', { account }],
      ['never root', root, 'not_mapped', { account }],
      ['nor where it says no', root, 'not_mapped', { account, includeRoot: false }],
      ['root where it says so', root, `arn:aws:iam::${account}:root`, { account, includeRoot: true }],
      ['root of another account', root, 'not_mapped', { account: other, includeRoot: true }],
      ['root by name beside it', root, 'boss', { account }, userOf(`iam::${account}:root`, 'boss')],
    ],
  ],
  [
    'precedence',
    [
      ['no rules', session('alice'), 'not_mapped'],
      ['a role before its account', session('al'), 'admin', role('Admin', 'admin'), { account }],
      ['wherever it stands', session('al'), 'admin', { account }, role('Admin', 'admin')],
      [
        'a user before its account',
        user('Bob'),
        'bob',
        { account },
        userOf(`iam::${account}:user/Bob`, 'bob'),
      ],
      [
        'a federated user before its account',
        federated('Bob'),
        'bob',
        userOf(`sts::${account}:federated-user/Bob`, 'bob'),
        { account },
      ],
      ['the later of two equal', session('al'), 'b', role('Admin', 'a', 'x', 'y'), role('Admin', 'b')],
      ['equal but for case', session('al'), 'b', role('Admin', 'a'), role('ADMIN', 'b')],
      ['equal but for the path', session('al'), 'b', role('Admin', 'a'), role('x/Admin', 'b')],
      ['and the other way', session('al'), 'a', role('x/Admin', 'b'), role('Admin', 'a')],
      [
        'the later of two users',
        user('Bob'),
        'b',
        userOf(`iam::${account}:user/Bob`, 'a'),
        userOf(`iam::${account}:user/bob`, 'b'),
      ],
      ['the later account forgets root', root, 'not_mapped', { account, includeRoot: true }, { account }],
      [
        'a role whose name does not render falls to no account',
        session('alice'),
        'template_unavailable',
        role('Admin', 'x{{EC2PrivateDNSName}}'),
        { account },
      ],
      [
        'nor does a user without a session name',
        user('Bob'),
        'template_empty',
        { account },
        userOf(`iam::${account}:user/Bob`, 'x{{SessionName}}'),
      ],
      [
        'nor a group that does not render',
        session('alice'),
        'template_unavailable',
        role('Admin', 'admin', 'a', '{{EC2PrivateDNSName}}'),
        { account },
      ],
      [
        'nor to an equal rule before it',
        session('alice'),
        'template_unavailable',
        role('Admin', 'admin'),
        role('Admin', '{{EC2PrivateDNSName}}'),
      ],
    ],
  ],
];

for (const [title, cases] of rows) {
  describe(title, () => {
    for (const [name, identity, expected, ...rules] of cases) {
      test(`${name}: ${expected}`, () => {
        expect(outcome(identity, ...rules)).toBe(expected);
      });
    }
  });
}

describe('an answer', () => {
  test.each([
    ['a role', session('alice'), role('x/Admin', 'admin'), `role ${roleArn('x/Admin')}`],
    ['a user', user('Bob'), userOf(`iam::${account}:user/Bob`, 'b'), `user arn:aws:iam::${account}:user/Bob`],
    ['an account', user('Bob'), { account }, `account ${account}`],
    ['a refusing rule', user('Bob'), userOf(`iam::${account}:user/Bob`, '{{SessionName}}'), 'user arn:aws'],
  ])('names the rule as written: %s', (_, identity, rule, expected) => {
    expect(map(identity, rule).rule).toContain(expected);
  });

  test('names no rule where there was none', () => {
    expect(map(root, { account })).toEqual({
      ok: false,
      code: 'not_mapped',
    });
  });

  test('of an account has no groups', () => {
    expect(map(session('alice'), { account })).toMatchObject({ ok: true, groups: [] });
  });
});

describe('rules that nobody validated decide nothing', () => {
  test.each([
    ['an ARN that is none', { role: roleArn('*'), username: 'a', groups: [] }],
    ['a username that is no template', { role: roleArn('Admin'), username: '{{', groups: [] }],
    ['a group that is no template', { role: roleArn('Admin'), username: 'a', groups: ['{{Nobody}}'] }],
  ])('%s', (_, rule) => {
    expect(() => mapIdentity(session('alice'), [new RuleIndex([rule])])).toThrow(TypeError);
  });
});
