/**
 * Our signatures are those of @smithy/signature-v4 and of aws4fetch, for odd inputs too, by Web Crypto as by the command;
 * what may be credentials.
 */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { AwsV4Signer } from 'aws4fetch';
import { describe, expect, test } from 'vitest';
import { digests } from '../../src/cli/token/digests.ts';
import { ConfigurationError } from '../../src/errors/classes.ts';
import { stsHost } from '../../src/sts/endpoints.ts';
import type { AwsCredentials } from '../../src/token/credentials.ts';
import { decodeToken } from '../../src/token/encoding.ts';
import { type SignOptions, signToken } from '../../src/token/sign.ts';
import { exampleKey } from '../support/cli-tokens.ts';
import { amzDate, now } from '../support/token-builder.ts';

type Case = Required<Omit<SignOptions, 'digests'>> & {
  readonly digests?: SignOptions['digests'];
  readonly credentials: AwsCredentials;
};

/** Written out here, so that the libraries sign what they were given and not what callerid made of it. */
const query = { Action: 'GetCallerIdentity', Version: '2011-06-15' };

async function signatureByCallerid({ credentials, ...options }: Case): Promise<string | null> {
  const decoded = decodeToken((await signToken(credentials, options)).token);
  return decoded.ok ? new URL(decoded.url).searchParams.get('X-Amz-Signature') : decoded.code;
}

async function signatureBySmithy({ credentials, audience, endpoint, expires, now }: Case): Promise<unknown> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const { host, region } = endpoint;
  const key = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  const signer = new SignatureV4({ service: 'sts', region, credentials: key, sha256: Sha256 });
  const headers = { host, 'x-k8s-aws-id': audience };
  const signed = await signer.presign(
    { method: 'GET', protocol: 'https:', hostname: host, path: '/', query, headers },
    { expiresIn: expires, signingDate: new Date(now) },
  );
  return signed.query?.['X-Amz-Signature'];
}

function signatureByAws4fetch({ credentials, audience, endpoint, expires, now }: Case): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return new AwsV4Signer({
    method: 'GET',
    url: `https://${endpoint.host}/?${new URLSearchParams(query)}&X-Amz-Expires=${expires}`,
    headers: { 'x-k8s-aws-id': audience },
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    service: 'sts',
    region: endpoint.region,
    datetime: amzDate(now),
    signQuery: true,
  }).signature();
}

function endpoint(region: string, options: Parameters<typeof stsHost>[1] = {}): SignOptions['endpoint'] {
  return { host: stsHost(region, options), region };
}

const plain: Case = {
  credentials: exampleKey,
  audience: 'https://orders.example.com',
  endpoint: endpoint('eu-west-1'),
  expires: 60,
  now,
};

const digest = 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg';

const rows: readonly (readonly [what: string, change: Partial<Case>])[] = [
  ['nothing odd', {}],
  ...[
    'prod',
    'https://orders.example.com/v1?x=y&z=%2F',
    `https://orders.example.com#${digest}`,
    `https://orders.example.com#${digest}#AAAAAAAAAAAAAAAAAAAAAA`,
    'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
    'team/one two three',
    '~tilde~',
    `'single' "double" \`back\``,
    '100% %2f %%',
    '!"#$%&\'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~',
    ';=,&',
    'x'.repeat(256),
  ].map((audience) => [`the audience ${audience}`, { audience }] as const),
  ...['IQoJb3JpZ2lu//se+ssion==', '+/=', '====', '-_-_', 'a'.repeat(2000)].map(
    (sessionToken) =>
      [`the session token ${sessionToken}`, { credentials: { ...exampleKey, sessionToken } }] as const,
  ),
  ...['ü\u{1f511}\u4e2d', 'with spaces and\ttabs', '+/=%&', '\n', 'x'.repeat(300)].map(
    (secretAccessKey) =>
      [
        `the secret ${JSON.stringify(secretAccessKey)}`,
        { credentials: { ...exampleKey, secretAccessKey } },
      ] as const,
  ),
  ...['us-east-1', 'us-gov-west-1', 'cn-north-1', 'eusc-de-east-1', 'us-iso-east-1'].map(
    (region) => [`the region ${region}`, { endpoint: endpoint(region) }] as const,
  ),
  ['the global host', { endpoint: endpoint('us-east-1', { global: true }) }],
  ['a FIPS host', { endpoint: endpoint('us-east-1', { fips: true }) }],
  ['a dual-stack host', { endpoint: endpoint('eu-west-1', { dualStack: true }) }],
  [
    'a VPC endpoint',
    { endpoint: { host: 'vpce-1-a.sts.eu-west-1.vpce.amazonaws.com', region: 'eu-west-1' } },
  ],
  ...[0, 1, 60, 900].map((expires) => [`${expires} seconds`, { expires }] as const),
  ['the last second of a year', { now: Date.UTC(2026, 11, 31, 23, 59, 59, 999) }],
  ['a leap day', { now: Date.UTC(2028, 1, 29) }],
];

describe('the signature is that of @smithy/signature-v4 and of aws4fetch', () => {
  test.each(rows)('%s', async (_, change) => {
    const signing = { ...plain, ...change };
    const signature = await signatureByCallerid(signing);
    expect(signature).toMatch(/^[0-9a-f]{64}$/);
    expect(await signatureByCallerid({ ...signing, digests })).toBe(signature);
    expect([await signatureBySmithy(signing), await signatureByAws4fetch(signing)]).toEqual([
      signature,
      signature,
    ]);
  });

  test('and every row has one of its own', async () => {
    const different = rows.filter(([what]) => what !== '60 seconds');
    const signatures = await Promise.all(
      different.map(([, change]) => signatureByCallerid({ ...plain, ...change })),
    );
    expect(new Set(signatures).size).toBe(different.length);
  });
});

describe('credentials that cannot sign', () => {
  const secret = 'wJalrXUtnFEMI';

  test.each<[setting: string, credentials: unknown]>([
    ['credentials', undefined],
    ['credentials', null],
    ['credentials', secret],
    ['credentials.accessKeyId', {}],
    ['credentials.accessKeyId', { secretAccessKey: secret }],
    ['credentials.accessKeyId', { ...exampleKey, accessKeyId: 42 }],
    ['credentials.accessKeyId', { ...exampleKey, accessKeyId: [exampleKey.accessKeyId] }],
    ['credentials.accessKeyId', { ...exampleKey, accessKeyId: '' }],
    ['credentials.accessKeyId', { ...exampleKey, accessKeyId: 'AKI' }],
    ['credentials.accessKeyId', { ...exampleKey, accessKeyId: `${secret}/+` }],
    ['credentials.accessKeyId', { ...exampleKey, accessKeyId: `${secret}\n` }],
    ['credentials.accessKeyId', { ...exampleKey, accessKeyId: 'A'.repeat(129) }],
    ['credentials.secretAccessKey', { accessKeyId: 'AKIDEXAMPLE' }],
    ['credentials.secretAccessKey', { ...exampleKey, secretAccessKey: '' }],
    ['credentials.secretAccessKey', { ...exampleKey, secretAccessKey: [secret] }],
    ['credentials.sessionToken', { ...exampleKey, sessionToken: `${secret}\n` }],
    ['credentials.sessionToken', { ...exampleKey, sessionToken: `${secret} ${secret}` }],
    ['credentials.sessionToken', { ...exampleKey, sessionToken: `${secret}ü` }],
    ['credentials.sessionToken', { ...exampleKey, sessionToken: [secret] }],
    ['credentials.expiration', { ...exampleKey, expiration: '2026-11-24T05:00:00Z' }],
    ['credentials.expiration', { ...exampleKey, expiration: new Date(Number.NaN) }],
  ])('%s, which is named, and its value is not: %j', async (setting, credentials) => {
    const error = await signToken(credentials as AwsCredentials, plain).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ setting, message: expect.not.stringContaining(secret) });
  });

  test.each([-1, 901, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '60'])(
    'nor is X-Amz-Expires %s',
    async (expires) => {
      const signed = signToken(exampleKey, { ...plain, expires: expires as number });
      await expect(signed).rejects.toMatchObject({ setting: 'expires' });
    },
  );
});
