/**
 * The process that makes the load of a soak, and judges every answer.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../test/support/random.ts';
import { ask, type Outcome, toldOf } from '../review.ts';
import { type Caller, Callers, cluster } from './callers.ts';
import type { Order, Soaked, Told } from './messages.ts';
import { type Asked, type Judgement, judge } from './oracle.ts';
import { World } from './world.ts';

const world = new World();
let origin = '';
let callers = new Callers(new Random(0));

/** Reviews under way at the most: where answers are slow, fewer are sent, as an API server has so many connections only. */
const mostUnderWay = 128;
/** Reviews under way while capacity is measured. */
const atOnce = 32;
const tickMs = 10;
/** Answers are judged so much later, in milliseconds: by then it has been told here what had happened. */
const judgeLaterMs = 1000;
const mostTold = 20;

const counts = { right: 0, excused: 0, unexplained: 0, wrong: 0 };
const strict = { granted: 0, denied: 0 };
const kinds: Record<string, number> = {};
const wrong: string[] = [];
const unexplained: string[] = [];
/** By milliseconds. */
const latencies = new Uint32Array(30_001);
let underWay = 0;
let heldBack = 0;
/** The longest that this process did not come to itself, in milliseconds: then it is the machine that is slow. */
let stoodStillMs = 0;
let isRunning = false;
const waiting: { readonly asked: Asked; readonly outcome: Outcome }[] = [];

async function review(): Promise<void> {
  const caller = await callers.next();
  const { noneAt } = caller;
  const sentAt = Date.now();
  const outcome = await ask(origin, cluster, caller.token);
  const answeredAt = Date.now();
  if (outcome.kind === 'none') caller.noneAt = answeredAt;
  else latencies[Math.min(answeredAt - sentAt, latencies.length - 1)]!++;
  waiting.push({ asked: askedOf(caller, sentAt, answeredAt, noneAt), outcome });
}

function askedOf(
  { kind, right, host }: Caller,
  sentAt: number,
  answeredAt: number,
  noneAt: number | undefined,
): Asked {
  return { kind, right, host, sentAt, answeredAt, noneAt };
}

function judgeUntil(time: number): void {
  const ripe = waiting.findIndex(({ asked }) => asked.answeredAt > time);
  for (const { asked, outcome } of waiting.splice(0, ripe < 0 ? waiting.length : ripe))
    count(asked, outcome, judge(world, asked, outcome));
}

function count(asked: Asked, outcome: Outcome, judgement: Judgement): void {
  counts[judgement.is]++;
  kinds[asked.kind] = (kinds[asked.kind] ?? 0) + 1;
  const at = new Date(asked.sentAt).toISOString();
  if (judgement.is === 'right' && judgement.strict !== undefined) strict[judgement.strict]++;
  if (judgement.is === 'wrong' && wrong.length < mostTold) wrong.push(`${at} ${judgement.why}`);
  if (judgement.is === 'unexplained' && unexplained.length < mostTold)
    unexplained.push(`${at} ${asked.kind}: ${toldOf(outcome)} at ${asked.host}`);
}

async function measure(seconds: number): Promise<number> {
  const until = Date.now() + seconds * 1000;
  const before = waiting.length;
  const one = async () => {
    while (Date.now() < until) await review();
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return (waiting.length - before) / seconds;
}

/** At a rate of its own, whatever is answered. */
async function run(perSecond: number): Promise<void> {
  isRunning = true;
  let due = 0;
  let last = performance.now();
  while (isRunning) {
    await sleep(tickMs);
    const now = performance.now();
    stoodStillMs = Math.max(stoodStillMs, now - last);
    due += ((now - last) / 1000) * perSecond;
    last = now;
    for (; due >= 1; due--) {
      if (underWay >= mostUnderWay) {
        heldBack++;
        continue;
      }
      underWay++;
      review().finally(() => underWay--);
    }
    judgeUntil(Date.now() - judgeLaterMs);
  }
  while (underWay > 0) await sleep(tickMs);
  await sleep(judgeLaterMs);
  judgeUntil(Number.POSITIVE_INFINITY);
}

function percentile(share: number): number {
  const all = latencies.reduce((sum, one) => sum + one, 0);
  let seen = 0;
  return latencies.findIndex((one) => {
    seen += one;
    return seen >= share * all;
  });
}

let running: Promise<void> = Promise.resolve();

async function obey(order: Order): Promise<Told | undefined> {
  switch (order.order) {
    case 'measure': {
      ({ origin } = order);
      callers = new Callers(new Random(order.seed));
      await measure(order.seconds / 2); // V8 goes on compiling for that long
      const perSecond = await measure(order.seconds / 2);
      judgeUntil(Number.POSITIVE_INFINITY);
      latencies.fill(0);
      return { perSecond };
    }
    case 'run':
      running = run(order.perSecond);
      return undefined;
    case 'event':
      world.note(order.event);
      return undefined;
    case 'stop': {
      isRunning = false;
      await running;
      const reviews = Object.values(counts).reduce((sum, one) => sum + one, 0);
      const [p50, p99] = [percentile(0.5), percentile(0.99)];
      const soaked: Soaked = {
        reviews,
        counts,
        kinds,
        strict,
        wrong,
        unexplained,
        heldBack,
        stoodStillMs,
        p50,
        p99,
      };
      return { soaked };
    }
  }
}

process.on('message', async (order: Order) => {
  const told = await obey(order);
  if (told !== undefined) process.send?.(told);
});
process.on('disconnect', () => process.exit());
