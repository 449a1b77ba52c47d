/// <reference types="vite/client" />
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { AwsV4Signer } from 'aws4fetch';
import { describe, expect, it } from 'vitest';
import { createStsEmulator, type StsEmulator, type StsEmulatorOptions } from '../../src/emulator/emulator.ts';
import { type PartitionName, regionOfHost } from '../../src/emulator/endpoints.ts';
import type { Fault } from '../../src/emulator/faults.ts';
import type { Principal } from '../../src/emulator/principals.ts';
import { canonicalRequest, parseQuery, parseTimestamp } from '../../src/emulator/sigv4.ts';
import cliTokens from '../fixtures/aws-cli-tokens.jsonl?raw';

// Nothing here is signed by callerid's own code, nor by the emulator's.

const ACCOUNT = '111122223333';
const KEY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const SESSION_KEY = { ...KEY, accessKeyId: 'ASIDEXAMPLE', sessionToken: 'IQoJb3JpZ2lu//se+ssion==' };
const CLUSTER = 'prod.example.com';
const NOW = Date.UTC(2026, 10, 24, 12, 0, 0);
const MINUTE = 60_000;

const alice: Principal = { type: 'user', account: ACCOUNT, userName: 'alice', path: '/people/', ...KEY };
const admin: Principal = {
  type: 'assumed-role',
  account: ACCOUNT,
  roleName: 'Admin',
  sessionName: 'alice@example.com',
  principalId: 'AROAEXAMPLEID0000000A',
  expiration: NOW + 30 * MINUTE,
  ...SESSION_KEY,
};

interface SigningKey {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

interface Signing {
  host?: string;
  region?: string;
  service?: string;
  at?: number;
  audience?: string;
  extraHeaders?: Record<string, string>;
  query?: Record<string, string>;
  key?: SigningKey;
}

async function signBySmithy(signing: Signing = {}): Promise<string> {
  const { host = 'sts.eu-west-1.amazonaws.com', region = 'eu-west-1', service = 'sts', at = NOW } = signing;
  const { audience = CLUSTER, extraHeaders, query } = signing;
  const key: SigningKey = signing.key ?? KEY;
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
  const { host = 'sts.eu-west-1.amazonaws.com', region = 'eu-west-1', service = 'sts', at = NOW } = signing;
  const { audience = CLUSTER, extraHeaders, query } = signing;
  const key: SigningKey = signing.key ?? KEY;
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

const SIGNERS = [
  ['@smithy/signature-v4', signBySmithy],
  ['aws4fetch', signByAws4fetch],
] as const;

function emulator(options: Partial<StsEmulatorOptions> = {}): StsEmulator {
  return createStsEmulator({ principals: [alice, admin], clock: () => NOW, ...options });
}

const ASK = { accept: 'application/json', 'x-k8s-aws-id': CLUSTER };

function ask(sts: StsEmulator, url: string, headers: Record<string, string> = {}): Promise<Response> {
  return sts.fetch(url, { headers: { ...ASK, ...headers } });
}

interface Identity {
  Account: string;
  Arn: string;
  UserId: string;
}

async function identityOf(response: Response): Promise<Identity> {
  expect(response.status).toBe(200);
  const body = (await response.json()) as {
    GetCallerIdentityResponse: { GetCallerIdentityResult: Identity; ResponseMetadata: { RequestId: string } };
  };
  const { GetCallerIdentityResult: identity, ResponseMetadata } = body.GetCallerIdentityResponse;
  expect(ResponseMetadata.RequestId).toBe(response.headers.get('x-amzn-requestid'));
  return identity;
}

async function errorOf(response: Response): Promise<[status: number, code: string, message: string]> {
  const body = (await response.json()) as { Error: { Code: string; Message: string }; RequestId: string };
  expect(body.RequestId).toBe(response.headers.get('x-amzn-requestid'));
  return [response.status, body.Error.Code, body.Error.Message];
}

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
const INVALID = 'The security token included in the request is invalid.';

function partitionOf(region: string): PartitionName {
  const prefixes = {
    'us-gov-': 'aws-us-gov',
    'us-iso-': 'aws-iso',
    'us-isob-': 'aws-iso-b',
    'cn-': 'aws-cn',
  } as const;
  return Object.entries(prefixes).find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
}

describe('URLs of the AWS CLI', () => {
  interface Row {
    region: string;
    clusterId: string;
    sessionToken: string | null;
    legacyEndpoint: boolean;
    url: string;
  }
  const rows = cliTokens
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

  it.each(rows)(
    '$region $clusterId, legacy endpoint $legacyEndpoint',
    async ({ region, clusterId, sessionToken, url }) => {
      const signedAt = parseTimestamp(new URL(url).searchParams.get('X-Amz-Date') ?? '') ?? 0;
      const sts = emulator({
        principals: [{ ...alice, ...(sessionToken === null ? {} : { sessionToken }) }],
        partition: partitionOf(region),
        clock: () => signedAt,
      });
      const accepted = await ask(sts, url, { 'x-k8s-aws-id': clusterId });
      expect((await identityOf(accepted)).Account).toBe(ACCOUNT);
      const refused = await ask(sts, url, { 'x-k8s-aws-id': `${clusterId}-2` });
      expect(await errorOf(refused)).toEqual([403, 'SignatureDoesNotMatch', MISMATCH]);
      const unnamed = await sts.fetch(url, { headers: { accept: 'application/json' } });
      expect((await errorOf(unnamed))[2]).toContain("'x-k8s-aws-id' is named as a SignedHeader");
    },
  );
});

describe.each(SIGNERS)('signed by %s', (_name, sign) => {
  it.each([
    ['plain audience', {}],
    ['session token with + / =', { key: SESSION_KEY }],
    ['URL as the audience', { audience: "https://svc.example.com/a b?c=d&e='(*)'" }],
    ['extra parameter, which STS tolerates', { query: { Extra: 'a b/ü~*', another: '' } }],
    ['extra signed header', { extraHeaders: { 'x-extra': 'one' } }],
    ['4 min 59 s ahead', { at: NOW + 5 * MINUTE - 1000 }],
    ['15 min old to the second', { at: NOW - 15 * MINUTE }],
  ] satisfies [string, Signing][])('accepts: %s', async (_case, signing: Signing) => {
    const url = await sign(signing);
    const headers = { 'x-k8s-aws-id': signing.audience ?? CLUSTER, ...signing.extraHeaders };
    await identityOf(await ask(emulator(), url, headers));
  });

  it.each([
    ['wrong secret', { key: { ...KEY, secretAccessKey: 'another' } }],
    ['another audience', { audience: 'dev.example.com' }],
    ['audience that begins alike', { audience: `${CLUSTER}.evil` }],
  ] satisfies [string, Signing][])('does not match: %s', async (_case, signing: Signing) => {
    expect(await errorOf(await ask(emulator(), await sign(signing)))).toEqual([
      403,
      'SignatureDoesNotMatch',
      MISMATCH,
    ]);
  });

  it('folds and trims spaces in a signed header', async () => {
    const url = await sign({ audience: 'a b' });
    await identityOf(await ask(emulator(), url, { 'x-k8s-aws-id': ' a   b ' }));
  });
});

describe('principals', () => {
  const federated = { type: 'federated-user', account: ACCOUNT, name: 'Bob', ...SESSION_KEY } as const;
  it.each([
    [alice, 'iam::111122223333:user/people/alice', /^AIDA[A-Z2-7]{17}$/],
    [{ ...alice, path: undefined }, 'iam::111122223333:user/alice', /^AIDA[A-Z2-7]{17}$/],
    [{ ...alice, principalId: 'AIDAX' }, 'iam::111122223333:user/people/alice', /^AIDAX$/],
    [{ ...alice, ...SESSION_KEY }, 'iam::111122223333:user/people/alice', /^AIDA/],
    [
      admin,
      'sts::111122223333:assumed-role/Admin/alice@example.com',
      /^AROAEXAMPLEID0000000A:alice@example\.com$/,
    ],
    [
      { ...admin, principalId: undefined },
      'sts::111122223333:assumed-role/Admin/alice@example.com',
      /^AROA[A-Z2-7]{17}:alice@example\.com$/,
    ],
    [{ type: 'root', account: ACCOUNT, ...KEY }, 'iam::111122223333:root', /^111122223333$/],
    [federated, 'sts::111122223333:federated-user/Bob', /^111122223333:Bob$/],
  ] satisfies [Principal, string, RegExp][])('%# %s', async (principal: Principal, arn, userId) => {
    const identity = await identityOf(
      await ask(emulator({ principals: [principal] }), await signBySmithy({ key: principal })),
    );
    expect(identity.Arn).toBe(`arn:aws:${arn}`);
    expect(identity.Account).toBe(ACCOUNT);
    expect(identity.UserId).toMatch(userId);
  });

  it('keeps the derived ID of a role over its sessions, and without regard to case', async () => {
    const sts = emulator({ principals: [] });
    const ids = [];
    for (const [roleName, sessionName] of [['Admin', 's1'] as const, ['ADMIN', 's2'] as const]) {
      sts.addPrincipal({ ...admin, roleName, sessionName, principalId: undefined });
      const { UserId } = await identityOf(await ask(sts, await signBySmithy({ key: SESSION_KEY })));
      ids.push(UserId.split(':')[0]);
    }
    expect(ids[0]).toBe(ids[1]);
  });

  it('can be added and removed', async () => {
    const sts = emulator({ principals: [] });
    const url = await signBySmithy();
    expect((await errorOf(await ask(sts, url)))[1]).toBe('InvalidClientTokenId');
    sts.addPrincipal(alice);
    await identityOf(await ask(sts, url));
    sts.removePrincipal(alice.accessKeyId);
    expect((await errorOf(await ask(sts, url)))[1]).toBe('InvalidClientTokenId');
  });

  it.each([
    { ...alice, account: '1' },
    { ...alice, accessKeyId: 'a/b' },
    { ...alice, path: 'people' },
  ])('rejects a set-up that can not be: %#', (principal) => {
    expect(() => emulator({ principals: [principal] })).toThrow(TypeError);
  });
});

describe('refusals', () => {
  const swap = (from: string | RegExp, to: string) => (url: string) => {
    expect(url).toMatch(from);
    return url.replace(from, to);
  };
  const drop = (name: string) => swap(new RegExp(`&${name}=[^&]*`), '');
  const late = NOW - 15 * MINUTE - 1000;
  const early = NOW + 5 * MINUTE + 1000;

  it.each([
    ['unknown key', { key: { ...KEY, accessKeyId: 'AKIDUNKNOWN' } }, 403, 'InvalidClientTokenId', INVALID],
    [
      'temporary key, no token',
      { key: { ...SESSION_KEY, sessionToken: undefined } },
      403,
      'InvalidClientTokenId',
      INVALID,
    ],
    [
      'temporary key, other token',
      { key: { ...SESSION_KEY, sessionToken: 'x' } },
      403,
      'InvalidClientTokenId',
      INVALID,
    ],
    [
      'long-term key with a token',
      { key: { ...KEY, sessionToken: 'x' } },
      403,
      'InvalidClientTokenId',
      INVALID,
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

  it.each([
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
    ['audience not signed', swap('host%3Bx-k8s-aws-id', 'host'), 403, 'SignatureDoesNotMatch', MISMATCH],
    [
      'header name that can not be',
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
      MISMATCH,
    ],
    ['parameter added later', (url: string) => `${url}&a=b`, 403, 'SignatureDoesNotMatch', MISMATCH],
    ['Expires changed later', swap('Expires=60', 'Expires=900'), 403, 'SignatureDoesNotMatch', MISMATCH],
    ['host changed later', swap('sts.eu', 'sts-fips.eu'), 403, 'SignatureDoesNotMatch', MISMATCH],
    [
      'signature in upper case',
      (url: string) => url.replace(/[0-9a-f]{64}/, (s) => s.toUpperCase()),
      403,
      'SignatureDoesNotMatch',
      MISMATCH,
    ],
    [
      'signature cut short',
      (url: string) => url.replace(/(?<=X-Amz-Signature=)../, ''),
      403,
      'SignatureDoesNotMatch',
      MISMATCH,
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

  it('session over', async () => {
    const url = await signBySmithy({ key: SESSION_KEY });
    for (const expiration of [NOW, new Date(NOW - 1)]) {
      const sts = emulator({ principals: [{ ...admin, expiration }] });
      expect(await errorOf(await ask(sts, url))).toEqual([
        403,
        'ExpiredToken',
        'The security token included in the request is expired',
      ]);
    }
  });

  it('answers GET only', async () => {
    const response = await emulator().fetch(await signBySmithy(), { method: 'POST', headers: ASK });
    expect((await errorOf(response)).slice(0, 2)).toEqual([405, 'MethodNotAllowed']);
  });

  it('tells the whole truth about a scope, in the order of STS', async () => {
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

describe('hosts', () => {
  it.each([
    ['sts.amazonaws.com', 'aws', 'us-east-1'],
    ['sts.us-west-2.amazonaws.com', 'aws', 'us-west-2'],
    ['sts.us-west-2.amazonaws.com:8443', 'aws', 'us-west-2'],
    ['sts-fips.us-west-2.amazonaws.com', 'aws', 'us-west-2'],
    ['sts.eu-west-1.api.aws', 'aws', 'eu-west-1'],
    ['sts.cn-north-1.amazonaws.com.cn', 'aws-cn', 'cn-north-1'],
    ['sts.us-gov-west-1.amazonaws.com', 'aws-us-gov', 'us-gov-west-1'],
    ['sts-fips.us-gov-west-1.api.aws', 'aws-us-gov', 'us-gov-west-1'],
    ['sts.eusc-de-east-1.amazonaws.eu', 'aws-eusc', 'eusc-de-east-1'],
    ['sts.us-iso-east-1.c2s.ic.gov', 'aws-iso', 'us-iso-east-1'],
    ['sts.us-gov-west-1.amazonaws.com', 'aws', undefined],
    ['sts.us-west-2.amazonaws.com', 'aws-us-gov', undefined],
    ['sts.amazonaws.com', 'aws-cn', undefined],
    ['sts.s3.amazonaws.com', 'aws', undefined],
    ['s3.us-west-2.amazonaws.com', 'aws', undefined],
    ['sts.us-west-2.amazonaws.com.evil.example', 'aws', undefined],
    ['constructor', 'aws', undefined],
  ] as const)('%s in %s is %s', (host, partition, region) => {
    expect(regionOfHost(host, partition)).toBe(region);
  });

  it('takes further hosts, and is no host at all elsewhere', async () => {
    const host = 'vpce-1.sts.us-east-1.vpce.amazonaws.com';
    const url = await signBySmithy({ host, region: 'us-east-1' });
    await identityOf(await ask(emulator({ hosts: { [host]: 'us-east-1' } }), url));
    const sts = emulator();
    await expect(ask(sts, url)).rejects.toThrow(TypeError);
    expect(sts.calls).toEqual([{ host, at: NOW, accessKeyId: 'AKIDEXAMPLE', status: 0 }]);
  });

  it('puts its partition into ARNs', async () => {
    const url = await signBySmithy({ host: 'sts.cn-north-1.amazonaws.com.cn', region: 'cn-north-1' });
    const { Arn } = await identityOf(await ask(emulator({ partition: 'aws-cn' }), url));
    expect(Arn).toBe('arn:aws-cn:iam::111122223333:user/people/alice');
  });
});

describe('answers', () => {
  it('speaks XML unless asked for JSON', async () => {
    const sts = emulator({ principals: [{ ...alice, path: '/<&>/' }] });
    const headers = { 'x-k8s-aws-id': CLUSTER };
    const good = await sts.fetch(await signBySmithy(), { headers });
    expect(good.headers.get('content-type')).toBe('text/xml');
    const xml = await good.text();
    expect(xml).toContain('<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">');
    expect(xml).toContain('<Arn>arn:aws:iam::111122223333:user/&#60;&#38;&#62;/alice</Arn>');
    const bad = await sts.fetch(await signBySmithy({ audience: 'x' }), { headers });
    expect(await bad.text()).toContain('<Type>Sender</Type><Code>SignatureDoesNotMatch</Code>');
  });

  it('takes a Request and a URL as well, and needs no this', async () => {
    const { fetch } = emulator();
    const url = await signBySmithy();
    await identityOf(await fetch(new Request(url, { headers: ASK })));
    await identityOf(await fetch(new URL(url), { headers: new Headers(ASK) }));
  });

  it('keeps a record of calls, without secrets', async () => {
    const sts = emulator();
    const url = await signBySmithy({ key: SESSION_KEY });
    await ask(sts, url);
    await ask(sts, url, { 'x-k8s-aws-id': 'x' });
    await ask(
      sts,
      'https://sts.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Credential=<>',
    );
    const regional = { host: 'sts.eu-west-1.amazonaws.com', at: NOW, accessKeyId: 'ASIDEXAMPLE' };
    expect(sts.calls).toEqual([
      { ...regional, status: 200 },
      { ...regional, status: 403 },
      { host: 'sts.amazonaws.com', at: NOW, status: 403 },
    ]);
    sts.clearCalls();
    expect(sts.calls).toEqual([]);
  });
});

describe('faults', () => {
  async function spoiled(fault: Fault, init: RequestInit = {}): Promise<Response> {
    const sts = emulator();
    sts.setFault(fault);
    return sts.fetch(await signBySmithy(), { headers: ASK, ...init });
  }

  it.each([
    [{ type: 'throttle' }, [400, 'Throttling', 'Rate exceeded']],
    [{ type: 'throttle', code: 'RequestLimitExceeded' }, [400, 'RequestLimitExceeded', 'Rate exceeded']],
    [{ type: 'throttle', status: 429 }, [429, 'Throttling', 'Rate exceeded']],
    [{ type: 'fail', status: 503 }, [503, 'ServiceUnavailable', 'Service is unavailable']],
    [
      { type: 'fail', status: 403, code: 'RegionDisabledException', message: 'm' },
      [403, 'RegionDisabledException', 'm'],
    ],
  ] satisfies [Fault, unknown][])('%o', async (fault, expected) => {
    expect(await errorOf(await spoiled(fault))).toEqual(expected);
  });

  it('fails as STS with 500, and as an intermediary with 530', async () => {
    const own = await spoiled({ type: 'fail', status: 500 });
    expect(await own.json()).toMatchObject({ Error: { Code: 'InternalFailure', Type: 'Receiver' } });
    const foreign = await spoiled({ type: 'fail', status: 530 });
    expect([foreign.status, await foreign.text()]).toEqual([530, 'error code: 530']);
  });

  it('redirects', async () => {
    const response = await spoiled({ type: 'redirect', location: 'https://evil.example/' });
    expect([response.status, response.headers.get('location')]).toEqual([302, 'https://evil.example/']);
  });

  it('resets the connection', async () => {
    await expect(spoiled({ type: 'reset' })).rejects.toThrow(TypeError);
  });

  it('stalls until the signal aborts', async () => {
    const sts = emulator();
    sts.setFault({ type: 'stall' });
    const gone = new AbortController();
    const answer = sts.fetch(await signBySmithy(), { headers: ASK, signal: gone.signal });
    expect(sts.pending).toBe(1);
    gone.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect(sts.pending).toBe(0);
    await expect(sts.fetch(await signBySmithy(), { signal: gone.signal })).rejects.toThrow('enough');
  });

  it('stalls in the middle of the body', async () => {
    const gone = new AbortController();
    const response = await spoiled({ type: 'stall-body' }, { signal: gone.signal });
    expect(response.status).toBe(200);
    const reader = response.body!.getReader();
    const first = await reader.read();
    expect(new TextDecoder().decode(first.value)).toMatch(/^\{"GetCallerIdentityResponse"/);
    const rest = reader.read();
    gone.abort(new Error('enough'));
    await expect(rest).rejects.toThrow('enough');
  });

  it('delays, and can be called off', async () => {
    const before = performance.now();
    await identityOf(await spoiled({ type: 'delay', ms: 50 }));
    expect(performance.now() - before).toBeGreaterThan(40);
    const signal = AbortSignal.timeout(20);
    await expect(spoiled({ type: 'delay', ms: 60_000 }, { signal })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });

  it('cuts the body', async () => {
    const response = await spoiled({ type: 'cut' });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it('pads the true answer', async () => {
    const text = await (await spoiled({ type: 'oversize', mib: 2 })).text();
    expect(text.length).toBeGreaterThan(2 * 1024 * 1024);
    expect(JSON.parse(text)).toHaveProperty('GetCallerIdentityResponse');
  });

  it('makes a gzip bomb', async () => {
    const response = await spoiled({ type: 'gzip-bomb', mib: 2 });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    const packed = await response.arrayBuffer();
    expect(packed.byteLength).toBeLessThan(20_000);
    const body = new Response(packed).body!.pipeThrough(new DecompressionStream('gzip'));
    expect(JSON.parse(await new Response(body).text())).toHaveProperty('GetCallerIdentityResponse');
  });

  it.each([
    ['html', 'text/html', /^<!doctype html>/],
    ['other-json', 'application/json', /^\{.*\}$/],
    ['mistyped', 'application/json', /"Account":111122223333/],
    ['broken-json', 'application/json', /"1111$/],
    ['empty', 'application/json', /^$/],
    ['wrong-content-type', 'text/plain', /user\/people\/alice/],
  ] as const)('talks nonsense: %s', async (shape, contentType, body) => {
    const response = await spoiled({ type: 'nonsense', shape });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, contentType]);
    expect(await response.text()).toMatch(body);
  });

  it('lasts for as many requests as told, or until cleared', async () => {
    const sts = emulator();
    const url = await signBySmithy();
    const statuses = async () => [
      (await ask(sts, url)).status,
      (await ask(sts, url)).status,
      (await ask(sts, url)).status,
    ];
    sts.setFault({ type: 'fail', status: 500, times: 2 });
    expect(await statuses()).toEqual([500, 500, 200]);
    sts.setFault({ type: 'fail', status: 500 });
    expect(await statuses()).toEqual([500, 500, 500]);
    sts.setFault(undefined);
    expect(await statuses()).toEqual([200, 200, 200]);
  });
});

describe('SigV4', () => {
  it('makes the canonical request of the specification', () => {
    const parameters = parseQuery('?b=2&a=%7e*+x&a=%2F&X-Amz-Signature=00&c')!;
    expect(
      canonicalRequest({
        method: 'GET',
        path: '/',
        parameters,
        signedHeaders: [
          ['x-b', '  one   two '],
          ['host', 'h'],
        ],
        timestamp: '',
      }),
    ).toBe(
      'GET\n/\na=%2F&a=~%2A%20x&b=2&c=\nhost:h\nx-b:one two\n\nhost;x-b\n' +
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  it.each([
    ['20261124T120000Z', NOW],
    ['20261124T120060Z', undefined],
    ['20260230T000000Z', undefined],
    ['20261124T240000Z', undefined],
    ['2026-11-24T12:00:00Z', undefined],
    ['', undefined],
  ])('reads the time %s', (text, time) => {
    expect(parseTimestamp(text)).toBe(time);
  });
});
