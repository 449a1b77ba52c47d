/**
 * A breaker for each listed STS host, and a bound on calls under way.
 */
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/emulator/faults.ts';
import { type CircuitChange, createBreaker } from '../../src/verifier/breaker.ts';
import { limitCallsUnderWay } from '../../src/verifier/calls-under-way.ts';
import type { StsQuestion } from '../../src/verifier/gate.ts';
import {
  admin,
  audience,
  bob,
  listedHost,
  meaning,
  scene,
  start,
  tokenOf,
  unlistedHost,
} from '../support/verifier-setup.ts';

const fail: Fault = { type: 'fail', status: 503 };
const reset: Fault = { type: 'reset' };
const throttle: Fault = { type: 'throttle' };
const otherHost = 'sts.us-east-2.amazonaws.com';

/** As key IDs that carry an account number have them. */
const accounts = ['AKIAQZZZZZZZAAAAAAAA', 'AKIARZZZZZZZAAAAAAAA', 'AKIASZZZZZZZAAAAAAAA'] as const;

/** A verifier whose breaker opens after three calls, and what it told. */
function broken(fault: Fault | undefined) {
  const changes: CircuitChange[] = [];
  const gates = [createBreaker({ failures: 3, onChange: (change) => void changes.push(change) })];
  const all = scene({ gates });
  all.sts.setFault(fault);
  let made = 0;
  /** Verifies a token that nobody has seen. */
  const ask = async (accessKeyId?: string, host = listedHost, at = start) => {
    made++;
    const as = accessKeyId === undefined ? bob : { ...bob, accessKeyId };
    const token = await tokenOf({ as, host, at: at - made * 1000 });
    return all.verifier.verify(token);
  };
  return { ...all, changes, ask };
}

const pauseOf = (change: CircuitChange) => ('openMs' in change ? change.openMs : undefined);

async function times(count: number, work: () => Promise<unknown>): Promise<void> {
  for (let turn = 0; turn < count; turn++) await work();
}

describe('a host that gives no verdict', () => {
  test.each<[string, Fault, string]>([
    ['fails', fail, 'sts_failing'],
    ['is not reached', reset, 'sts_unreachable'],
  ])('and %s three times is left alone', async (_, fault, code) => {
    const { sts, ask, changes } = broken(fault);
    await times(3, ask);
    const calls = sts.calls.length;
    expect(await ask()).toEqual({
      verdict: 'unavailable',
      code: 'sts_circuit_open',
      sts: { host: listedHost },
      retryAfterMs: 5000,
    });
    expect(sts.calls).toHaveLength(calls);
    expect(changes).toEqual([{ host: listedHost, state: 'open', code, openMs: 5000 }]);
  });

  test('is tried again by one, after twice as long each time, 30 s at most', async () => {
    const { sts, ask, pass, changes } = broken(fail);
    await times(3, ask);
    for (const seconds of [5, 10, 20, 30, 30]) {
      pass(seconds - 0.001);
      expect(meaning(await ask())).toBe('sts_circuit_open');
      pass(0.001);
      const calls = sts.calls.length;
      const answers = await Promise.all([ask(), ask(), ask()]);
      expect(answers.map(meaning).sort()).toEqual(['sts_circuit_open', 'sts_circuit_open', 'sts_failing']);
      expect(sts.calls).toHaveLength(calls + 2); // with its retry
    }
    expect(changes.map(pauseOf)).toEqual([5000, 10_000, 20_000, 30_000, 30_000, 30_000]);
  });

  test.each([
    ['accepts', undefined, 'verified'],
    ['refuses', 'AKIANOBODY', 'sts_access_key_unknown'],
  ])('and then %s: whoever comes is asked about', async (_, key, expected) => {
    const { sts, ask, pass, changes } = broken(fail);
    await times(3, ask);
    sts.setFault(undefined);
    pass(5);
    expect(meaning(await ask(key))).toBe(expected);
    expect(meaning(await ask())).toBe('verified');
    expect(changes.at(-1)).toEqual({ host: listedHost, state: 'closed' });
    sts.setFault(fail);
    await times(2, ask);
    expect(changes.at(-1)?.state).toBe('closed'); // it counts from the beginning
  });

  test.each<[string, Fault]>([
    ['one account that it throttles', throttle],
    ['an answer that callerid does not know', { type: 'fail', status: 418 }],
  ])('and then gives %s: it answers, so whoever comes is asked about', async (_, answer) => {
    const { sts, ask, pass, changes } = broken(fail);
    await times(3, ask);
    sts.setFault(answer);
    pass(5);
    await ask();
    expect(changes.at(-1)).toEqual({ host: listedHost, state: 'closed' });
    sts.setFault(undefined);
    expect(meaning(await ask())).toBe('verified');
  });

  test('whose clock is set back is not left alone for longer', async () => {
    const { sts, ask, pass } = broken(fail);
    await times(3, ask);
    sts.setFault(undefined);
    pass(-3600);
    expect(meaning(await ask(undefined, listedHost, start - 3600_000))).toBe('verified');
  });

  test('and whose trial never ends is tried by another', async () => {
    const { sts, ask, pass } = broken(fail);
    await times(3, ask);
    pass(5);
    sts.setFault({ type: 'stall' });
    const calls = sts.calls.length;
    void ask();
    await expect.poll(() => sts.calls.length).toBe(calls + 1);
    sts.setFault(undefined);
    pass(5);
    expect(meaning(await ask())).toBe('verified');
  });

  test('keeps no held identity from being used', async () => {
    const { sts, ask, verifier } = broken(undefined);
    const token = await tokenOf({ as: admin });
    await verifier.verify(token);
    sts.setFault(fail);
    await times(3, ask);
    expect(meaning(await ask())).toBe('sts_circuit_open');
    expect(await verifier.verify(token)).toMatchObject({ verdict: 'verified', cached: true });
  });
});

describe('who does not open it', () => {
  test('calls of before, that fail when it is open: it opens once', async () => {
    const { ask, changes } = broken(fail);
    await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(changes.map(pauseOf)).toEqual([5000]);
  });

  test('a verdict between failures', async () => {
    const { sts, ask, changes } = broken(fail);
    for (let round = 0; round < 4; round++) {
      sts.setFault(fail);
      await times(2, ask);
      sts.setFault(undefined);
      await ask('AKIANOBODY');
    }
    expect(changes).toEqual([]);
  });

  test('the outage of another host', async () => {
    const { sts, ask } = broken(fail);
    await times(3, () => ask(undefined, otherHost));
    sts.setFault(undefined);
    expect(meaning(await ask(undefined, otherHost))).toBe('sts_circuit_open');
    expect(meaning(await ask())).toBe('verified');
  });

  test('a host of an invented region: it only refuses', async () => {
    const { ask, changes } = broken(fail);
    await times(20, async () =>
      expect(meaning(await ask(undefined, unlistedHost))).toBe('sts_host_unlisted'),
    );
    expect(changes).toEqual([]);
  });

  test('an answer that callerid does not know: it may be the doing of the caller', async () => {
    const { ask, changes } = broken({ type: 'fail', status: 418 });
    await times(20, async () => expect(meaning(await ask())).toBe('sts_answer_unexpected'));
    expect(changes).toEqual([]);
  });

  test('one account that STS throttles, however often and with however many keys', async () => {
    const { ask, changes } = broken(throttle);
    for (let turn = 0; turn < 20; turn++) {
      const key = `${accounts[0].slice(0, 13)}${'ABCDEFGHIJKLMNOPQRST'[turn]?.repeat(7)}`;
      expect(meaning(await ask(key))).toBe('sts_throttled');
    }
    expect(changes).toEqual([]);
  });
});

test.each([
  ['keys of the older form', ['AKIAIAAAAAAAAAAAAAAA', 'AKIAJAAAAAAAAAAAAAAA', 'AKIAIBBBBBBBBBBBBBBB']],
  ['keys of no form', ['short', 'akiaqzzzzzzzaaaaaaaa', 'Other1']],
])('%s carry no account: they count as one', async (_, keys) => {
  const { ask, changes } = broken(throttle);
  for (let round = 0; round < 3; round++) for (const key of keys) await ask(key);
  expect(changes).toEqual([]);
});

test('a host that throttled several accounts is tried until it throttles several again: one account keeps it closed to nobody', async () => {
  const { sts, ask, pass } = broken(throttle);
  for (let round = 0; round < 3; round++) for (const account of accounts) await ask(account);
  pass(5);
  for (let turn = 0; turn < 10; turn++) expect((await ask(accounts[0])).verdict).toBe('throttled');
  sts.setFault(undefined);
  expect(meaning(await ask())).toBe('verified');
});

test('a host that throttles several accounts is left alone: 429, and when to come again', async () => {
  const { sts, ask, changes } = broken(throttle);
  for (let round = 0; round < 3; round++) for (const account of accounts) await ask(account);
  const calls = sts.calls.length;
  expect(await ask()).toEqual({
    verdict: 'throttled',
    code: 'sts_throttled',
    sts: { host: listedHost },
    retryAfterMs: 5000,
  });
  expect(sts.calls).toHaveLength(calls);
  expect(changes).toMatchObject([{ state: 'open', code: 'sts_throttled' }]);
});

test.each<[string, () => void]>([
  [
    'throw',
    () => {
      throw new Error('told');
    },
  ],
  ['reject', () => Promise.reject(new Error('told')) as unknown as undefined],
])('what is told of a change may %s', async (_, onChange) => {
  const gates = [createBreaker({ failures: 1, onChange })];
  const { sts, verifier } = scene({ gates });
  sts.setFault(fail);
  expect(meaning(await verifier.verify(await tokenOf()))).toBe('sts_failing');
});

test.each([0, -1, Number.NaN, '5'])('failures: %s is no number from 1', (failures) => {
  expect(() => createBreaker({ failures: failures as number })).toThrow('failures');
});

describe('calls under way', () => {
  /** What STS is asked about waits until it is told to go on. */
  function held(most: number) {
    const waiting: (() => void)[] = [];
    const all = scene({ gates: [limitCallsUnderWay(most, 10_000)] });
    const slow: typeof fetch = async (...parameters) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return all.sts.fetch(...(parameters as Parameters<typeof all.sts.fetch>));
    };
    const gates = [limitCallsUnderWay(most, 10_000)];
    const { verifier, pass } = scene({ gates, fetch: slow, callBudget: undefined });
    return { verifier, pass, waiting, goOn: () => waiting.splice(0).forEach((resolve) => void resolve()) };
  }

  test('beyond the bound are turned away at once, and nobody is judged', async () => {
    const { verifier, waiting, goOn } = held(6); // half of it as long as the host has not answered
    const tokens = await Promise.all(
      Array.from({ length: 10 }, (_, at) => tokenOf({ at: start - at * 1000 })),
    );
    const asked = tokens.map((token) => verifier.verify(token));
    const turnedAway = await Promise.all(asked.slice(3));
    expect(new Set(turnedAway.map(meaning))).toEqual(new Set(['overloaded']));
    expect(waiting).toHaveLength(3);
    goOn();
    expect((await Promise.all(asked.slice(0, 3))).map(meaning)).toEqual(['verified', 'verified', 'verified']);
    const again = verifier.verify(tokens[9]);
    await expect.poll(() => waiting.length).toBe(1);
    goOn();
    expect(meaning(await again)).toBe('verified');
  });

  test('that never end, as their requests were broken off, count for so long and no longer', async () => {
    const { verifier, pass, waiting, goOn } = held(1);
    void verifier.verify(await tokenOf());
    const other = await tokenOf({ as: bob });
    pass(9.999);
    expect(meaning(await verifier.verify(other))).toBe('overloaded');
    pass(0.001);
    const asked = verifier.verify(other);
    await expect.poll(() => waiting.length).toBe(2);
    goOn();
    expect(meaning(await asked)).toBe('verified');
  });
});

describe('hosts that do not answer', () => {
  /** Nothing is ever answered but by the host that answers. */
  function stalling(most: number) {
    const { sts, ...rest } = scene();
    const fetch = ((url: string, init: RequestInit) =>
      new URL(url).host === listedHost
        ? sts.fetch(url, init)
        : new Promise(() => {})) as typeof globalThis.fetch;
    const { verifier } = scene({ fetch, gates: [limitCallsUnderWay(most, 10_000)], stsDeadlineMs: 60_000 });
    const flood = async (hosts: readonly string[]) => {
      for (const [at, host] of hosts.entries())
        void verifier.verify(await tokenOf({ host, at: start - at * 1000 }));
    };
    return { ...rest, verifier, flood };
  }

  test('have half of the calls at once', async () => {
    const { verifier, flood } = stalling(8);
    await verifier.verify(await tokenOf());
    await flood(
      Array.from(
        { length: 20 },
        (_, at) => `sts.${['us-east-2', 'eu-west-2', 'eu-west-3', 'sa-east-1'][at % 4]}.amazonaws.com`,
      ),
    );
    expect(meaning(await verifier.verify(await tokenOf({ host: otherHost, as: bob })))).toBe('overloaded');
    expect(meaning(await verifier.verify(await tokenOf({ as: bob })))).toBe('verified');
  });

  test('are not taken for ones that answer where a gate has turned a question away', async () => {
    const gate = limitCallsUnderWay(4, 10_000);
    const question: StsQuestion = {
      host: listedHost,
      region: 'eu-west-1',
      listed: true,
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      clock: () => start,
    };
    await gate(question, async () => ({ verdict: 'throttled', code: 'overloaded' }));
    for (let at = 0; at < 2; at++) void gate(question, () => new Promise(() => {}));
    expect(meaning(await gate(question, () => Promise.reject(new Error('asked'))))).toBe('overloaded');
  });

  test('of invented regions have two, so that looking up their names delays nobody', async () => {
    const { verifier, flood } = stalling(100);
    await flood(['sts.eu-west-8.amazonaws.com', 'sts.eu-west-7.amazonaws.com']);
    expect(meaning(await verifier.verify(await tokenOf({ host: unlistedHost })))).toBe('overloaded');
    expect(meaning(await verifier.verify(await tokenOf({ as: bob })))).toBe('verified');
  });
});

test('a gate that vouches for somebody itself is believed by nobody', async () => {
  const { verifier } = scene();
  const verified = await verifier.verify(await tokenOf());
  const liar = scene({ gates: [async () => verified as never] });
  await expect(liar.verifier.verify(await tokenOf({ as: bob }))).rejects.toThrow(TypeError);
});

test('gates stand in a row, and what is given may change afterwards', async () => {
  const passed: string[] = [];
  const gate = (name: string) => async (question: { accessKeyId: string }, ask: () => Promise<never>) => {
    passed.push(`${name} ${question.accessKeyId}`);
    return ask();
  };
  const gates = [gate('first'), gate('second')];
  const { verifier } = scene({ gates: gates as never });
  gates.length = 0;
  expect(verifier.audience).toBe(audience);
  await verifier.verify(await tokenOf());
  expect(passed).toEqual(['first ASIADMIN', 'second ASIADMIN']);
});
