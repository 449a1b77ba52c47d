/**
 * Reading ARNs of callers, and the identity that STS vouches for.
 */
import { describe, expect, test } from 'vitest';
import { type CallerArn, canonicalArn, isAccount, parseCallerArn } from '../../src/identity/arn.ts';
import { readIdentity } from '../../src/identity/identity.ts';
import { readAnswer } from '../../src/sts/answer.ts';
import fixtures from '../fixtures/sts-responses.json?raw';
import { expectLinear, fill } from '../support/linear.ts';

const account = '111122223333';
const head = { partition: 'aws', account };
const iam = (resource: string): string => `arn:aws:iam::${account}:${resource}`;
const sts = (resource: string): string => `arn:aws:sts::${account}:${resource}`;
const x = (length: number): string => 'x'.repeat(length);

describe('an ARN of a caller', () => {
  const longPath = `/${x(510)}/`;

  test.each<[name: string, arn: string, parts: Partial<CallerArn>, canonical?: string]>([
    ['root', iam('root'), { type: 'root' }],
    ['a user', iam('user/Bob'), { type: 'user', path: '/', name: 'Bob' }],
    ['a user with a path', iam('user/a/b/Bob'), { type: 'user', path: '/a/b/', name: 'Bob' }],
    ['every character of a name', iam('user/aZ0_+=,.@-'), { type: 'user', path: '/', name: 'aZ0_+=,.@-' }],
    ['a user of one letter', iam('user/B'), { type: 'user', path: '/', name: 'B' }],
    ['a user of 128', iam(`user/${x(128)}`), { type: 'user', path: '/', name: x(128) }],
    ['a user whose path has 512', iam(`user${longPath}B`), { type: 'user', path: longPath, name: 'B' }],
    ['a path with a colon', iam('user/a:b/Bob'), { type: 'user', path: '/a:b/', name: 'Bob' }],
    ['a path of all that prints', iam('user/!~*?"{}/B'), { type: 'user', path: '/!~*?"{}/', name: 'B' }],
    // IAM takes them, and a caller who has one could else be taken for an outage of STS
    ['a path with empty parts', iam('user//a//B'), { type: 'user', path: '//a//', name: 'B' }],
    ['a role', iam('role/Admin'), { type: 'role', path: '/', name: 'Admin' }],
    ['a role with a path', iam('role/a/b/X'), { type: 'role', path: '/a/b/', name: 'X' }, iam('role/X')],
    [
      'a session',
      sts('assumed-role/Admin/alice'),
      { type: 'assumed-role', name: 'Admin', sessionName: 'alice' },
      iam('role/Admin'),
    ],
    [
      'a session with the longest names',
      sts(`assumed-role/${x(128)}/${x(64)}`),
      { type: 'assumed-role', name: x(128), sessionName: x(64) },
      iam(`role/${x(128)}`),
    ],
    [
      'a session of two letters',
      sts('assumed-role/A/al'),
      { type: 'assumed-role', name: 'A', sessionName: 'al' },
      iam('role/A'),
    ],
    [
      'a session with every character',
      sts('assumed-role/A/aZ0_+=,.@-'),
      { type: 'assumed-role', name: 'A', sessionName: 'aZ0_+=,.@-' },
      iam('role/A'),
    ],
    ['a federated user', sts('federated-user/Bob'), { type: 'federated-user', name: 'Bob' }],
    ['a federated user of 2', sts('federated-user/Bo'), { type: 'federated-user', name: 'Bo' }],
    ['a federated user of 32', sts(`federated-user/${x(32)}`), { type: 'federated-user', name: x(32) }],
  ])('%s', (_, arn, parts, canonical = arn) => {
    const parsed = parseCallerArn(arn);
    expect(parsed).toEqual({ ...head, ...parts });
    expect(parsed && canonicalArn(parsed)).toBe(canonical);
    const again = parseCallerArn(canonical);
    expect(again && canonicalArn(again)).toBe(canonical);
  });

  const partitions = [
    'aws',
    'aws-cn',
    'aws-us-gov',
    'aws-eusc',
    'aws-iso',
    'aws-iso-b',
    'aws-iso-e',
    'aws-iso-f',
  ];
  test.each(partitions)('in %s', (partition) => {
    const canonical = [
      `iam::${account}:root`,
      `iam::${account}:user/a/Bob`,
      `iam::${account}:role/a/Admin`,
      `sts::${account}:assumed-role/Admin/alice`,
      `sts::${account}:federated-user/Bob`,
    ].map((rest) => {
      const parsed = parseCallerArn(`arn:${partition}:${rest}`);
      expect(parsed).toMatchObject({ partition, account });
      return parsed && canonicalArn(parsed);
    });
    expect(canonical).toEqual([
      `arn:${partition}:iam::${account}:root`,
      `arn:${partition}:iam::${account}:user/a/Bob`,
      `arn:${partition}:iam::${account}:role/Admin`,
      `arn:${partition}:iam::${account}:role/Admin`,
      `arn:${partition}:sts::${account}:federated-user/Bob`,
    ]);
  });

  test.each([
    ['nothing', ''],
    ['a word', 'arn'],
    ['no resource', `arn:aws:iam::${account}`],
    ['an empty resource', iam('')],
    ['another scheme', `urn:aws:iam::${account}:root`],
    ['the scheme in capitals', `ARN:aws:iam::${account}:root`],
    ['a space before it', ` ${iam('root')}`],
    ['a line feed behind it', `${iam('root')}\n`],
    ['a line feed behind a user', `${iam('user/Bob')}\n`],
    ['a line feed behind a session', `${sts('assumed-role/Admin/alice')}\n`],
    ['a line feed behind a federated user', `${sts('federated-user/Bob')}\n`],
    ['a second line that is an ARN', `x\n${iam('root')}`],
    ['a NUL in the name', iam('user/Bo\0b')],
    ['no partition', `arn::iam::${account}:root`],
    ['a partition of somebody else', `arn:evil:iam::${account}:root`],
    ['a partition in capitals', `arn:AWS:iam::${account}:root`],
    ['a partition that begins like one', `arn:awsx:iam::${account}:root`],
    ['a partition that ends in a dash', `arn:aws-:iam::${account}:root`],
    ['a partition with a line feed', `arn:aws\n:iam::${account}:root`],
    ['another service', `arn:aws:s3::${account}:role/Admin`],
    ['a session of another service', `arn:aws:s3::${account}:assumed-role/Admin/alice`],
    ['a federated user of another service', `arn:aws:iam2::${account}:federated-user/Bob`],
    ['a service in capitals', `arn:aws:IAM::${account}:root`],
    ['no service', `arn:aws:::${account}:root`],
    ['a region', `arn:aws:iam:us-east-1:${account}:root`],
    ['a region of STS', `arn:aws:sts:us-east-1:${account}:assumed-role/Admin/alice`],
    ['no account', 'arn:aws:iam:::root'],
    ['the account of AWS itself', 'arn:aws:iam::aws:role/Admin'],
    ['an account of 11 digits', 'arn:aws:iam::11112222333:root'],
    ['an account of 13 digits', 'arn:aws:iam::1111222233334:root'],
    ['an account in Arabic digits', 'arn:aws:iam::١١١١٢٢٢٢٣٣٣٣:root'],
    ['an account in full-width digits', 'arn:aws:iam::１１１１２２２２３３３３:root'],
    ['an account with dashes', 'arn:aws:iam::1111-2222-3333:root'],
    ['an account with a line feed', `arn:aws:iam::${account}\n:root`],
    ['root with more', iam('root/x')],
    ['root in capitals', iam('ROOT')],
    ['root of STS', sts('root')],
    ['a group', iam('group/Admins')],
    ['a type in capitals', iam('User/Bob')],
    ['a user after a colon', iam('user:Bob')],
    ['a user without a name', iam('user/')],
    ['a user without anything', iam('user')],
    ['a user of 129', iam(`user/${x(129)}`)],
    ['a path of 513', iam(`user/${x(511)}/B`)],
    ['a name with a space', iam('user/Bob Smith')],
    ['a name with a star', iam('user/*')],
    ['a name with a colon', iam('user/a:b')],
    ['a name with Cyrillic о', iam('user/Bоb')],
    ['a name with full-width letters', iam('user/Ｂｏｂ')],
    ['a name with the Kelvin sign', iam('role/\u212aing')],
    ['a name with a combining mark', iam('user/Bo\u0301b')],
    ['a name with a zero-width space', iam('user/Bob\u200b')],
    ['a name with half a surrogate pair', iam('user/Bob\ud800')],
    ['a path with a space', iam('user/a b/Bob')],
    ['a path with a line feed', iam('user/a\n/Bob')],
    ['a path with a letter beyond ASCII', iam('user/é/Bob')],
    ['a slash at the end', iam('user/Bob/')],
    ['a role with a slash at the end', iam('role/Admin/')],
    ['a role of STS', sts('role/Admin')],
    ['a user of STS', sts('user/Bob')],
    ['a session of IAM', iam('assumed-role/Admin/alice')],
    ['a federated user of IAM', iam('federated-user/Bob')],
    ['a session without its name', sts('assumed-role/Admin')],
    ['a session with an empty name', sts('assumed-role/Admin/')],
    ['a session of one letter', sts('assumed-role/Admin/a')],
    ['a session of 65', sts(`assumed-role/Admin/${x(65)}`)],
    ['a session without a role', sts('assumed-role//alice')],
    ['a session of three parts, as if the role had a path', sts('assumed-role/path/Admin/alice')],
    ['a session name with a slash', sts('assumed-role/Admin/alice/bob')],
    ['a slash behind the session name', sts('assumed-role/Admin/alice/')],
    ['a session name with a colon', sts('assumed-role/Admin/system:masters')],
    ['a session name with a space', sts('assumed-role/Admin/al ice')],
    ['a session name with a template', sts('assumed-role/Admin/{{AccountID}}')],
    ['a session name with a Cyrillic а', sts('assumed-role/Admin/аlice')],
    ['a role name with a colon, as EC2 has for itself', sts('assumed-role/aws:ec2-instance/i-0abc')],
    ['a role of 129', sts(`assumed-role/${x(129)}/alice`)],
    ['a federated user without a name', sts('federated-user/')],
    ['a federated user of one letter', sts('federated-user/B')],
    ['a federated user of 33', sts(`federated-user/${x(33)}`)],
    ['a federated user with a slash at the end', sts('federated-user/Bob/')],
    ['a federated user with a path', sts('federated-user/a/Bob')],
    ['a session that calls itself federated', sts('federated-user/Admin/alice')],
  ])('is not: %s', (_, arn) => {
    expect(parseCallerArn(arn)).toBeUndefined();
  });

  test.each<[name: string, make: (fill: (text: string) => string) => string]>([
    ['colons', (fill) => `arn:aws:iam::${account}:${fill(':')}`],
    ['slashes', (fill) => iam(`user${fill('/')}`)],
    ['a path that fails at its end', (fill) => iam(`user/${fill('a/')} /Bob`)],
    ['a path without an end', (fill) => iam(`user/${fill('a')}`)],
    ['a partition that fails at its end', (fill) => `arn:aws${fill('-a')}-:iam::${account}:root`],
    ['a name that fails at its end', (fill) => iam(`role/${fill('a')}!`)],
    ['sessions', (fill) => sts(`assumed-role${fill('/a')}`)],
    ['digits', (fill) => `arn:aws:iam::${fill('1')}:root`],
  ])('is refused in linear time: %s', async (_, make) => {
    await expectLinear((size) => {
      const arn = make((text) => fill(text, size));
      expect(parseCallerArn(arn)).toBeUndefined();
    });
  });
});

describe('an account', () => {
  test.each<[string, unknown, boolean]>([
    ['12 digits', '111122223333', true],
    ['with zeros in front', '000000000012', true],
    ['11 digits', '11112222333', false],
    ['13 digits', '1111222233334', false],
    ['a number', 111122223333, false],
    ['a big number', 111122223333n, false],
    ['a line feed behind it', '111122223333\n', false],
    ['Arabic digits', '١١١١٢٢٢٢٣٣٣٣', false],
    ['a list of one', ['111122223333'], false],
    ['an object that reads like one', { toString: () => '111122223333' }, false],
    ['nothing', '', false],
    ['undefined', undefined, false],
    ['null', null, false],
  ])('%s: %s is %s', (_, value, expected) => {
    expect(isAccount(value)).toBe(expected);
  });
});

describe('an identity', () => {
  const context = { partition: 'aws', accessKeyId: 'ASIAEXAMPLE' };
  const admin = sts('assumed-role/Admin/alice');
  const common = { proof: 'signed-url', partition: 'aws', account, accessKeyId: 'ASIAEXAMPLE' };

  test.each([
    [
      'of a session',
      admin,
      'AROAEXAMPLE:alice',
      {
        type: 'assumed-role',
        canonicalArn: iam('role/Admin'),
        principalId: 'AROAEXAMPLE',
        roleName: 'Admin',
        sessionName: 'alice',
      },
    ],
    [
      'of a user',
      iam('user/a/Bob'),
      'AIDAEXAMPLE',
      { type: 'user', canonicalArn: iam('user/a/Bob'), principalId: 'AIDAEXAMPLE' },
    ],
    ['of root', iam('root'), account, { type: 'root', canonicalArn: iam('root'), principalId: account }],
    [
      'of a federated user',
      sts('federated-user/Bob'),
      `${account}:Bob`,
      { type: 'federated-user', canonicalArn: sts('federated-user/Bob'), principalId: `${account}:Bob` },
    ],
  ])('%s', (_, arn, userId, expected) => {
    // toStrictEqual: what is not known is absent.
    expect(readIdentity({ account, arn, userId }, context)).toStrictEqual({ ...common, arn, ...expected });
  });

  const answers = (JSON.parse(fixtures) as { name: string; status: number; body: unknown }[])
    .filter(({ status }) => status === 200)
    .map(({ name, body }) => [name, readAnswer(200, 'application/json', JSON.stringify(body))] as const);

  test.each(answers)('of an answer from the field: %s', (_, answer) => {
    if (answer.kind !== 'identity') throw new Error(answer.kind);
    const { arn, account: of } = answer.caller;
    expect(readIdentity(answer.caller, context)).toMatchObject({ arn, account: of });
  });

  test('of the partition that was asked', () => {
    const arn = `arn:aws-us-gov:sts::${account}:assumed-role/Admin/alice`;
    const caller = { account, arn, userId: 'AROAEXAMPLE:alice' };
    expect(readIdentity(caller, { ...context, partition: 'aws-us-gov' })).toMatchObject({
      partition: 'aws-us-gov',
      canonicalArn: `arn:aws-us-gov:iam::${account}:role/Admin`,
    });
    expect(readIdentity(caller, context)).toBeUndefined();
  });

  test.each([
    ['a role, which nobody is', iam('role/Admin'), 'AROAEXAMPLE', account],
    ['an ARN that does not parse', iam('user/*'), 'AIDAEXAMPLE', account],
    ['another account than the ARN', admin, 'AROAEXAMPLE:alice', '444455556666'],
    ['an account that is none', admin, 'AROAEXAMPLE:alice', ''],
    ['China in answer to aws', `arn:aws-cn:iam::${account}:root`, account, account],
    ['another session name', admin, 'AROAEXAMPLE:bob', account],
    ['the session name in another case', admin, 'AROAEXAMPLE:Alice', account],
    ['no session name', admin, 'AROAEXAMPLE', account],
    ['an empty session name', admin, 'AROAEXAMPLE:', account],
    ['a session name with a colon', admin, 'AROAEXAMPLE:alice:x', account],
    ['no principal ID', admin, ':alice', account],
    ['a principal ID with a slash', admin, 'AROA/EXAMPLE:alice', account],
    ['a principal ID of three letters', admin, 'ARO:alice', account],
    ['a principal ID of 129', admin, `${x(129)}:alice`, account],
    ['a principal ID with a line feed', admin, 'AROAEXAMPLE\n:alice', account],
    ['a user with a session', iam('user/Bob'), 'AIDAEXAMPLE:alice', account],
    ['a user without an ID', iam('user/Bob'), '', account],
    ['root with an ID of somebody', iam('root'), 'AIDAEXAMPLE', account],
    ['root of another account', iam('root'), '444455556666', account],
    ['a federated user of another name', sts('federated-user/Bob'), `${account}:Eve`, account],
    ['a federated user of another account', sts('federated-user/Bob'), '444455556666:Bob', account],
    ['a federated user with the ID of a user', sts('federated-user/Bob'), 'AIDAEXAMPLE', account],
  ])('is none: %s', (_, arn, userId, of) => {
    expect(readIdentity({ account: of, arn, userId }, context)).toBeUndefined();
  });
});
