/**
 * Concurrent calls for one token: one call to STS, and nobody waits for the dead.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Fault } from '../../src/emulator/faults.ts';
import type { TaskContext } from '../../src/lib/flights.ts';
import type { VerifierOptions, VerifyOptions } from '../../src/verifier/options.ts';
import type { Verification } from '../../src/verifier/verification.ts';
import { bob, meaning, type Scene, scene, start, taskContext, tokenOf } from '../support/verifier-setup.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A scene whose STS answers only once `open` was called. */
function gated(options: Partial<VerifierOptions> = {}): Scene & { open: () => void } {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { sts } = scene();
  const behindGate = (async (...call: Parameters<typeof sts.fetch>) => {
    const answer = await sts.fetch(...call);
    await gate;
    return answer;
  }) as typeof fetch;
  return { ...scene({ fetch: behindGate, ...options }), sts, open };
}

const count = 20;
const repeated = <T>(make: () => T): T[] => Array.from({ length: count }, make);

describe('one token', () => {
  test('with a context: one call to STS', async () => {
    const { verifier, sts, open } = gated();
    const token = await tokenOf();
    const results = repeated(() => verifier.verify(token, { context: taskContext() }));
    await vi.waitFor(() => expect(sts.calls).toHaveLength(1));
    open();
    const expected = await results[0];
    expect(expected).toMatchObject({ verdict: 'verified' });
    for (const result of results) expect(await result).toEqual(expected);
    expect(sts.calls).toHaveLength(1);
  });

  test('without a context: each its own, as nothing would keep the work alive', async () => {
    const { verifier, sts, open } = gated();
    const token = await tokenOf();
    const results = repeated(() => verifier.verify(token));
    open();
    for (const result of results) expect(meaning(await result)).toBe('verified');
    expect(sts.calls).toHaveLength(count);
  });

  test('who has no context joins nobody, and is joined by nobody', async () => {
    const { verifier, sts, open } = gated();
    const token = await tokenOf();
    const results = [{}, { context: taskContext() }, {}].map((options) => verifier.verify(token, options));
    open();
    await Promise.all(results);
    expect(sts.calls).toHaveLength(3);
  });

  test('the leader registers its work, and nobody else', async () => {
    const { verifier, open } = gated();
    const token = await tokenOf();
    const contexts = repeated(taskContext);
    const results = contexts.map((context) => verifier.verify(token, { context }));
    expect(contexts.map(({ kept }) => kept.length)).toEqual([1, ...Array(count - 1).fill(0)]);
    let ended = false;
    contexts[0]?.kept[0]?.then(() => {
      ended = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(ended).toBe(false); // kept alive until STS has answered
    open();
    await Promise.all(results);
    await contexts[0]?.kept[0];
    expect(ended).toBe(true);
  });

  test('once it was answered, later calls begin anew where nothing is held', async () => {
    const { verifier, sts } = scene({ cacheBytes: 0 });
    const token = await tokenOf();
    for (let calls = 1; calls <= 3; calls++) {
      await verifier.verify(token, { context: taskContext() });
      expect(sts.calls).toHaveLength(calls);
    }
  });

  test('refusals are shared as well', async () => {
    const { verifier, sts } = scene();
    const token = await tokenOf({ secretAccessKey: 'guess' });
    const results = await Promise.all(repeated(() => verifier.verify(token, { context: taskContext() })));
    expect(new Set(results.map(meaning))).toEqual(new Set(['sts_signature_mismatch']));
    expect(sts.calls).toHaveLength(1);
  });
});

describe('never joined', () => {
  test('two tokens: nobody gets the identity of another', async () => {
    const { verifier, sts, open } = gated();
    const tokens = [
      await tokenOf(),
      await tokenOf({ as: bob }),
      await tokenOf({ at: start - 1000 }),
      await tokenOf({ secretAccessKey: 'guess' }),
    ];
    const results = tokens.map((token) => verifier.verify(token, { context: taskContext() }));
    open();
    const said = (await Promise.all(results)).map((one) =>
      one.verdict === 'verified' ? one.identity.accessKeyId : meaning(one),
    );
    expect(said).toEqual(['ASIADMIN', 'AKIABOB', 'ASIADMIN', 'sts_signature_mismatch']);
    expect(sts.calls).toHaveLength(4);
  });

  test('two verifiers', async () => {
    const { sts } = scene();
    const token = await tokenOf();
    const results = ['https://orders.example.com', 'https://billing.example.com'].map((audience) =>
      scene({ audience, fetch: sts.fetch as typeof fetch }).verifier.verify(token, {
        context: taskContext(),
      }),
    );
    expect((await Promise.all(results)).map(meaning)).toEqual(['verified', 'sts_signature_mismatch']);
  });

  test('a call for something newer, to an older one under way', async () => {
    const { verifier, sts, pass, open } = gated();
    const token = await tokenOf();
    const verify = (options: VerifyOptions) => verifier.verify(token, { context: taskContext(), ...options });
    const old = verify({});
    pass(1);
    const newer = [verify({ verifiedSince: start + 1000 }), verify({ verifiedSince: start + 1000 })];
    open();
    expect(await old).toMatchObject({ verifiedAt: start });
    for (const result of newer) expect(await result).toMatchObject({ verifiedAt: start + 1000 });
    expect(sts.calls).toHaveLength(2);
  });

  test('calls for a time to come, which whoever asked before it does not know', async () => {
    const { verifier, sts, pass, open } = gated();
    const token = await tokenOf();
    const verify = () => verifier.verify(token, { context: taskContext(), verifiedSince: start + 1000 });
    const early = verify();
    pass(1);
    const [first, second] = [verify(), verify()];
    open();
    expect(await early).toMatchObject({ verifiedAt: start });
    expect(await first).toMatchObject({ verifiedAt: start + 1000 });
    expect(await second).toMatchObject({ verifiedAt: start + 1000 });
    expect(sts.calls).toHaveLength(2);
  });
});

describe('a failure', () => {
  test.each<[string, Fault]>([
    ['sts_unreachable', { type: 'reset', times: 2 }],
    ['sts_failing', { type: 'fail', status: 500, times: 2 }],
    ['sts_throttled', { type: 'throttle', times: 1 }],
    ['sts_answer_unexpected', { type: 'nonsense', shape: 'empty', times: 1 }],
  ])('reaches those who waited, and no later call: %s', async (code, fault) => {
    const { verifier, sts } = scene();
    const token = await tokenOf();
    sts.setFault(fault);
    const results = await Promise.all(repeated(() => verifier.verify(token, { context: taskContext() })));
    expect(results.map(meaning)).toEqual(repeated(() => code));
    expect(sts.calls).toHaveLength(fault.times ?? 0);
    expect(meaning(await verifier.verify(token, { context: taskContext() }))).toBe('verified');
  });

  test('of the clock rejects, is not registered as one, and poisons nothing', async () => {
    let reads = 0;
    const clock = () => {
      if (++reads === 2) throw new Error('no clock');
      return start;
    };
    const { verifier } = scene({ clock });
    const token = await tokenOf();
    const context = taskContext();
    await expect(verifier.verify(token, { context })).rejects.toThrow('no clock');
    await expect(Promise.all(context.kept)).resolves.toHaveLength(1);
    expect(meaning(await verifier.verify(token, { context }))).toBe('verified');
  });

  test('to register: nobody joins what may end at any time', async () => {
    const { verifier, sts, open } = gated();
    const token = await tokenOf();
    const broken: TaskContext = {
      waitUntil: () => {
        throw new TypeError('Illegal invocation');
      },
    };
    await expect(verifier.verify(token, { context: broken })).rejects.toThrow('Illegal invocation');
    const next = verifier.verify(token, { context: taskContext() });
    open();
    expect(meaning(await next)).toBe('verified');
    expect(sts.calls).toHaveLength(2);
  });
});

describe('a leader whose request is dead', () => {
  const stsDeadlineMs = 1000;

  /** Its first call never comes back, and its timers are gone: what a reset connection leaves on Workers. */
  async function begin() {
    const { sts } = scene();
    let dead = true;
    const fetch = vi.fn(async (...call: Parameters<typeof sts.fetch>) => {
      if (!dead) return sts.fetch(...call);
      dead = false;
      return new Promise<never>(() => {});
    });
    const { verifier } = scene({ stsDeadlineMs, fetch: fetch as typeof globalThis.fetch });
    const token = await tokenOf();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const settled: string[] = [];
    const verify = (name: string): Promise<Verification> => {
      const result = verifier.verify(token, { context: taskContext() });
      result.then((one) => settled.push(`${name} ${meaning(one)}`));
      return result;
    };
    verify('leader');
    vi.clearAllTimers();
    return { fetch, verify, settled };
  }

  test('followers take over after their lease, all with one call', async () => {
    const { fetch, verify, settled } = await begin();
    const followers = [verify('a'), verify('b'), verify('c')];
    await vi.advanceTimersByTimeAsync(stsDeadlineMs - 1);
    expect(fetch).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all(followers);
    expect(settled.toSorted()).toEqual(['a verified', 'b verified', 'c verified']);
    expect(fetch).toHaveBeenCalledTimes(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('later calls do not wait for it', async () => {
    const { fetch, verify } = await begin();
    const follower = verify('a');
    await vi.advanceTimersByTimeAsync(stsDeadlineMs);
    await follower;
    expect(await verify('later')).toMatchObject({ verdict: 'verified', cached: true });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  test('who wakes later uses what the first has brought', async () => {
    const { fetch, verify } = await begin();
    const first = verify('a');
    await vi.advanceTimersByTimeAsync(stsDeadlineMs / 2);
    const second = verify('b');
    await vi.advanceTimersByTimeAsync(stsDeadlineMs / 2);
    expect(await first).toMatchObject({ verdict: 'verified', cached: false });
    await vi.advanceTimersByTimeAsync(stsDeadlineMs / 2);
    expect(await second).toMatchObject({ verdict: 'verified', cached: true });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  test('each follower has a lease of its own', async () => {
    const { fetch, verify, settled } = await begin();
    await vi.advanceTimersByTimeAsync(60 * stsDeadlineMs);
    const follower = verify('a');
    await vi.advanceTimersByTimeAsync(stsDeadlineMs - 1);
    expect([settled, fetch.mock.calls.length]).toEqual([[], 1]);
    await vi.advanceTimersByTimeAsync(1);
    expect(meaning(await follower)).toBe('verified');
  });
});
