/**
 * How often STS is asked about one token to which it gives no verdict.
 */
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/emulator/faults.ts';
import { CallBudget } from '../../src/verifier/call-budget.ts';
import type { VerifierOptions } from '../../src/verifier/options.ts';
import { admin, bob, meaning, scene, tokenOf } from '../support/verifier-setup.ts';

const throttle: Fault = { type: 'throttle' };
const fail: Fault = { type: 'fail', status: 503 };
const reset: Fault = { type: 'reset' };

/** As an API server asks: now, and again after these seconds, through an outage. */
async function ask(options: Partial<VerifierOptions>, fault: Fault, ...pauses: readonly number[]) {
  const all = scene(options);
  all.sts.setFault(fault);
  const token = await tokenOf();
  const verdicts = [meaning(await all.verifier.verify(token))];
  for (const seconds of pauses) {
    all.pass(seconds);
    verdicts.push(meaning(await all.verifier.verify(token)));
  }
  return { ...all, token, verdicts };
}

describe('two calls for a token in 30 s', () => {
  // [name, fault, pauses in seconds, calls of STS, what is said each time]
  test.each<[string, Fault, number[], number, string]>([
    ['it throttles', throttle, [6, 6, 6, 6], 2, 'sts_throttled'],
    ['it fails', fail, [6, 6, 6, 6], 2, 'sts_failing'],
    ['the connection breaks', reset, [6, 6, 6, 6], 2, 'sts_unreachable'],
    ['it throttles for a second half minute', throttle, [6, 6, 6, 6, 6, 6], 4, 'sts_throttled'],
    ['it throttles, and the API server comes late', throttle, [31, 31], 3, 'sts_throttled'],
  ])('%s', async (_, fault, pauses, calls, code) => {
    const { sts, verdicts } = await ask({ callBudget: new CallBudget(2) }, fault, ...pauses);
    expect(new Set(verdicts)).toEqual(new Set([code]));
    expect(sts.calls).toHaveLength(calls);
  });

  test('of which a verdict uses none up', async () => {
    const { verifier, sts, pass } = scene({ callBudget: new CallBudget(2), identitySeconds: 0 });
    const token = await tokenOf();
    for (let round = 0; round < 5; round++) {
      expect(await verifier.verify(token)).toMatchObject({ verdict: 'verified' });
      pass(1);
    }
    expect(sts.calls).toHaveLength(5);
  });

  test('throttled once, it is asked again at the next turn', async () => {
    const { verdicts } = await ask({ callBudget: new CallBudget(2) }, { ...throttle, times: 1 }, 6);
    expect(verdicts).toEqual(['sts_throttled', 'verified']);
  });

  test('a throttled token with one call left gets no second try in the same turn', async () => {
    const { sts, verifier, token, pass } = await ask({ callBudget: new CallBudget(2) }, throttle);
    sts.setFault(fail);
    pass(6);
    expect(meaning(await verifier.verify(token))).toBe('sts_failing');
    expect(sts.calls).toHaveLength(2);
  });

  test('another token has its own', async () => {
    const { sts, verifier } = await ask({ callBudget: new CallBudget(2) }, throttle, 6, 6);
    expect(meaning(await verifier.verify(await tokenOf({ as: bob })))).toBe('sts_throttled');
    expect(sts.calls).toHaveLength(3);
  });
});

describe('once STS is back', () => {
  test.each([
    ['throttled', throttle],
    ['failed', fail],
  ])('a token that was %s is accepted after 30 s', async (_, fault) => {
    const { sts, verifier, token, pass } = await ask({ callBudget: new CallBudget(2) }, fault, 6, 6);
    sts.setFault(undefined);
    pass(17.999);
    expect(await verifier.verify(token)).not.toMatchObject({ verdict: 'verified' });
    pass(0.001);
    expect(await verifier.verify(token)).toMatchObject({ verdict: 'verified', cached: false });
  });

  // [name, fault, signed with the right key, what is said of the first token then]
  test.each<[string, Fault, boolean, string]>([
    ['was down, and has accepted somebody', fail, true, 'verified'],
    ['was down, and has refused somebody', fail, false, 'verified'],
    ['throttled, and has accepted somebody', throttle, true, 'sts_throttled'],
  ])('and it %s: the others are asked about or wait', async (_, fault, right, expected) => {
    const { sts, verifier, token } = await ask({ callBudget: new CallBudget(2) }, fault, 6, 6);
    sts.setFault(undefined);
    const other = await tokenOf({
      as: bob,
      ...(right ? {} : { secretAccessKey: `${admin.secretAccessKey}x` }),
    });
    await verifier.verify(other);
    expect(meaning(await verifier.verify(token))).toBe(expected);
  });
});

test('who sends junk between its turns renews them once', async () => {
  const { verifier, sts, token, pass } = await ask({ callBudget: new CallBudget(2) }, fail, 6);
  for (let round = 0; round < 4; round++) {
    sts.setFault(undefined);
    const junk = await tokenOf({ as: bob, secretAccessKey: `junk ${round}` });
    expect(meaning(await verifier.verify(junk))).toBe('sts_signature_mismatch');
    sts.setFault(fail);
    pass(4);
    expect(meaning(await verifier.verify(token))).toBe('sts_failing');
  }
  expect(sts.calls).toHaveLength(4 + 4); // of the junk, and of the token
});

test('what is said again cannot be turned into a grant by who was told first', async () => {
  for (const fault of [throttle, fail]) {
    const { verifier, token } = await ask({ callBudget: new CallBudget(2) }, fault, 6);
    const told = await verifier.verify(token);
    expect(() => Object.assign(told, { verdict: 'verified' })).toThrow(TypeError);
    expect(await verifier.verify(token)).not.toMatchObject({ verdict: 'verified' });
  }
});

test('without a limit every turn asks', async () => {
  const { sts } = await ask({}, throttle, 6, 6, 6);
  expect(sts.calls).toHaveLength(4);
});
