/**
 * What holds for whatever somebody else's service answers: STS, EC2, the issuer of JWTs, the authenticator in shadow mode.
 */
import fc from 'fast-check';
import { readCredentials, readFailure, readInstances } from '../../../src/ec2/answer.ts';
import { readXml, XmlError } from '../../../src/ec2/xml.ts';
import { ec2Outages } from '../../../src/errors/ec2.ts';
import { stsOutages, stsRefusals } from '../../../src/errors/sts.ts';
import { parseCallerArn } from '../../../src/identity/arn.ts';
import { readIdentity } from '../../../src/identity/identity.ts';
import { selectKeys } from '../../../src/jwt/public-keys.ts';
import { readVerdict } from '../../../src/review/shadow/answer.ts';
import { readAnswer } from '../../../src/sts/answer.ts';
import stsText from '../../fixtures/sts-responses.json?raw';
import { describeAnswer } from '../../support/ec2-fake.ts';
import { ensure, ensureSame, type Property, parser, property } from '../../support/property.ts';
import { spoiltJson, spoiltJsonText, spoiltText } from '../../support/spoil.ts';

interface StsFixture {
  readonly status: number;
  readonly body: unknown;
}

const fixtures = (JSON.parse(stsText) as readonly StsFixture[]).map(({ status, body }) => ({ status, body }));
const stsNames = [
  'GetCallerIdentityResponse',
  'GetCallerIdentityResult',
  'Account',
  'Arn',
  'UserId',
  'Error',
  'Code',
];

const stsAnswers = fc.constantFrom(...fixtures).chain(({ status, body }) =>
  fc.record({
    status: fc.oneof(
      { weight: 4, arbitrary: fc.constant(status) },
      fc.constantFrom(200, 204, 302, 400, 403, 413, 429, 500, 503),
    ),
    type: fc.oneof(
      { weight: 4, arbitrary: fc.constant('application/json') },
      fc.constantFrom(null, '', 'text/xml', 'application/jsonp', 'application/json; charset=utf-8'),
    ),
    body: fc.oneof(spoiltJsonText(fc.constant(body), stsNames)),
  }),
);

/** Whatever STS says, it is an identity only with 200 and JSON, and a refusal only by a code of the closed list. */
function readSts({ status, type, body }: { status: number; type: string | null; body: string }): boolean {
  const answer = readAnswer(status, type, body);
  ensure((answer.requestId?.length ?? 0) <= 40, 'a request ID as long as a signature');
  switch (answer.kind) {
    case 'refused':
      ensure(Object.hasOwn(stsRefusals, answer.refusal.code), `an unknown code ${answer.refusal.code}`);
      ensure(status >= 400 && status < 500, 'a refusal by another status');
      return false;
    case 'no-verdict':
      ensure(Object.hasOwn(stsOutages, answer.code), `an unknown code ${answer.code}`);
      return false;
    case 'throttled':
      ensure(status >= 400, 'throttling by another status');
      return false;
    case 'identity': {
      ensure(status === 200 && /^application\/json/.test(type ?? ''), 'an identity by another answer');
      const { partition = '' } = parseCallerArn(answer.caller.arn) ?? {};
      const identity = readIdentity(answer.caller, { partition, accessKeyId: 'ASIAEXAMPLE' });
      if (identity !== undefined) ensureSame(identity.account, answer.caller.account, 'the account');
      return identity !== undefined;
    }
  }
}

const xmlWords = [
  ...[
    '<',
    '>',
    '/',
    '</',
    '/>',
    '&',
    '&amp;',
    '&#65;',
    '&#x110000;',
    '&x;',
    '<!DOCTYPE a>',
    '<!--x-->',
    '<![CDATA[x]]>',
  ],
  ...[
    '<item>',
    '</item>',
    '<instanceId>',
    '<ownerId>x</ownerId>',
    '<reservationSet>',
    '<nextToken>',
    '<?xml ?>',
    '"',
    ' a="b"',
  ],
];
const credentials =
  '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>' +
  '<AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret/KEY+x</SecretAccessKey><SessionToken>token==</SessionToken>' +
  '<Expiration>2026-11-24T13:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>';
const instances = describeAnswer([{ id: 'i-0123456789abcdef0', name: 'ip-10-0-0-1.ec2.internal' }]);

const failures = [
  '<Response><Errors><Error><Code>AuthFailure</Code></Error></Errors><RequestID>0a1b</RequestID></Response>',
  '<?xml version="1.0"?>\n<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>',
  '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code></Error></ErrorResponse>',
];

const jwks = {
  keys: [
    { kty: 'RSA', alg: 'RS256', use: 'sig', kid: 'a', n: 'AQAB', e: 'AQAB' },
    { kty: 'EC', crv: 'P-384', kid: 'b', x: 'AAAA', y: 'AAAA', key_ops: ['verify'] },
  ],
};
const jwkNames = ['keys', 'kty', 'alg', 'use', 'kid', 'n', 'e', 'd', 'k', 'crv', 'x', 'y', 'key_ops'];

const asked = { ok: true, apiVersion: 'authentication.k8s.io/v1', token: 't', audiences: [] } as const;
const verdicts = [
  {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    status: {
      authenticated: true,
      user: { username: 'u', uid: '1', groups: ['g'], extra: { arn: ['a'] } },
      audiences: ['x'],
    },
  },
  { status: { authenticated: false, error: 'no' } },
];

/** Whether each tag ends what was begun last; by no code of ours. */
function nests(text: string): boolean {
  const open: string[] = [];
  for (const [, end, name, empty] of text.matchAll(/<(\/?)([A-Za-z_][\w.-]*)(?:[^>"]|"[^"]*")*?(\/?)>/g)) {
    if (end === '/' && open.pop() !== name) return false;
    if (end !== '/' && empty !== '/') open.push(name as string);
  }
  return open.length === 0;
}

export const answers: readonly Property[] = [
  property({
    name: 'answer: of STS',
    input: stsAnswers,
    check: readSts,
    leastAccepted: 0.1,
  }),
  parser({
    name: 'answer: XML',
    input: spoiltText(
      fc.constantFrom(credentials, instances, '<a b="c">d<!', '<a><b>&lt;</b> </a>'),
      xmlWords,
    ),
    throws: [XmlError],
    read: (text) => {
      const ends: string[] = [];
      readXml(text, (path) => ends.push(path));
      const [root] = ends.slice(-1);
      ensure(
        root !== undefined && ends.every((path) => path === root || path.startsWith(`${root}/`)),
        'an element outside of the root',
      );
      ensure(nests(text), 'a tag that ends another');
      return true;
    },
  }),
  parser({
    name: 'answer: of EC2, instances',
    input: spoiltText(fc.constant(instances), xmlWords),
    throws: [XmlError],
    read: (text) => {
      const page = readInstances(text);
      for (const { instanceId, ownerId, state } of page.instances) {
        ensure(instanceId !== '' && ownerId !== '' && state !== '', 'an instance without its facts');
        ensure(text.includes(ownerId) || text.includes('&'), 'an owner that nobody named');
      }
      return page.instances.length > 0;
    },
  }),
  parser({
    name: 'answer: of STS, credentials of a role',
    input: spoiltText(fc.constant(credentials), xmlWords),
    throws: [XmlError],
    read: (text) => {
      const read = readCredentials(text);
      if (read === undefined) return false;
      ensure(Number.isFinite(read.expiresAt), 'credentials without an end');
      const sent = [read.accessKeyId, read.sessionToken].join('');
      ensure(/^[\x21-\x7e]+$/.test(sent), 'what cannot be sent in a header');
      return true;
    },
  }),
  property({
    name: 'answer: of EC2, a failure',
    input: fc.record({
      status: fc.constantFrom(302, 400, 403, 429, 500, 503),
      body: spoiltText(fc.constantFrom(...failures), [...xmlWords, 'AccessDenied', 'Throttling', '<Code>']),
    }),
    check: ({ status, body }) => {
      const { code, detail } = readFailure(status, body);
      ensure(Object.hasOwn(ec2Outages, code), `an unknown code ${code}`);
      ensure(detail === undefined || /^[A-Za-z]{1,40}$/.test(detail), 'a detail in the words of the answer');
      return code === 'ec2_credentials_refused' || code === 'ec2_throttled';
    },
  }),
  property({
    name: 'answer: of an issuer, its keys; never a private one',
    input: spoiltJson(fc.constant(jwks), jwkNames),
    check: (set) => {
      const keys = selectKeys(set, ['RS256', 'ES384']);
      for (const { name, algorithm, jwk } of keys ?? []) {
        ensure(name.startsWith(`${algorithm}\n`), 'a key by the name of another algorithm');
        ensureSame(
          Object.keys(jwk).sort(),
          jwk.kty === 'RSA' ? ['e', 'kty', 'n'] : ['crv', 'kty', 'x', 'y'],
          'of a key',
        );
      }
      ensure(keys === undefined || (keys.length > 0 && keys.length <= 32), 'too many keys, or none');
      return keys !== undefined;
    },
  }),
  property({
    name: 'answer: of the authenticator in shadow mode',
    input: fc.record({
      status: fc.constantFrom(200, 200, 200, 403, 401, 500),
      body: spoiltJson(fc.constantFrom(...verdicts), [
        'status',
        'authenticated',
        'user',
        'username',
        'groups',
        'extra',
      ]),
    }),
    check: ({ status, body }) => {
      const read = readVerdict(status, body, asked);
      if (read?.authenticated !== true) return read !== undefined;
      ensure(status === 200, 'somebody is let in by another status');
      ensure(typeof read.user?.username === 'string' && read.user.username !== '', 'nobody is let in');
      ensure(JSON.stringify(body).includes('"authenticated":true'), 'somebody is let in by nobody');
      return true;
    },
  }),
];
