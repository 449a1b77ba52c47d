/**
 * What the STS emulator refuses, and by which of STS's errors.
 */
import { describe, expect, test } from 'vitest';
import {
  admin,
  ask,
  asking,
  emulator,
  errorOf,
  longTermKey,
  minute,
  mismatch,
  now,
  type Signing,
  sessionKey,
  signBySmithy,
} from '../support/emulator-setup.ts';

const invalid = 'The security token included in the request is invalid.';

describe('refusals', () => {
  const swap = (from: string | RegExp, to: string) => (url: string) => {
    expect(url).toMatch(from);
    return url.replace(from, to);
  };
  const drop = (name: string) => swap(new RegExp(`&${name}=[^&]*`), '');
  const late = now - 15 * minute - 1000;
  const early = now + 5 * minute + 1000;

  test.each([
    [
      'unknown key',
      { key: { ...longTermKey, accessKeyId: 'AKIDUNKNOWN' } },
      403,
      'InvalidClientTokenId',
      invalid,
    ],
    [
      'temporary key, no token',
      { key: { ...sessionKey, sessionToken: undefined } },
      403,
      'InvalidClientTokenId',
      invalid,
    ],
    [
      'temporary key, other token',
      { key: { ...sessionKey, sessionToken: 'x' } },
      403,
      'InvalidClientTokenId',
      invalid,
    ],
    [
      'long-term key with a token',
      { key: { ...longTermKey, sessionToken: 'x' } },
      403,
      'InvalidClientTokenId',
      invalid,
    ],
    [
      'expired',
      { at: late },
      403,
      'SignatureDoesNotMatch',
      'Signature expired: 20261124T114459Z is now earlier than 20261124T114500Z (20261124T120000Z - 15 min.)',
    ],
    [
      'not yet current',
      { at: early },
      403,
      'SignatureDoesNotMatch',
      'Signature not yet current: 20261124T120501Z is still later than 20261124T120500Z (20261124T120000Z + 5 min.)',
    ],
    [
      'other region',
      { region: 'us-east-1' },
      403,
      'SignatureDoesNotMatch',
      'Credential should be scoped to a valid region.',
    ],
    [
      'regional scope at the global host',
      { host: 'sts.amazonaws.com' },
      403,
      'SignatureDoesNotMatch',
      'Credential should be scoped to a valid region.',
    ],
    [
      'other service',
      { service: 's3' },
      403,
      'SignatureDoesNotMatch',
      "Credential should be scoped to correct service: 'sts'.",
    ],
    [
      'other action',
      { query: { Action: 'AssumeRole' } },
      400,
      'InvalidAction',
      'Could not find operation AssumeRole for version 2011-06-15',
    ],
    [
      'other version',
      { query: { Version: '2011-06-16' } },
      400,
      'InvalidAction',
      'Could not find operation GetCallerIdentity for version 2011-06-16',
    ],
  ] satisfies [string, Signing, number, string, string][])(
    'as signed: %s',
    async (_case, signing: Signing, status, code, message) => {
      expect(await errorOf(await ask(emulator(), await signBySmithy(signing)))).toEqual([
        status,
        code,
        message,
      ]);
    },
  );

  test.each([
    [
      'no signature parameters',
      swap(/&X-Amz-.*/, ''),
      403,
      'MissingAuthenticationToken',
      /Authentication Token/,
    ],
    ['no action', swap('Action=GetCallerIdentity&', ''), 400, 'MissingAction', /missing an action/],
    ['no version', swap('Version=2011-06-15&', ''), 400, 'InvalidAction', /for version null/],
    [
      'no credential',
      drop('X-Amz-Credential'),
      400,
      'IncompleteSignature',
      /must include 'X-Amz-Credential'/,
    ],
    ['no date', drop('X-Amz-Date'), 400, 'IncompleteSignature', /must include 'X-Amz-Date'/],
    ['no signed headers', drop('X-Amz-SignedHeaders'), 400, 'IncompleteSignature', /'X-Amz-SignedHeaders'/],
    ['no signature', drop('X-Amz-Signature'), 400, 'IncompleteSignature', /'X-Amz-Signature'/],
    [
      'other algorithm',
      swap('HMAC-SHA256', 'HMAC-SHA1'),
      400,
      'IncompleteSignature',
      /Unsupported AWS 'algorithm'/,
    ],
    [
      'short credential',
      swap('%2Faws4_request', ''),
      400,
      'IncompleteSignature',
      /exactly 5 slash-delimited/,
    ],
    [
      'no such day',
      swap('X-Amz-Date=20261124', 'X-Amz-Date=20261131'),
      400,
      'IncompleteSignature',
      /Date must be/,
    ],
    ['broken escape', swap('%2Fsts', '%zzsts'), 404, 'MalformedQueryString', /syntax error/],
    ['other path', swap('.com/?', '.com/x?'), 404, 'UnknownOperationException', /at \/ only/],
    [
      'other terminator',
      swap('aws4_request', 'aws3_request'),
      403,
      'SignatureDoesNotMatch',
      /terminator: 'aws4_request', not 'aws3_request'/,
    ],
    [
      'date of the scope',
      swap('%2F20261124', '%2F20261123'),
      403,
      'SignatureDoesNotMatch',
      /'20261123' != '20261124'/,
    ],
    ['host not signed', swap('host%3B', ''), 403, 'SignatureDoesNotMatch', /'Host' or ':authority' must be/],
    ['audience not signed', swap('host%3Bx-k8s-aws-id', 'host'), 403, 'SignatureDoesNotMatch', mismatch],
    [
      'header name that cannot be',
      swap('host%3B', 'host%3Bx%20y%3B'),
      403,
      'SignatureDoesNotMatch',
      /'x y' is named as a SignedHeader/,
    ],
    [
      'headers in another order',
      swap('host%3Bx-k8s-aws-id', 'x-k8s-aws-id%3Bhost'),
      403,
      'SignatureDoesNotMatch',
      mismatch,
    ],
    ['parameter added later', (url: string) => `${url}&a=b`, 403, 'SignatureDoesNotMatch', mismatch],
    ['Expires changed later', swap('Expires=60', 'Expires=900'), 403, 'SignatureDoesNotMatch', mismatch],
    ['host changed later', swap('sts.eu', 'sts-fips.eu'), 403, 'SignatureDoesNotMatch', mismatch],
    [
      'signature in upper case',
      (url: string) => url.replace(/[0-9a-f]{64}/, (s) => s.toUpperCase()),
      403,
      'SignatureDoesNotMatch',
      mismatch,
    ],
    [
      'signature cut short',
      (url: string) => url.replace(/(?<=X-Amz-Signature=)../, ''),
      403,
      'SignatureDoesNotMatch',
      mismatch,
    ],
  ] satisfies [string, (url: string) => string, number, string, RegExp | string][])(
    'as changed: %s',
    async (_case, change, status, code, message) => {
      const [gotStatus, gotCode, gotMessage] = await errorOf(
        await ask(emulator(), change(await signBySmithy())),
      );
      expect([gotStatus, gotCode]).toEqual([status, code]);
      expect(gotMessage).toMatch(message);
    },
  );

  test('session over', async () => {
    const url = await signBySmithy({ key: sessionKey });
    for (const expiration of [now, new Date(now - 1)]) {
      const sts = emulator({ principals: [{ ...admin, expiration }] });
      expect(await errorOf(await ask(sts, url))).toEqual([
        403,
        'ExpiredToken',
        'The security token included in the request is expired',
      ]);
    }
  });

  test('answers GET only', async () => {
    const response = await emulator().fetch(await signBySmithy(), { method: 'POST', headers: asking });
    expect((await errorOf(response)).slice(0, 2)).toEqual([405, 'MethodNotAllowed']);
  });

  test('tells the whole truth about a scope, in the order of STS', async () => {
    const url = (await signBySmithy({ region: 'c', service: 'd' }))
      .replace('aws4_request', 'e')
      .replace('%2F20261124', '%2Fb');
    expect((await errorOf(await ask(emulator(), url)))[2]).toBe(
      "Credential should be scoped to a valid region. Credential should be scoped to correct service: 'sts'. " +
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. Date in Credential scope does not match " +
        "YYYYMMDD from ISO-8601 version of date from HTTP: 'b' != '20261124', from '20261124T120000Z'.",
    );
  });
});
