/**
 * What the verifier holds: identities that STS vouched for, and definite refusals, apart from each other.
 */
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/emulator/faults.ts';
import type { Principal } from '../../src/emulator/principals.ts';
import type { Verified } from '../../src/verifier/verification.ts';
import {
  admin,
  bob,
  listedHost,
  meaning,
  scene,
  start,
  tokenOf,
  unlistedHost,
} from '../support/verifier-setup.ts';

const minutes = 60_000;

describe('identities', () => {
  test('are held: the same, marked as cached, without asking STS', async () => {
    const { verifier, sts, pass } = scene();
    const token = await tokenOf();
    const first = await verifier.verify(token);
    pass(299);
    expect(await verifier.verify(token)).toEqual({ ...first, cached: true });
    expect(sts.calls).toHaveLength(1);
  });

  // [name, identitySeconds, age of the token in seconds, seconds for which it is held]
  test.each([
    ['by default for 300 s', undefined, 0, 300],
    ['as long as told', 60, 0, 60],
    ['0: not at all', 0, 0, 0],
    ['never past the end of the token', 300, 800, 100],
    ['never past the end of the token, whatever the option says', Number.MAX_SAFE_INTEGER, 0, 900],
    ['of a token dated ahead, not past its end', 100_000, -240, 1140],
  ])('are held %s', async (_, identitySeconds, age, held) => {
    const { verifier, sts, pass } = scene(identitySeconds === undefined ? {} : { identitySeconds });
    const token = await tokenOf({ at: start - age * 1000 });
    const { expiresAt } = (await verifier.verify(token)) as Verified;
    expect(expiresAt).toBe(start + held * 1000);
    pass(Math.max(held - 0.001, 0));
    expect(await verifier.verify(token)).toMatchObject({ verdict: 'verified', cached: held > 0, expiresAt });
    expect(sts.calls).toHaveLength(held > 0 ? 1 : 2);
    pass(0.001);
    const after = await verifier.verify(token);
    expect(after).not.toMatchObject({ cached: true });
    expect(sts.calls.length).toBeGreaterThan(1);
  });

  test('end with their token, for good', async () => {
    const { verifier, sts, pass } = scene({ identitySeconds: 100_000 });
    const token = await tokenOf();
    await verifier.verify(token);
    pass(15 * 60 + 1);
    expect(meaning(await verifier.verify(token))).toBe('token_expired');
    expect(sts.calls).toHaveLength(1);
  });

  test('count from when STS was asked, not from when it answered', async () => {
    let now = start;
    const { sts } = scene();
    const slow = (async (...call: Parameters<typeof sts.fetch>) => {
      now += 4000;
      return sts.fetch(...call);
    }) as typeof fetch;
    const { verifier } = scene({ clock: () => now, fetch: slow });
    expect(await verifier.verify(await tokenOf())).toMatchObject({
      verifiedAt: start,
      expiresAt: start + 300_000,
    });
  });

  test('survive an outage of STS, and the end of the session, until they end themselves', async () => {
    const { verifier, sts, pass } = scene({ identitySeconds: 60 });
    const token = await tokenOf();
    await verifier.verify(token);
    sts.setFault({ type: 'reset' });
    sts.removePrincipal(admin.accessKeyId);
    pass(59);
    expect(meaning(await verifier.verify(token))).toBe('verified');
    pass(1);
    expect(meaning(await verifier.verify(token))).toBe('sts_unreachable');
    sts.setFault(undefined);
    expect(meaning(await verifier.verify(token))).toBe('sts_access_key_unknown');
  });

  test('cannot be altered by who was given one', async () => {
    const { verifier } = scene();
    const token = await tokenOf();
    const first = (await verifier.verify(token)) as Verified;
    const held = (await verifier.verify(token)) as Verified;
    for (const result of [first, held]) {
      const { identity } = result as { identity: { account: string } };
      expect(() => {
        identity.account = '444455556666';
      }).toThrow(TypeError);
      expect(() => Object.assign(result, { identity: { account: '444455556666' } })).toThrow(TypeError);
    }
    expect(await verifier.verify(token)).toEqual({ ...first, cached: true });
  });
});

describe('the key is the whole token', () => {
  test('another signature over the same request asks STS', async () => {
    const { verifier, sts } = scene();
    const good = await tokenOf();
    const forged = await tokenOf({ secretAccessKey: 'guess' });
    expect(forged.slice(0, -90)).toBe(good.slice(0, -90));
    expect(meaning(await verifier.verify(good))).toBe('verified');
    expect(meaning(await verifier.verify(forged))).toBe('sts_signature_mismatch');
    expect(meaning(await verifier.verify(good))).toBe('verified');
    expect(sts.calls).toHaveLength(2);
  });

  test('one that goes on behind a held one is none', async () => {
    const { verifier } = scene();
    const good = await tokenOf();
    await verifier.verify(good);
    for (const forged of [`${good}A`, `${good}=`, `${good}\n`, good.slice(0, -1), ` ${good}`]) {
      expect((await verifier.verify(forged)).verdict).not.toBe('verified');
    }
  });

  test('two callers are two', async () => {
    const { verifier, sts } = scene();
    const tokens = [await tokenOf(), await tokenOf({ as: bob }), await tokenOf({ at: start - 1000 })];
    for (const round of [false, true]) {
      const results = [];
      for (const token of tokens) results.push((await verifier.verify(token)) as Verified);
      expect(results.map(({ identity }) => identity.accessKeyId)).toEqual([
        'ASIADMIN',
        'AKIABOB',
        'ASIADMIN',
      ]);
      expect(results.map(({ cached }) => cached)).toEqual([round, round, round]);
    }
    expect(sts.calls).toHaveLength(3);
  });

  test('what one audience holds is nothing to another', async () => {
    const orders = scene();
    const billing = scene({
      audience: 'https://billing.example.com',
      fetch: orders.sts.fetch as typeof fetch,
    });
    const token = await tokenOf();
    expect(meaning(await orders.verifier.verify(token))).toBe('verified');
    expect(meaning(await billing.verifier.verify(token))).toBe('sts_signature_mismatch');
  });
});

describe('the bound in bytes', () => {
  // as documented in the cache: an entry weighs its key and 1 KiB
  function weightOf(token: string): number {
    return 2 * token.length + 1024;
  }

  test('0 holds nothing', async () => {
    const { verifier, sts } = scene({ cacheBytes: 0 });
    const token = await tokenOf();
    await verifier.verify(token);
    expect(await verifier.verify(token)).toMatchObject({ verdict: 'verified', cached: false });
    expect(sts.calls).toHaveLength(2);
  });

  test('room for two: the one unused for longest goes', async () => {
    const tokens = await Promise.all([0, 1, 2].map((age) => tokenOf({ at: start - age * 1000 })));
    const [a, b, c] = tokens as [string, string, string];
    const { verifier, sts } = scene({ cacheBytes: 2 * weightOf(a) });
    const isHeld = async (token: string) => ((await verifier.verify(token)) as Verified).cached;
    await verifier.verify(a);
    await verifier.verify(b);
    expect([await isHeld(a), await isHeld(b), await isHeld(a)]).toEqual([true, true, true]);
    await verifier.verify(c);
    expect([await isHeld(a), await isHeld(c)]).toEqual([true, true]);
    expect(sts.calls).toHaveLength(3);
    expect(await isHeld(b)).toBe(false);
  });

  test('a byte too few for two', async () => {
    const [a, b] = [await tokenOf(), await tokenOf({ at: start - 1000 })];
    const { verifier } = scene({ cacheBytes: 2 * weightOf(a) - 1 });
    await verifier.verify(a);
    await verifier.verify(b);
    expect(await verifier.verify(b)).toMatchObject({ cached: true });
    expect(await verifier.verify(a)).toMatchObject({ cached: false });
  });
});

describe('refusals', () => {
  const later = 'Signature not yet current: 20261124T120501Z is still later than 20261124T120500Z';
  const expired = 'Signature expired: 20261124T114459Z is now earlier than 20261124T114500Z';
  const refusal = (code: string, message?: string): Fault => ({ type: 'fail', status: 403, code, message });

  test.each<[string, Fault]>([
    ['sts_signature_mismatch', refusal('SignatureDoesNotMatch')],
    ['sts_token_expired', refusal('SignatureDoesNotMatch', expired)],
    ['sts_token_expired', refusal('RequestExpired')],
    ['sts_session_expired', refusal('ExpiredToken')],
    ['sts_session_expired', refusal('ExpiredTokenException')],
  ])('that stay true are held for 10 s: %s by %o', async (code, fault) => {
    const { verifier, sts, pass } = scene();
    const token = await tokenOf();
    sts.setFault({ ...fault, times: 1 });
    const first = await verifier.verify(token);
    expect(meaning(first)).toBe(code);
    pass(9.999);
    expect(await verifier.verify(token)).toEqual(first);
    expect(sts.calls).toHaveLength(1);
    pass(0.001);
    expect(meaning(await verifier.verify(token))).toBe('verified');
    expect(sts.calls).toHaveLength(2);
  });

  test.each<[string, Fault]>([
    ['sts_token_not_yet_current', refusal('SignatureDoesNotMatch', later)],
    ['sts_access_key_unknown', refusal('InvalidClientTokenId')],
    ['sts_signature_incomplete', refusal('IncompleteSignature')],
    ['sts_authentication_missing', refusal('MissingAuthenticationToken')],
    ['sts_access_denied', refusal('AccessDenied')],
    ['sts_region_disabled', refusal('RegionDisabledException')],
    ['sts_opt_in_required', refusal('OptInRequired')],
    ['sts_throttled', { type: 'throttle' }],
    ['sts_throttled', { type: 'fail', status: 429 }],
    ['sts_answer_unexpected', { type: 'nonsense', shape: 'html' }],
    ['sts_answer_unexpected', { type: 'redirect', location: 'https://evil.example/' }],
    ['sts_answer_unexpected', refusal('SomethingNew')],
  ])('that may change, and no verdict, are not: %s by %o', async (code, fault) => {
    const { verifier, sts } = scene();
    const token = await tokenOf();
    sts.setFault({ ...fault, times: 1 });
    expect(meaning(await verifier.verify(token))).toBe(code);
    expect(meaning(await verifier.verify(token))).toBe('verified');
    expect(sts.calls).toHaveLength(2);
  });

  test.each<[string, string, Fault]>([
    [listedHost, 'sts_unreachable', { type: 'reset', times: 2 }],
    [listedHost, 'sts_failing', { type: 'fail', status: 503, times: 2 }],
    [unlistedHost, 'sts_host_unlisted', { type: 'reset', times: 1 }],
    [unlistedHost, 'sts_host_unlisted', { type: 'fail', status: 530, times: 1 }],
    [unlistedHost, 'sts_throttled', { type: 'throttle', times: 1 }],
  ])('nor is what may be the network’s doing: %s %s by %o', async (host, code, fault) => {
    const { verifier, sts } = scene();
    const token = await tokenOf({ host });
    sts.setFault(fault);
    expect(meaning(await verifier.verify(token))).toBe(code);
    expect(meaning(await verifier.verify(token))).toBe('verified');
  });

  test('never evict identities: garbage is kept apart', async () => {
    const { verifier, sts } = scene({ cacheBytes: 2500 });
    const good = await tokenOf();
    await verifier.verify(good);
    sts.setFault(refusal('SignatureDoesNotMatch'));
    for (let i = 0; i < 50; i++) await verifier.verify(await tokenOf({ at: start - (i + 1) * 1000 }));
    expect(sts.calls).toHaveLength(51);
    expect(await verifier.verify(good)).toMatchObject({ verdict: 'verified', cached: true });
  });

  test('are bounded too: the oldest are asked about again', async () => {
    const { verifier, sts } = scene({}, { principals: [] });
    // more than 1 MiB in tokens of nearly 8 KiB
    const bulky: Principal = { ...admin, sessionToken: 'a'.repeat(5400) } as Principal;
    sts.setFault(refusal('SignatureDoesNotMatch'));
    const tokens: string[] = [];
    for (let i = 0; i < 140; i++) tokens.push(await tokenOf({ as: bulky, at: start - i * 1000 }));
    expect(tokens.join('').length).toBeGreaterThan(1024 * 1024 - 140 * 1024);
    for (const token of tokens) await verifier.verify(token);
    expect(sts.calls).toHaveLength(140);
    await verifier.verify(tokens[139] as string);
    expect(sts.calls).toHaveLength(140);
    await verifier.verify(tokens[0] as string);
    expect(sts.calls).toHaveLength(141);
  });
});

describe('verifiedSince', () => {
  test('takes what was verified then or later', async () => {
    const { verifier, sts, pass } = scene();
    const token = await tokenOf();
    await verifier.verify(token);
    pass(10);
    expect(await verifier.verify(token, { verifiedSince: start })).toMatchObject({ cached: true });
    expect(sts.calls).toHaveLength(1);
  });

  test('asks STS where the held identity is older, and holds the newer', async () => {
    const { verifier, sts, pass } = scene();
    const token = await tokenOf();
    await verifier.verify(token);
    pass(10);
    const fresh = { verdict: 'verified', verifiedAt: start + 10_000, cached: false };
    expect(await verifier.verify(token, { verifiedSince: start + 1 })).toMatchObject(fresh);
    expect(await verifier.verify(token, { verifiedSince: start + 1 })).toMatchObject({
      ...fresh,
      cached: true,
    });
    expect(await verifier.verify(token)).toMatchObject({ ...fresh, cached: true });
    expect(sts.calls).toHaveLength(2);
  });

  test('asks STS each time where the time is yet to come', async () => {
    const { verifier, sts } = scene();
    const token = await tokenOf();
    for (let calls = 1; calls <= 3; calls++) {
      const result = await verifier.verify(token, { verifiedSince: start + 5 * minutes });
      expect(result).toMatchObject({ verdict: 'verified', cached: false });
      expect(sts.calls).toHaveLength(calls);
    }
  });

  test('NaN uses nothing that is held', async () => {
    const { verifier } = scene();
    const token = await tokenOf();
    await verifier.verify(token);
    expect(await verifier.verify(token, { verifiedSince: Number.NaN })).toMatchObject({ cached: false });
  });

  test.each<[string, Fault]>([
    ['sts_session_expired', { type: 'fail', status: 403, code: 'ExpiredToken' }],
    ['sts_access_key_unknown', { type: 'fail', status: 403, code: 'InvalidClientTokenId' }],
  ])('a refusal ends the identity that was held: %s', async (code, fault) => {
    const { verifier, sts, pass } = scene();
    const token = await tokenOf();
    await verifier.verify(token);
    pass(1);
    sts.setFault(fault);
    expect(meaning(await verifier.verify(token, { verifiedSince: start + 1000 }))).toBe(code);
    expect(meaning(await verifier.verify(token))).toBe(code);
  });

  test.each<Fault>([{ type: 'throttle' }, { type: 'reset' }])(
    'an outage grants nothing older, and ends nothing: %o',
    async (fault) => {
      const { verifier, sts, pass } = scene();
      const token = await tokenOf();
      await verifier.verify(token);
      pass(1);
      sts.setFault(fault);
      expect((await verifier.verify(token, { verifiedSince: start + 1000 })).verdict).not.toBe('verified');
      expect(await verifier.verify(token)).toMatchObject({ verdict: 'verified', cached: true });
    },
  );
});
