/**
 * What an answer of STS means: an identity, a refusal, throttling, or no verdict.
 */
import { describe, expect, test } from 'vitest';
import { refuse } from '../../src/errors/refusal.ts';
import type { StsRefusalCode } from '../../src/errors/sts.ts';
import { readAnswer, type StsAnswer } from '../../src/sts/answer.ts';
import fixtures from '../fixtures/sts-responses.json?raw';

const json = 'application/json';
const account = '111122223333';
const arn = 'arn:aws:iam::111122223333:user/alice';
const userId = 'AIDAEXAMPLEID0000000C';

function identity(caller: { account: string; arn: string; userId: string }, requestId?: string): StsAnswer {
  return { kind: 'identity', caller, requestId };
}

function refused(code: StsRefusalCode, requestId?: string): StsAnswer {
  return { kind: 'refused', refusal: refuse(code), requestId };
}

const alice = identity({ account, arn, userId });
const throttled: StsAnswer = { kind: 'throttled' };
const failing: StsAnswer = { kind: 'no-verdict', code: 'sts_failing' };
const unexpected: StsAnswer = { kind: 'no-verdict', code: 'sts_answer_unexpected' };

/** The body of a 200. `changes` go into the result; what JSON cannot write is left out. */
function success(changes: object = {}): string {
  const result = { Account: account, Arn: arn, UserId: userId, ...changes };
  return JSON.stringify({ GetCallerIdentityResponse: { GetCallerIdentityResult: result } });
}

function failure(code: unknown, message: unknown = 'm'): string {
  return JSON.stringify({ Error: { Code: code, Message: message, Type: 'Sender' } });
}

type Row = readonly [
  name: string,
  status: number,
  body: string,
  expected: StsAnswer,
  contentType?: string | null,
];

function table(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    for (const [name, status, body, expected, contentType = json] of rows) {
      test(`${status} ${name}: ${expected.kind}`, () => {
        expect(readAnswer(status, contentType, body)).toEqual(expected);
      });
    }
  });
}

describe('answers from the field', () => {
  const r = 'r';
  const meanings: Readonly<Record<string, StsAnswer>> = {
    'assumed role': identity(
      {
        account,
        arn: 'arn:aws:sts::111122223333:assumed-role/KubernetesAdmin/alice@example.com',
        userId: 'AROAEXAMPLEID0000000A:alice@example.com',
      },
      '01234567-89ab-cdef-0123-456789abcdef',
    ),
    'EC2 instance role': identity(
      {
        account: '111111111111',
        arn: 'arn:aws:sts::111111111111:assumed-role/eksctl-ironman-2022-nodegroup-ng1-publ-NodeInstanceRole-HN27OZ18JS6U/i-0123456789abcdef0',
        userId: 'AROAEXAMPLEID0000000B:i-0123456789abcdef0',
      },
      r,
    ),
    'user with path': identity({ account, arn: 'arn:aws:iam::111122223333:user/people/Alice', userId }, r),
    root: identity({ account, arn: 'arn:aws:iam::111122223333:root', userId: account }, r),
    'federated user': identity(
      { account, arn: 'arn:aws:sts::111122223333:federated-user/Bob', userId: '111122223333:Bob' },
      r,
    ),
    throttled: { ...throttled, requestId: r },
    'bad signature': refused('sts_signature_mismatch', r),
    expired: refused('sts_token_expired', r),
    'unknown key': refused('sts_access_key_unknown', r),
    'session over': refused('sts_session_expired', r),
    'STS is unwell': failing,
  };
  const rows = JSON.parse(fixtures) as { name: string; status: number; body: unknown }[];

  test('are all here', () => {
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(meanings));
  });

  test.each(rows)('$status $name', ({ name, status, body }) => {
    expect(readAnswer(status, json, JSON.stringify(body))).toEqual(meanings[name]);
  });
});

table('throttling is never a denial', [
  ['Throttling', 400, failure('Throttling'), throttled],
  ['ThrottlingException', 400, failure('ThrottlingException'), throttled],
  ['ThrottledException', 400, failure('ThrottledException'), throttled],
  ['Throttled', 400, failure('Throttled'), throttled],
  ['RequestLimitExceeded', 400, failure('RequestLimitExceeded'), throttled],
  ['RequestThrottled', 400, failure('RequestThrottled'), throttled],
  ['RequestThrottledException', 400, failure('RequestThrottledException'), throttled],
  ['TooManyRequestsException', 400, failure('TooManyRequestsException'), throttled],
  ['Throttling with another status', 403, failure('Throttling'), throttled],
  ['without a body', 429, '', throttled],
  ['plain text of an intermediary', 429, 'error code: 1015', throttled, 'text/plain'],
  ['HTML', 429, '<html>', throttled, 'text/html'],
  ['with a code that nobody knows', 429, failure('SlowDown'), throttled],
  // A refusal inside a 429 was given by a limiter, not by who looks at signatures.
  ['with the code of a refusal', 429, failure('InvalidClientTokenId'), throttled],
  ['NotThrottling', 400, failure('NotThrottling'), unexpected],
  ['in lower case', 400, failure('throttling'), unexpected],
  ['RequestLimitExceededElsewhere', 400, failure('RequestLimitExceededElsewhere'), unexpected],
  ['as the message only', 400, failure('Unheard', 'Throttling'), unexpected],
  ['as a number', 400, failure(429), unexpected],
]);

table('the closed list of refusals', [
  ['InvalidClientTokenId', 403, failure('InvalidClientTokenId'), refused('sts_access_key_unknown')],
  ['ExpiredToken', 403, failure('ExpiredToken'), refused('sts_session_expired')],
  ['ExpiredTokenException', 400, failure('ExpiredTokenException'), refused('sts_session_expired')],
  ['RequestExpired', 400, failure('RequestExpired'), refused('sts_token_expired')],
  ['IncompleteSignature', 400, failure('IncompleteSignature'), refused('sts_signature_incomplete')],
  [
    'MissingAuthenticationToken',
    403,
    failure('MissingAuthenticationToken'),
    refused('sts_authentication_missing'),
  ],
  ['AccessDenied', 403, failure('AccessDenied'), refused('sts_access_denied')],
  ['RegionDisabledException', 403, failure('RegionDisabledException'), refused('sts_region_disabled')],
  ['OptInRequired', 403, failure('OptInRequired'), refused('sts_opt_in_required')],
  ['any 4xx will do', 401, failure('AccessDenied'), refused('sts_access_denied')],
  ['without a message', 403, '{"Error":{"Code":"AccessDenied"}}', refused('sts_access_denied')],
]);

const mismatch =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.';

table('the three meanings of SignatureDoesNotMatch', [
  ['altered', 403, failure('SignatureDoesNotMatch', mismatch), refused('sts_signature_mismatch')],
  ['no message', 403, '{"Error":{"Code":"SignatureDoesNotMatch"}}', refused('sts_signature_mismatch')],
  [
    'message is no text',
    403,
    failure('SignatureDoesNotMatch', ['Signature expired']),
    refused('sts_signature_mismatch'),
  ],
  [
    'too late',
    403,
    failure(
      'SignatureDoesNotMatch',
      'Signature expired: 20261124T114459Z is now earlier than 20261124T114500Z',
    ),
    refused('sts_token_expired'),
  ],
  [
    'too early',
    403,
    failure(
      'SignatureDoesNotMatch',
      'Signature not yet current: 20261124T120501Z is still later than 20261124T120500Z',
    ),
    refused('sts_token_not_yet_current'),
  ],
  [
    'the words inside what the caller wrote',
    403,
    failure('SignatureDoesNotMatch', "'Signature expired' is named as a SignedHeader"),
    refused('sts_signature_mismatch'),
  ],
]);

table('the caller wrote more than whoever sits before STS will read', [
  ['body', 413, '<html>', refused('sts_request_too_large'), 'text/html'],
  ['URL', 414, '', refused('sts_request_too_large'), null],
  ['headers', 431, 'too large', refused('sts_request_too_large'), 'text/plain'],
  ['but throttling is throttling', 413, failure('Throttling'), { kind: 'throttled' }],
]);

table('no verdict: nobody was judged', [
  ['unknown code', 400, failure('SomethingNew'), unexpected],
  ['a refusal in lower case', 403, failure('accessdenied'), unexpected],
  ['a refusal with a tail', 403, failure('AccessDeniedException'), unexpected],
  ['code from a prototype', 403, failure('constructor'), unexpected],
  ['no code', 403, '{"Error":{}}', unexpected],
  ['a code where none belongs', 403, '{"Code":"AccessDenied"}', unexpected],
  ['error is null', 403, '{"Error":null}', unexpected],
  ['error is an array', 403, '{"Error":["AccessDenied"]}', unexpected],
  ['code through __proto__', 403, '{"Error":{"__proto__":{"Code":"AccessDenied"}}}', unexpected],
  ['error through __proto__', 403, '{"__proto__":{"Error":{"Code":"AccessDenied"}}}', unexpected],
  ['empty body', 403, '', unexpected],
  ['null', 403, 'null', unexpected],
  ['HTML of a captive portal', 403, '<!doctype html><title>AccessDenied</title>', unexpected, 'text/html'],
  [
    'error in XML',
    403,
    '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>',
    unexpected,
    'text/xml',
  ],
  ['not found', 404, 'not found', unexpected, 'text/plain'],
  ['redirect', 301, '', unexpected, null],
  ['redirect', 302, '', unexpected, null],
  ['not modified', 304, '', unexpected, null],
  ['redirect', 307, success(), unexpected],
  ['redirect with a refusal', 302, failure('AccessDenied'), unexpected],
  ['redirect with throttling', 302, failure('Throttling'), unexpected],
  ['opaque redirect of a browser', 0, '', unexpected, null],
  ['no content', 204, '', unexpected, null],
  ['another success', 201, success(), unexpected],
  ['another success with a refusal', 202, failure('AccessDenied'), unexpected],
  ['STS fails', 500, failure('InternalFailure'), failing],
  ['STS is unwell', 503, failure('ServiceUnavailable'), failing],
  ['a gateway fails', 502, '<html>', failing, 'text/html'],
  ['the edge knows no such host', 530, 'error code: 1016', failing, 'text/plain'],
  ['server error with a refusal', 500, failure('AccessDenied'), failing],
  ['throttling with a server error', 503, failure('RequestLimitExceeded'), throttled],
  ['server error with a signature mismatch', 503, failure('SignatureDoesNotMatch', mismatch), failing],
  ['server error with an identity', 500, success(), failing],
  ['identity with a client error', 400, success(), unexpected],
]);

table('content type of an identity', [
  ['plain', 200, success(), alice, 'application/json'],
  ['with a charset', 200, success(), alice, 'application/json; charset=utf-8'],
  ['with a space before the parameter', 200, success(), alice, 'application/json ;charset=utf-8'],
  ['in another case', 200, success(), alice, 'Application/JSON'],
  ['absent', 200, success(), unexpected, null],
  ['empty', 200, success(), unexpected, ''],
  ['text', 200, success(), unexpected, 'text/plain'],
  ['HTML', 200, success(), unexpected, 'text/html; a=application/json'],
  ['one that begins alike', 200, success(), unexpected, 'application/jsonp'],
  ['one of the +json family', 200, success(), unexpected, 'application/problem+json'],
  ['two', 200, success(), unexpected, 'application/json, text/html'],
]);

table('shape of an identity', [
  ['as it should be', 200, success(), alice],
  ['error body', 200, failure('AccessDenied'), unexpected],
  ['throttling body', 200, failure('Throttling'), unexpected],
  ['account as a number', 200, success({ Account: 111122223333 }), unexpected],
  ['ARN as an array', 200, success({ Arn: [arn] }), unexpected],
  ['ARN as an object', 200, success({ Arn: { toString: arn } }), unexpected],
  ['user ID null', 200, success({ UserId: null }), unexpected],
  ['user ID true', 200, success({ UserId: true }), unexpected],
  ['no account', 200, success({ Account: undefined }), unexpected],
  ['no ARN', 200, success({ Arn: undefined }), unexpected],
  ['no user ID', 200, success({ UserId: undefined }), unexpected],
  ['names in another case', 200, success().toLowerCase(), unexpected],
  ['members of the result above it', 200, `{"GetCallerIdentityResponse":${inner()}}`, unexpected],
  ['the result alone', 200, inner(), unexpected],
  [
    'result is an array',
    200,
    `{"GetCallerIdentityResponse":{"GetCallerIdentityResult":[${inner()}]}}`,
    unexpected,
  ],
  ['result is text', 200, '{"GetCallerIdentityResponse":{"GetCallerIdentityResult":"Arn"}}', unexpected],
  ['result is null', 200, '{"GetCallerIdentityResponse":{"GetCallerIdentityResult":null}}', unexpected],
  ['response is null', 200, '{"GetCallerIdentityResponse":null}', unexpected],
  [
    'result through __proto__',
    200,
    `{"GetCallerIdentityResponse":{"__proto__":{"GetCallerIdentityResult":${inner()}}}}`,
    unexpected,
  ],
  ['response through __proto__', 200, `{"__proto__":${success()}}`, unexpected],
  [
    'members through __proto__',
    200,
    `{"GetCallerIdentityResponse":{"GetCallerIdentityResult":{"__proto__":${inner()}}}}`,
    unexpected,
  ],
  ['members through a constructor', 200, `{"constructor":{"prototype":${success()}}}`, unexpected],
  ['an array around it', 200, `[${success()}]`, unexpected],
  ['the answer as text in JSON', 200, JSON.stringify(success()), unexpected],
  ['null', 200, 'null', unexpected],
  ['a number', 200, '111122223333', unexpected],
  ['empty', 200, '', unexpected],
  ['half', 200, success().slice(0, 90), unexpected],
  ['two answers', 200, success() + success(), unexpected],
  ['HTML', 200, '<!doctype html><title>Welcome</title>', unexpected],
  [
    'XML',
    200,
    `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${arn}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`,
    unexpected,
  ],
]);

/** The three members alone. */
function inner(): string {
  return JSON.stringify({ Account: account, Arn: arn, UserId: userId });
}

test('a prototype that somebody spoiled vouches for nobody', () => {
  const spoiled = Object.prototype as unknown as Record<string, unknown>;
  try {
    Object.assign(spoiled, { Account: account, Arn: arn, UserId: userId, Code: 'AccessDenied' });
    spoiled.GetCallerIdentityResult = {};
    const answers = [
      readAnswer(200, json, '{"GetCallerIdentityResponse":{"GetCallerIdentityResult":{}}}'),
      readAnswer(200, json, '{"GetCallerIdentityResponse":{}}'),
      readAnswer(403, json, '{"Error":{}}'),
    ];
    expect(answers.map(({ kind }) => kind)).toEqual(['no-verdict', 'no-verdict', 'no-verdict']);
  } finally {
    for (const name of ['Account', 'Arn', 'UserId', 'Code', 'GetCallerIdentityResult']) delete spoiled[name];
  }
});

test('STS grows: members that nobody knows change nothing', () => {
  const grown = JSON.stringify({
    GetCallerIdentityResponse: {
      GetCallerIdentityResult: {
        Account: account,
        Arn: arn,
        UserId: userId,
        OrganizationId: 'o-1',
        Tags: [{ Key: 'team', Value: 'a' }],
        toString: 1,
      },
      ResponseMetadata: { RequestId: 'r-1', HTTPHeaders: {} },
      Extra: null,
    },
    Error: { Code: 'AccessDenied' },
  });
  expect(readAnswer(200, json, grown)).toEqual({ ...alice, requestId: 'r-1' });
  const error = JSON.stringify({
    Error: { Code: 'ExpiredToken', Message: 'm', Type: 'Sender', Detail: { a: 1 } },
    RequestId: 'r-2',
    Extra: [],
  });
  expect(readAnswer(403, json, error)).toEqual(refused('sts_session_expired', 'r-2'));
});

describe('the request ID goes to logs, so only where it looks like one', () => {
  const uuid = '01234567-89ab-cdef-0123-456789abcdef';
  const rows: readonly (readonly [name: string, given: unknown, kept: string | undefined])[] = [
    ['a UUID', uuid, uuid],
    ['40 characters', 'a'.repeat(40), 'a'.repeat(40)],
    ['41 characters', 'a'.repeat(41), undefined],
    ['a signature', '0123456789abcdef'.repeat(4), undefined],
    ['empty', '', undefined],
    ['a line of its own', `${uuid}\n{"event":"forged"}`, undefined],
    ['a line end', `${uuid}\n`, undefined],
    ['quotes', '"', undefined],
    ['an escape sequence', '\u001b[2J', undefined],
    ['a number', 7, undefined],
    ['an object', { a: uuid }, undefined],
    ['a pre-signed URL', 'https://sts.amazonaws.com/?X-Amz-Signature=00', undefined],
  ];

  test.each(rows)('%s', (_, RequestId, kept) => {
    const response = { ...JSON.parse(success()).GetCallerIdentityResponse, ResponseMetadata: { RequestId } };
    const answers = [
      readAnswer(200, json, JSON.stringify({ GetCallerIdentityResponse: response })),
      readAnswer(200, 'text/plain', JSON.stringify({ GetCallerIdentityResponse: response })),
      readAnswer(403, json, JSON.stringify({ Error: { Code: 'AccessDenied' }, RequestId })),
      readAnswer(400, json, JSON.stringify({ Error: { Code: 'Throttling' }, RequestId })),
      readAnswer(400, json, JSON.stringify({ Error: { Code: 'SomethingNew' }, RequestId })),
    ];
    expect(answers.map(({ kind }) => kind)).toEqual([
      'identity',
      'no-verdict',
      'refused',
      'throttled',
      'no-verdict',
    ]);
    for (const { requestId } of answers) expect(requestId).toBe(kept);
  });
});

test('nothing of what STS wrote gets into a reason', () => {
  const answer = readAnswer(
    403,
    json,
    failure('SignatureDoesNotMatch', 'Signature expired: AKIDEXAMPLE secret'),
  );
  expect(answer).toEqual(refused('sts_token_expired'));
  expect(JSON.stringify(answer)).not.toMatch(/AKID|secret/);
});
