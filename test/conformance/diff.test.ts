/**
 * What changes for whom: between two policies, and for those who came lately.
 */
import { describe, expect, test } from 'vitest';
import type { Identity } from '../../src/identity/identity.ts';
import { diffPolicies } from '../../src/mapping/diff.ts';
import { RuleIndex } from '../../src/mapping/rule-index.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { simulate } from '../../src/mapping/simulate.ts';
import { account, federated, map, roleArn, session, user } from '../support/identities.ts';

const other = '444455556666';
const admin = { role: roleArn('Admin'), username: 'admin', groups: ['a'] };
const bob = { user: user('Bob').arn, username: 'bob' };
const all = { account };
const dev = { sso: { permissionSet: 'Dev', accounts: [account, other] }, username: 'dev' };
const deny = { account, deny: true };

type Rules = readonly object[];
const policy = (rules: Rules, settings: object = {}) => parsePolicy({ rules, ...settings });

describe('between two policies', () => {
  const diff = (before: Rules, after: Rules): string[] =>
    diffPolicies(policy(before), policy(after)).map(({ kind, who, before: was, after: is }) =>
      [
        kind,
        who,
        ...(was === undefined ? [] : [`from ${was}`]),
        ...(is === undefined ? [] : [`to ${is}`]),
      ].join(' '),
    );

  test.each<[name: string, before: Rules, after: Rules, expected: readonly string[]]>([
    ['nothing', [admin, bob, dev, all, deny], [admin, bob, dev, all, deny], []],
    ['a rule more', [bob], [bob, admin], [`gains role ${roleArn('Admin')} to admin ["a"]`]],
    ['a rule less', [bob, admin], [bob], [`loses role ${roleArn('Admin')} from admin ["a"]`]],
    [
      'other groups',
      [admin],
      [{ ...admin, groups: ['b'] }],
      [`changes role ${roleArn('Admin')} from admin ["a"] to admin ["b"]`],
    ],
    ['another name', [bob], [{ ...bob, username: 'rob' }], [`changes user ${bob.user} from bob to rob`]],
    ['a deny rule more', [all], [all, deny], [`loses deny account ${account} to denied`]],
    ['a deny rule less', [all, deny], [all], [`gains deny account ${account} from denied`]],
    [
      'root',
      [all],
      [{ ...all, includeRoot: true }],
      [`changes account ${account} from their ARN to their ARN, root too`],
    ],
    [
      'one account of a set',
      [dev],
      [{ ...dev, sso: { ...dev.sso, accounts: [other] } }],
      [`loses permission set Dev in ${account} from dev`],
    ],
    [
      'a rule of one account instead of a list',
      [dev],
      [
        { ...dev, sso: { ...dev.sso, accounts: [other] } },
        { ...dev, sso: { ...dev.sso, accounts: [account] } },
      ],
      [],
    ],
    ['the order of what does not compete', [admin, bob], [bob, admin], []],
    [
      'the order of what does',
      [admin, { ...admin, username: 'x' }],
      [{ ...admin, username: 'x' }, admin],
      [`changes role ${roleArn('Admin')} from x ["a"] to admin ["a"]`],
    ],
    ['a path that means nothing', [admin], [{ ...admin, role: roleArn('a/ADMIN') }], []],
    [
      'a path that means something',
      [bob],
      [{ ...bob, user: user('Bob', '/a/').arn }],
      [
        `gains user ${user('Bob', '/a/').arn} to bob`,
        `changes user ${bob.user} from bob to may get bob of user ${user('Bob', '/a/').arn}`,
      ],
    ],
    [
      'a condition',
      [admin],
      [{ ...admin, conditions: { sessionName: ['al*'] } }],
      [
        `gains role ${roleArn('Admin')} as al* to admin ["a"]`,
        `changes role ${roleArn('Admin')} from admin ["a"] to may get admin ["a"] of role ${roleArn('Admin')} as al*`,
      ],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(diff(before, after)).toEqual(expected);
  });

  const rich = { groups: ['system:masters'], reserved: 'masters' };
  const like = (glob: string, username: string, more: object = {}) => ({
    pattern: roleArn(glob),
    username,
    ...more,
  });
  const of = (partition?: string) => ({
    permissionSet: 'Dev',
    accounts: [account],
    ...(partition && { partition }),
  });
  const fred = (name: string) => federated(name).arn;

  test.each<[attack: string, before: Rules, after: Rules, who: Identity]>([
    [
      'the order of two patterns',
      [like('dev-*', 'a', rich), like('*-ci', 'b')],
      [like('*-ci', 'b'), like('dev-*', 'a', rich)],
      session('al', 'dev-ci'),
    ],
    [
      'the order of a rule with a condition and one without',
      [{ ...admin, ...rich, conditions: { sessionName: ['*'] } }, admin],
      [admin, { ...admin, ...rich, conditions: { sessionName: ['*'] } }],
      session('alice'),
    ],
    [
      'the order of permission sets with and without a partition',
      [
        { sso: of(), username: 'a', ...rich },
        { sso: of('aws'), username: 'b' },
      ],
      [
        { sso: of('aws'), username: 'b' },
        { sso: of(), username: 'a', ...rich },
      ],
      session('al', 'AWSReservedSSO_Dev_0123456789abcdef'),
    ],
    [
      'the case of a federated user',
      [{ user: fred('Bob'), username: 'x', ...rich }],
      [{ user: fred('bob'), username: 'x', ...rich }],
      federated('bob'),
    ],
    [
      'one federated user behind another',
      [
        { user: fred('Bob'), username: 'x' },
        { user: fred('bob'), username: 'y' },
      ],
      [
        { user: fred('Bob'), username: 'x', ...rich },
        { user: fred('bob'), username: 'y' },
      ],
      federated('Bob'),
    ],
    [
      'a comma in a group',
      [{ ...admin, groups: ['devs, x'] }],
      [{ ...admin, groups: ['devs', 'x'] }],
      session('alice'),
    ],
    [
      'a bracket in a username',
      [{ ...admin, username: 'u ["x"]', groups: [] }],
      [{ ...admin, username: 'u', groups: ['x'] }],
      session('alice'),
    ],
    [
      'a broader rule that takes over',
      [admin, like('Ad*', 'w', rich)],
      [like('Ad*', 'w', rich)],
      session('alice'),
    ],
    [
      'a rule that a pin has kept from deciding',
      [
        { ...admin, principalId: 'AROAAAAAAAAAAAAAAAAAA' },
        { ...admin, username: 'w', ...rich },
      ],
      [{ ...admin, username: 'w', ...rich }],
      session('alice'),
    ],
    [
      'an account behind a permission set',
      [{ sso: of(), username: 'a' }, all],
      [all],
      session('al', 'AWSReservedSSO_Dev_0123456789abcdef'),
    ],
  ])('nobody gains unseen: %s', (_, before, after, who) => {
    expect(map(who, ...before)).not.toEqual(map(who, ...after));
    const changes = diffPolicies(policy(before), policy(after));
    expect(changes.filter(({ kind }) => kind !== 'loses')).not.toEqual([]);
  });

  test('gains come first, then changes', () => {
    const kinds = diffPolicies(policy([bob, all]), policy([admin, { ...bob, username: 'rob' }])).map(
      ({ kind }) => kind,
    );
    expect(kinds).toEqual(['gains', 'changes', 'loses']);
  });

  test('settings', () => {
    const [before, after] = [
      policy([], { apiAudiences: ['x'] }),
      policy([], { notBefore: '2026-11-24T00:00:00Z' }),
    ];
    expect(diffPolicies(before, after)).toEqual([
      { kind: 'changes', who: 'apiAudiences', before: '["x"]' },
      { kind: 'changes', who: 'notBefore', after: '"2026-11-24T00:00:00Z"' },
    ]);
  });
});

describe('for those who came lately', () => {
  const [alice, rob] = [session('alice'), user('Bob')];

  test.each<
    [
      name: string,
      before: Rules,
      after: Rules,
      expected: readonly (readonly [who: string, lockedOut: boolean])[],
    ]
  >([
    ['nothing', [admin, bob], [bob, admin], []],
    ['one is locked out', [admin, bob], [bob], [[alice.arn, true]]],
    ['one is let in', [bob], [admin, bob], [[alice.arn, false]]],
    ['one is another', [admin, bob], [admin, { ...bob, username: 'rob' }], [[rob.arn, false]]],
    ['one gets other groups', [admin, bob], [{ ...admin, groups: [] }, bob], [[alice.arn, false]]],
    [
      'one is refused for another reason',
      [bob],
      [bob, deny],
      [
        [alice.arn, false],
        [rob.arn, true],
      ],
    ],
    [
      'all are locked out',
      [admin, bob],
      [admin, bob, deny],
      [
        [alice.arn, true],
        [rob.arn, true],
      ],
    ],
  ])('%s', async (_, before, after, expected) => {
    const of = (some: Rules) => async () => [new RuleIndex(policy(some).rules)];
    const outcomes = await simulate([alice, rob], of(before), of(after));
    expect(outcomes.map(({ identity, lockedOut }) => [identity.arn, lockedOut])).toEqual(expected);
  });
});
