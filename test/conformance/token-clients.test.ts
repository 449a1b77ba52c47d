/**
 * Tokens that the libraries of the field sign, each by itself: the grammar takes them, and an STS that really checks
 * signatures takes what the grammar rebuilds. Then the tokens of the real AWS CLI, the same way.
 */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import * as aws4 from 'aws4';
import { AwsClient } from 'aws4fetch';
import { describe, expect, test } from 'vitest';
import { createStsEmulator } from '../../src/emulator/emulator.ts';
import { createEndpointResolver, partitionOf } from '../../src/sts/endpoints.ts';
import type { AwsCredentials } from '../../src/token/credentials.ts';
import { parseToken } from '../../src/token/parse.ts';
import { presignedUrl } from '../../src/token/presigned.ts';
import { signToken } from '../../src/token/sign.ts';
import { cliTokens, exampleKey, signingTime } from '../support/cli-tokens.ts';
import { amzDate, now, wrap } from '../support/token-builder.ts';

const account = '111122223333';
const audience = 'team/one two.example.com';
const region = 'eu-west-1';
const host = 'sts.eu-west-1.amazonaws.com';
const query = { Action: 'GetCallerIdentity', Version: '2011-06-15' };

const user: AwsCredentials = exampleKey;
const session: AwsCredentials = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'anotherSecret/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'FwoGZXIvYXdzEXAMPLE//////////wEaDExample+Token==',
};

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

interface Client {
  /** Signs as the documentation of the library says, and leaves the URL as the library writes it. */
  readonly sign: (credentials: AwsCredentials) => Promise<string>;
  /** Where X-Amz-… is left out of the names. */
  readonly order: string;
  readonly expires: string;
}

/** Without a session token where there is none: the libraries tell `undefined` from absence. */
function plain({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials): Key {
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

async function presignWithSmithy(credentials: AwsCredentials, expiresIn: number): Promise<string> {
  const signer = new SignatureV4({ service: 'sts', region, credentials: plain(credentials), sha256: Sha256 });
  const headers = { host, 'x-k8s-aws-id': audience };
  const signed = await signer.presign(
    { method: 'GET', protocol: 'https:', hostname: host, path: '/', query, headers },
    { expiresIn, signingDate: new Date(now) },
  );
  const pairs = Object.entries(signed.query ?? {}) as [string, string][];
  return `https://${host}/?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
}

const clients: Readonly<Record<string, Client>> = {
  'callerid, as the AWS CLI': {
    sign: async (credentials) => {
      const { token } = await signToken(credentials, { audience, endpoint: { host, region }, now });
      return atob(token.slice('k8s-aws-v1.'.length).replaceAll('-', '+').replaceAll('_', '/'));
    },
    order: 'Action Version Algorithm Credential Date Expires SignedHeaders Security-Token Signature',
    expires: '60',
  },
  '@smithy/signature-v4': {
    sign: (credentials) => presignWithSmithy(credentials, 900),
    order: 'Action Version Security-Token Algorithm Credential Date Expires SignedHeaders Signature',
    expires: '900',
  },
  'Backstage, on smithy with 0 seconds': {
    sign: (credentials) => presignWithSmithy(credentials, 0),
    order: 'Action Version Security-Token Algorithm Credential Date Expires SignedHeaders Signature',
    expires: '0',
  },
  'aws4fetch with X-Amz-Expires set': {
    sign: async (credentials) => {
      const client = new AwsClient({ ...plain(credentials), service: 'sts', region });
      const url = `https://${host}/?${new URLSearchParams(query)}&X-Amz-Expires=60`;
      const signed = await client.sign(url, {
        headers: { 'x-k8s-aws-id': audience },
        aws: { signQuery: true, datetime: amzDate(now) },
      });
      return signed.url;
    },
    order: 'Action Version Expires Date Security-Token Algorithm Credential SignedHeaders Signature',
    expires: '60',
  },
  aws4: {
    sign: async (credentials) => {
      const path = `/?${new URLSearchParams(query)}&X-Amz-Date=${amzDate(now)}&X-Amz-Expires=60`;
      const headers = { 'x-k8s-aws-id': audience };
      const request = { host, path, service: 'sts', region, signQuery: true as const, headers };
      return `https://${host}${aws4.sign(request, plain(credentials)).path}`;
    },
    order: 'Action Version Date Expires Security-Token Algorithm Credential SignedHeaders Signature',
    expires: '60',
  },
};

const rules = { endpoints: createEndpointResolver(), now };

const sts = createStsEmulator({
  clock: () => now,
  principals: [
    { type: 'user', account, userName: 'alice', ...exampleKey },
    {
      type: 'assumed-role',
      account,
      roleName: 'deployer',
      sessionName: 'bob@example.com',
      accessKeyId: session.accessKeyId,
      secretAccessKey: session.secretAccessKey,
      sessionToken: session.sessionToken as string,
    },
  ],
});

/** Names without their prefix, in the order of the URL. */
function orderOf(url: string): string {
  return [...new URL(url).searchParams.keys()].map((name) => name.replace(/^X-Amz-/, '')).join(' ');
}

async function askSts(url: string, audienceOfVerifier: string): Promise<unknown> {
  const response = await sts.fetch(url, {
    headers: { accept: 'application/json', 'x-k8s-aws-id': audienceOfVerifier },
  });
  return response.json();
}

describe.each(Object.entries(clients))('%s', (_, { sign, order, expires }) => {
  test.each([
    ['with a long-term key', user, `arn:aws:iam::${account}:user/alice`],
    ['with a session', session, `arn:aws:sts::${account}:assumed-role/deployer/bob@example.com`],
  ])('%s: accepted by the grammar and by STS', async (_, credentials, arn) => {
    const url = await sign(credentials);
    // The shape is the client's own, not one that the test made up.
    expect(orderOf(url)).toBe(credentials.sessionToken ? order : order.replace('Security-Token ', ''));

    const parsed = parseToken(wrap(url), rules);
    if (!parsed.ok) throw new Error(parsed.code);
    expect(parsed).toMatchObject({ accessKeyId: credentials.accessKeyId, expires, signedAt: now });
    expect(parsed.encodedSessionToken).toBe(
      credentials.sessionToken && encodeURIComponent(credentials.sessionToken),
    );

    expect(await askSts(presignedUrl(parsed), audience)).toMatchObject({
      GetCallerIdentityResponse: { GetCallerIdentityResult: { Account: account, Arn: arn } },
    });
  });

  test('signed for another audience: STS refuses', async () => {
    const parsed = parseToken(wrap(await sign(user)), rules);
    if (!parsed.ok) throw new Error(parsed.code);
    expect(await askSts(presignedUrl(parsed), 'other.example.com')).toMatchObject({
      Error: { Code: 'SignatureDoesNotMatch' },
    });
  });
});

test('all clients sign the same with the same X-Amz-Expires', async () => {
  const signatures = await Promise.all(
    Object.values(clients)
      .filter(({ expires }) => expires === '60')
      .map(async ({ sign }) => new URL(await sign(session)).searchParams.get('X-Amz-Signature')),
  );
  expect(signatures).toHaveLength(3);
  expect(new Set(signatures).size).toBe(1);
});

test('aws4fetch as it comes sets no X-Amz-Expires, which is refused', async () => {
  const client = new AwsClient({ ...exampleKey, service: 'sts', region });
  const { url } = await client.sign(`https://${host}/?${new URLSearchParams(query)}`, {
    headers: { 'x-k8s-aws-id': audience },
    aws: { signQuery: true, datetime: amzDate(now) },
  });
  expect(parseToken(wrap(url), rules)).toMatchObject({ ok: false, code: 'query_parameter_missing' });
});

describe('the tokens of the AWS CLI at STS', () => {
  test.each(cliTokens.map((row) => [`${row.region}, ${row.clusterId}`, row] as const))(
    '%s',
    async (_, row) => {
      const partition = partitionOf(row.region) ?? 'aws';
      const time = signingTime(row.url);
      const emulator = createStsEmulator({
        partition,
        clock: () => time,
        principals: [
          {
            type: 'user',
            account,
            userName: 'alice',
            ...exampleKey,
            ...(row.sessionToken === null ? {} : { sessionToken: row.sessionToken }),
          },
        ],
      });
      const parsed = parseToken(row.token, { endpoints: createEndpointResolver({ partition }), now: time });
      if (!parsed.ok) throw new Error(parsed.code);
      const response = await emulator.fetch(presignedUrl(parsed), {
        headers: { accept: 'application/json', 'x-k8s-aws-id': row.clusterId },
      });
      expect(await response.json()).toMatchObject({
        GetCallerIdentityResponse: {
          GetCallerIdentityResult: { Arn: `arn:${partition}:iam::${account}:user/alice` },
        },
      });
    },
  );
});
