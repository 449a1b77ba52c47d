/**
 * Reading the XML of EC2 and STS: what is taken, and what is no answer.
 */

import { describe, expect, test } from 'vitest';
import { readCredentials, readFailure, readInstances } from '../../src/ec2/answer.ts';
import { readElements, readXml, XmlError } from '../../src/ec2/xml.ts';
import { reasonOf } from '../../src/errors/codes.ts';
import {
  account,
  describeAnswer,
  ec2Error,
  idOf,
  nameOf,
  otherAccount,
  stsError,
} from '../support/ec2-fake.ts';
import { expectLinear } from '../support/linear.ts';

/** Paths and texts in the order of their ends. */
function read(document: string): string[] {
  const found: string[] = [];
  readXml(document, (path, text) => found.push(`${path}=${text}`));
  return found;
}

describe('XML', () => {
  test.each<[string, string, string[]]>([
    ['one element', '<a/>', ['a=']],
    ['text', '<a>b</a>', ['a=b']],
    ['spaces in text', '<a> b </a>', ['a= b ']],
    ['nested', '<a><b>1</b><b>2</b><c/></a>', ['a/b=1', 'a/b=2', 'a/c=', 'a=']],
    ['a declaration', '<?xml version="1.0" encoding="UTF-8"?>\n<a/>\n', ['a=']],
    ['a byte order mark', '\uFEFF<a/>', ['a=']],
    ['attributes, which nobody reads', '<a xmlns="http://x/" x:y="1>2"><b z=""/></a >', ['a/b=', 'a=']],
    ['the five entities', '<a>&lt;&gt;&amp;&quot;&apos;</a>', ['a=<>&"\'']],
    ['characters by number', '<a>&#65;&#x42;&#x1F600;</a>', ['a=AB\u{1F600}']],
    ['an entity is resolved once', '<a>&amp;lt;</a>', ['a=&lt;']],
  ])('takes %s', (_, document, expected) => {
    expect(read(document)).toEqual(expected);
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['text alone', 'a'],
    ['JSON', '{"a": 1}'],
    ['two roots', '<a/><b/>'],
    ['text before the root', 'x<a/>'],
    ['text after the root', '<a/>x'],
    ['no end', '<a><b></b>'],
    ['a wrong end', '<a><b></a></b>'],
    ['an end without a start', '</a>'],
    ['an end in other case', '<a></A>'],
    ['a start that breaks off', '<a><b'],
    ['text beside elements', '<a>x<b/></a>'],
    ['a DOCTYPE', '<!DOCTYPE a><a/>'],
    ['an entity bomb', '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>'],
    ['an outside entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ['an entity of nobody', '<a>&x;</a>'],
    ['the name of a method as an entity', '<a>&valueOf;</a>'],
    ['a bare &', '<a>a & b</a>'],
    ['a character 0', '<a>&#0;</a>'],
    ['a half character', '<a>&#xD800;</a>'],
    ['a character beyond the last', '<a>&#x110000;</a>'],
    ['a comment', '<a><!-- x --></a>'],
    ['a comment in a name', '<a>ip-10<!-- x -->-0</a>'],
    ['CDATA', '<a><![CDATA[x]]></a>'],
    ['an instruction', '<a><?x y?></a>'],
    ['an attribute without quotes', '<a b=c/>'],
    ['an attribute without a value', '<a b/>'],
    ['a bare <', '<a>1 < 2</a>'],
    ['33 levels', '<a>'.repeat(33) + '</a>'.repeat(33)],
  ])('refuses %s', (_, document) => {
    expect(() => read(document)).toThrow(XmlError);
  });

  test('32 levels are not too deep', () => {
    expect(read('<a>'.repeat(32) + '</a>'.repeat(32))).toHaveLength(32);
  });

  test('an error tells nothing of the document', () => {
    expect(() => read('<secret>&secret;</secret>')).toThrow(/^(?!.*secret)/);
  });

  test('an element that should be there once', () => {
    expect(readElements('<a><b>1</b><c>2</c></a>', ['a/b', 'a/d'])).toEqual(new Map([['a/b', '1']]));
    expect(() => readElements('<a><b>1</b><b>1</b></a>', ['a/b'])).toThrow(XmlError);
  });

  test.each<[string, (size: number) => string]>([
    ['elements', (size) => `<a>${'<b>x</b>'.repeat(size)}</a>`],
    ['spaces in a tag', (size) => `<a${' '.repeat(size)}!`],
    ['a long name', (size) => `<${'a'.repeat(size)}!`],
    ['attributes', (size) => `<a${' b="c"'.repeat(Math.min(size, 4096))}!`],
    ['ampersands', (size) => `<a>${'&'.repeat(size)}</a>`],
    ['entities', (size) => `<a>${'&amp;'.repeat(size)}</a>`],
    ['space before the end', (size) => `<a>${' '.repeat(size)}`],
  ])('takes time by its length: %s', async (_, document) => {
    await expectLinear((size) => {
      try {
        read(document(size));
      } catch (error) {
        if (!(error instanceof XmlError)) throw error;
      }
    });
  });
});

const one = { id: idOf(1) };
const good = describeAnswer([one]);

describe('a page of instances', () => {
  test('is read from amid all else', () => {
    const terminated = { id: idOf(2), owner: otherAccount, state: 'terminated', name: '' };
    expect(readInstances(describeAnswer([one, terminated], 'next/1'))).toEqual({
      instances: [
        { instanceId: idOf(1), ownerId: account, state: 'running', privateDnsName: nameOf(idOf(1)) },
        { instanceId: idOf(2), ownerId: otherAccount, state: 'terminated', privateDnsName: '' },
      ],
      nextToken: 'next/1',
    });
  });

  test('may be empty, with a further one or without', () => {
    expect(readInstances(describeAnswer([]))).toEqual({ instances: [], nextToken: undefined });
    expect(readInstances(describeAnswer([], 'a'))).toEqual({ instances: [], nextToken: 'a' });
    const withEmpty = describeAnswer([]).replace('<reservationSet/>', '<reservationSet/><nextToken/>');
    expect(readInstances(withEmpty).nextToken).toBeUndefined();
  });

  test('gives each instance the owner of its reservation, wherever that stands', () => {
    const owner = `<ownerId>${account}</ownerId>`;
    const last = good.replace(owner, '').replace('<requesterId>', `${owner}<requesterId>`);
    expect(readInstances(last)).toEqual(readInstances(good));
    const two = describeAnswer([{ ...one, owner: otherAccount }, { id: idOf(2) }]);
    expect(readInstances(two).instances.map(({ ownerId }) => ownerId)).toEqual([otherAccount, account]);
  });

  test.each<[string, string]>([
    ['another answer', '<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>'],
    ['an error', '<Response><Errors/></Response>'],
    ['no set', good.replace(/<reservationSet>[\s\S]*<\/reservationSet>/, '')],
    ['two sets', good.replace('<reservationSet>', '<reservationSet/><reservationSet>')],
    ['no owner', good.replace(`<ownerId>${account}</ownerId>`, '')],
    ['an empty owner', good.replace(`<ownerId>${account}</ownerId>`, '<ownerId/>')],
    ['two owners', good.replace(`<ownerId>${account}</ownerId>`, (owner) => owner + owner)],
    ['no ID', good.replace(/<instanceId>i-.*<\/instanceId>/, '')],
    ['two IDs', good.replace(/<instanceId>i-.*<\/instanceId>/, (id) => id + id)],
    ['no state', good.replace('<name>running</name>', '')],
    ['two states', good.replace('<name>running</name>', '<name>terminated</name><name>running</name>')],
    ['two names', good.replace(/<privateDnsName>.*<\/privateDnsName>/, (name) => name + name)],
    ['two next tokens', describeAnswer([], 'a').replace('<nextToken>', '<nextToken/><nextToken>')],
    ['a next token without end', describeAnswer([], 'a'.repeat(8193))],
  ])('is none: %s', (_, body) => {
    expect(body).not.toBe(good);
    expect(() => readInstances(body)).toThrow(XmlError);
  });
});

describe('credentials of a role', () => {
  const answer = (fields: Record<string, string>) => {
    const all = {
      AccessKeyId: 'ASIAEXAMPLE',
      SecretAccessKey: 'a/b+c',
      SessionToken: 'd/e+f==',
      Expiration: '2026-11-24T13:00:00Z',
      ...fields,
    };
    const elements = Object.entries(all).map(([name, value]) => `<${name}>${value}</${name}>`);
    return `<AssumeRoleResponse><AssumeRoleResult><Credentials>${elements.join('')}</Credentials></AssumeRoleResult></AssumeRoleResponse>`;
  };

  test('are read', () => {
    expect(readCredentials(answer({}))).toEqual({
      accessKeyId: 'ASIAEXAMPLE',
      secretAccessKey: 'a/b+c',
      sessionToken: 'd/e+f==',
      expiresAt: Date.UTC(2026, 10, 24, 13),
    });
  });

  test.each<[string, Record<string, string>]>([
    ['no key ID', { AccessKeyId: '' }],
    ['a key ID with a slash', { AccessKeyId: 'ASIA/EXAMPLE' }],
    ['no secret', { SecretAccessKey: '' }],
    ['no session token', { SessionToken: '' }],
    ['a session token with a line break', { SessionToken: 'a&#13;&#10;x-evil: 1' }],
    ['no end', { Expiration: '' }],
    ['an end without a zone', { Expiration: '2026-11-24T13:00:00' }],
    ['an end on no day', { Expiration: '2026-13-24T13:00:00Z' }],
    ['an end in words', { Expiration: 'tomorrow' }],
  ])('are none: %s', (_, fields) => {
    expect(readCredentials(answer(fields))).toBeUndefined();
  });
});

describe('a failure', () => {
  test.each<[status: number, code: string, meaning: string]>([
    [503, 'RequestLimitExceeded', 'ec2_throttled'],
    [400, 'Throttling', 'ec2_throttled'],
    [503, 'EC2ThrottledException', 'ec2_throttled'],
    [429, 'Whatever', 'ec2_throttled'],
    [500, 'InternalError', 'ec2_failing'],
    [503, 'Unavailable', 'ec2_failing'],
    [500, 'AuthFailure', 'ec2_failing'],
    [401, 'AuthFailure', 'ec2_credentials_refused'],
    [403, 'UnauthorizedOperation', 'ec2_credentials_refused'],
    [403, 'AccessDenied', 'ec2_credentials_refused'],
    [400, 'RequestExpired', 'ec2_credentials_refused'],
    [403, 'SignatureDoesNotMatch', 'ec2_credentials_refused'],
    [400, 'InvalidParameterValue', 'ec2_answer_unexpected'],
    [400, 'Authfailure', 'ec2_answer_unexpected'],
    [302, 'AuthFailure', 'ec2_answer_unexpected'],
    [204, 'Throttling', 'ec2_answer_unexpected'],
  ])('%i %s is %s, of EC2 and of STS', async (status, code, meaning) => {
    const bodies = [ec2Error(400, code), stsError(code)].map((response) => response.text());
    for (const body of await Promise.all(bodies)) expect(readFailure(status, body).code).toBe(meaning);
  });

  test.each(['', '<html>', '{}', '<Response><Errors><Error><Code>Throttling'])(
    'with a body of %j',
    (body) => {
      expect(readFailure(400, body).code).toBe('ec2_answer_unexpected');
      expect(readFailure(502, body).code).toBe('ec2_failing');
      expect(readFailure(429, body).code).toBe('ec2_throttled');
    },
  );

  test('says nothing that AWS said, but a code of the list', async () => {
    const body = await ec2Error(403, 'UnauthorizedOperation', 'Encoded authorization failure').text();
    expect(reasonOf(readFailure(403, body))).toMatch(/rights \(UnauthorizedOperation\)$/);
    const other = await ec2Error(403, 'secret', 'secret').text();
    expect(reasonOf(readFailure(403, other))).not.toContain('secret');
  });
});
