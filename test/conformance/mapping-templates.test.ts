/**
 * Templates: what may be written, and what comes of it for whom.
 */
import { describe, expect, test } from 'vitest';
import { parseTemplate, templateVariables } from '../../src/mapping/template.ts';
import { account, federated, map, outcome, roleArn, root, session, user } from '../support/identities.ts';
import { expectLinear, fill } from '../support/linear.ts';

const bob = user('Bob');
const userArn = (name: string): string => `arn:aws:iam::${account}:${name}`;
const rule = (username: string, ...groups: string[]) => ({ role: roleArn('Admin'), username, groups });

describe('a variable', () => {
  test.each([
    ['AccountID', account],
    ['SessionName', 'alice-example.com'],
    ['SessionNameRaw', 'alice@example.com'],
    ['AccessKeyID', 'ASIAEXAMPLE'],
    ['RoleName', 'Admin'],
    ['PrincipalID', 'AROAEXAMPLE'],
    ['Partition', 'aws'],
    ['EC2PrivateDNSName', undefined],
  ])('{{%s}} of a session is %s', (variable, value) => {
    const expected = value === undefined ? 'template_unavailable' : `a:${value}:z`;
    expect(outcome(session('alice@example.com'), rule(`a:{{${variable}}}:z`))).toBe(expected);
    const inGroup = value === undefined ? 'template_unavailable' : `u [a:${value}:z]`;
    expect(outcome(session('alice@example.com'), rule('u', `a:{{${variable}}}:z`))).toBe(inGroup);
  });

  test('of every name is in the table above', () => {
    expect([...templateVariables].sort()).toEqual([
      'AccessKeyID',
      'AccountID',
      'EC2PrivateDNSName',
      'Partition',
      'PrincipalID',
      'RoleName',
      'SessionName',
      'SessionNameRaw',
      'SourceIdentity',
    ]);
  });

  const users = [
    ['a user', bob, userArn('user/Bob'), 'AIDAEXAMPLE'],
    ['root', root, userArn('root'), account],
    ['a federated user', federated('Bob'), `arn:aws:sts::${account}:federated-user/Bob`, `${account}:Bob`],
  ] as const;

  describe.each(users)('of %s', (_, identity, arn, principalId) => {
    test.each(['SessionName', 'SessionNameRaw', 'RoleName'])(
      '{{%s}} has no value and refuses',
      (variable) => {
        expect(map(identity, { user: arn, username: `x{{${variable}}}` })).toMatchObject({
          ok: false,
          code: 'template_empty',
          detail: `{{${variable}}}`,
        });
        expect(outcome(identity, { user: arn, username: 'u', groups: ['g', `{{${variable}}}`] })).toBe(
          'template_empty',
        );
      },
    );

    test('the others have', () => {
      const username = '{{AccountID}} {{AccessKeyID}} {{PrincipalID}} {{Partition}}';
      expect(outcome(identity, { user: arn, username })).toBe(`${account} ASIAEXAMPLE ${principalId} aws`);
    });
  });

  test('in another partition', () => {
    const arn = `arn:aws-cn:iam::${account}:role/Admin`;
    expect(outcome(session('alice', 'Admin', 'aws-cn'), { role: arn, username: '{{Partition}}' })).toBe(
      'aws-cn',
    );
  });

  test('gives the role in the case of STS, not of the rule', () => {
    expect(outcome(session('alice', 'aDMIN'), rule('{{RoleName}}'))).toBe('aDMIN');
  });
});

describe('rendering', () => {
  test.each([
    ['several', 'alice', '{{AccountID}}{{SessionName}}-{{RoleName}}', `${account}alice-Admin`],
    ['one twice', 'alice', '{{SessionName}}/{{SessionName}}', 'alice/alice'],
    ['every @ of a session name', '@a@b@', '{{SessionName}}', '-a-b-'],
    ['no @ of a raw one', '@a@b@', '{{SessionNameRaw}}', '@a@b@'],
    ['an @ of the template stays', 'al', 'x@{{SessionName}}@y', 'x@al@y'],
    ['single braces are text', 'al', '{AccountID} {x} {', '{AccountID} {x} {'],
    ['a closing brace behind a variable is text', 'al', '{{SessionName}}}', 'al}'],
    ['a name that is a variable', 'AccountID', '{{SessionName}}', 'AccountID'],
    ['a name that a replacement pattern would grow', '=,.@', 'a{{SessionNameRaw}}b', 'a=,.@b'],
    ['spaces', 'al', ' {{SessionName}} ', ' al '],
  ])('%s', (_, name, template, expected) => {
    expect(map(session(name), rule(template))).toMatchObject({ ok: true, username: expected });
  });

  // No session name of STS can hold braces or dollars; should one ever, it stays text.
  test.each([
    ['a template', '{{AccountID}}', '{{SessionName}}', '{{AccountID}}'],
    ['its own variable', '{{SessionName}}', '{{SessionName}}', '{{SessionName}}'],
    ['half of one that the rule completes', '{{AccountID}', '{{SessionName}}}', '{{AccountID}}'],
    ['halves in two values', '{{AccountID}}', '{{SessionName}}{{RoleName}}', '{{AccountID}}Admin'],
    ['a pattern of String.replace', "$&$'$1", '{{SessionName}}', "$&$'$1"],
  ])('substituted text is never rendered again: %s', (_, sessionName, template, expected) => {
    const identity = { ...session('alice'), sessionName };
    expect(map(identity, rule(template, template))).toMatchObject({
      ok: true,
      username: expected,
      groups: [expected],
    });
  });

  test('an empty value refuses as a missing one does', () => {
    expect(outcome({ ...session('alice'), sessionName: '' }, rule('x{{SessionName}}'))).toBe(
      'template_empty',
    );
  });
});

describe('the rendered name', () => {
  const name = 'n'.repeat(64);
  const sixteen = '{{SessionName}}'.repeat(16);

  test.each([
    ['one character', 'x', 'x'],
    ['1024 characters', sixteen, name.repeat(16)],
    ['1025 characters', `${sixteen}x`, 'name_malformed'],
    ['1024 without a variable', 'x'.repeat(1024), 'x'.repeat(1024)],
  ])('%s', (_, template, expected) => {
    expect(outcome(session(name), rule(template))).toBe(expected);
    expect(outcome(session(name), rule('u', 'g', template))).toBe(
      expected === 'name_malformed' ? expected : `u [g, ${expected}]`,
    );
  });

  // STS gives no such session name, and readIdentity takes none: this is the second fence.
  test.each([
    ['a line feed', 'a\nb'],
    ['a NUL', 'a\0b'],
    ['DEL', 'a\x7fb'],
    ['a letter beyond ASCII', 'é'],
    ['a right-to-left override', 'a\u202eb'],
  ])('holds no %s', (_, sessionName) => {
    const identity = { ...session('alice'), sessionName };
    expect(outcome(identity, rule('{{SessionName}}'))).toBe('name_malformed');
    expect(outcome(identity, rule('u', '{{SessionNameRaw}}'))).toBe('name_malformed');
  });
});

describe('a template that is refused when written', () => {
  test.each([
    ['an unknown variable', '{{Nobody}}', 'unknown variable {{Nobody}}'],
    ['one in another case', '{{accountid}}', 'unknown variable {{accountid}}'],
    ['one with spaces', '{{ AccountID }}', 'unknown variable {{ AccountID }}'],
    ['one with a dot, as Go writes', '{{.AccountID}}', 'unknown variable {{.AccountID}}'],
    ['one of the prototype', '{{constructor}}', 'unknown variable {{constructor}}'],
    ['__proto__', '{{__proto__}}', 'unknown variable {{__proto__}}'],
    ['toString', '{{toString}}', 'unknown variable {{toString}}'],
    ['no name', '{{}}', 'unknown variable {{}}'],
    ['three braces', '{{{AccountID}}}', 'unknown variable {{{AccountID}}'],
    ['no end', 'x{{AccountID', 'has "{{" without "}}" after it'],
    ['half an end', 'x{{AccountID}', 'has "{{" without "}}" after it'],
    ['only a start', '{{', 'has "{{" without "}}" after it'],
    ['an end of a second only', '{{AccountID}} {{', 'has "{{" without "}}" after it'],
    ['no start', 'AccountID}}', 'has "}}" without "{{" before it'],
    ['an end too many', '{{AccountID}}}}', 'has "}}" without "{{" before it'],
    ['one in another', '{{{{AccountID}}}}', 'has "{{" without "}}" after it'],
    ['one in a name', '{{Account{{ID}}}}', 'has "{{" without "}}" after it'],
    ['ends first', '}}{{', 'has "}}" without "{{" before it'],
  ])('%s', (_, template, message) => {
    expect(parseTemplate(template)).toContain(message);
    expect(() => map(bob, rule(template))).toThrow('rules[0].username: has');
    expect(() => map(bob, rule('u', 'g', template))).toThrow('rules[0].groups[1]: has');
  });

  test('an unknown variable says which there are', () => {
    for (const variable of templateVariables) expect(parseTemplate('{{x}}')).toContain(variable);
  });

  test.each<[template: string, problem: boolean]>([
    ['{{AccountID}}', false],
    ['{', true],
    ['{{', true],
    ['}', true],
    ['{{ ', true],
  ])('in linear time: %s again and again', async (text, problem) => {
    await expectLinear((size) => {
      expect(typeof parseTemplate(fill(text, size)) === 'string').toBe(problem);
    });
  });
});
