/**
 * STS goes wrong in every way, before an app that is warm and before one that has just begun: the whole way of a review.
 */
import { describe, expect, test } from 'vitest';
import type { App } from '../../../src/http/routes.ts';
import { alice, answered, bob, fred, outcomeOf } from '../../support/faults/answers.ts';
import { stsFaults } from '../../support/faults/sts-rows.ts';
import { stsShapes } from '../../support/faults/sts-shapes.ts';
import type { StsFault } from '../../support/faults/sts-statuses.ts';
import { standStill } from '../../support/faults/time.ts';
import { host, inventedHost, otherHost, people, staging, World } from '../../support/faults/world.ts';

standStill();

const rows = [...stsFaults, ...stsShapes];
const deadlineMs = 5000;

/** The refusals that STS itself, or whoever stands before it, gave. The rest of the codes is no verdict. */
const refusals = /^sts_(?!answer|failing|throttled|timeout|unreachable)/;

function expected({ code }: StsFault): readonly [number, string] {
  if (code === undefined) return [200, alice];
  if (refusals.test(code)) return [200, code];
  return [code === 'sts_throttled' ? 429 : 503, code];
}

/** After the fault the same token is as good as ever, at once or when a refusal is no longer remembered. */
async function expectRecovery(
  world: World,
  token: string,
  { rememberedMs = 0 }: StsFault,
  apps: readonly App[] = [world.app],
): Promise<void> {
  world.stsFaults.clear();
  const tokenOfBob = await world.sign(people.bob);
  for (const app of apps) {
    expect(outcomeOf(await world.ask(tokenOfBob, { app }))).toBe(bob);
    if (rememberedMs > 0) expect(outcomeOf(await world.ask(token, { app }))).not.toBe(alice);
  }
  world.time += rememberedMs;
  for (const app of apps) expect(outcomeOf(await world.ask(token, { app }))).toBe(alice);
  world.expectNoSecretIn(JSON.stringify(world.log));
}

/** Who asks another host, or in another cluster, knows nothing of it. */
async function expectOthersUntouched(world: World): Promise<void> {
  const elsewhere = await world.sign(people.bob, { host: otherHost });
  expect(outcomeOf(await world.ask(elsewhere))).toBe(bob);
  const there = await world.sign(people.bob, { host: otherHost, audience: staging });
  expect(outcomeOf(await world.ask(there, { cluster: staging }))).toBe(bob);
}

function expectOneHost(world: World, at: string): void {
  expect(new Set(world.called)).toEqual(new Set([`https://${at}/`])); // no redirect was followed
  expect(world.called.length).toBeLessThanOrEqual(2);
}

describe('a warm app, and one that begins meanwhile', () => {
  test.each(rows)('$name: $code', async (row) => {
    const world = await World.start();
    const held = await world.sign(people.federated);
    expect(outcomeOf(await world.ask(held))).toBe(fred);
    world.stsFaults.set(host, row.answering);
    const token = await world.sign(people.admin);
    const apps = [world.app, world.freshApp()];
    for (const app of apps) {
      world.called.length = 0;
      const answer = await world.askFor(row.takesMs ?? 0, token, { app });
      expect(answered(answer)).toEqual(expected(row));
      world.expectNoSecretIn(answer.text);
      expectOneHost(world, host);
    }
    expect(outcomeOf(await world.ask(held))).toBe(fred); // whom STS has vouched for
    await expectOthersUntouched(world);
    await expectRecovery(world, token, row, apps);
  });
});

/** What is an outage elsewhere is a refusal there. One page of each kind of status will do. */
describe('attack: a host of an invented region', () => {
  const invented = rows.filter(
    ({ name, code }) =>
      code !== undefined && !refusals.test(code) && !/^(?!404|429|503|530)\d+ and a page$/.test(name),
  );

  test.each(invented)('$name', async (row) => {
    const world = await World.start();
    world.stsFaults.set(inventedHost, row.answering);
    const token = await world.sign(people.admin, { host: inventedHost });
    const answer = await world.askFor(row.takesMs ?? 0, token);
    const isThrottled = row.code === 'sts_throttled';
    expect(answered(answer)).toEqual(isThrottled ? [429, 'sts_throttled'] : [200, 'sts_host_unlisted']);
    expectOneHost(world, inventedHost);
    expect(world.called).toHaveLength(1);
    await expectRecovery(world, token, row);
  });
});

describe('an API server that comes again through an outage of 25 seconds', () => {
  test.each<[string, string, number]>([
    ['400 Throttling', 'sts_throttled', 30_000],
    ['500 and a page', 'sts_failing', 25_000],
    ['no connection', 'sts_unreachable', 25_000],
    ['silent', 'sts_timeout', 25_000],
    ['null', 'sts_answer_unexpected', 25_000],
  ])('%s: two calls, and after it the token is good again', async (name, code, againAt) => {
    const world = await World.start();
    const { answering } = rows.find((row) => row.name === name)!;
    world.stsFaults.set(host, answering);
    const begin = world.time;
    const token = await world.sign(people.admin);
    for (let turns = 0; turns < 5; turns++) {
      const takesMs = name === 'silent' && turns < 2 ? deadlineMs : 0;
      expect(outcomeOf(await world.askFor(takesMs, token))).toBe(code);
      world.time += 5000;
    }
    expect(world.called).toHaveLength(2);
    world.stsFaults.clear();
    expect(outcomeOf(await world.ask(await world.sign(people.bob)))).toBe(bob);
    world.time = begin + againAt;
    expect(outcomeOf(await world.ask(token))).toBe(alice);
  });

  test('nobody else signs in: the token is good again after 30 seconds', async () => {
    const world = await World.start();
    world.stsFaults.set(host, () => new Response('', { status: 500 }));
    const token = await world.sign(people.admin);
    for (let turns = 0; turns < 6; turns++) {
      expect(outcomeOf(await world.ask(token))).toBe('sts_failing');
      if (turns < 5) world.time += 5000;
    }
    world.stsFaults.clear();
    world.time += 5000;
    expect(outcomeOf(await world.ask(token))).toBe(alice);
  });
});

test('a whole other caller in the answer is that caller, for as long as an identity is held', async () => {
  const world = await World.start();
  world.stsFaults.set(host, async (truth) => {
    const text = (await (await truth()).text()).replaceAll('111122223333', '999999999999');
    return new Response(text, { headers: { 'content-type': 'application/json' } });
  });
  const token = await world.sign(people.admin);
  expect(answered(await world.ask(token))).toEqual([200, 'not_mapped']);
  world.stsFaults.clear();
  world.time += 60_000;
  expect(outcomeOf(await world.ask(token))).toBe(alice);
  expect(world.called).toEqual([`https://${host}/`, `https://${host}/`]);
});
