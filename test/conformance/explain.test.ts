/**
 * Why somebody is mapped as they are: the rules considered, the one that decided, the nearest miss.
 */
import { describe, expect, test } from 'vitest';
import { hypotheticalIdentity } from '../../src/identity/hypothetical.ts';
import type { Identity } from '../../src/identity/identity.ts';
import { explainMapping, type MappingExplanation } from '../../src/mapping/explain.ts';
import { mapIdentity } from '../../src/mapping/map.ts';
import { RuleIndex } from '../../src/mapping/rule-index.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { account, federated, roleArn, root, session, user } from '../support/identities.ts';

const other = '444455556666';
const admin = { role: roleArn('Admin'), username: 'admin' };
const sso = { sso: { permissionSet: 'Dev', accounts: [account] }, username: 'dev' };
const alice = session('alice');
const dev = (name = 'Dev', suffix = '0123456789abcdef') => session('al', `AWSReservedSSO_${name}_${suffix}`);

async function explain(who: Identity, ...input: readonly object[]): Promise<MappingExplanation> {
  const { rules } = parsePolicy({ rules: input });
  const indexes = [new RuleIndex(rules)];
  const explanation = await explainMapping(who, { rules: indexes });
  expect(explanation.mapping).toEqual(mapIdentity(who, indexes));
  return explanation;
}

describe('rules considered, in the order of precedence', () => {
  const when = { conditions: { sessionName: ['bob'] } };
  const pattern = { pattern: roleArn('Ad*'), username: 'x' };

  test.each<[name: string, who: Identity, rules: readonly object[], standings: readonly string[]]>([
    ['none', alice, [sso], []],
    ['the one that decides', alice, [{ account }, admin], ['applies']],
    ['those that did not before it', alice, [{ account }, { ...pattern, ...when }], ['unmet', 'applies']],
    ['the later first', alice, [admin, { ...admin, ...when }], ['unmet', 'applies']],
    [
      'a deny rule that does not hold',
      alice,
      [{ account, deny: true, ...when }, admin],
      ['unmet', 'applies'],
    ],
    ['a deny rule that does', alice, [{ account, deny: true }, admin], ['applies']],
    ['a pin to another', alice, [{ ...admin, principalId: 'AROAAAAAAAAAAAAAAAAAA' }], ['recreated']],
    ['another path', user('Bob', '/a/'), [{ user: user('Bob').arn, username: 'x' }], ['other']],
    ['what cannot be told', user('Bob'), [{ account, ...when }], ['unknown']],
    ['root', root, [{ account }], ['root']],
  ])('%s', async (_, who, rules, standings) => {
    expect((await explain(who, ...rules)).considered.map(({ standing }) => standing)).toEqual(standings);
  });
});

describe('the nearest miss', () => {
  test.each<[name: string, who: Identity, rules: readonly object[], differs: string]>([
    [
      'another account',
      alice,
      [{ ...admin, role: roleArn('Admin').replace(account, other) }],
      `account is ${account}, the rule says ${other}`,
    ],
    [
      'another partition',
      session('alice', 'Admin', 'aws-cn'),
      [admin],
      'partition is aws-cn, the rule says aws',
    ],
    [
      'a typo in the name',
      session('alice', 'Admni'),
      [{ account: other }, admin],
      'name is Admni, the rule says Admin',
    ],
    ['a user of that name', user('Admin'), [admin], 'kind is user, the rule says role'],
    [
      'another path',
      user('Bob', '/a/'),
      [{ user: user('Bob').arn, username: 'x' }],
      'path is /a/, the rule says /',
    ],
    [
      'a federated user in capitals',
      federated('BOB'),
      [{ user: federated('Bob').arn, username: 'x' }],
      'name is BOB, the rule says Bob',
    ],
    ['another permission set', dev('Dev2'), [sso], 'permission set is dev2, the rule says dev'],
    [
      'a permission set elsewhere',
      dev(),
      [{ ...sso, sso: { permissionSet: 'Dev', accounts: [other] } }],
      `account is ${account}, the rule says ${other}`,
    ],
    [
      'a look-alike',
      dev('Dev', '0123456789ABCDEF'),
      [sso],
      'the role only looks like one of AWS: its case differs',
    ],
    [
      'a pattern but for its case',
      session('al', 'ci-x'),
      [{ pattern: roleArn('CI-*'), username: 'x' }],
      'upper and lower case of the name',
    ],
    [
      'a pattern',
      session('al', 'cx-1'),
      [{ pattern: roleArn('ci-*'), username: 'x' }],
      'the name is not like ci-*',
    ],
    [
      'a pattern elsewhere',
      session('al', 'ci-1'),
      [{ pattern: roleArn('ci-*').replace(account, other), username: 'x' }],
      `account is ${account}, the rule says ${other}`,
    ],
    [
      'a condition',
      alice,
      [{ account, conditions: { sessionName: ['bob'] } }],
      'its condition does not hold',
    ],
    ['root', root, [{ account }], 'the root user needs includeRoot: true'],
    ['an account', alice, [{ account: other }], `account is ${account}, the rule says ${other}`],
  ])('%s', async (_, who, rules, differs) => {
    expect((await explain(who, ...rules)).nearest?.differs).toBe(differs);
  });

  test('is the nearest of several, and the later of equals', async () => {
    const elsewhere = { ...admin, role: roleArn('Admin').replace(account, other) };
    expect((await explain(session('al', 'Admim'), admin, elsewhere, { account: other })).nearest?.rule).toBe(
      `role ${roleArn('Admin')}`,
    );
    expect((await explain(session('al'), elsewhere, { account: other })).nearest?.rule).toBe(
      `account ${other}`,
    );
    expect((await explain(session('al'), { account: other }, elsewhere)).nearest?.rule).toBe(
      `role ${elsewhere.role}`,
    );
  });

  test.each<[name: string, who: Identity, rules: readonly object[]]>([
    ['nothing is near', session('al', 'Quite-Different'), [admin]],
    ['there are no rules', alice, []],
    ['somebody was let in', alice, [admin]],
    ['somebody was denied', alice, [{ account, deny: true }, { account: other }]],
    ['a deny rule is near', alice, [{ role: roleArn('Admim'), deny: true }]],
  ])('is not told where %s', async (_, who, rules) => {
    expect((await explain(who, ...rules)).nearest).toBeUndefined();
  });
});

describe('an identity that is typed in', () => {
  test.each([alice, user('Bob', '/a/'), federated('Bob'), root])(
    'is as STS would vouch for: $arn',
    (proven) => {
      const { arn, principalId, accessKeyId } = proven;
      expect(hypotheticalIdentity({ arn, principalId, accessKeyId })).toEqual(proven);
    },
  );

  test('of a role, with its path, without a session', () => {
    const who = hypotheticalIdentity({ arn: roleArn('a/b/Admin') });
    expect(who).toMatchObject({ canonicalArn: roleArn('Admin'), type: 'assumed-role', roleName: 'Admin' });
    expect(who).not.toHaveProperty('sessionName');
  });

  test('is of no pinned rule where its ID is not given', async () => {
    const who = hypotheticalIdentity({ arn: alice.arn }) as Identity;
    expect((await explain(who, { ...admin, principalId: 'AROAAAAAAAAAAAAAAAAAA' })).mapping).toMatchObject({
      code: 'principal_recreated',
    });
  });

  test('with a JWT tells the role of a session, and nothing that a JWT does not tell', async () => {
    const facts = { principalId: 'AROAAAAAAAAAAAAAAAAAA', sessionName: 'bob', accessKeyId: 'ASIAEXAMPLE' };
    const who = hypotheticalIdentity({ arn: alice.arn, proof: 'aws-jwt', orgId: 'o-a1b2c3d4e5', ...facts });
    expect(who).toEqual({
      proof: 'aws-jwt',
      arn: alice.canonicalArn,
      canonicalArn: alice.canonicalArn,
      type: 'assumed-role',
      partition: 'aws',
      account,
      roleName: 'Admin',
      orgId: 'o-a1b2c3d4e5',
    });
    const { considered, nearest } = await explain(who as Identity, { account });
    expect(considered.map(({ because }) => because)).toEqual(['does not take this kind of proof']);
    expect(nearest?.differs).toBe('it does not take the proof aws-jwt');
  });

  test.each([federated('Bob').arn])('with a JWT is no %s', (arn) => {
    expect(hypotheticalIdentity({ arn, proof: 'aws-jwt' })).toBeUndefined();
  });

  test.each(['', 'Admin', 'arn:aws:iam::1:role/x', 'arn:aws:s3:::bucket'])('is none: %s', (arn) => {
    expect(hypotheticalIdentity({ arn })).toBeUndefined();
  });
});
