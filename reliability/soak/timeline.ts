/**
 * What happens during a soak: faults of STS and of the store, and changes of the policy, by chance with a seed. Each is told to who
 * judges before it is made, and when it is done.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../test/support/random.ts';
import type { Ground } from '../deployment.ts';
import { policyOf } from '../people.ts';
import { type ConnectionFault, connectionFaults, type ExchangeFault, exchangeFaults } from '../sts/wire.ts';
import { cluster, soakHosts } from './callers.ts';
import type { WorldEvent } from './world.ts';

export interface TimelineOptions {
  readonly ground: Ground;
  readonly seed: number;
  /** Since the epoch, in milliseconds. */
  readonly until: number;
  readonly tell: (event: WorldEvent) => void;
}

/** In seconds. */
const faultSeconds = { least: 3, most: 10 };
const pauseSeconds = { least: 5, most: 25 };
/** One of so many faults of STS is of all its hosts, or of all connections. */
const everywhere = 5;

const exchanges = Object.keys(exchangeFaults) as ExchangeFault[];
const connections = Object.keys(connectionFaults) as ConnectionFault[];

/** Gives how many faults and changes there were. */
export async function runTimeline(options: TimelineOptions): Promise<{ faults: number; changes: number }> {
  const [sts, store] = await Promise.all([stsTimeline(options), storeTimeline(options)]);
  return { faults: sts + store.faults, changes: store.changes };
}

async function stsTimeline({ ground, seed, until, tell }: TimelineOptions): Promise<number> {
  const random = new Random(seed);
  const { sts } = ground;
  let faults = 0;
  while (await pause(random, until)) {
    const isEverywhere = random.below(everywhere) === 0;
    const host = isEverywhere ? undefined : random.pick(soakHosts).host;
    tell({ what: 'sts', host, on: true, at: Date.now() });
    if (isEverywhere && random.below(2) === 0) {
      await sts.spoilConnections(random.pick(connections));
      await sleep(between(random, faultSeconds));
      await sts.spoilConnections(undefined);
    } else {
      await sts.spoil(host ?? '*', random.pick(exchanges));
      await sleep(between(random, faultSeconds));
      await sts.spoil(host ?? '*', undefined);
    }
    tell({ what: 'sts', host, on: false, at: Date.now() });
    faults++;
  }
  return faults;
}

/** The store fails, or somebody changes the policy: never both at once. */
async function storeTimeline({
  ground,
  seed,
  until,
  tell,
}: TimelineOptions): Promise<{ faults: number; changes: number }> {
  const random = new Random(seed + 1);
  const { policies } = ground;
  // a small policy has no parts to alter
  const kinds = policies.faults.filter((fault) => fault !== 'altered');
  let [faults, changes] = [0, 0];
  let gina = true;
  while (await pause(random, until)) {
    if (random.below(2) === 0) {
      gina = !gina;
      tell({ what: 'policy', gina, done: false, at: Date.now() });
      await policies.publish(cluster, policyOf({ gina }));
      tell({ what: 'policy', gina, done: true, at: Date.now() });
      changes++;
      continue;
    }
    tell({ what: 'store', on: true, at: Date.now() });
    await policies.spoil(cluster, random.pick(kinds));
    await sleep(between(random, faultSeconds));
    await policies.spoil(cluster, undefined);
    tell({ what: 'store', on: false, at: Date.now() });
    faults++;
  }
  return { faults, changes };
}

function between(random: Random, { least, most }: typeof faultSeconds): number {
  return (least + random.below(most - least + 1)) * 1000;
}

/** Waits; false where there is no time left for a fault. */
async function pause(random: Random, until: number): Promise<boolean> {
  const ms = between(random, pauseSeconds);
  const left = until - Date.now();
  await sleep(Math.min(ms, Math.max(0, left)));
  return Date.now() + faultSeconds.most * 1000 < until;
}
