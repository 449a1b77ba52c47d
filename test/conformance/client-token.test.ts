/**
 * createToken: where it signs for, what it binds to, and what it refuses; each token against the emulated STS.
 */
import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors/classes.ts';
import { createNonce, createToken, type TokenOptions } from '../../src/sign.ts';
import { createEndpointResolver, type PartitionId } from '../../src/sts/endpoints.ts';
import { decodeToken } from '../../src/token/encoding.ts';
import { parseToken } from '../../src/token/parse.ts';
import { type BoundRequest, requestSuffix } from '../../src/token/suffix.ts';
import { exampleKey } from '../support/cli-tokens.ts';
import { adminArn, adminKey, identityThatSts } from '../support/client-setup.ts';
import { audience, scene, start } from '../support/verifier-setup.ts';

const options: TokenOptions = { audience, region: 'eu-west-1', now: start };
const nonce = 'AAAAAAAAAAAAAAAAAAAAAA';
const request: BoundRequest = {
  method: 'POST',
  url: 'https://orders.example.com/orders?x=1',
  body: new TextEncoder().encode('{"item":1}'),
};

async function refusal(change: object, credentials: unknown = adminKey): Promise<unknown> {
  return createToken(credentials as typeof adminKey, { ...options, ...change }).then(
    () => 'signed',
    (error: unknown) => error,
  );
}

describe('the endpoint', () => {
  test.each<[string, Partial<TokenOptions>, string]>([
    ['of a region', {}, 'sts.eu-west-1.amazonaws.com'],
    ['of another partition', { region: 'cn-north-1' }, 'sts.cn-north-1.amazonaws.com.cn'],
    ['with FIPS', { region: 'us-east-1', fips: true }, 'sts-fips.us-east-1.amazonaws.com'],
    ['with dual-stack', { dualStack: true }, 'sts.eu-west-1.api.aws'],
    [
      'in a VPC',
      { host: 'vpce-1.sts.eu-west-1.vpce.amazonaws.com' },
      'vpce-1.sts.eu-west-1.vpce.amazonaws.com',
    ],
    ['that is global', { region: 'us-east-1', host: 'sts.amazonaws.com' }, 'sts.amazonaws.com'],
  ])('%s', async (_, change, host) => {
    const { region, ...chosen } = { ...options, ...change };
    const { token } = await createToken(adminKey, { region, ...chosen });
    const partition: PartitionId = region === 'cn-north-1' ? 'aws-cn' : 'aws';
    const hosts = host.startsWith('vpce-') ? [{ host, region }] : [];
    const parsed = parseToken(token, { endpoints: createEndpointResolver({ partition, hosts }), now: start });
    expect(parsed).toMatchObject({ ok: true, endpoint: { host, region } });
  });
});

describe('a token', () => {
  test('is verified, and is that of the AWS CLI', async () => {
    const { verifier } = scene();
    const { token, expiresAt } = await createToken(adminKey, options);
    expect(await verifier.verify(token)).toMatchObject({
      verdict: 'verified',
      identity: { roleName: 'Admin', sessionName: 'alice@example.com' },
    });
    expect(expiresAt.getTime()).toBe(start + 14 * 60_000);
  });

  test.each<[string, Partial<TokenOptions>, () => Promise<string>]>([
    ['a request', { request }, async () => audience + (await requestSuffix(request))],
    ['a nonce', { nonce }, async () => `${audience}#${nonce}`],
    ['both', { request, nonce }, async () => `${audience}${await requestSuffix(request)}#${nonce}`],
    [
      'a request, its method and URL as they are sent',
      { request: { ...request, method: 'post', url: 'HTTPS://Orders.example.com:443/a/../orders?x=1#part' } },
      async () => audience + (await requestSuffix(request)),
    ],
  ])('bound to %s: STS takes it for that audience and no other', async (_, binding, expected) => {
    const { token } = await createToken(adminKey, { ...options, ...binding });
    expect(await identityThatSts(token, await expected())).toBe(adminArn);
    expect(await identityThatSts(token, audience)).toBe('sts_signature_mismatch');
  });

  test.each<[attack: string, change: Partial<BoundRequest>]>([
    ['another method', { method: 'DELETE' }],
    ['another URL', { url: 'https://orders.example.com/orders?x=2' }],
    ['another body', { body: new TextEncoder().encode('{"item":2}') }],
    ['no body', { body: new Uint8Array() }],
  ])('stolen and used for another request is refused: %s', async (_, change) => {
    const { token } = await createToken(adminKey, { ...options, request });
    const theirs = audience + (await requestSuffix({ ...request, ...change }));
    expect(await identityThatSts(token, theirs)).toBe('sts_signature_mismatch');
  });

  test('a nonce is fresh each time, and is taken', async () => {
    const nonces = [createNonce(), createNonce()];
    expect(nonces[0]).not.toBe(nonces[1]);
    for (const one of nonces) expect(await refusal({ nonce: one })).toBe('signed');
  });
});

describe('the credentials', () => {
  test.each<[string, () => unknown]>([
    ['themselves', () => exampleKey],
    ['a function', () => () => exampleKey],
    ['a provider that takes its time', () => async () => exampleKey],
  ])('may be %s', async (_, source) => {
    const { token } = await createToken(source() as typeof exampleKey, options);
    const decoded = decodeToken(token);
    expect(decoded.ok && decoded.url).toContain(`Credential=${exampleKey.accessKeyId}%2F`);
  });

  test('a failing provider fails the token, in its own words', async () => {
    const error = new Error('no profile');
    expect(await refusal({}, () => Promise.reject(error))).toBe(error);
  });

  test('a token ends with them', async () => {
    const expiration = new Date(start + 5 * 60_000);
    const { expiresAt } = await createToken(async () => ({ ...exampleKey, expiration }), options);
    expect(expiresAt).toEqual(expiration);
  });

  test.each<[string, unknown, string]>([
    ['none', undefined, 'credentials'],
    ['a provider without any', async () => undefined, 'credentials'],
    ['a provider of half of them', () => ({ accessKeyId: 'AKIDEXAMPLE' }), 'credentials.secretAccessKey'],
  ])('%s: said so', async (_, source, setting) => {
    const error = await createToken(source as () => typeof exampleKey, options).catch((caught) => caught);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ setting });
  });
});

describe('refuses', () => {
  test.each<[string, object, setting: string, message: RegExp]>([
    ['no audience', { audience: undefined }, 'audience', /printable ASCII/],
    ['an audience that SigV4 folds', { audience: 'a  b' }, 'audience', /doubled spaces/],
    [
      'an audience that binds to a request of its own choice',
      { audience: `${audience}#${nonce}` },
      'audience',
      /holds "#".*`request` and `nonce`/,
    ],
    [
      'an audience too long for its suffixes',
      { audience: 'x'.repeat(213), request },
      'audience',
      /its 213 characters and the 44 .* are 257, and 256 is the most.*at most 212/,
    ],
    [
      'an audience too long for both',
      { audience: 'x'.repeat(190), request, nonce },
      'audience',
      /190 .* 67 .* 257/,
    ],
    ['no region', { region: undefined }, 'region', /is no AWS region/],
    ['a region that is none', { region: 'eu' }, 'region', /is no AWS region/],
    ['a region that is none, beside a host', { region: 'x', host: 'sts.example' }, 'region', /no AWS region/],
    ['a host with a port', { host: 'sts.example:443' }, 'host', /plain DNS name/],
    ['a host that ends the authority', { host: 'sts.example/?x=' }, 'host', /plain DNS name/],
    ['a host with a line end', { host: 'sts.example\nx-k8s-aws-id:y' }, 'host', /plain DNS name/],
    ['a nonce that is none', { nonce: 'short' }, 'nonce', /createNonce/],
    ['an empty nonce', { nonce: '' }, 'nonce', /createNonce/],
    ['a nonce that hides another', { nonce: `${nonce}#${nonce}` }, 'nonce', /createNonce/],
    ['a relative URL', { request: { ...request, url: '/orders' } }, 'request.url', /absolute URL/],
    [
      'a URL with a password',
      { request: { ...request, url: 'https://u:p@orders.example.com/' } },
      'request.url',
      /password/,
    ],
    ['an option that is none', { once: true } as never, 'once', /no such option/],
  ])('%s', async (_, change, setting, message) => {
    const error = await refusal(change);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ code: 'configuration', setting, message: expect.stringMatching(message) });
  });

  test.each([
    ['with a digest', { audience: 'x'.repeat(212), request }],
    ['with a nonce', { audience: 'x'.repeat(233), nonce }],
    ['with both', { audience: 'x'.repeat(189), request, nonce }],
  ])('nothing of 256 characters: %s', async (_, change) => {
    expect(await refusal(change)).toBe('signed');
  });
});
