/**
 * Exporting to aws-auth: the same to everybody where that can say it, and nobody gains unseen where it cannot.
 */
import { describe, expect, test } from 'vitest';
import { exportAwsAuth } from '../../src/mapping/formats/export-aws-auth.ts';
import { importAwsAuth } from '../../src/mapping/formats/import.ts';
import { mapIdentity } from '../../src/mapping/map.ts';
import { RuleIndex } from '../../src/mapping/rule-index.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { account, federated, roleArn, root, session, user } from '../support/identities.ts';

const names = { username: 'u', groups: ['g'] };
const admin = { role: roleArn('Admin'), ...names };
const viewers = { sso: { permissionSet: 'Viewer', accounts: [account, '444455556666'] }, ...names };
const ssoRole = 'AWSReservedSSO_Viewer_0123456789abcdef';
const wholeAccount = { account, includeRoot: true };

const exporting = (rules: readonly unknown[], rest: object = {}) =>
  exportAwsAuth(parsePolicy({ rules, ...rest }));
const widenings = (...rules: readonly unknown[]): string[] =>
  exporting(rules)
    .notes.filter(({ widens }) => widens)
    .map(({ path, message }) => `${path}: ${message}`);

describe('there and back', () => {
  const everybody = [
    session('alice'),
    session('a@b', 'Nodes'),
    session('alice', ssoRole),
    session('alice', 'Other'),
    user('Bob'),
    user('Bob', '/a/'),
    user('Eve', '/', '444455556666'),
    federated('Fed'),
    root,
  ];

  test.each<[string, readonly unknown[]]>([
    ['nothing', []],
    ['a role', [admin]],
    ['a role with its path', [{ ...admin, role: roleArn('team/Admin') }]],
    [
      'templates',
      [{ ...admin, username: 'a:{{AccountID}}:{{SessionName}}', groups: ['x-{{SessionNameRaw}}'] }],
    ],
    ['two equal roles', [admin, { ...admin, role: roleArn('ADMIN'), username: 'v' }]],
    [
      'users',
      [
        { user: user('Bob', '/a/').arn, ...names },
        { user: root.arn, ...names },
        { user: federated('Fed').arn, ...names },
      ],
    ],
    [
      'users that differ by case',
      [
        { user: user('Bob').arn, ...names },
        { user: user('BOB').arn, ...names, username: 'v' },
      ],
    ],
    ['a permission set', [viewers]],
    ['masters', [{ ...admin, groups: ['system:masters'], reserved: 'masters' }]],
    [
      'a node',
      [
        {
          role: roleArn('Nodes'),
          username: 'system:node:{{EC2PrivateDNSName}}',
          groups: ['system:nodes'],
          reserved: 'node',
        },
      ],
    ],
    [
      'a name that only looks like a number or a truth',
      [{ ...admin, username: '0123', groups: ['no', '1e3'] }],
    ],
    ['an account', [{ account: '444455556666' }, admin]],
  ])('%s', (_, rules) => {
    const policy = parsePolicy({ rules });
    const { data } = exportAwsAuth(policy);
    const back = importAwsAuth(JSON.parse(JSON.stringify(data)), { parseYaml: JSON.parse }).policy;
    const [before, after] = [policy, back].map((one) => {
      const index = new RuleIndex(one.rules);
      return everybody.map((who) => {
        const mapping = mapIdentity(who, [index]);
        return mapping.ok ? [mapping.username, mapping.groups] : mapping.code;
      });
    });
    expect(after).toEqual(before);
  });

  test('data, as kubectl has it', () => {
    const { data } = exporting([admin, viewers, { user: user('Bob').arn, ...names }, wholeAccount]);
    expect(data).toEqual({
      mapRoles: [
        { rolearn: roleArn('Admin'), ...names },
        { sso: { permissionSetName: 'Viewer', accountID: account }, ...names },
        { sso: { permissionSetName: 'Viewer', accountID: '444455556666' }, ...names },
      ],
      mapUsers: [{ userarn: user('Bob').arn, ...names }],
      mapAccounts: [account],
    });
  });

  test('what aws-iam-authenticator would compare in vain, or leave to chance, is written otherwise', () => {
    const twice = [user('Bob').arn, user('BOB').arn].map((arn) => ({ user: arn, ...names }));
    expect(exporting([{ ...admin, role: roleArn('team/Admin') }, ...twice]).data).toMatchObject({
      mapRoles: [{ rolearn: roleArn('Admin') }],
      mapUsers: [{ userarn: user('BOB').arn }],
    });
  });
});

describe('is left out, and is not written more broadly', () => {
  test.each<[string, object, string]>([
    ['a deny rule', { role: roleArn('X'), deny: true }, 'is a deny rule'],
    ['a pattern', { pattern: roleArn('ci-*'), ...names }, 'is a pattern'],
    ['a condition', { ...admin, conditions: { sessionName: ['a*'] } }, 'has conditions'],
    ['a condition of an account', { ...wholeAccount, conditions: { sessionName: ['a*'] } }, 'has conditions'],
    ['a pin', { ...admin, principalId: 'AROAEXAMPLEEXAMPLE' }, 'is pinned to a principal ID'],
    ['a role name', { ...admin, username: '{{RoleName}}' }, 'uses {{RoleName}}'],
    ['a principal ID', { ...admin, groups: ['{{PrincipalID}}'] }, 'uses {{PrincipalID}}'],
    ['a partition', { ...admin, username: 'x{{Partition}}' }, 'uses {{Partition}}'],
    [
      'a permission set of another partition',
      { ...viewers, sso: { ...viewers.sso, partition: 'aws-cn' } },
      'is of the partition aws-cn',
    ],
    [
      'a name that a session named "system" makes system:masters',
      { ...admin, username: '{{SessionName}}:masters' },
      'has "{{SessionName}}:masters", which a session name may turn into a reserved one',
    ],
    [
      'a group that a session named "masters" makes system:masters',
      { ...admin, groups: ['system:{{SessionName}}'], reserved: 'custom' },
      'has "system:{{SessionName}}", which a session name may turn into a reserved one',
    ],
    [
      'a session name of a user, who has none',
      { user: user('Bob').arn, ...names, username: 'x{{SessionName}}' },
      'uses a session name, which a user does not have',
    ],
  ])('%s', (_, rule, why) => {
    const { data, notes } = exporting([rule]);
    expect(data).toEqual({ mapRoles: [], mapUsers: [], mapAccounts: [] });
    expect(notes).toEqual([
      { path: 'rules[0]', message: expect.stringMatching(/: left out$/), widens: false },
    ]);
    expect(notes[0]?.message).toContain(why);
  });

  test('settings of the policy', () => {
    const { notes } = exporting([], { apiAudiences: ['a'], notBefore: '2026-11-24T05:00:00Z' });
    expect(notes).toMatchObject([
      { path: 'apiAudiences', widens: false },
      { path: 'notBefore', widens: false },
    ]);
  });
});

describe('somebody would gain', () => {
  const decides = (left: number, other: number) =>
    new RegExp(`^rules\\[${left}\\]: .*: left out, and rules\\[${other}\\] decides for whom it named$`);

  test.each<[string, readonly unknown[], RegExp]>([
    ['the root user of an account', [{ account }], /^rules\[0\]: means the account's root user too/],
    ['permission sets of longer names', [viewers], /^rules\[0\]: .*whose names begin with Viewer_$/],
    [
      'whom a deny rule names in an account',
      [{ role: roleArn('X'), deny: true }, wholeAccount],
      decides(0, 1),
    ],
    ['whom a deny rule names by a pattern', [{ pattern: roleArn('A*'), deny: true }, admin], decides(0, 1)],
    [
      'whom a deny rule names at some times',
      [admin, { ...{ role: admin.role }, deny: true, conditions: { sessionName: ['xx'] } }],
      decides(1, 0),
    ],
    [
      'a recreated role, by its account',
      [{ ...admin, principalId: 'AROAEXAMPLEEXAMPLE' }, wholeAccount],
      decides(0, 1),
    ],
    [
      'a recreated role, by its own rule',
      [{ ...admin, principalId: 'AROAEXAMPLEEXAMPLE' }, admin],
      decides(0, 1),
    ],
    [
      'other sessions of a role, by its account',
      [{ ...admin, conditions: { sessionName: ['aa'] } }, wholeAccount],
      decides(0, 1),
    ],
    [
      'a role of a permission set, by that',
      [{ ...admin, role: roleArn(ssoRole), username: '{{RoleName}}' }, viewers],
      decides(0, 1),
    ],
    ['a pattern, by an account', [{ pattern: roleArn('ci-*'), ...names }, wholeAccount], decides(0, 1)],
    [
      'a role of a permission set, by chance',
      [{ ...admin, role: roleArn(ssoRole) }, viewers],
      /^rules\[0\]: names a role of the permission set of rules\[1\]: .*chance/,
    ],
  ])('%s', (_, rules, expected) => {
    expect(widenings(...rules)).toContainEqual(expect.stringMatching(expected));
  });

  test.each<[string, readonly unknown[]]>([
    ['a role', [admin]],
    ['an account with its root user', [wholeAccount]],
    ['a deny rule of another account', [{ account: '444455556666', deny: true }, wholeAccount, admin]],
    ['a deny rule of all that a rule names', [{ account, deny: true }, admin]],
    ['a deny rule of the same role', [admin, { role: roleArn('ADMIN'), deny: true }]],
    ['a pattern beside a role, which decides anyway', [{ pattern: roleArn('A*'), ...names }, admin]],
    [
      'a condition beside another role',
      [
        { ...admin, conditions: { sessionName: ['aa'] } },
        { ...admin, role: roleArn('B') },
      ],
    ],
    ['a name of which no value makes a reserved one', [{ ...admin, username: 'ci:{{SessionName}}:x' }]],
  ])('nobody: %s', (_, rules) => {
    expect(widenings(...rules)).toEqual([]);
  });

  const pin = 'AIDAAAAAAAAAAAAAAAAAA';
  const spelt = 'awsreservedsso_admin_0123456789abcdef';
  const denySet = { sso: { permissionSet: 'Admin', accounts: [account] }, deny: true };

  test.each<[attack: string, rules: readonly unknown[]]>([
    [
      'a denied user at another path',
      [
        { user: user('bob', '/a/').arn, ...names },
        { user: user('bob').arn, deny: true },
      ],
    ],
    [
      'a user whose name is pinned at another path',
      [
        { user: user('bob', '/b/').arn, principalId: pin, ...names },
        { user: user('bob', '/a/').arn, ...names },
      ],
    ],
    ['federated users whose names differ by case', [{ user: federated('Bob').arn, ...names }]],
    ['a role of a denied permission set in lower case', [{ role: roleArn(spelt), ...names }, denySet]],
    [
      'a denied permission set of another partition',
      [{ role: roleArn(spelt).replace('arn:aws:', 'arn:aws-cn:'), ...names }, denySet],
    ],
  ])('or does not come along: %s', (_, rules) => {
    const { data, notes } = exporting(rules);
    const isWritten = data.mapRoles.length + data.mapUsers.length > 0;
    expect(isWritten && !notes.some(({ widens }) => widens)).toBe(false);
  });

  test('what a deny rule makes void is not exported', () => {
    expect(exporting([admin, { role: roleArn('ADMIN'), deny: true }]).data.mapRoles).toEqual([]);
  });

  test('as many rules as somebody writes', () => {
    const many = Array.from({ length: 5000 }, (_, i) => [
      { ...admin, role: roleArn(`R${i}`) },
      { ...admin, role: roleArn(`C${i}`), conditions: { sessionName: ['aa'] } },
    ]).flat();
    expect(exporting([...many, wholeAccount]).notes).toHaveLength(5000);
  });
});
