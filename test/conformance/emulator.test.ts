/**
 * The STS emulator: whom it knows, at which hosts, and what it answers.
 */
import { describe, expect, test } from 'vitest';
import { type PartitionName, regionOfHost } from '../../src/emulator/endpoints.ts';
import type { Principal } from '../../src/emulator/principals.ts';
import { canonicalRequest, parseQuery, parseTimestamp } from '../../src/emulator/sigv4.ts';
import cliTokens from '../fixtures/aws-cli-tokens.jsonl?raw';
import {
  account,
  admin,
  alice,
  ask,
  asking,
  cluster,
  emulator,
  errorOf,
  identityOf,
  longTermKey,
  minute,
  mismatch,
  now,
  type Signing,
  sessionKey,
  signBySmithy,
  signers,
} from '../support/emulator-setup.ts';

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

  test.each(rows)(
    '$region $clusterId, legacy endpoint $legacyEndpoint',
    async ({ region, clusterId, sessionToken, url }) => {
      const signedAt = parseTimestamp(new URL(url).searchParams.get('X-Amz-Date') ?? '') ?? 0;
      const sts = emulator({
        principals: [{ ...alice, ...(sessionToken === null ? {} : { sessionToken }) }],
        partition: partitionOf(region),
        clock: () => signedAt,
      });
      const accepted = await ask(sts, url, { 'x-k8s-aws-id': clusterId });
      expect((await identityOf(accepted)).Account).toBe(account);
      const refused = await ask(sts, url, { 'x-k8s-aws-id': `${clusterId}-2` });
      expect(await errorOf(refused)).toEqual([403, 'SignatureDoesNotMatch', mismatch]);
      const unnamed = await sts.fetch(url, { headers: { accept: 'application/json' } });
      expect((await errorOf(unnamed))[2]).toContain("'x-k8s-aws-id' is named as a SignedHeader");
    },
  );
});

describe.each(signers)('signed by %s', (_name, sign) => {
  test.each([
    ['plain audience', {}],
    ['session token with + / =', { key: sessionKey }],
    ['URL as the audience', { audience: "https://svc.example.com/a b?c=d&e='(*)'" }],
    ['extra parameter, which STS tolerates', { query: { Extra: 'a b/ü~*', another: '' } }],
    ['extra signed header', { extraHeaders: { 'x-extra': 'one' } }],
    ['4 min 59 s ahead', { at: now + 5 * minute - 1000 }],
    ['15 min old to the second', { at: now - 15 * minute }],
  ] satisfies [string, Signing][])('accepts: %s', async (_case, signing: Signing) => {
    const url = await sign(signing);
    const headers = { 'x-k8s-aws-id': signing.audience ?? cluster, ...signing.extraHeaders };
    await identityOf(await ask(emulator(), url, headers));
  });

  test.each([
    ['wrong secret', { key: { ...longTermKey, secretAccessKey: 'another' } }],
    ['another audience', { audience: 'dev.example.com' }],
    ['audience that begins alike', { audience: `${cluster}.evil` }],
  ] satisfies [string, Signing][])('does not match: %s', async (_case, signing: Signing) => {
    expect(await errorOf(await ask(emulator(), await sign(signing)))).toEqual([
      403,
      'SignatureDoesNotMatch',
      mismatch,
    ]);
  });

  test('folds and trims spaces in a signed header', async () => {
    const url = await sign({ audience: 'a b' });
    await identityOf(await ask(emulator(), url, { 'x-k8s-aws-id': ' a   b ' }));
  });
});

describe('principals', () => {
  const federated = { type: 'federated-user', account, name: 'Bob', ...sessionKey } as const;
  test.each([
    [alice, 'iam::111122223333:user/people/alice', /^AIDA[A-Z2-7]{17}$/],
    [{ ...alice, path: undefined }, 'iam::111122223333:user/alice', /^AIDA[A-Z2-7]{17}$/],
    [{ ...alice, principalId: 'AIDAX' }, 'iam::111122223333:user/people/alice', /^AIDAX$/],
    [{ ...alice, ...sessionKey }, 'iam::111122223333:user/people/alice', /^AIDA/],
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
    [{ type: 'root', account, ...longTermKey }, 'iam::111122223333:root', /^111122223333$/],
    [federated, 'sts::111122223333:federated-user/Bob', /^111122223333:Bob$/],
  ] satisfies [Principal, string, RegExp][])('%# %s', async (principal: Principal, arn, userId) => {
    const identity = await identityOf(
      await ask(emulator({ principals: [principal] }), await signBySmithy({ key: principal })),
    );
    expect(identity.Arn).toBe(`arn:aws:${arn}`);
    expect(identity.Account).toBe(account);
    expect(identity.UserId).toMatch(userId);
  });

  test('keeps the derived ID of a role over its sessions, and without regard to case', async () => {
    const sts = emulator({ principals: [] });
    const ids = [];
    for (const [roleName, sessionName] of [['Admin', 's1'] as const, ['ADMIN', 's2'] as const]) {
      sts.addPrincipal({ ...admin, roleName, sessionName, principalId: undefined });
      const { UserId } = await identityOf(await ask(sts, await signBySmithy({ key: sessionKey })));
      ids.push(UserId.split(':')[0]);
    }
    expect(ids[0]).toBe(ids[1]);
  });

  test('can be added and removed', async () => {
    const sts = emulator({ principals: [] });
    const url = await signBySmithy();
    expect((await errorOf(await ask(sts, url)))[1]).toBe('InvalidClientTokenId');
    sts.addPrincipal(alice);
    await identityOf(await ask(sts, url));
    sts.removePrincipal(alice.accessKeyId);
    expect((await errorOf(await ask(sts, url)))[1]).toBe('InvalidClientTokenId');
  });

  test.each([
    { ...alice, account: '1' },
    { ...alice, accessKeyId: 'a/b' },
    { ...alice, path: 'people' },
  ])('rejects a set-up that cannot be: %#', (principal) => {
    expect(() => emulator({ principals: [principal] })).toThrow(TypeError);
  });
});

describe('hosts', () => {
  test.each([
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

  test('takes further hosts, and is no host at all elsewhere', async () => {
    const host = 'vpce-1.sts.us-east-1.vpce.amazonaws.com';
    const url = await signBySmithy({ host, region: 'us-east-1' });
    await identityOf(await ask(emulator({ hosts: { [host]: 'us-east-1' } }), url));
    const sts = emulator();
    await expect(ask(sts, url)).rejects.toThrow(TypeError);
    expect(sts.calls).toEqual([{ host, at: now, accessKeyId: 'AKIDEXAMPLE', status: 0 }]);
  });

  test('puts its partition into ARNs', async () => {
    const url = await signBySmithy({ host: 'sts.cn-north-1.amazonaws.com.cn', region: 'cn-north-1' });
    const { Arn } = await identityOf(await ask(emulator({ partition: 'aws-cn' }), url));
    expect(Arn).toBe('arn:aws-cn:iam::111122223333:user/people/alice');
  });
});

describe('answers', () => {
  test('speaks XML unless asked for JSON', async () => {
    const sts = emulator({ principals: [{ ...alice, path: '/<&>/' }] });
    const headers = { 'x-k8s-aws-id': cluster };
    const good = await sts.fetch(await signBySmithy(), { headers });
    expect(good.headers.get('content-type')).toBe('text/xml');
    const xml = await good.text();
    expect(xml).toContain('<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">');
    expect(xml).toContain('<Arn>arn:aws:iam::111122223333:user/&#60;&#38;&#62;/alice</Arn>');
    const bad = await sts.fetch(await signBySmithy({ audience: 'x' }), { headers });
    expect(await bad.text()).toContain('<Type>Sender</Type><Code>SignatureDoesNotMatch</Code>');
  });

  test('takes a Request and a URL as well, and needs no this', async () => {
    const { fetch } = emulator();
    const url = await signBySmithy();
    await identityOf(await fetch(new Request(url, { headers: asking })));
    await identityOf(await fetch(new URL(url), { headers: new Headers(asking) }));
  });

  test('keeps a record of calls, without secrets', async () => {
    const sts = emulator();
    const url = await signBySmithy({ key: sessionKey });
    await ask(sts, url);
    await ask(sts, url, { 'x-k8s-aws-id': 'x' });
    await ask(
      sts,
      'https://sts.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Credential=<>',
    );
    const regional = { host: 'sts.eu-west-1.amazonaws.com', at: now, accessKeyId: 'ASIDEXAMPLE' };
    expect(sts.calls).toEqual([
      { ...regional, status: 200 },
      { ...regional, status: 403 },
      { host: 'sts.amazonaws.com', at: now, status: 403 },
    ]);
    sts.clearCalls();
    expect(sts.calls).toEqual([]);
  });
});

describe('SigV4', () => {
  test('makes the canonical request of the specification', () => {
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

  test.each([
    ['20261124T120000Z', now],
    ['20261124T120060Z', undefined],
    ['20260230T000000Z', undefined],
    ['20261124T240000Z', undefined],
    ['2026-11-24T12:00:00Z', undefined],
    ['', undefined],
  ])('reads the time %s', (text, time) => {
    expect(parseTimestamp(text)).toBe(time);
  });
});
