/**
 * Slips of a service that would weaken it unseen, most of them in plain JavaScript; and requests that meet each other.
 */
import { describe, expect, test, vi } from 'vitest';
import { bindToRequest } from '../../src/http/guard/binding.ts';
import { createGuard } from '../../src/http/guard/guard.ts';
import { createLimiter } from '../../src/lib/limiter.ts';
import { parsePattern } from '../../src/mapping/pattern.ts';
import { fixedPolicy } from '../../src/policy/caller-policy.ts';
import { memoryOnce } from '../../src/store/once.ts';
import { createNonce, nonceSuffix, requestSuffix } from '../../src/token/suffix.ts';
import { guardScene, requestWith, seen } from '../support/guard-setup.ts';
import { account, audience, meaning, scene, start, taskContext, tokenOf } from '../support/verifier-setup.ts';

const allow = { accounts: [account] };
const policy = fixedPolicy({ rules: [{ account }] });

describe('an option that would have no effect is an error', () => {
  test.each<[setting: string, options: object]>([
    ['onetime', { onetime: memoryOnce() }],
    ['bind', { bind: bindToRequest() }],
    ['polcy', { polcy: policy }],
    ['rateLimiter', { rateLimiter: createLimiter({ calls: 1, seconds: 1 }) }],
    ['audience', { audience: 'https://admin.example.com' }], // beside a verifier, which has one
    ['acceptsAccessKey', { acceptsAccessKey: () => false }],
    ['arn', { allow: { ...allow, arn: [`arn:aws:iam::${account}:role/Admin`] } }],
    ['binding', { binding: null }],
    ['binding', { binding: true }],
    ['oneTime', { oneTime: null }],
    ['policy', { policy: { rules: [] } }],
    ['limiter', { limiter: true }],
    ['log', { log: 'stdout' }],
  ])('%s', (setting, options) => {
    const { verifier } = scene();
    const make = () => createGuard({ verifier, allow, ...options } as never);
    expect(make).toThrow(expect.objectContaining({ code: 'configuration', setting }));
  });

  test.each<[setting: string, make: () => unknown]>([
    ['orgin', () => bindToRequest({ orgin: audience } as never)],
    ['maxBodyBytes', () => bindToRequest({ maxBodyBytes: Number.NaN })],
    ['maxBodyBytes', () => bindToRequest({ maxBodyBytes: '1mb' as never })],
    ['maxBytes', () => createLimiter({ calls: 1, seconds: 1, maxBytes: 0 } as never)],
  ])('%s of what a guard is given', (setting, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'configuration', setting }));
  });
});

describe('what was given and is changed afterwards, or is not its own, weakens nothing', () => {
  test('lists', async () => {
    const accounts = ['999999999999'];
    const patterns = ['arn:aws:iam::999999999999:role/A*'];
    const { guard } = guardScene({ allow: { accounts, patterns } });
    accounts.push(account);
    patterns[0] = '*';
    expect(await seen(await guard(requestWith(await tokenOf())))).toMatchObject({ status: 403 });
  });

  test('options', async () => {
    const options = { allow, oneTime: memoryOnce({ clock: () => start }) as never };
    const { guard } = guardScene(options);
    (options as { oneTime: unknown }).oneTime = undefined;
    expect(await seen(await guard(requestWith(await tokenOf())))).toMatchObject({ code: 'nonce_missing' });
  });

  test.each<[string, () => unknown]>([
    ['inherited', () => createGuard(Object.create({ audience, allow, oneTime: memoryOnce() }))],
    [
      'of a class',
      () =>
        createGuard(
          new (class {
            audience = audience;
            get policy() {
              return policy;
            }
          })(),
        ),
    ],
    ['inherited by a list', () => createGuard({ audience, allow: Object.create(allow) })],
    ['misspelled, of a store', () => memoryOnce({ max: 1 } as never)],
  ])('options %s are an error', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'configuration' }));
  });

  test('options of one verification, misspelled', async () => {
    const { verifier } = scene();
    await expect(verifier.verify(await tokenOf(), { sufix: '#x' } as never)).rejects.toThrow(
      /no such option/,
    );
  });
});

test.each([undefined, null, {}, { headers: { authorization: 'Bearer x' } }])(
  'what is no Request is a mistake, and no 503: %j',
  async (request) => {
    const { guard } = guardScene();
    await expect(guard(request as never)).rejects.toThrow(/nodeGuard/);
  },
);

test('a log that rejects: nobody is let in, and no rejection is left alone', async () => {
  const { guard } = guardScene({ log: async () => Promise.reject(new Error('down')) });
  expect(await seen(await guard(requestWith(await tokenOf())))).toMatchObject({
    status: 503,
    code: 'unavailable',
  });
});

test('who does not look at the answer has no caller', async () => {
  const { verifier } = scene();
  const { caller, response } = await createGuard({ verifier, allow })(requestWith(undefined));
  expect([caller, response?.status]).toEqual([undefined, 401]);
});

test('the groups of a caller are no part of the policy', async () => {
  const named = { role: `arn:aws:iam::${account}:role/Admin`, username: 'a', groups: ['readers'] };
  const { guard } = guardScene({ policy: fixedPolicy({ rules: [named] }) });
  const first = (await guard(requestWith(await tokenOf()))) as unknown as { groups: string[] };
  first.groups.push('writers');
  expect(await guard(requestWith(await tokenOf()))).toMatchObject({ groups: ['readers'] });
});

test('no body is read for what is no token of ours', async () => {
  const { guard } = guardScene({ binding: bindToRequest() });
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      if (pulled > 200) controller.close();
      else controller.enqueue(new Uint8Array(1024));
    },
  });
  const init = { method: 'POST', body, duplex: 'half' };
  expect(await seen(await guard(requestWith('not-ours', init as RequestInit)))).toMatchObject({
    code: 'token_foreign',
  });
  expect(pulled).toBeLessThan(10);
});

test('a digest is no nonce: a stolen bound token is no one-time token', async () => {
  const { verifier } = scene();
  const digest = await requestSuffix({ method: 'GET', url: `${audience}/x`, body: new Uint8Array() });
  const token = await tokenOf({ audience: audience + digest });
  expect(meaning(await verifier.verify(token, { suffix: digest }))).toBe('verified');
  for (const text of [digest.slice(1), `${digest.slice(1)}#${createNonce()}`, '', 'AAAA']) {
    expect(() => nonceSuffix(text)).toThrow(TypeError);
  }
});

test.each<unknown>([
  null,
  Promise.resolve(''),
  '#',
  '#a',
  `#${'A'.repeat(22)}#${'A'.repeat(43)}`,
  'A'.repeat(43),
])('a suffix that is none: %s', async (suffix) => {
  const { verifier } = scene();
  await expect(verifier.verify(await tokenOf(), { suffix: suffix as never })).rejects.toThrow(TypeError);
});

test('memoryOnce holds what it says: a hundred tokens in a second, for as long as a guard asks', async () => {
  let now = start;
  const once = memoryOnce({ clock: () => now });
  const asked = 2 * 20 * 60_000;
  for (let second = 0; second < 1200; second++, now += 1000) {
    for (let one = 0; one < 100; one++) expect(await once.use(`${second}-${one}`, now + asked)).toBe(true);
  }
}, 60_000);

test('forgetting twice, while STS is asked for the first time anew', async () => {
  const release: (() => void)[] = [];
  const { sts } = scene();
  let now = start;
  const { verifier } = scene({
    clock: () => now,
    fetch: (async (...parameters: Parameters<typeof sts.fetch>) => {
      const answer = await sts.fetch(...parameters);
      await new Promise<void>((resolve) => release.push(resolve));
      return answer;
    }) as typeof fetch,
  });
  const verifying = verifier.verify(await tokenOf(), { context: taskContext() });
  for (let round = 0; round < 2; round++) {
    await vi.waitFor(() => expect(release).toHaveLength(1));
    now += 10;
    verifier.forget();
    release.shift()?.();
  }
  await vi.waitFor(() => expect(release).toHaveLength(1));
  release.shift()?.();
  expect(meaning(await verifying)).toBe('verified');
  expect(sts.calls).toHaveLength(3);
});

/** A client over its limit, whose request is waited for by all others with its token. */
async function ledByNoisy() {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const asked = vi.fn();
  const limiter = {
    limit: async ({ key }: { key: string }) => {
      asked(key);
      await gate;
      return { success: key !== 'noisy' };
    },
  };
  const { guard, sts } = guardScene({ limiter });
  const token = await tokenOf();
  const context = taskContext();
  const ask = (client: string) => guard(requestWith(token), { client, context });
  const noisy = ask('noisy');
  await vi.waitFor(() => expect(asked).toHaveBeenCalledWith('noisy'));
  return { noisy, ask, open, sts };
}

test('a client over its limit has nobody else with the same token turned away', async () => {
  const { noisy, ask, open } = await ledByNoisy();
  const quiet = ask('quiet');
  open();
  expect(await seen(await noisy)).toMatchObject({ code: 'client_throttled' });
  expect(await quiet).toMatchObject({ account });
});

describe('a pattern of a guard is one of a policy', () => {
  const iam = (rest: string) => `arn:aws:iam::${account}:${rest}`;
  test.each([
    iam('role/Admin*'),
    iam('role/A?min'),
    iam('user/people/*-dev'),
    `arn:aws-cn:iam::${account}:role/Admin*`,
    `arn:aws:sts::${account}:federated-user/Fr*`,
    iam('role/Admin'),
    iam('role/teams/Admin*'),
    iam('group/Admin*'),
    'arn:aws:iam::*:role/Admin*',
    'arn:aws:iam::11112222333:role/Admin*',
    `arn:aws:sts::${account}:assumed-role/Admin/*`,
    `arn:*:iam::${account}:role/Admin*`,
    iam('role/Ad min*'),
    iam('user/a:b*'),
    'Admin*',
    '',
  ])('%s', (pattern) => {
    const { verifier } = scene();
    const isTaken = (() => {
      try {
        createGuard({ verifier, allow: { patterns: [pattern] } });
        return true;
      } catch {
        return false;
      }
    })();
    expect(isTaken).toBe(typeof parsePattern(pattern) !== 'string' && !pattern.includes('a:b'));
  });
});

test('followers of a client over its limit share the next call', async () => {
  const { noisy, ask, open, sts } = await ledByNoisy();
  const others = Array.from({ length: 20 }, () => ask('quiet'));
  open();
  await noisy;
  for (const one of others) expect(await one).toMatchObject({ account });
  expect(sts.calls).toHaveLength(1);
});
