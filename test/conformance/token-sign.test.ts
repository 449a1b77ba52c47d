/**
 * Signing: byte for byte what the AWS CLI makes; what may be an audience; when a token ends.
 */
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors/classes.ts';
import { createEndpointResolver, partitionOf, stsHost } from '../../src/sts/endpoints.ts';
import { assertAudience, couldBeEksClusterName, isAudience } from '../../src/token/audience.ts';
import type { AwsCredentials } from '../../src/token/credentials.ts';
import { decodeToken } from '../../src/token/encoding.ts';
import { parseToken } from '../../src/token/parse.ts';
import { presignedUrl } from '../../src/token/presigned.ts';
import { signToken } from '../../src/token/sign.ts';
import { cliTokens, exampleKey, signingTime } from '../support/cli-tokens.ts';
import { expectLinear, fill } from '../support/linear.ts';
import { now } from '../support/token-builder.ts';

const minutes = 60_000;
const endpoint = { host: 'sts.us-east-1.amazonaws.com', region: 'us-east-1' };

describe('the tokens of the AWS CLI', () => {
  test('are there', () => {
    expect(cliTokens.length).toBeGreaterThanOrEqual(8);
  });

  for (const row of cliTokens) {
    const partition = partitionOf(row.region) ?? 'aws';
    const title = `${row.region}, ${row.clusterId}${row.legacyEndpoint ? ', legacy' : ''}`;

    test(`${title}: signed here, byte for byte the same`, async () => {
      const signed = await signToken(
        { ...exampleKey, sessionToken: row.sessionToken ?? undefined },
        {
          audience: row.clusterId,
          endpoint: { host: stsHost(row.region, { global: row.legacyEndpoint }), region: row.region },
          now: signingTime(row.url),
        },
      );
      expect(decodeToken(signed.token)).toEqual({ ok: true, url: row.url });
      expect(signed.token).toBe(row.token);
      expect(signed.expiresAt).toEqual(new Date(row.expirationTimestamp));
    });

    test(`${title}: parses at its time, and is rebuilt as it was`, () => {
      const rules = { endpoints: createEndpointResolver({ partition }), now: signingTime(row.url) };
      const parsed = parseToken(row.token, rules);
      if (!parsed.ok) throw new Error(parsed.code);
      expect(presignedUrl(parsed)).toBe(row.url);
      expect(parsed).toMatchObject({
        endpoint: { host: new URL(row.url).host, region: row.region, listed: true },
        accessKeyId: exampleKey.accessKeyId,
        expires: '60',
        signedAt: rules.now,
      });
      expect(parsed.encodedSessionToken ?? null).toBe(
        row.sessionToken && encodeURIComponent(row.sessionToken),
      );
    });
  }
});

describe('signing', () => {
  const options = { audience: 'demo.example.com', endpoint, now };

  async function urlOf(credentials: AwsCredentials, changes: object = {}): Promise<string> {
    const { token } = await signToken(credentials, { ...options, ...changes });
    const decoded = decodeToken(token);
    if (!decoded.ok) throw new Error(decoded.code);
    return decoded.url;
  }

  function signatureOf(url: string): string | null {
    return new URL(url).searchParams.get('X-Amz-Signature');
  }

  test('repeats itself', async () => {
    expect(await urlOf(exampleKey)).toBe(await urlOf(exampleKey));
  });

  test.each([
    ['the audience', { audience: 'other.example.com' }],
    ['the case of the audience', { audience: 'Demo.example.com' }],
    ['the host', { endpoint: { host: 'sts.amazonaws.com', region: 'us-east-1' } }],
    ['the region', { endpoint: { ...endpoint, region: 'us-east-2' } }],
    ['the second', { now: now + 1000 }],
    ['the seconds of X-Amz-Expires', { expires: 900 }],
  ])('depends on %s', async (_, changes) => {
    expect(signatureOf(await urlOf(exampleKey, changes))).not.toBe(signatureOf(await urlOf(exampleKey)));
  });

  test('does not depend on the millisecond', async () => {
    expect(await urlOf(exampleKey, { now: now + 999 })).toBe(await urlOf(exampleKey));
  });

  test('never writes the audience or the secret into the URL', async () => {
    const url = await urlOf({ ...exampleKey, sessionToken: 'FwoGZXIvYXdzEXAMPLE' });
    expect(url).not.toContain(options.audience);
    expect(url).not.toContain(exampleKey.secretAccessKey);
    expect(decodeURIComponent(url)).not.toContain(exampleKey.secretAccessKey);
  });

  test('takes an empty session token for none, as environments hand it on', async () => {
    expect(await urlOf({ ...exampleKey, sessionToken: '' })).toBe(await urlOf(exampleKey));
  });

  test.each([
    ['an empty audience', ''],
    ['a trailing space', 'demo '],
    ['a line feed', 'demo\n'],
    ['beyond ASCII', 'd\u00e9mo'],
  ])('refuses %s', async (_, audience) => {
    await expect(signToken(exampleKey, { ...options, audience })).rejects.toThrow(ConfigurationError);
  });

  test.each([
    ['without a session: 14 minutes', undefined, 14 * minutes],
    ['a session that ends later: 14 minutes', 60 * minutes, 14 * minutes],
    ['a session that ends with the margin: 14 minutes', 14 * minutes, 14 * minutes],
    ['a session that ends sooner: when it ends', 5 * minutes, 5 * minutes],
    ['a session that has ended: when it ended', -minutes, -minutes],
  ])('tells its end honestly, %s', async (_, sessionLeft, tokenLeft) => {
    const expiration = sessionLeft === undefined ? undefined : new Date(now + sessionLeft);
    const { expiresAt } = await signToken({ ...exampleKey, expiration }, options);
    expect(expiresAt.getTime() - now).toBe(tokenLeft);
  });

  test('promises less time than the grammar grants', async () => {
    const { token, expiresAt } = await signToken(exampleKey, { ...options, now: now + 999 });
    const parsed = parseToken(token, { endpoints: createEndpointResolver(), now });
    expect(parsed.ok && parsed.expiresAt).toBeGreaterThan(expiresAt.getTime());
  });
});

describe('an audience', () => {
  test.each<[string, unknown, boolean]>([
    ['the ID of a cluster', 'demo.example.com', true],
    ['the name of an EKS cluster', 'prod', true],
    ['the URL of a service', 'https://api.example.com/v1?x=y#z', true],
    ['one character', 'a', true],
    ['256 characters', 'a'.repeat(256), true],
    ['single spaces inside', 'team/one two three', true],
    ['every printable character', '!"#$%&\'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~', true],
    ['nothing', '', false],
    ['257 characters', 'a'.repeat(257), false],
    ['a space', ' ', false],
    ['a leading space, which SigV4 drops', ' demo', false],
    ['a trailing space, which SigV4 drops', 'demo ', false],
    ['a doubled space, which SigV4 folds', 'one  two', false],
    ['a tab, which SigV4 folds', 'one\ttwo', false],
    ['a line feed', 'demo\n', false],
    ['CR and LF: a header smuggled in', 'demo\r\nx-evil: 1', false],
    ['NUL', 'demo\0', false],
    ['DEL', 'demo\x7f', false],
    ['beyond ASCII', 'd\u00e9mo', false],
    ['a homoglyph', 'd\u0435mo', false],
    ['a no-break space', 'one\u00a0two', false],
    ['undefined', undefined, false],
    ['null', null, false],
    ['a number', 42, false],
    ['an array that turns into one', ['demo'], false],
  ])('%s', (_, value, expected) => {
    expect(isAudience(value)).toBe(expected);
    if (expected) expect(() => assertAudience('CALLERID_CLUSTER', value)).not.toThrow();
    else expect(() => assertAudience('CALLERID_CLUSTER', value)).toThrow(/^CALLERID_CLUSTER: /);
  });

  test.each<[string, string, boolean]>([
    ['a plain name', 'prod', true],
    ['a dash and an underscore', 'prod-eu_1', true],
    ['digits', '2024', true],
    ['100 characters', 'a'.repeat(100), true],
    ['101 characters', 'a'.repeat(101), false],
    ['a dash in front', '-prod', false],
    ['an underscore in front', '_prod', false],
    ['a dot', 'prod.example.com', false],
    ['a slash', 'team/prod', false],
    ['a space', 'team prod', false],
    ['a URL', 'https://api.example.com', false],
  ])('that an EKS cluster could have: %s', (_, audience, expected) => {
    expect(couldBeEksClusterName(audience)).toBe(expected);
  });

  test.each(['a ', 'a', ' '])('takes linear time, however long: %j', async (text) => {
    await expectLinear((size) => {
      const audience = fill(text, size);
      expect(isAudience(audience)).toBe(false);
      expect(couldBeEksClusterName(audience)).toBe(false);
    });
  });

  // 256 characters at most are looked at one by one. This is the worst of them.
  test('takes linear time up to the longest', async () => {
    await expectLinear((size) => expect(isAudience(`${fill('a ', size - 2)}\0`)).toBe(false), 64);
  });
});
