/**
 * The store goes wrong in every way, before an app that is warm and before one that has just begun: what decides, for how
 * long, and that all is well at once when the store is.
 */
import { describe, expect, test } from 'vitest';
import { rules } from '../../support/deployment.ts';
import { alice, answered, bob, fred, outcomeOf } from '../../support/faults/answers.ts';
import { startLarge } from '../../support/faults/large.ts';
import { partFaults, pointerFaults } from '../../support/faults/store-rows.ts';
import { standStill } from '../../support/faults/time.ts';
import { people, prod, staging, World } from '../../support/faults/world.ts';

standStill();

const key = `policy/${prod}`;
const second = 1000;
const minute = 60 * second;
const holdMs = 30 * second;
const retryMs = 5 * second;
const lastGoodMs = 15 * minute;
const withoutBob = rules.filter(({ username }) => username !== 'bob');

/** The other cluster has a store of its own, so to speak. */
async function expectOtherUntouched(world: World): Promise<void> {
  const there = await world.sign(people.bob, { audience: staging });
  expect(outcomeOf(await world.ask(there, { cluster: staging }))).toBe(bob);
}

describe.each(pointerFaults)('a store that $name', ({ answering, code, takesMs = 0 }) => {
  test('a warm app: the last good version decides for 15 minutes, and then nothing does', async () => {
    const world = await World.start();
    const begin = world.time;
    const token = await world.sign(people.admin);
    expect(outcomeOf(await world.ask(token))).toBe(alice);
    world.storeFaults.set(key, answering);
    world.time += holdMs;
    expect(outcomeOf(await world.askFor(takesMs, token))).toBe(alice);
    expect(await world.readiness()).toEqual([200, true]);

    world.time = begin + lastGoodMs - retryMs;
    const later = await world.sign(people.admin);
    expect(outcomeOf(await world.askFor(takesMs, later))).toBe(alice);
    world.time = begin + lastGoodMs;
    expect(answered(await world.askFor(takesMs, later))).toEqual([503, code]);
    expect(answered(await world.ask(await world.sign(people.stranger)))).toEqual([503, code]);
    await expectOtherUntouched(world);

    world.storeFaults.clear();
    world.time += retryMs;
    expect(outcomeOf(await world.ask(later))).toBe(alice);
    expect(await world.readiness()).toEqual([200, false]);
    world.expectNoSecretIn(JSON.stringify(world.log));
  });

  test('an app that begins meanwhile: nobody is let in and nobody denied, until the store is well', async () => {
    const world = await World.start();
    world.storeFaults.set(key, answering);
    const token = await world.sign(people.admin);
    const stranger = await world.sign(people.stranger);
    expect(answered(await world.askFor(takesMs, token))).toEqual([503, code]);
    expect(answered(await world.ask(stranger))).toEqual([503, code]);
    expect((await world.readiness())[0]).toBe(503);
    await expectOtherUntouched(world);

    world.storeFaults.clear();
    world.time += retryMs;
    expect(outcomeOf(await world.ask(token))).toBe(alice);
    expect(outcomeOf(await world.ask(stranger))).toBe('not_mapped');
  });
});

test('a store that is slow within its deadline only delays', async () => {
  const world = await World.start();
  world.storeFaults.set(key, async (_, read) => {
    await new Promise((resolve) => setTimeout(resolve, 2900));
    return read();
  });
  expect(outcomeOf(await world.askFor(2900, await world.sign(people.admin)))).toBe(alice);
});

test('a store whose answers take longer than a policy is held: every review has the version of then', async () => {
  const world = await World.start({ CALLERID_POLICY_SECONDS: '1' });
  world.storeFaults.set(key, async (_, read) => {
    await new Promise((resolve) => setTimeout(resolve, 2000));
    world.time += 2000;
    return read();
  });
  const token = await world.sign(people.bob);
  for (let count = 1; count <= 3; count++) {
    expect(outcomeOf(await world.askFor(2000, token))).toBe(bob);
    expect(world.read).toHaveLength(count);
  }
  await world.write({ rules: withoutBob });
  expect(outcomeOf(await world.askFor(2000, token))).toBe('not_mapped');
});

test('a store that fails for an hour: 15 minutes by the last good version, then 503, then all at once', async () => {
  const world = await World.start();
  const begin = world.time;
  expect(outcomeOf(await world.ask(await world.sign(people.admin)))).toBe(alice);
  world.storeFaults.set(key, () => Promise.reject(new Error('down')));
  let cold = world.freshApp();
  const outcomes: string[] = [];
  for (let at = 1; at < 60; at++) {
    world.time = begin + at * minute;
    if (at % 10 === 0) cold = world.freshApp();
    if (at === 20) await world.write({ rules: withoutBob });
    const token = await world.sign(people.admin);
    outcomes.push(outcomeOf(await world.ask(token)));
    expect(answered(await world.ask(token, { app: cold }))).toEqual([503, 'policy_unavailable']);
  }
  expect(outcomes).toEqual([...Array(14).fill(alice), ...Array(45).fill('policy_unavailable')]);

  world.storeFaults.clear();
  world.time += retryMs;
  for (const app of [world.app, cold]) {
    expect(outcomeOf(await world.ask(await world.sign(people.admin), { app }))).toBe(alice);
    expect(outcomeOf(await world.ask(await world.sign(people.bob), { app }))).toBe('not_mapped');
  }
});

describe('a store that gives an older version', () => {
  test('attack: a removed rule does not come back where the newer version was seen, for two minutes', async () => {
    const world = await World.start();
    const stale = (await world.values.get(key)) as string;
    await world.write({ rules: withoutBob });
    const token = await world.sign(people.bob);
    expect(outcomeOf(await world.ask(token))).toBe('not_mapped');
    world.storeFaults.set(key, async () => stale);
    const cold = world.freshApp();
    expect(outcomeOf(await world.ask(token, { app: cold }))).toBe(bob); // it cannot know better yet
    const begin = world.time + holdMs;
    for (let ms = 0; ms < 2 * minute; ms += 10 * second) {
      world.time = begin + ms;
      expect(outcomeOf(await world.ask(token))).toBe('not_mapped');
      expect(outcomeOf(await world.ask(await world.sign(people.admin)))).toBe(alice);
    }

    world.storeFaults.clear();
    world.time += holdMs;
    for (const app of [world.app, cold]) {
      expect(outcomeOf(await world.ask(await world.sign(people.bob), { app }))).toBe('not_mapped');
    }
  });

  test('that stays is what somebody put there', async () => {
    const world = await World.start();
    const stale = (await world.values.get(key)) as string;
    await world.write({ rules: withoutBob });
    expect(outcomeOf(await world.ask(await world.sign(people.bob)))).toBe('not_mapped');
    world.storeFaults.set(key, async () => stale);
    for (let steps = 0; steps < 5; steps++) {
      world.time += holdMs;
      await world.ask(await world.sign(people.bob));
    }
    expect(outcomeOf(await world.ask(await world.sign(people.bob)))).toBe(bob);
  });
});

test('a cluster without a policy from the beginning: 503 until there is one, and then at once', async () => {
  const world = new World();
  const token = await world.sign(people.admin);
  for (let turns = 0; turns < 3; turns++) {
    expect(answered(await world.ask(token))).toEqual([503, 'policy_missing']);
    world.time += retryMs;
  }
  await world.write({ rules });
  expect(outcomeOf(await world.ask(token))).toBe(alice);
});

describe.each(partFaults)('a large policy of whose parts the store $name', ({ answering, takesMs = 0 }) => {
  test('a warm app needs none of them', async () => {
    const { world, token, part } = await startLarge();
    expect(outcomeOf(await world.ask(token))).toBe('granted second');
    world.storeFaults.set(part, answering);
    world.time += holdMs;
    expect(outcomeOf(await world.ask(token))).toBe('granted second');
  });

  test('an app that begins meanwhile: the version before decides, 15 minutes long, for her alone', async () => {
    const { world, token, part } = await startLarge();
    const begin = world.time;
    world.storeFaults.set(part, answering);
    const ask = async (of: string): Promise<string> => {
      world.read.length = 0;
      return outcomeOf(await world.askFor(takesMs, of, {}, () => world.read.includes(part)));
    };
    expect(await ask(token)).toBe(alice);
    expect(outcomeOf(await world.ask(await world.sign(people.federated)))).toBe(fred);
    expect(await world.readiness()).toEqual([200, true]);

    world.time = begin + lastGoodMs;
    const later = await world.sign(people.admin);
    expect(await ask(later)).toBe('policy_unavailable');
    expect(outcomeOf(await world.ask(await world.sign(people.federated)))).toBe(fred);

    world.storeFaults.clear();
    world.time += retryMs;
    expect(outcomeOf(await world.ask(later))).toBe('granted second');
  });

  test('and there is no version before: nothing decides on her, and all is well when the store is', async () => {
    const { world, token, part } = await startLarge();
    world.storeFaults.set(part, answering);
    world.storeFaults.set(key, async (_, read) =>
      JSON.stringify({ ...JSON.parse((await read()) as string), history: [] }),
    );
    const answer = await world.askFor(takesMs, token, {}, () => world.read.includes(part));
    expect(answered(answer)).toEqual([503, 'policy_unavailable']);
    expect(outcomeOf(await world.ask(await world.sign(people.federated)))).toBe(fred);
    world.storeFaults.delete(part);
    world.time += retryMs;
    expect(outcomeOf(await world.ask(token))).toBe('granted second');
  });
});
