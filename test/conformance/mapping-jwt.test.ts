/**
 * Identities of JWTs under rules: conditions on what JWTs tell, kinds of proof, pins, and names made of what others choose.
 */
import { describe, expect, test } from 'vitest';
import type { Identity } from '../../src/identity/identity.ts';
import { diffPolicies } from '../../src/mapping/diff.ts';
import { lintPolicy } from '../../src/mapping/lint.ts';
import { describeRule } from '../../src/mapping/rule.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { RecentCallers } from '../../src/policy/recent.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { account, jwtOf, map, outcome, roleArn, session } from '../support/identities.ts';

const orgId = 'o-a1b2c3d4e5';
const ouPath = `${orgId}/r-ab12/ou-ab12-11111111/`;
const tagged = (principalTags: Record<string, string>): Identity => jwtOf('Admin', { principalTags });
const own = (key: string, value: string): Record<string, string> => Object.fromEntries([[key, value]]);
const signed = session('alice');
const jwt = jwtOf('Admin', { orgId, ouPath, principalTags: { team: 'orders' } });
const admin = { role: roleArn('Admin'), username: 'admin' };
const when = (conditions: object, more: object = {}) => ({ ...admin, conditions, ...more });
const deny = (conditions: object, more: object = {}) => ({ account, deny: true, conditions, ...more });

describe('conditions', () => {
  test.each<[name: string, who: Identity, conditions: object, grant: string, denial: string]>([
    ['the organization', jwt, { orgId: [orgId] }, 'admin', 'denied_by_rule'],
    ['another organization', jwt, { orgId: ['o-aaaaaaaaaa'] }, 'condition_unmet', 'admin'],
    ['a path', jwt, { ouPath: [`${orgId}/r-ab12/*`] }, 'admin', 'denied_by_rule'],
    ['another path', jwt, { ouPath: [`${orgId}/r-xy/*`] }, 'condition_unmet', 'admin'],
    ['a tag', jwt, { principalTags: { team: ['x', 'ord*'] } }, 'admin', 'denied_by_rule'],
    ['another value', jwt, { principalTags: { team: ['pay'] } }, 'condition_unmet', 'admin'],
    ['a tag that is not there', jwt, { principalTags: { cost: ['*'] } }, 'condition_unmet', 'denied_by_rule'],
    ['no facts', jwtOf('Admin'), { orgId: [orgId] }, 'condition_unmet', 'denied_by_rule'],
    ['a signed URL', signed, { orgId: [orgId] }, 'condition_unmet', 'denied_by_rule'],
    ['a session name', jwt, { sessionName: ['alice'] }, 'condition_unmet', 'denied_by_rule'],
    [
      'two that hold',
      jwt,
      { orgId: [orgId], principalTags: { team: ['orders'] } },
      'admin',
      'denied_by_rule',
    ],
    [
      'one unknown, one false',
      jwt,
      { sessionName: ['al'], orgId: ['o-aaaaaaaaaa'] },
      'condition_unmet',
      'admin',
    ],
    [
      'one unknown, one true',
      jwt,
      { sessionName: ['al'], orgId: [orgId] },
      'condition_unmet',
      'denied_by_rule',
    ],
    [
      'a value in another case',
      jwt,
      { principalTags: { team: ['ORDERS'] } },
      'condition_unmet',
      'denied_by_rule',
    ],
    [
      'a key in another case',
      jwt,
      { principalTags: { TEAM: ['orders'] } },
      'condition_unmet',
      'denied_by_rule',
    ],
    [
      'a Greek capital sigma',
      tagged({ t: 'ΑΣΑ' }),
      { principalTags: { t: ['ας*'] } },
      'condition_unmet',
      'denied_by_rule',
    ],
    ['beyond ASCII', tagged({ t: 'größe' }), { principalTags: { t: ['gr??e'] } }, 'admin', 'denied_by_rule'],
    ...['toString', 'constructor', 'valueOf'].map((key): [string, Identity, object, string, string] => [
      `the inherited ${key}`,
      jwt,
      { principalTags: Object.fromEntries([[key, ['*']]]) },
      'condition_unmet',
      'denied_by_rule',
    ]),
    [
      'a tag called constructor',
      tagged(own('constructor', 'x')),
      { principalTags: Object.fromEntries([['constructor', ['x']]]) },
      'admin',
      'denied_by_rule',
    ],
    [
      'a tag called __proto__ of the caller',
      tagged(own('__proto__', 'x')),
      { principalTags: { x: ['*'] } },
      'condition_unmet',
      'denied_by_rule',
    ],
  ])('%s', (_, who, conditions, grant, denial) => {
    expect(outcome(who, when(conditions))).toBe(grant);
    expect(outcome(who, admin, deny(conditions))).toBe(denial);
  });

  test.each<[name: string, conditions: unknown, path: string]>([
    ['none', {}, 'conditions'],
    ['a glob in an organization', { orgId: ['o-*'] }, 'conditions.orgId[0]'],
    ['a path without its end', { ouPath: [`${orgId}/r-ab12`] }, 'conditions.ouPath[0]'],
    ['a bare path', { ouPath: ['*'] }, 'conditions.ouPath[0]'],
    ['no tags', { principalTags: {} }, 'conditions.principalTags'],
    ['a list of tags', { principalTags: [['x']] }, 'conditions.principalTags'],
    ['a tag that is text', { principalTags: { team: 'x' } }, 'conditions.principalTags.team'],
    ['a number', { principalTags: { team: [1] } }, 'conditions.principalTags.team[0]'],
    ['no globs', { principalTags: { team: [] } }, 'conditions.principalTags.team'],
    ['a key of no tag', { principalTags: { a$: ['x'] } }, 'conditions.principalTags.a$'],
    ['__proto__', { principalTags: JSON.parse('{"__proto__":["x"]}') }, 'conditions.principalTags.__proto__'],
    ['nine stars', { principalTags: { team: ['*a'.repeat(9)] } }, 'conditions.principalTags.team[0]'],
    ['257 characters', { principalTags: { team: ['a'.repeat(257)] } }, 'conditions.principalTags.team[0]'],
    [
      '21 tags',
      { principalTags: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, ['x']])) },
      'conditions.principalTags',
    ],
  ])('are refused when written: %s', (_, conditions, path) => {
    expect(() => parsePolicy({ rules: [{ ...admin, conditions }] })).toThrow(`rules[0].${path}: `);
  });
});

describe('proof', () => {
  const pattern = { pattern: roleArn('A*'), username: 'like' };
  test.each<[name: string, rules: object[], ofUrl: string, ofJwt: string]>([
    ['an exact rule takes both', [admin], 'admin', 'admin'],
    ['a pattern takes signed URLs', [pattern], 'like', 'not_mapped'],
    ['an account takes signed URLs', [{ account }], roleArn('Admin'), 'not_mapped'],
    ['a pattern that says so', [{ ...pattern, proof: 'aws-jwt' }], 'not_mapped', 'like'],
    [
      'an exact rule ends the search',
      [
        { ...admin, proof: 'signed-url' },
        { ...pattern, proof: 'aws-jwt' },
      ],
      'admin',
      'condition_unmet',
    ],
    ['a deny rule denies both', [admin, { account, deny: true }], 'denied_by_rule', 'denied_by_rule'],
    ['a deny rule of JWTs', [admin, { account, deny: true, proof: 'aws-jwt' }], 'admin', 'denied_by_rule'],
    [
      'a deny rule of JWTs by tag',
      [admin, deny({ principalTags: { x: ['*'] } }, { proof: 'aws-jwt' })],
      'admin',
      'denied_by_rule',
    ],
  ])('%s', (_, rules, ofUrl, ofJwt) => {
    expect(outcome(signed, ...rules)).toBe(ofUrl);
    expect(outcome(jwt, ...rules)).toBe(ofJwt);
  });

  const principalId = 'AROAAAAAAAAAAAAAAAAAA';
  test.each<[name: string, rules: object[], code: string]>([
    ['alone', [{ ...admin, principalId }], 'principal_id_unknown'],
    [
      'before a rule without a pin',
      [admin, { ...admin, principalId }, { account, proof: 'aws-jwt' }],
      'principal_id_unknown',
    ],
    ['a denied one', [admin, { role: roleArn('Admin'), principalId, deny: true }], 'denied_by_rule'],
    [
      'a denied one under a false condition',
      [admin, { role: roleArn('Admin'), principalId, deny: true, conditions: { orgId: ['o-aaaaaaaaaa'] } }],
      'admin',
    ],
  ])('a JWT never gets past a pin: %s', (_, rules, code) => {
    expect(outcome(jwt, ...rules)).toBe(code);
  });
});

describe('names that others choose', () => {
  const name = (username: string, facts: object) => outcome(jwtOf('Admin', facts), { ...admin, username });
  test.each<[name: string, template: string, facts: object, expected: string]>([
    ['a source identity', 's:{{SourceIdentity}}', { sourceIdentity: 'a@b' }, 's:a-b'],
    ['a tag', 't:{{PrincipalTag:a/b c}}', { principalTags: { 'a/b c': 'x' } }, 't:x'],
    ['none', '{{SourceIdentity}}', {}, 'template_empty'],
    ['an empty tag', '{{PrincipalTag:t}}', { principalTags: { t: '' } }, 'template_empty'],
    ['a tag in another case', '{{PrincipalTag:T}}', { principalTags: { t: 'x' } }, 'template_empty'],
    ['an inherited field', '{{PrincipalTag:toString}}', { principalTags: {} }, 'template_empty'],
    ['a space', '{{PrincipalTag:t}}', { principalTags: { t: 'a b' } }, 'template_malformed'],
    ['a colon', 'system{{PrincipalTag:t}}', { principalTags: { t: ':masters' } }, 'template_malformed'],
    ['a letter beyond ASCII', '{{PrincipalTag:t}}', { principalTags: { t: 'ѕystem' } }, 'template_malformed'],
    ['257 characters', '{{PrincipalTag:t}}', { principalTags: { t: 'a'.repeat(257) } }, 'template_malformed'],
    ['a template', '{{PrincipalTag:t}}', { principalTags: { t: '{{AccountID}}' } }, 'template_malformed'],
    ['a reserved prefix', '{{PrincipalTag:t}}:x', { principalTags: { t: 'System' } }, 'name_reserved'],
    ['a reserved prefix by source', '{{SourceIdentity}}:x', { sourceIdentity: 'eks' }, 'name_reserved'],
  ])('%s', (_, template, facts, expected) => {
    expect(name(template, facts)).toBe(expected);
  });

  test('nobody completes the masters group', () => {
    const rule = { ...admin, groups: ['system:{{PrincipalTag:t}}'], reserved: 'custom' };
    expect(map(tagged({ t: 'masters' }), rule)).toMatchObject({ ok: false, code: 'name_reserved' });
  });

  test.each(['', '__proto__', 'a$', 'k'.repeat(129)])('the key is checked when written: %s', (key) => {
    expect(() => map(jwt, { ...admin, username: `{{PrincipalTag:${key}}}` })).toThrow('the key of a tag');
  });
});

describe('lint', () => {
  const said = (...rules: object[]): string =>
    lintPolicy(parsePolicy({ rules }))
      .map(({ path, message }) => `${path}: ${message}`)
      .join('\n');
  test.each<[name: string, rules: object[], message: string]>([
    [
      'a tag in an account rule',
      [{ account, conditions: { principalTags: { t: ['x'] } } }],
      'rules[0]: lets nobody in: a signed URL does not tell principalTags; say proof: aws-jwt',
    ],
    [
      'a pinned rule of JWTs',
      [{ ...admin, principalId: 'AROAAAAAAAAAAAAAAAAAA', proof: 'aws-jwt' }],
      'a JWT does not tell principalId; say proof: signed-url',
    ],
    [
      'a deny rule by organization',
      [admin, deny({ orgId: [orgId] })],
      'rules[1]: denies whomever it names with a signed URL',
    ],
    ['a tag as a name', [{ ...admin, username: '{{PrincipalTag:t}}' }], 'whoever may tag the principal'],
    [
      'a source identity as a name',
      [{ ...admin, username: 'x{{SourceIdentity}}' }],
      'chooses the source identity',
    ],
    ['a later rule of both', [{ ...admin, proof: 'aws-jwt' }, admin], 'rules[0]: never decides'],
  ])('%s', (_, rules, message) => {
    expect(said(...rules)).toContain(message);
  });

  test.each<[name: string, rules: object[]]>([
    [
      'rules that differ in proof alone',
      [
        { ...admin, proof: 'signed-url' },
        { ...admin, proof: 'aws-jwt' },
      ],
    ],
    ['a later rule of one proof', [admin, { ...admin, proof: 'aws-jwt' }]],
    [
      'a deny rule of the other proof',
      [
        { ...admin, proof: 'signed-url' },
        { account, deny: true, proof: 'aws-jwt' },
      ],
    ],
    ['an exact rule by tag', [when({ principalTags: { t: ['x'] } }, { username: '{{PrincipalTag:t}}' })]],
  ])('nothing of %s', (_, rules) => {
    expect(said(...rules)).toBe('');
  });
});

test('a comparison tells rules apart by conditions and proof, however they are written', () => {
  const changes = (before: object, after: object) =>
    diffPolicies(parsePolicy({ rules: [before] }), parsePolicy({ rules: [after] })).map(({ kind }) => kind);
  const [a, b] = [
    { a: ['x'], b: ['y'] },
    { b: ['y'], a: ['x'] },
  ];
  expect(changes(when({ principalTags: a }), when({ principalTags: b }))).toEqual([]);
  expect(changes({ account }, { account, proof: 'signed-url' })).toEqual([]);
  expect(changes({ account }, { account, proof: 'aws-jwt' })).toContain('gains');
  expect(changes(when({ orgId: [orgId] }), admin)).toContain('gains');
});

test('a rule is described with its conditions and proof', () => {
  const [rule] = parsePolicy({
    rules: [when({ orgId: [orgId], principalTags: { t: ['x', 'y'] } }, { proof: 'aws-jwt' })],
  }).rules;
  expect(rule && describeRule(rule)).toBe(`role ${roleArn('Admin')} of ${orgId} tagged t=x or y by aws-jwt`);
});

describe('who came lately', () => {
  const at = Date.parse('2026-11-24T12:00:00Z');
  const written = async (store: MemoryStore, ...who: Identity[]) => {
    let now = at;
    const recent = new RecentCallers({ store, cluster: 'c', clock: () => now });
    for (const one of who) recent.note(one, true);
    now += 60_000;
    await recent.flushWhenDue();
    return (await new RecentCallers({ store, cluster: 'c' }).list()).map(({ identity }) => identity);
  };

  test('comes back with everything, and in few bytes', async () => {
    const who = jwtOf('Admin', { orgId, ouPath, principalTags: { t: 'größe' }, sourceIdentity: 'al' });
    expect(await written(new MemoryStore(), who, signed)).toEqual([who, signed]);
  });

  test('one with huge tags pushes nobody out', async () => {
    expect(await written(new MemoryStore(), tagged({ t: '\u20ac'.repeat(2000) }), signed)).toEqual([signed]);
  });

  test.each<[name: string, facts: object]>([
    ['tags that are text', { principalTags: 'x' }],
    ['a tag that is a number', { principalTags: { t: 1 } }],
    ['an organization that is a list', { orgId: [orgId] }],
    ['another proof', { proof: 'x' }],
  ])('is dropped with %s', async (_, facts) => {
    const store = new MemoryStore();
    const entries = [
      { identity: { ...jwt, ...facts }, at, letIn: true },
      { identity: signed, at, letIn: true },
    ];
    await store.put('policy/c/_recent', JSON.stringify(entries));
    const list = await new RecentCallers({ store, cluster: 'c' }).list();
    expect(list.map(({ identity }) => identity)).toEqual([signed]);
  });
});
