/**
 * What changes for whom: between two policies, and for those who came lately.
 */
import { describe, expect, test } from 'vitest';
import { diffPolicies } from '../../src/mapping/diff.ts';
import { RuleIndex } from '../../src/mapping/rule-index.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { simulate } from '../../src/mapping/simulate.ts';
import { account, roleArn, session, user } from '../support/identities.ts';

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
    ['a rule more', [bob], [bob, admin], [`gains role ${roleArn('Admin')} to admin [a]`]],
    ['a rule less', [bob, admin], [bob], [`loses role ${roleArn('Admin')} from admin [a]`]],
    [
      'other groups',
      [admin],
      [{ ...admin, groups: ['b'] }],
      [`changes role ${roleArn('Admin')} from admin [a] to admin [b]`],
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
      [`changes role ${roleArn('Admin')} from x [a] to admin [a]`],
    ],
    ['a path that means nothing', [admin], [{ ...admin, role: roleArn('a/ADMIN') }], []],
    [
      'a path that means something',
      [bob],
      [{ ...bob, user: user('Bob', '/a/').arn }],
      [`loses user ${bob.user} from bob`, `gains user ${user('Bob', '/a/').arn} to bob`],
    ],
    [
      'a condition',
      [admin],
      [{ ...admin, conditions: { sessionName: ['al*'] } }],
      [`loses role ${roleArn('Admin')} from admin [a]`, `gains role ${roleArn('Admin')} as al* to admin [a]`],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(diff(before, after)).toEqual(expected);
  });

  test('settings', () => {
    const [before, after] = [
      policy([], { apiAudiences: ['x'] }),
      policy([], { notBefore: '2026-11-24T00:00:00Z' }),
    ];
    expect(diffPolicies(before, after)).toEqual([
      { kind: 'loses', who: 'apiAudiences', before: 'x' },
      { kind: 'gains', who: 'notBefore', after: '2026-11-24T00:00:00Z' },
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
