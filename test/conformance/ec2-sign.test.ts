/**
 * The headers that sign a call of ours are those of aws4fetch and of @smithy/signature-v4, for odd inputs too.
 */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { AwsV4Signer } from 'aws4fetch';
import { describe, expect, test } from 'vitest';
import { signCall, type UnsignedCall } from '../../src/ec2/sign.ts';
import { idOf, lookupKey, start } from '../support/ec2-fake.ts';
import { amzDate } from '../support/token-builder.ts';

type Case = UnsignedCall & { readonly now: number };
type Headers = Readonly<Record<string, string>>;

/** The libraries tell `undefined` from absence. */
function keyOf({ credentials }: Case) {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

async function signedByAws4fetch(call: Case): Promise<Headers> {
  const { service, host, region, body, now } = call;
  const { headers } = await new AwsV4Signer({
    ...keyOf(call),
    method: 'POST',
    url: `https://${host}/`,
    body,
    service,
    region,
    datetime: amzDate(now),
  }).sign();
  return Object.fromEntries(headers);
}

async function signedBySmithy(call: Case): Promise<Headers> {
  const { service, host, region, body, now } = call;
  const signer = new SignatureV4({
    credentials: keyOf(call),
    service,
    region,
    sha256: Sha256,
    applyChecksum: false,
  });
  const { headers } = await signer.sign(
    { method: 'POST', protocol: 'https:', hostname: host, path: '/', headers: { host }, body },
    { signingDate: new Date(now) },
  );
  const { host: _, ...sent } = headers; // fetch writes it
  return sent;
}

const plain: Case = {
  service: 'ec2',
  host: 'ec2.eu-west-1.amazonaws.com',
  region: 'eu-west-1',
  credentials: lookupKey,
  body: 'Action=DescribeInstances&Version=2016-11-15',
  now: start,
};

const assume = {
  Action: 'AssumeRole',
  Version: '2011-06-15',
  RoleArn: 'arn:aws:iam::111122223333:role/a+b/L@=,.',
};
const batch = Array.from({ length: 200 }, (_, index) => [`Filter.1.Value.${index + 1}`, idOf(index)]);

const rows: readonly (readonly [what: string, change: Partial<Case>])[] = [
  ['nothing odd', {}],
  ['STS', { service: 'sts', host: 'sts.eu-west-1.amazonaws.com', body: String(new URLSearchParams(assume)) }],
  ['another host', { host: 'ec2.cn-north-1.amazonaws.com.cn' }],
  ...['us-east-1', 'us-gov-west-1', 'cn-north-1', 'eusc-de-east-1'].map(
    (region) => [`the region ${region}`, { region }] as const,
  ),
  ['no body', { body: '' }],
  ['a full batch', { body: String(new URLSearchParams(batch)) }],
  ...['a=b%20c+d', 'ü\u{1f511}\u4e2d', ' a \n b ', '%', 'x'.repeat(10_000)].map(
    (body) => [`the body ${JSON.stringify(body).slice(0, 40)}`, { body }] as const,
  ),
  ...['IQoJb3JpZ2lu//se+ssion==', '+/=', '-_-_', '!"#$%&\'()*,;:<>?@[\\]^`{|}~', 'a'.repeat(2000)].map(
    (sessionToken) =>
      [
        `the session token ${sessionToken.slice(0, 40)}`,
        { credentials: { ...lookupKey, sessionToken } },
      ] as const,
  ),
  ...['+/=%&', '!"#$%&\'()*,;:<>?@[\\]^`{|}~', 'x'.repeat(256)].map(
    (secretAccessKey) =>
      [
        `the secret ${secretAccessKey.slice(0, 40)}`,
        { credentials: { ...lookupKey, secretAccessKey } },
      ] as const,
  ),
  ['another access key ID', { credentials: { ...lookupKey, accessKeyId: 'ASIA' } }],
  ['the last second of a year', { now: Date.UTC(2026, 11, 31, 23, 59, 59, 999) }],
  ['a leap day', { now: Date.UTC(2028, 1, 29) }],
];

describe('the headers are those of aws4fetch and of @smithy/signature-v4', () => {
  test.each(rows)('%s', async (_, change) => {
    const call = { ...plain, ...change };
    const headers = await signCall(call, call.now);
    expect(headers.authorization).toMatch(/, Signature=[0-9a-f]{64}$/);
    expect(headers['x-amz-security-token']).toBe(call.credentials.sessionToken);
    expect(await signedByAws4fetch(call)).toEqual(headers);
    expect(await signedBySmithy(call)).toEqual(headers);
  });

  test('and every row has headers of its own', async () => {
    const all = await Promise.all(
      rows.map(async ([, change]) => {
        const call = { ...plain, ...change };
        return (await signCall(call, call.now)).authorization;
      }),
    );
    expect(new Set(all).size).toBe(rows.length);
  });
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('nothing is signed at %s', async (now) => {
  await expect(signCall(plain, now)).rejects.toBeInstanceOf(RangeError);
});
