/**
 * Reading a policy: what is taken, and what is said of what is not, with the path of the field.
 */
import { describe, expect, test } from 'vitest';
import { PolicyError } from '../../src/errors/classes.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { account, roleArn, root } from '../support/identities.ts';

const role = { role: roleArn('Admin'), username: 'admin' };
const user = { user: root.arn, username: 'root' };

function issuesOf(input: unknown): string[] {
  try {
    parsePolicy(input);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    expect(error.code).toBe('policy_invalid');
    return error.issues.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

const issuesOfRule = (...rules: readonly unknown[]): string[] => issuesOf({ rules });

describe('a policy', () => {
  test('of every field comes out as it went in', () => {
    const policy = {
      rules: [
        { ...role, groups: ['a', 'system:masters'], reserved: 'masters' },
        {
          role: `arn:aws-us-gov:iam::${account}:role/a/b/Node`,
          username: 'system:node:{{SessionName}}',
          groups: [],
          reserved: 'node',
          acknowledgeSessionNode: true,
        },
        { user: `arn:aws:sts::${account}:federated-user/Bob`, username: 'bob', groups: ['b'] },
        { ...user, groups: [] },
        { account, includeRoot: true },
      ],
      apiAudiences: ['https://kubernetes.default.svc', 'x'],
      notBefore: '2026-11-24T05:00:00Z',
      tokenSeconds: 3600,
    };
    expect(parsePolicy(JSON.parse(JSON.stringify(policy)))).toEqual(policy);
  });

  test.each([
    ['no rules', { rules: [] }, { rules: [] }],
    ['a rule without groups has none', { rules: [role] }, { rules: [{ ...role, groups: [] }] }],
    [
      'an account of zeros',
      { rules: [{ account: '000000000000' }] },
      { rules: [{ account: '000000000000' }] },
    ],
    [
      'two equal rules',
      { rules: [user, user] },
      {
        rules: [
          { ...user, groups: [] },
          { ...user, groups: [] },
        ],
      },
    ],
  ])('%s', (_, input, expected) => {
    expect(parsePolicy(input)).toEqual(expected);
  });

  test.each<[string, unknown, string]>([
    ['nothing', undefined, ': must be an object'],
    ['null', null, ': must be an object'],
    ['a text', 'rules: []', ': must be an object'],
    ['a number', 1, ': must be an object'],
    ['a list', [], 'rules: is missing'],
    ['no rules', {}, 'rules: is missing'],
    ['rules that are null', { rules: null }, 'rules: must be a list of rules'],
    ['rules that are an object', { rules: { 0: role } }, 'rules: must be a list of rules'],
    ['rules that are a text', { rules: '[]' }, 'rules: must be a list of rules'],
    ['an unknown field', { rules: [], version: 1 }, 'version: unknown field version'],
    [
      'a typo',
      { rules: [], apiAudience: [] },
      'apiAudience: unknown field apiAudience, did you mean apiAudiences',
    ],
    [
      'another case',
      { rules: [], notbefore: '' },
      'notbefore: unknown field notbefore, did you mean notBefore',
    ],
    ['a swap', { rlues: [] }, 'rlues: unknown field rlues, did you mean rules'],
    ['__proto__', JSON.parse('{"rules":[],"__proto__":{}}'), '__proto__: unknown field __proto__'],
    ['rules by __proto__', JSON.parse('{"__proto__":{"rules":[]}}'), 'rules: is missing'],
    ['constructor', { rules: [], constructor: 1 }, 'constructor: unknown field constructor'],
  ])('is not: %s', (_, input, issue) => {
    expect(issuesOf(input)).toContain(issue);
  });
});

describe('a rule', () => {
  const kinds = 'must have exactly one of role, user, sso, pattern, account';

  test.each<[string, unknown, string]>([
    ['null', null, kinds],
    ['a text', roleArn('Admin'), kinds],
    ['a number', 7, kinds],
    ['a list', [role], kinds],
    ['of no kind', { username: 'admin' }, kinds],
    ['empty', {}, kinds],
    ['of two kinds', { ...role, ...user }, kinds],
    ['of three kinds', { ...role, ...user, account }, kinds],
    ['of two kinds, one of them null', { ...role, account: null }, kinds],
    ['of a kind in another case', { Role: role.role, username: 'admin' }, kinds],
    ['of a kind by __proto__', JSON.parse(`{"__proto__":{"account":"${account}"}}`), kinds],
    ['of a kind that is inherited', Object.create({ account }), kinds],
  ])('is not: %s', (_, rule, message) => {
    expect(issuesOfRule(role, rule)).toEqual([`rules[1]: ${message}`]);
  });

  const text = 'must be text';
  const list = 'must be a list of texts';
  const flag = 'must be true or false';
  const number = 'account must be a quoted string of 12 digits';

  test.each<[string, object, string]>([
    ['no username', { role: role.role }, 'username: is missing'],
    ['a username that is null', { ...role, username: null }, `username: ${text}`],
    ['a username that is a number', { ...role, username: 1 }, `username: ${text}`],
    ['a username that is a list', { ...role, username: ['admin'] }, `username: ${text}`],
    ['a username that is an object', { ...role, username: { toString: 'x' } }, `username: ${text}`],
    ['an empty username', { ...role, username: '' }, 'username: must not be empty'],
    [
      'a username of 1025',
      { ...role, username: 'x'.repeat(1025) },
      'username: must be at most 1024 characters',
    ],
    ['a line feed', { ...role, username: 'a\n' }, 'username: must be printable ASCII'],
    ['a NUL', { ...role, username: 'a\0' }, 'username: must be printable ASCII'],
    ['a letter beyond ASCII', { ...role, username: 'é' }, 'username: must be printable ASCII'],
    [
      'a Cyrillic s that looks like a prefix',
      { ...role, username: 'ѕystem:x' },
      'username: must be printable ASCII',
    ],
    ['groups that are a text', { ...role, groups: 'system:masters' }, `groups: ${list}`],
    ['groups that are null', { ...role, groups: null }, `groups: ${list}`],
    ['groups that are an object', { ...role, groups: { 0: 'a' } }, `groups: ${list}`],
    ['a group that is a number', { ...role, groups: ['a', 1] }, `groups[1]: ${text}`],
    ['a group that is a list', { ...role, groups: [['a']] }, `groups[0]: ${text}`],
    ['an empty group', { ...role, groups: ['a', 'b', ''] }, 'groups[2]: must not be empty'],
    ['reserved that is true', { ...role, reserved: true }, 'reserved: must be node, masters or custom'],
    ['reserved in capitals', { ...role, reserved: 'Custom' }, 'reserved: must be node, masters or custom'],
    [
      'reserved of the prototype',
      { ...role, reserved: 'toString' },
      'reserved: must be node, masters or custom',
    ],
    [
      'an acknowledgement in words',
      { ...role, acknowledgeSessionNode: 'true' },
      `acknowledgeSessionNode: ${flag}`,
    ],
    ['root in words', { account, includeRoot: 'false' }, `includeRoot: ${flag}`],
    ['root as a number', { account, includeRoot: 1 }, `includeRoot: ${flag}`],
    ['an account that is a number', { account: 111122223333 }, `account: ${number}`],
    ['an account of 11 digits', { account: '11112222333' }, `account: ${number}`],
    ['an account that is any', { account: '*' }, `account: ${number}`],
    ['an account that is null', { account: null }, `account: ${number}`],
    ['an account that is an ARN', { account: root.arn }, `account: ${number}`],
    ['a typo', { ...role, usernmae: 'x' }, 'usernmae: unknown field usernmae, did you mean username'],
    ['a missing letter', { ...role, group: [] }, 'group: unknown field group, did you mean groups'],
    ['another case', { ...role, Groups: [] }, 'Groups: unknown field Groups, did you mean groups'],
    ['no field like it', { ...role, permissions: [] }, 'permissions: unknown field permissions'],
    ['a typo for a user', { ...user, gruops: [] }, 'gruops: unknown field gruops, did you mean groups'],
    ['the field of another kind', { ...role, includeRoot: true }, 'includeRoot: unknown field includeRoot'],
    ['groups of an account', { account, groups: ['a'] }, 'groups: unknown field groups'],
    ['a username of an account', { account, username: 'a' }, 'username: unknown field username'],
    [
      '__proto__',
      JSON.parse(`{"account":"${account}","__proto__":{"includeRoot":true}}`),
      '__proto__: unknown field __proto__',
    ],
    ['constructor', { ...role, constructor: {} }, 'constructor: unknown field constructor'],
    ['hasOwnProperty', { ...role, hasOwnProperty: 1 }, 'hasOwnProperty: unknown field hasOwnProperty'],
  ])('has not: %s', (_, rule, issue) => {
    expect(issuesOfRule(role, rule)).toEqual([`rules[1].${issue}`]);
  });

  test('names whom it maps, and nothing wider', () => {
    expect(issuesOfRule({ account, includeRoot: false })).toEqual([]);
    for (const type of ['user/Bob', 'user/a/Bob', 'root']) {
      expect(issuesOfRule({ user: `arn:aws:iam::${account}:${type}`, username: 'u' })).toEqual([]);
    }
  });

  const arn = (rest: string, service = 'iam'): string => `arn:aws:${service}::${account}:${rest}`;
  test.each<[string, 'role' | 'user', unknown]>([
    ['a role that is any', 'role', arn('role/*')],
    ['a role by its beginning', 'role', arn('role/Admin*')],
    ['a role with one letter open', 'role', arn('role/Admi?')],
    ['a role with any path', 'role', arn('role/*/Admin')],
    ['a role with an open path', 'role', arn('role/team?/Admin')],
    ['a role of any account', 'role', 'arn:aws:iam::*:role/Admin'],
    ['a role of any partition', 'role', `arn:*:iam::${account}:role/Admin`],
    ['everything', 'role', '*'],
    ['a session', 'role', arn('assumed-role/Admin/alice', 'sts')],
    ['any session', 'role', arn('assumed-role/Admin/*', 'sts')],
    ['a user', 'role', arn('user/Admin')],
    ['root', 'role', arn('root')],
    ['a name', 'role', 'Admin'],
    ['nothing', 'role', ''],
    ['null', 'role', null],
    ['a list', 'role', [arn('role/Admin')]],
    ['a space behind it', 'role', `${arn('role/Admin')} `],
    ['a line feed behind it', 'role', `${arn('role/Admin')}\n`],
    ['a user that is any', 'user', arn('user/*')],
    ['a user with any path', 'user', arn('user/*/Bob')],
    ['a user with an open path', 'user', arn('user/a?/Bob')],
    ['a session', 'user', arn('assumed-role/Admin/alice', 'sts')],
    ['a role', 'user', arn('role/Admin')],
    ['a group of users', 'user', arn('group/Admins')],
    ['any federated user', 'user', arn('federated-user/*', 'sts')],
    ['a number', 'user', 1],
  ])('%s is no %s', (_, kind, value) => {
    const message = kind === 'role' ? 'must be the ARN of an IAM role' : 'must be the ARN of an IAM user';
    expect(issuesOfRule({ [kind]: value, username: 'u' })).toEqual([
      expect.stringContaining(`rules[0].${kind}: ${message}`),
    ]);
  });
});

describe('apiAudiences', () => {
  test.each<[string, unknown, string]>([
    ['a text', 'x', 'apiAudiences: must be a list of texts'],
    ['null', null, 'apiAudiences: must be a list of texts'],
    ['an empty list, which serves nobody', [], 'apiAudiences: must not be empty: nothing would be served'],
    ['an empty audience', ['x', ''], 'apiAudiences[1]: must be printable text'],
    ['a number', [1], 'apiAudiences[0]: must be printable text'],
    ['a line feed', ['x\n'], 'apiAudiences[0]: must be printable text'],
    ['a letter beyond ASCII', ['é'], 'apiAudiences[0]: must be printable text'],
    ['257 characters', ['x'.repeat(257)], 'apiAudiences[0]: must be printable text'],
  ])('is not: %s', (_, apiAudiences, issue) => {
    expect(issuesOf({ rules: [], apiAudiences })).toEqual([issue]);
  });
});

describe('notBefore', () => {
  test.each([
    '2026-11-24T05:00:00Z',
    '2026-11-24T05:00:00.123Z',
    '2026-11-24T05:00:00.123456789Z',
    '2026-11-24T05:00:00+02:00',
    '2024-02-29T00:00:00-23:59',
  ])('%s', (notBefore) => {
    expect(parsePolicy({ rules: [], notBefore })).toEqual({ rules: [], notBefore });
    expect(Date.parse(notBefore)).not.toBeNaN();
  });

  test.each<[string, unknown]>([
    ['a number', 1_795_000_000],
    ['null', null],
    ['a Date', new Date(0)],
    ['nothing', ''],
    ['a word', 'now'],
    ['a day', '2026-11-24'],
    ['no zone', '2026-11-24T05:00:00'],
    ['no seconds', '2026-11-24T05:00Z'],
    ['a space', '2026-11-24 05:00:00Z'],
    ['an offset without minutes, which Date.parse does not read', '2026-11-24T05:00:00+02'],
    ['a space before the offset', '2026-11-24T05:00:00 +02:00'],
    ['February 30', '2026-02-30T05:00:00Z'],
    ['February 29 of no leap year', '2026-02-29T05:00:00Z'],
    ['a 13th month', '2026-13-01T05:00:00Z'],
    ['hour 25', '2026-11-24T25:00:00Z'],
    ['an offset of 25 hours', '2026-11-24T05:00:00+25:00'],
    ['the date of HTTP', 'Tue, 24 Nov 2026 05:00:00 GMT'],
    ['a line feed behind it', '2026-11-24T05:00:00Z\n'],
    ['Arabic digits', '٢٠٢٦-11-24T05:00:00Z'],
  ])('is not: %s', (_, notBefore) => {
    expect(issuesOf({ rules: [], notBefore })).toEqual([
      'notBefore: must be a time such as 2026-11-24T05:00:00Z',
    ]);
  });
});

describe('every issue is found at once', () => {
  test('in rules and beside them', () => {
    const input = {
      rules: [{ ...role, username: '' }, role, { account: 1 }, { ...user, groups: ['', 2] }, 5],
      apiAudiences: 'x',
      notBefore: 0,
      extra: true,
    };
    expect(issuesOf(input)).toEqual([
      'apiAudiences: must be a list of texts',
      'notBefore: must be a time such as 2026-11-24T05:00:00Z',
      'extra: unknown field extra',
      'rules[0].username: must not be empty',
      'rules[2].account: account must be a quoted string of 12 digits',
      'rules[3].groups[0]: must not be empty',
      'rules[3].groups[1]: must be text',
      'rules[4]: must have exactly one of role, user, sso, pattern, account',
    ]);
  });

  test('and the message of the error has each on a line', () => {
    expect(() => parsePolicy({ rules: [1, 2] })).toThrow(/^rules\[0\]: .*\nrules\[1\]: .*$/);
  });
});

test('an object is not polluted by what is read', () => {
  issuesOf(JSON.parse('{"rules":[{"__proto__":{"polluted":1},"account":"1"}],"__proto__":{"polluted":1}}'));
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});
