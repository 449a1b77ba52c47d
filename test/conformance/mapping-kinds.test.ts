/**
 * Kinds of rules and their precedence: deny, pinned, exact, permission set, pattern, account. Conditions on any of them.
 */
import { describe, expect, test } from 'vitest';
import type { Identity } from '../../src/identity/identity.ts';
import { account, federated, map, outcome, roleArn, root, session, user } from '../support/identities.ts';

const other = '444455556666';
const set = (name: string, suffix = '0123456789abcdef'): string => `AWSReservedSSO_${name}_${suffix}`;
const sso = (permissionSet: string, accounts: readonly string[] = [account], partition?: string) => ({
  sso: { permissionSet, accounts, ...(partition === undefined ? {} : { partition }) },
});
const as = (username: string) => ({ username, groups: [] });
const alice = session('alice');
const pin = 'AROAAAAAAAAAAAAAAAAAA';
/** The admin role's sessions in identities.ts have an ID too short to be pinned. */
const pinned = { ...alice, principalId: pin };

describe('precedence, whatever the order of the rules', () => {
  const exact = { role: roleArn('Admin'), ...as('exact') };
  const pinnedRule = { ...exact, principalId: pin, ...as('pinned') };
  const pattern = { pattern: `arn:aws:iam::${account}:role/Adm*`, ...as('pattern') };
  const all = { account };
  const deny = { role: roleArn('Admin'), deny: true };

  test.each<[name: string, rules: readonly unknown[], expected: string]>([
    ['deny before all', [deny, pinnedRule, exact, pattern, all], 'denied_by_rule'],
    ['a broad deny before a pinned rule', [{ account, deny: true }, pinnedRule], 'denied_by_rule'],
    ['pinned before exact', [pinnedRule, exact, pattern, all], 'pinned'],
    ['exact before pattern', [exact, pattern, all], 'exact'],
    ['pattern before account', [pattern, all], 'pattern'],
    ['account', [all], roleArn('Admin')],
    ['nothing', [{ account: other }], 'not_mapped'],
    ['of two patterns the later', [pattern, { ...pattern, ...as('later') }], 'later'],
    [
      'of two patterns the later, not the longer',
      [
        { ...pattern, pattern: `arn:aws:iam::${account}:role/Admi?` },
        { ...pattern, ...as('later') },
      ],
      'later',
    ],
  ])('%s', (_, rules, expected) => {
    expect(outcome(pinned, ...rules)).toBe(expected);
    if (!expected.startsWith('later')) expect(outcome(pinned, ...[...rules].reverse())).toBe(expected);
  });

  test('permission set before pattern and after exact', () => {
    const who = session('alice', set('Admin'));
    const rules = [
      { ...sso('Admin'), ...as('set') },
      { pattern: `arn:aws:iam::${account}:role/AWSReservedSSO_*`, ...as('pattern') },
    ];
    expect(outcome(who, ...rules)).toBe('set');
    expect(outcome(who, ...rules, { role: roleArn(set('Admin')), ...as('exact') })).toBe('exact');
  });
});

describe('a principal that was deleted and created anew', () => {
  const rule = { role: roleArn('Admin'), principalId: pin, ...as('pinned') };
  const anew = { ...alice, principalId: 'AROABBBBBBBBBBBBBBBBB' };

  test.each<[name: string, rules: readonly unknown[]]>([
    ['alone', [rule]],
    ['beside an exact rule without a pin', [rule, { role: roleArn('Admin'), ...as('exact') }]],
    ['beside broader rules', [rule, { account }, { pattern: `arn:aws:iam::${account}:role/A*`, ...as('x') }]],
    ['pinned twice', [rule, { ...rule, principalId: 'AROACCCCCCCCCCCCCCCCC' }]],
  ])('is refused, never granted by a broader rule: %s', (_, rules) => {
    expect(outcome(anew, ...rules)).toBe('principal_recreated');
  });

  test('is known again where a rule names its new ID', () => {
    expect(outcome(anew, rule, { ...rule, principalId: anew.principalId, ...as('anew') })).toBe('anew');
    expect(outcome(pinned, rule, { ...rule, principalId: anew.principalId, ...as('anew') })).toBe('pinned');
  });

  test('a pinned user, too', () => {
    const bob = user('Bob');
    const ofBob = { user: bob.arn, principalId: 'AIDAAAAAAAAAAAAAAAAAA', ...as('bob') };
    expect(outcome(bob, ofBob)).toBe('principal_recreated');
    expect(outcome({ ...bob, principalId: ofBob.principalId }, ofBob)).toBe('bob');
  });

  test.each<[attack: string, moved: string]>([
    ['deleted and created anew at another path', 'AIDABBBBBBBBBBBBBBBBB'],
    ['moved to another path', 'AIDAAAAAAAAAAAAAAAAAA'],
  ])('is refused, a user that was %s', (_, principalId) => {
    const ofBob = { user: user('Bob').arn, principalId: 'AIDAAAAAAAAAAAAAAAAAA', ...as('bob') };
    const moved = { ...user('Bob', '/dev/'), principalId };
    expect(outcome(moved, ofBob, { account })).toBe('principal_recreated');
  });

  test.each<[name: string, rule: object, message: string]>([
    ['of a user for a role', { role: roleArn('Admin'), principalId: 'AIDAAAAAAAAAAAAAAAAAA' }, 'AROA…'],
    ['of a role for a user', { user: user('Bob').arn, principalId: pin }, 'AIDA…'],
    ['of an access key', { role: roleArn('Admin'), principalId: 'ASIAAAAAAAAAAAAAAAAAA' }, 'AROA…'],
    ['for root', { user: root.arn, principalId: account }, 'means nothing here'],
    ['for a federated user', { user: federated('Bob').arn, principalId: pin }, 'means nothing here'],
    ['that is too short', { role: roleArn('Admin'), principalId: 'AROAEXAMPLE' }, 'AROA…'],
    ['with its session', { role: roleArn('Admin'), principalId: `${pin}:alice` }, 'AROA…'],
  ])('an ID is refused: %s', (_, rule, message) => {
    expect(() => map(alice, { ...rule, ...as('x') })).toThrow(message);
  });

  test('a deny rule with a pin denies that one alone', () => {
    const deny = { role: roleArn('Admin'), principalId: pin, deny: true };
    expect(outcome(pinned, deny, { account })).toBe('denied_by_rule');
    expect(outcome(anew, deny, { account })).toBe(roleArn('Admin'));
  });
});

describe('a permission set', () => {
  test.each<[name: string, role: string, rule: object, partition?: string]>([
    ['its role', set('Admin'), sso('Admin')],
    ['in another case', set('ADMIN'), sso('admin')],
    ['one of several accounts', set('Admin'), sso('Admin', [other, account])],
    ['with underscores', set('Admin_Billing'), sso('Admin_Billing')],
    ['whose name ends like a suffix', set('A_0123456789abcdef'), sso('A_0123456789abcdef')],
    ['in GovCloud', set('Admin'), sso('Admin', [account], 'aws-us-gov'), 'aws-us-gov'],
    ['in China, without a word of it', set('Admin'), sso('Admin'), 'aws-cn'],
  ])('matches %s', (_, role, rule, partition = 'aws') => {
    expect(outcome(session('alice', role, partition), { ...rule, ...as('set') })).toBe('set');
  });

  test.each<[attack: string, role: string, rule: object]>([
    ['a longer set: Admin_Billing is not Admin', set('Admin_Billing'), sso('Admin')],
    ['a set whose suffix is another set', set('Billing_Admin'), sso('Admin')],
    ['a role that only looks like it: 15 digits', set('Admin', '0123456789abcde'), sso('Admin')],
    ['17 digits', set('Admin', '0123456789abcdef0'), sso('Admin')],
    ['digits that are none', set('Admin', '0123456789abcdeg'), sso('Admin')],
    ['something before it', `x${set('Admin')}`, sso('Admin')],
    ['a prefix that AWS need not reserve', set('Admin').replace('AWS', 'aws'), sso('Admin')],
    ['digits that AWS does not give', set('Admin', '0123456789ABCDEF'), sso('Admin')],
    ['the name alone', 'Admin', sso('Admin')],
    ['another account', set('Admin'), sso('Admin', [other])],
    ['another partition', set('Admin'), sso('Admin', [account], 'aws-cn')],
  ])('does not match %s', (_, role, rule) => {
    expect(outcome(session('alice', role), { ...rule, ...as('set') })).toBe('not_mapped');
  });

  test.each([set('Admin').toLowerCase(), set('ADMIN').toUpperCase()])(
    'a look-alike gets around no deny: %s',
    (name) => {
      expect(outcome(session('al', name), { ...sso('Admin'), deny: true }, { account })).toBe(
        'denied_by_rule',
      );
    },
  );

  test.each([
    ['a role', set('Admin')],
    ['the beginning of one', 'awsreservedsso_Admin'],
    ['a wildcard', 'Admin*'],
    ['33 characters', 'a'.repeat(33)],
  ])('is not named by %s', (_, name) => {
    expect(() => map(alice, { ...sso(name), ...as('x') })).toThrow('sso.permissionSet: must be the name');
  });

  test('does not match a user of that name', () => {
    expect(outcome(user(set('Admin')), { ...sso('Admin'), ...as('set') })).toBe('not_mapped');
  });
});

describe('a pattern', () => {
  const role = (glob: string) => `arn:aws:iam::${account}:role/${glob}`;
  const broad = { acknowledgeBroad: true };

  test.each<[pattern: string, name: string]>([
    [role('Adm*'), 'Admin'],
    [role('*min'), 'Admin'],
    [role('A*m*n'), 'Admin'],
    [role('Admi?'), 'Admin'],
    [role('*'), 'Admin'],
    [role('A**n'), 'Admin'],
  ])('%s is like %s', (pattern, name) => {
    expect(outcome(session('alice', name), { pattern, ...broad, ...as('like') })).toBe('like');
  });

  test.each<[attack: string, pattern: string, name: string]>([
    ['? is not nothing', role('Admin?'), 'Admin'],
    ['? is not two', role('Adm?'), 'Admin'],
    ['no prefix match', role('Ad?'), 'Admin'],
    ['no suffix match', role('?dmin'), 'xAdmin'],
    ['a dot is a dot', role('Ad.i*'), 'Admin'],
    ['another account', `arn:aws:iam::${other}:role/*n`, 'Admin'],
    ['another partition', `arn:aws-cn:iam::${account}:role/*n`, 'Admin'],
    ['a user', `arn:aws:iam::${account}:user/*n`, 'Admin'],
    ['capitals: a role of that name may be made by others', role('ADMI?'), 'admin'],
  ])('is not: %s', (_, pattern, name) => {
    expect(outcome(session('alice', name), { pattern, ...broad, ...as('like') })).toBe('not_mapped');
  });

  test('of users takes their path, of federated users their name', () => {
    const dev = { pattern: `arn:aws:iam::${account}:user/dev/*`, ...as('dev') };
    expect(outcome(user('Bob', '/dev/'), dev)).toBe('dev');
    expect(outcome(user('Bob', '/'), dev)).toBe('not_mapped');
    const ci = { pattern: `arn:aws:sts::${account}:federated-user/ci-*`, ...as('ci') };
    expect(outcome(federated('ci-1'), ci)).toBe('ci');
    expect(outcome(session('alice', 'ci-1'), ci)).toBe('not_mapped');
  });

  test('has no wildcard for a colon, which a path may hold', () => {
    const dev = { pattern: `arn:aws:iam::${account}:user/dev/*`, ...as('dev') };
    expect(outcome(user('Bob', '/dev/a:b/'), dev)).toBe('not_mapped');
    expect(outcome(user('Bob', '/dev/a:b/'), { pattern: dev.pattern, deny: true })).toBe('denied_by_rule');
  });

  test('never the root user', () => {
    const rules = ['role', 'user'].map((type) => ({
      pattern: `arn:aws:iam::${account}:${type}/*`,
      ...broad,
      ...as('x'),
    }));
    expect(outcome(root, ...rules)).toBe('not_mapped');
  });

  test.each<[name: string, pattern: string, message: string]>([
    ['a wildcard account', 'arn:aws:iam::*:role/Admin*', 'must be arn:PARTITION'],
    ['a short account', 'arn:aws:iam::1111*:role/Admin', 'must be arn:PARTITION'],
    ['a wildcard partition', `arn:*:iam::${account}:role/Admin*`, 'must be arn:PARTITION'],
    ['a wildcard kind', `arn:aws:iam::${account}:*/Admin`, 'must be arn:PARTITION'],
    ['everything', '*', 'must be arn:PARTITION'],
    ['a session', `arn:aws:sts::${account}:assumed-role/Admin/*`, 'must be arn:PARTITION'],
    ['no wildcard', role('Admin'), 'has no wildcard'],
    ['a path of a role', role('dev/*'), 'has a path'],
    ['everybody', role('*'), 'set acknowledgeBroad'],
    ['everybody, disguised', role('?*'), 'set acknowledgeBroad'],
    ['every user at every path', `arn:aws:iam::${account}:user/*/*`, 'set acknowledgeBroad'],
    ['a partition that is none', `arn:aws-x:iam::${account}:role/A*`, 'must be arn:PARTITION'],
    ['a character no role has', role('A!*'), 'no such name has'],
    ['an empty path segment', `arn:aws:iam::${account}:user/a//*`, 'no such name has'],
    ['a path before its path', `arn:aws:iam::${account}:user//*`, 'no such name has'],
    ['a federated user with a path', `arn:aws:sts::${account}:federated-user/a/*`, 'no such name has'],
    ['a colon', `arn:aws:iam::${account}:user/a:*`, 'no such name has'],
    ['wildcards that only cost time', role('*a*a*a*a*a*a*a*a*b'), 'more than 8 times'],
  ])('is refused with %s', (_, pattern, message) => {
    expect(() => map(alice, { pattern, ...as('x') })).toThrow(message);
  });

  test('takes bounded time, whatever the caller chose', () => {
    const pattern = role(`${'*a'.repeat(7)}*b`);
    const who = session('alice', 'a'.repeat(64));
    for (let i = 0; i < 1000; i++) expect(outcome(who, { pattern, ...as('x') })).toBe('not_mapped');
  });
});

describe('conditions on the session name', () => {
  const when = (...sessionName: string[]) => ({ conditions: { sessionName } });
  const rule = { role: roleArn('Admin'), ...as('granted') };

  test.each<[name: string, session: string, globs: string[], expected: string]>([
    ['the very name', 'alice', ['alice'], 'granted'],
    ['a glob', 'alice@example.com', ['*@example.com'], 'granted'],
    ['one of two', 'alice', ['bob', 'al*'], 'granted'],
    ['another name', 'mallory', ['alice'], 'condition_unmet'],
    ['a name that contains it', 'xalice', ['alice'], 'condition_unmet'],
    ['another case, for a grant', 'ALICE', ['alice'], 'condition_unmet'],
  ])('%s', (_, name, globs, expected) => {
    expect(outcome(session(name), { ...rule, ...when(...globs) })).toBe(expected);
  });

  test('a rule that names the principal exactly ends the search, met or not', () => {
    const strict = { ...rule, ...when('alice') };
    expect(outcome(session('mallory'), strict, { account })).toBe('condition_unmet');
    expect(outcome(session('mallory'), strict, { ...rule, ...as('others') })).toBe('others');
    expect(outcome(session('alice'), { ...rule, ...as('others') }, strict)).toBe('granted');
  });

  test('a broader rule whose condition does not hold leaves it to the next', () => {
    const pattern = { pattern: roleArn('A*'), ...as('pattern'), ...when('bob') };
    expect(outcome(alice, pattern, { account })).toBe(roleArn('Admin'));
  });

  test('what cannot be evaluated does not hold in a grant and holds in a deny', () => {
    const bob = user('Bob');
    expect(outcome(bob, { user: bob.arn, ...as('bob'), ...when('*') })).toBe('condition_unmet');
    expect(outcome(bob, { user: bob.arn, deny: true, ...when('xy') }, { account })).toBe('denied_by_rule');
  });

  test('an account rule with a condition leaves the root user to one without', () => {
    expect(outcome(root, { account, includeRoot: true }, { account, ...when('al*') })).toBe(root.arn);
  });

  test.each<[name: string, glob: string]>([
    ['nothing', ''],
    ['one character, which no session name has', 'a'],
    ['65', 'a'.repeat(65)],
    ['a colon', 'a:b'],
    ['a space', 'a b'],
    ['nine stars', '*a*a*a*a*a*a*a*a*'],
  ])('a glob is refused: %s', (_, glob) => {
    expect(() => map(alice, { ...rule, ...when(glob) })).toThrow('conditions.sessionName[0]');
  });

  test.each(['MALLORY@contractor.com', 'mallory@CONTRACTOR.com', 'mallory@contractor.com'])(
    'capitals get nobody around a deny: %s',
    (name) => {
      const deny = { account, deny: true, ...when('*@contractor.com') };
      expect(outcome(session(name), rule, deny)).toBe('denied_by_rule');
      expect(outcome(alice, rule, deny)).toBe('granted');
    },
  );
});

describe('deny', () => {
  test.each<[name: string, rule: object]>([
    ['a role', { role: roleArn('admin') }],
    ['a role with a path', { role: roleArn('team/Admin') }],
    ['a pattern', { pattern: roleArn('A*') }],
    ['a pattern that is everybody, without ado', { pattern: roleArn('*') }],
    ['an account', { account }],
  ])('by %s', (_, rule) => {
    expect(outcome(alice, { ...rule, deny: true }, { role: roleArn('Admin'), ...as('x') })).toBe(
      'denied_by_rule',
    );
  });

  test('of a permission set, of a user', () => {
    const who = session('alice', set('Admin'));
    expect(outcome(who, { ...sso('Admin'), deny: true }, { account })).toBe('denied_by_rule');
    expect(outcome(user('Bob'), { user: user('Bob').arn, deny: true }, { account })).toBe('denied_by_rule');
  });

  test.each<[attack: string, who: Identity]>([
    ['moved to another path', user('Bob', '/dev/')],
    ['renamed in capitals', user('BOB')],
  ])('of a user holds when they are %s', (_, who) => {
    expect(outcome(who, { user: user('Bob').arn, deny: true }, { account })).toBe('denied_by_rule');
  });

  test('of a user by a pattern holds when they are moved to another path', () => {
    const deny = { pattern: `arn:aws:iam::${account}:user/contractor-*`, deny: true };
    expect(outcome(user('contractor-1', '/x/'), { account }, deny)).toBe('denied_by_rule');
    expect(outcome(user('employee-1', '/x/'), { account }, deny)).toBe(user('employee-1', '/x/').arn);
  });

  test('of a federated user holds in any case of their name', () => {
    const deny = { user: federated('Bob').arn, deny: true };
    expect(outcome(federated('bob'), deny, { account })).toBe('denied_by_rule');
  });

  test('by a pattern holds in any case', () => {
    expect(outcome(session('al', 'admin'), { pattern: roleArn('Adm*'), deny: true }, { account })).toBe(
      'denied_by_rule',
    );
  });

  test('of an account means its root user too', () => {
    expect(outcome(root, { account, deny: true }, { account, includeRoot: true })).toBe('denied_by_rule');
  });

  test.each<[name: string, rule: object, message: string]>([
    ['with a username', { account, deny: true, username: 'x' }, 'unknown field username'],
    ['that is false', { role: roleArn('Admin'), deny: false }, 'deny: may only be true'],
    ['as a word', { role: roleArn('Admin'), deny: 'true' }, 'deny: may only be true'],
  ])('is refused %s', (_, rule, message) => {
    expect(() => map(alice, rule)).toThrow(message);
  });

  test('tells its rule', () => {
    expect(map(alice, { role: roleArn('Admin'), deny: true })).toMatchObject({
      ok: false,
      code: 'denied_by_rule',
      rule: `deny role ${roleArn('Admin')}`,
    });
  });
});
