/**
 * What web services need of the verifier: forgetting, a cache beyond one isolate, limits before STS.
 */
import { describe, expect, test, vi } from 'vitest';
import { bindToRequest } from '../../src/http/guard/binding.ts';
import { detached } from '../../src/lib/flights.ts';
import { createLimiter } from '../../src/lib/limiter.ts';
import { accountInKey, keysOfAccounts } from '../../src/verifier/keys-of-accounts.ts';
import type { SharedCache } from '../../src/verifier/shared-cache.ts';
import { shareIdentities } from '../../src/verifier/shared-identities.ts';
import { guardScene, requestWith, seen } from '../support/guard-setup.ts';
import { expectLinear } from '../support/linear.ts';
import {
  account,
  admin,
  bob,
  listedHost,
  meaning,
  scene,
  start,
  taskContext,
  tokenOf,
} from '../support/verifier-setup.ts';

describe('forgetting', () => {
  test.each<[string, Parameters<ReturnType<typeof scene>['verifier']['forget']>[0], asked: number]>([
    ['everybody', undefined, 1],
    ['an account', (identity) => identity.account === account, 1],
    ['a key', ({ accessKeyId }) => accessKeyId === admin.accessKeyId, 1],
    ['somebody else', ({ accessKeyId }) => accessKeyId === bob.accessKeyId, 0],
  ])('%s', async (_, matches, asked) => {
    const { verifier, sts, pass } = scene();
    const token = await tokenOf();
    await verifier.verify(token);
    verifier.forget(matches);
    pass(1);
    expect(meaning(await verifier.verify(token))).toBe('verified');
    expect(sts.calls).toHaveLength(1 + asked);
  });

  test('makes the end of credentials felt at once', async () => {
    const { verifier, sts } = scene();
    const token = await tokenOf();
    await verifier.verify(token);
    sts.removePrincipal(admin.accessKeyId);
    expect(meaning(await verifier.verify(token))).toBe('verified');
    verifier.forget(({ canonicalArn }) => canonicalArn === `arn:aws:iam::${account}:role/Admin`);
    expect(meaning(await verifier.verify(token))).toBe('sts_access_key_unknown');
  });

  test('reaches what is under way: nobody comes in by what STS said before', async () => {
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { sts } = scene();
    const slow = scene({
      fetch: (async (...parameters: Parameters<typeof sts.fetch>) => {
        const answer = await sts.fetch(...parameters);
        await opened;
        return answer;
      }) as typeof fetch,
    });
    const token = await tokenOf();
    const context = taskContext();
    const verifying = slow.verifier.verify(token, { context });
    await vi.waitFor(() => expect(sts.calls).toHaveLength(1));
    sts.removePrincipal(admin.accessKeyId);
    slow.pass(1);
    slow.verifier.forget();
    const later = slow.verifier.verify(token, { context }); // joins nobody who began before
    open();
    expect(meaning(await verifying)).toBe('sts_access_key_unknown');
    expect(meaning(await later)).toBe('sts_access_key_unknown');
  });
});

/** A shared cache in memory, that says what was asked of it. */
function memoryCache() {
  const held = new Map<string, string>();
  const cache: SharedCache = {
    get: vi.fn(async (key) => held.get(key)),
    set: vi.fn(async (key, value) => void held.set(key, value)),
    delete: vi.fn(async (key) => void held.delete(key)),
  };
  return { held, cache };
}

describe('a shared cache', () => {
  const isolates = (cache: SharedCache, options = {}) => {
    const shared = shareIdentities(cache);
    return [scene({ shared, ...options }), scene({ shared, ...options })] as const;
  };
  const context = taskContext();
  const settled = () => Promise.all(context.kept);

  test('spares other isolates the call', async () => {
    const { cache, held } = memoryCache();
    const [one, other] = isolates(cache);
    const token = await tokenOf();
    const first = await one.verifier.verify(token, { context });
    await settled();
    expect(await other.verifier.verify(token, { context })).toEqual({ ...first, cached: true });
    expect(other.sts.calls).toHaveLength(0);
    expect([...held.keys()]).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
    const [, payload = ''] = token.split('.');
    expect(JSON.stringify([...held])).not.toContain(payload.slice(0, 24));
    expect(vi.mocked(cache.set).mock.calls[0]?.[2]).toBe(start + 300_000);
  });

  test('never makes an identity live longer than in one isolate', async () => {
    const { cache } = memoryCache();
    const [one, other] = isolates(cache, { identitySeconds: 60 });
    const token = await tokenOf();
    await one.verifier.verify(token, { context });
    await settled();
    other.pass(59);
    expect(await other.verifier.verify(token, { context })).toMatchObject({
      cached: true,
      expiresAt: start + 60_000,
    });
    other.pass(1);
    expect(await other.verifier.verify(token, { context })).toMatchObject({ cached: false });
  });

  test('never past the end of the token', async () => {
    const { cache } = memoryCache();
    const [one, other] = isolates(cache);
    const token = await tokenOf({ at: start - 899_000 });
    await one.verifier.verify(token, { context });
    await settled();
    other.pass(2);
    expect(meaning(await other.verifier.verify(token, { context }))).toBe('token_expired');
  });

  test('does not bring back what was forgotten, or verified before a time', async () => {
    const { cache } = memoryCache();
    const [one, other] = isolates(cache);
    const token = await tokenOf();
    await one.verifier.verify(token, { context });
    await settled();
    other.pass(1);
    other.verifier.forget();
    expect(await other.verifier.verify(token, { context })).toMatchObject({ cached: false });
    const third = isolates(cache)[0];
    third.pass(2);
    const verifiedSince = start + 1500;
    expect(await third.verifier.verify(token, { context, verifiedSince })).toMatchObject({ cached: false });
  });

  test('loses what STS refuses', async () => {
    const { cache, held } = memoryCache();
    const [one, other] = isolates(cache);
    const token = await tokenOf();
    await one.verifier.verify(token, { context });
    await settled();
    one.sts.removePrincipal(admin.accessKeyId);
    one.verifier.forget();
    one.pass(1);
    await one.verifier.verify(token, { context, verifiedSince: start + 1 });
    await settled();
    expect(held.size).toBe(0);
    expect(await other.verifier.verify(token, { context })).toMatchObject({ cached: false });
  });

  test.each<[string, Partial<SharedCache>]>([
    [
      'rejects',
      { get: () => Promise.reject(new Error('down')), set: () => Promise.reject(new Error('down')) },
    ],
    [
      'throws',
      {
        get: () => {
          throw new Error('down');
        },
      },
    ],
    ['never answers', { get: () => new Promise(() => {}) }],
    ['holds nonsense', { get: async () => '{' }],
    ['holds null', { get: async () => 'null' }],
    ['holds no text', { get: async () => 7 as never }],
    ['holds another partition', { get: async () => entry({ arn: `arn:aws-cn:iam::${account}:user/bob` }) }],
    ['holds another account', { get: async () => entry({ account: '999999999999' }) }],
    ['holds no time', { get: async () => entry({}, 'now') }],
    ['holds an old time', { get: async () => entry({}, start - 301_000) }],
  ])('that %s costs a call, and nothing else', async (_, broken) => {
    const { cache } = memoryCache();
    const { verifier, sts } = scene({ shared: shareIdentities({ ...cache, ...broken }) });
    const found = await verifier.verify(await tokenOf(), { context });
    expect(found).toMatchObject({ verdict: 'verified', cached: false, identity: { roleName: 'Admin' } });
    expect(sts.calls).toHaveLength(1);
    await settled();
  });

  test('of which the clock is ahead is not believed: forgetting and notBefore go by ours', async () => {
    const { cache } = memoryCache();
    const { verifier, sts } = scene({
      shared: shareIdentities({ ...cache, get: async () => entry({}, start + 60_000) }),
    });
    expect(await verifier.verify(await tokenOf(), { context })).toMatchObject({ cached: false });
    expect(sts.calls).toHaveLength(1);
  });

  test('is not asked about tokens that are good for one request', async () => {
    const { cache } = memoryCache();
    const { guard } = guardScene({ binding: bindToRequest() }, { shared: shareIdentities(cache) });
    await guard(requestWith(await tokenOf()), { context });
    expect(cache.get).not.toHaveBeenCalled();
  });

  function entry(caller: object, verifiedAt: unknown = start): string {
    const arn = `arn:aws:iam::${account}:user/eve`;
    return JSON.stringify({
      caller: { account, arn, userId: 'AIDAEXAMPLEID0000000E', ...caller },
      verifiedAt,
    });
  }
});

describe('a limit for each client', () => {
  const limiterOf = () => createLimiter({ calls: 2, seconds: 60, clock: () => start });

  test('counts calls to STS, and not requests', async () => {
    const { guard, sts, records } = guardScene({ limiter: limiterOf() });
    const good = await tokenOf();
    const call = async (token: string, client: string) => {
      const answer = await guard(requestWith(token), { client });
      return answer instanceof Response ? (await seen(answer)).code : 'in';
    };
    expect(await call(good, 'a')).toBe('in');
    for (let more = 0; more < 10; more++) expect(await call(good, 'a')).toBe('in');
    const junk = (at: number) => tokenOf({ secretAccessKey: 'guess', at: start - at * 1000 });
    expect(await call(await junk(1), 'a')).toBe('token_refused');
    expect(await call(await junk(2), 'a')).toBe('client_throttled');
    expect(await call(good, 'a')).toBe('in');
    expect(await call('k8s-aws-v1.junk', 'a')).toBe('token_malformed');
    expect(await call(await junk(2), 'b')).toBe('token_refused');
    expect(sts.calls).toHaveLength(3);
    expect(records.filter(({ code }) => code === 'client_throttled')).toMatchObject([
      { verdict: 'throttled' },
    ]);
  });

  test('costs linear time, also of a flood of one token by whoever is over it', async () => {
    const { verifier } = scene();
    const token = await tokenOf();
    const options = { context: detached, mayAskSts: async () => false };
    await expectLinear(async (size) => {
      const asked = Array.from({ length: size }, () => verifier.verify(token, options));
      expect(new Set((await Promise.all(asked)).map(meaning))).toEqual(new Set(['client_throttled']));
    }, 250);
  });

  test('answers 429 with Retry-After', async () => {
    const { guard } = guardScene({ limiter: { limit: async () => ({ success: false }) } });
    const answer = await seen(await guard(requestWith(await tokenOf()), { client: 'a' }));
    expect(answer).toMatchObject({ status: 429, code: 'client_throttled', challenge: null });
    expect(Number(answer.retryAfter)).toBeGreaterThanOrEqual(5);
  });

  test('without a client it is a mistake in the service', async () => {
    const { guard } = guardScene({ limiter: limiterOf() });
    await expect(guard(requestWith(await tokenOf()))).rejects.toThrow(/Say who the client is/);
  });

  test('begins anew after its seconds', async () => {
    let now = start;
    const limiter = createLimiter({ calls: 1, seconds: 10, clock: () => now });
    const ask = async () => (await limiter.limit({ key: 'a' })).success;
    expect([await ask(), await ask()]).toEqual([true, false]);
    now += 9999;
    expect(await ask()).toBe(false);
    now += 1;
    expect([await ask(), await ask()]).toEqual([true, false]);
  });

  test.each([
    [{ calls: 0, seconds: 1 }],
    [{ calls: 1, seconds: 0 }],
    [{ calls: Number.NaN, seconds: 1 }],
    [{ calls: 1, seconds: Number.NaN }],
  ])('of %o is none', (options) => {
    expect(() => createLimiter(options)).toThrow(expect.objectContaining({ code: 'configuration' }));
  });
});

describe('the account in an access key ID', () => {
  test.each([
    // published examples of keys whose owners are known
    ['ASIAQNZGKIQY56JQ7WML', '029608264753'],
    ['ASIAY34FZKBOKMUTVV7A', '609629065308'],
    ['AKIAIOSFODNN7EXAMPLE', undefined], // of the older form
    ['AKIAJOSFODNN7EXAMPLE', undefined],
    ['AKIA777777777777777', undefined], // more than 12 digits
    ['AROAQNZGKIQY56JQ7WML', undefined],
    ['ASIAQNZGKIQY56JQ7WM1', undefined], // no base32
    ['ASIAQNZG', undefined],
    ['', undefined],
  ])('of %j is %j', (id, expected) => {
    expect(accountInKey(id)).toBe(expected);
  });

  test('refuses before STS is asked, and only ever refuses', async () => {
    const foreign = { ...bob, accessKeyId: 'AKIAQNZGKIQY56JQ7WML' };
    const own = { ...bob, accessKeyId: 'AKIAY34FZKBOKMUTVV7A' };
    const old = { ...bob, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' };
    const { verifier, sts } = scene(
      { acceptsAccessKey: keysOfAccounts(['609629065308']) },
      { principals: [foreign, own, old] },
    );
    expect(meaning(await verifier.verify(await tokenOf({ as: foreign })))).toBe('access_key_not_expected');
    expect(sts.calls).toHaveLength(0);
    for (const as of [own, old])
      expect(meaning(await verifier.verify(await tokenOf({ as })))).toBe('verified');
  });

  test('is told as any other refusal', async () => {
    const { guard, records } = guardScene({}, { acceptsAccessKey: () => undefined as never });
    expect(await seen(await guard(requestWith(await tokenOf())))).toMatchObject({ code: 'token_refused' });
    expect(records).toMatchObject([{ code: 'access_key_not_expected' }]);
  });
});

test('whoever is told of calls to STS may throw, and changes no verdict', async () => {
  const told: unknown[] = [];
  const { verifier } = scene({
    onStsCall: (call) => {
      told.push(call);
      throw new Error('told');
    },
  });
  expect(await verifier.verify(await tokenOf())).toMatchObject({ verdict: 'verified' });
  expect(told).toEqual([
    { endpoint: { host: listedHost, region: 'eu-west-1', listed: true }, outcome: 'identity', durationMs: 0 },
  ]);
});
