/**
 * A hundred reviews of one token wait for one call to STS, and whoever makes it goes away, dies or fails.
 */
import { describe, expect, test, vi } from 'vitest';
import type { TaskContext } from '../../../src/lib/flights.ts';
import type { Answer } from '../../support/deployment.ts';
import { alice, answered, bob, outcomeOf } from '../../support/faults/answers.ts';
import { startLarge } from '../../support/faults/large.ts';
import { stsFaults } from '../../support/faults/sts-rows.ts';
import { pass, passUntil, standStill, until } from '../../support/faults/time.ts';
import { type Asking, host, people, prod, World } from '../../support/faults/world.ts';

standStill();

const policyOfProd = `policy/${prod}`;
const followers = 100;
const leaseMs = 5000;
const storeLeaseMs = 3000;
const never = new Promise<never>(() => {});

/** What a Worker gives with each request. */
function workerContext(): TaskContext {
  return { waitUntil: () => {} };
}

function follow(world: World, token: string): Promise<Answer[]> {
  return Promise.all(Array.from({ length: followers }, () => world.ask(token, { context: workerContext() })));
}

function outcomesOf(answers: readonly Answer[]): Set<string> {
  return new Set(answers.map(outcomeOf));
}

/** An app that holds the policy, so that a timer that runs is the lease of a follower, or the deadline of the leader. */
async function startWarm(): Promise<World> {
  const world = await World.start();
  expect(outcomeOf(await world.ask(await world.sign(people.bob)))).toBe(bob);
  world.called.length = 0;
  return world;
}

/** STS answers in this way once `open` was called. */
function gate(world: World, answering = (truth: () => Promise<Response>): unknown => truth()): () => void {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  world.stsFaults.set(host, async (truth) => {
    await opened;
    return answering(truth);
  });
  return open;
}

describe('the leader goes away', () => {
  test.each<[string, (asking: Asking) => Asking]>([
    ['on Workers', (asking) => ({ ...asking, context: workerContext() })],
    ['elsewhere', (asking) => asking],
  ])('its request is aborted, %s: all others are answered, by its call', async (_, withContext) => {
    const world = await startWarm();
    const open = gate(world);
    const token = await world.sign(people.admin);
    const gone = new AbortController();
    const leader = world.ask(token, withContext({ signal: gone.signal })).catch(() => {});
    await until(() => world.called.length === 1);
    const answers = follow(world, token);
    await until(() => vi.getTimerCount() === followers + 1);
    gone.abort();
    open();
    expect(outcomesOf(await answers)).toEqual(new Set([alice]));
    expect(world.called).toHaveLength(1);
    await leader;
    expect(outcomeOf(await world.ask(token))).toBe(alice);
  });

  /** What a connection that was reset leaves on Workers: nothing of the request goes on, nor do its timers. */
  async function withDeadLeader(world: World, token: string): Promise<void> {
    world.stsFaults.set(host, (truth) => (world.called.length === 1 ? never : truth()));
    void world.ask(token, { context: workerContext() });
    await until(() => world.called.length === 1);
    vi.clearAllTimers();
  }

  test('it is dead: the others take over after their lease, with one call', async () => {
    const world = await startWarm();
    const token = await world.sign(people.admin);
    await withDeadLeader(world, token);
    const answers = follow(world, token);
    await until(() => vi.getTimerCount() === followers);
    await pass(leaseMs);
    expect(outcomesOf(await answers)).toEqual(new Set([alice]));
    expect(world.called).toHaveLength(2);
    expect(outcomeOf(await world.ask(token))).toBe(alice);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('it is dead in an app that has just begun, while it reads the policy: once more of each', async () => {
    const world = await World.start();
    world.storeFaults.set(policyOfProd, (_, read) => (world.read.length === 1 ? never : read()));
    const token = await world.sign(people.admin);
    await withDeadLeader(world, token);
    const answers = follow(world, token);
    await until(() => vi.getTimerCount() === 2 * followers);
    await pass(Math.max(leaseMs, storeLeaseMs));
    expect(outcomesOf(await answers)).toEqual(new Set([alice]));
    expect([world.called.length, world.read.length]).toEqual([2, 2]);
    expect(outcomeOf(await world.ask(token))).toBe(alice);
  });
});

test('the leader dies while it reads a part of a large policy: the others read it once more', async () => {
  const { world, token, part } = await startLarge();
  const reads = () => world.read.filter((one) => one === part).length;
  world.storeFaults.set(part, (_, read) => (reads() === 1 ? never : read()));
  void world.ask(token, { context: workerContext() });
  await until(() => reads() === 1);
  vi.clearAllTimers();
  const answers = follow(world, token);
  await until(() => vi.getTimerCount() === followers);
  await pass(storeLeaseMs);
  expect(outcomesOf(await answers)).toEqual(new Set(['granted second']));
  expect(reads()).toBe(2);
});

describe('the leader fails, and so do all who wait: none is let in, and none later kept out', () => {
  test.each<[string, number, string]>([
    ['no connection', 503, 'sts_unreachable'],
    ['500 and a page', 503, 'sts_failing'],
    ['cut in the body', 503, 'sts_unreachable'],
    ['null', 503, 'sts_answer_unexpected'],
    ['too long, and does not say so', 503, 'sts_answer_unexpected'],
    ['302 to a loopback address', 503, 'sts_answer_unexpected'],
    ['429 and a page', 429, 'sts_throttled'],
    ['400 Throttling', 429, 'sts_throttled'],
  ])('%s', async (name, status, code) => {
    const world = await startWarm();
    const row = stsFaults.find((one) => one.name === name);
    const open = gate(world, (truth) => (name === 'null' ? Response.json(null) : row?.answering(truth, {})));
    const token = await world.sign(people.admin);
    const answers = follow(world, token);
    await until(() => vi.getTimerCount() === followers);
    open();
    const all = await answers;
    expect(outcomesOf(all)).toEqual(new Set([code]));
    expect(new Set(all.map((one) => one.status))).toEqual(new Set([status]));
    expect(world.called.length).toBeLessThanOrEqual(2);
    world.stsFaults.clear();
    expect(outcomeOf(await world.ask(await world.sign(people.federated)))).toBe('granted fred');
    expect(outcomeOf(await world.ask(token))).toBe(alice);
  });

  test('by silence', async () => {
    const world = await startWarm();
    world.stsFaults.set(host, () => never);
    const token = await world.sign(people.admin);
    const answers = follow(world, token);
    await until(() => vi.getTimerCount() === followers);
    expect(outcomesOf(await passUntil(answers))).toEqual(new Set(['sts_timeout']));
    expect(world.called.length).toBeLessThanOrEqual(2);
    world.stsFaults.clear();
    world.time += 30_000;
    expect(outcomeOf(await world.ask(token))).toBe(alice);
  });

  test('by the store: nothing decides, for each of them', async () => {
    const world = await World.start();
    world.storeFaults.set(policyOfProd, () => Promise.reject(new Error('down')));
    const token = await world.sign(people.admin);
    const all = await follow(world, token);
    expect(new Set(all.map((one) => answered(one).join()))).toEqual(new Set(['503,policy_unavailable']));
    expect(world.read).toHaveLength(1);
    world.storeFaults.clear();
    world.time += 5000;
    expect(outcomesOf(await follow(world, token))).toEqual(new Set([alice]));
  });
});

test('attack: a good token and altered ones at once: nobody joins another', async () => {
  const world = await startWarm();
  const open = gate(world);
  const good = await world.sign(people.admin);
  const bad = await world.sign({ ...people.admin, secretAccessKey: people.bob.secretAccessKey });
  const asked = Array.from({ length: followers }, (_, at) => (at % 2 === 0 ? good : bad));
  const answers = Promise.all(asked.map((token) => world.ask(token)));
  await until(() => vi.getTimerCount() === followers);
  open();
  const said = (await answers).map(outcomeOf);
  expect(said).toEqual(asked.map((token) => (token === good ? alice : 'sts_signature_mismatch')));
  expect(world.called).toHaveLength(2);
});
