/**
 * Requests to the STS emulator. Nothing here is signed by callerid's own code, nor by the emulator's.
 */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { AwsV4Signer } from 'aws4fetch';
import { expect } from 'vitest';
import { createStsEmulator, type StsEmulator, type StsEmulatorOptions } from '../../src/emulator/emulator.ts';
import type { AssumedRolePrincipal, UserPrincipal } from '../../src/emulator/principals.ts';

export const account = '111122223333';
export const longTermKey = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
export const sessionKey = {
  ...longTermKey,
  accessKeyId: 'ASIDEXAMPLE',
  sessionToken: 'IQoJb3JpZ2lu//se+ssion==',
};
export const cluster = 'prod.example.com';
export const now = Date.UTC(2026, 10, 24, 12, 0, 0);
export const minute = 60_000;

export const alice: UserPrincipal = {
  type: 'user',
  account,
  userName: 'alice',
  path: '/people/',
  ...longTermKey,
};
export const admin: AssumedRolePrincipal = {
  type: 'assumed-role',
  account,
  roleName: 'Admin',
  sessionName: 'alice@example.com',
  principalId: 'AROAEXAMPLEID0000000A',
  expiration: now + 30 * minute,
  ...sessionKey,
};

interface SigningKey {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

export interface Signing {
  host?: string;
  region?: string;
  service?: string;
  at?: number;
  audience?: string;
  extraHeaders?: Record<string, string>;
  query?: Record<string, string>;
  key?: SigningKey;
}

export async function signBySmithy(signing: Signing = {}): Promise<string> {
  const { host = 'sts.eu-west-1.amazonaws.com', region = 'eu-west-1', service = 'sts', at = now } = signing;
  const { audience = cluster, extraHeaders, query } = signing;
  const key: SigningKey = signing.key ?? longTermKey;
  const signer = new SignatureV4({
    credentials: {
      accessKeyId: key.accessKeyId,
      secretAccessKey: key.secretAccessKey,
      ...(key.sessionToken === undefined ? {} : { sessionToken: key.sessionToken }),
    },
    region,
    service,
    sha256: Sha256,
  });
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: host,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15', ...query },
      headers: { host, 'x-k8s-aws-id': audience, ...extraHeaders },
    },
    { expiresIn: 60, signingDate: new Date(at) },
  );
  const pairs = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return `https://${host}/?${pairs.join('&')}`;
}

async function signByAws4fetch(signing: Signing = {}): Promise<string> {
  const { host = 'sts.eu-west-1.amazonaws.com', region = 'eu-west-1', service = 'sts', at = now } = signing;
  const { audience = cluster, extraHeaders, query } = signing;
  const key: SigningKey = signing.key ?? longTermKey;
  const search = new URLSearchParams({ Action: 'GetCallerIdentity', Version: '2011-06-15', ...query });
  const { url } = await new AwsV4Signer({
    accessKeyId: key.accessKeyId,
    secretAccessKey: key.secretAccessKey,
    ...(key.sessionToken === undefined ? {} : { sessionToken: key.sessionToken }),
    url: `https://${host}/?${search}`,
    method: 'GET',
    headers: { 'x-k8s-aws-id': audience, ...extraHeaders },
    signQuery: true,
    service,
    region,
    datetime: new Date(at).toISOString().replace(/[:-]|\.\d{3}/g, ''),
  }).sign();
  return url.href;
}

export const signers = [
  ['@smithy/signature-v4', signBySmithy],
  ['aws4fetch', signByAws4fetch],
] as const;

export function emulator(options: Partial<StsEmulatorOptions> = {}): StsEmulator {
  return createStsEmulator({ principals: [alice, admin], clock: () => now, ...options });
}

export const asking = { accept: 'application/json', 'x-k8s-aws-id': cluster };

export function ask(sts: StsEmulator, url: string, headers: Record<string, string> = {}): Promise<Response> {
  return sts.fetch(url, { headers: { ...asking, ...headers } });
}

interface Identity {
  Account: string;
  Arn: string;
  UserId: string;
}

export async function identityOf(response: Response): Promise<Identity> {
  expect(response.status).toBe(200);
  const body = (await response.json()) as {
    GetCallerIdentityResponse: { GetCallerIdentityResult: Identity; ResponseMetadata: { RequestId: string } };
  };
  const { GetCallerIdentityResult: identity, ResponseMetadata } = body.GetCallerIdentityResponse;
  expect(ResponseMetadata.RequestId).toBe(response.headers.get('x-amzn-requestid'));
  return identity;
}

export async function errorOf(response: Response): Promise<[status: number, code: string, message: string]> {
  const body = (await response.json()) as { Error: { Code: string; Message: string }; RequestId: string };
  expect(body.RequestId).toBe(response.headers.get('x-amzn-requestid'));
  return [response.status, body.Error.Code, body.Error.Message];
}

export const mismatch =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
