/**
 * The store of policies goes wrong in every way of the table.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '../../benchmarks/processes.ts';
import type { Check } from '../checks.ts';
import type { Ground } from '../deployment.ts';
import { type Name, people, policyOf, tokenOf } from '../people.ts';
import { FilePolicies } from '../policies/file-policies.ts';
import { type At, assertMeanwhile, assertNone, assertNotGranted, untilGranted } from './expect.ts';
import { storeRows } from './store-rows.ts';

/** How long a policy is used, and how long the last good version decides, in seconds: short, so that a test can wait for both. */
export const storeSettings = { CALLERID_POLICY_SECONDS: '1', CALLERID_LAST_GOOD_SECONDS: '8' } as const;

/** Until every process has seen that something is wrong, in milliseconds. A silent store takes 3 seconds. */
const noticedMs = 2000;
const lastGoodMs = 8000 + 3000 + 1000;

export function clusterOf(index: number): string {
  return `store-${index}.example.com`;
}

/** Of rows that there may be. */
export const storeClusters: readonly string[] = storeRows.map((_, index) => clusterOf(index));

/** Rules enough to need parts. */
const largePolicy = 500;

/** Two versions: the first lets in Gina, whom the second no longer knows. */
export async function publishAll({ policies }: Ground): Promise<void> {
  for (const [index, { fault }] of storeRows.entries()) {
    const more = fault === 'altered' ? largePolicy : 0;
    await policies.publish(clusterOf(index), policyOf({ gina: true, more }));
    await policies.publish(clusterOf(index), policyOf({ gina: false, more: more && more + 1 }));
  }
}

export interface StoreFaultOptions {
  readonly check: Check;
  readonly runtime: string;
  readonly ground: Ground;
  /** Has not been asked about any of the clusters yet. */
  readonly server: Server;
}

/** Those who come: one who may, three who may not. */
const { alice } = people;
const barred: readonly Name[] = ['carl', 'dave', 'gina'];

export async function storeFaults({ check, runtime, ground, server }: StoreFaultOptions): Promise<void> {
  const rows = storeRows
    .map((row, index) => ({ ...row, at: { server, cluster: clusterOf(index) } }))
    .filter(({ fault }) => ground.policies.faults.includes(fault));
  const each = (what: string, act: (row: (typeof rows)[number]) => Promise<void>) =>
    Promise.all(rows.map((row) => check(`${runtime}: policy ${row.fault}: ${what}`, () => act(row))));
  const held = new Map<string, string>();

  await each('before it a token is granted, and who is barred is not', async ({ at }) => {
    held.set(at.cluster, await fresh(at));
    await untilGranted(at, held.get(at.cluster) ?? '', alice.username);
    await assertBarred(at);
  });
  for (const { at, fault } of rows) await ground.policies.spoil(at.cluster, fault);
  const cold = await ground.start({ log: true });
  const broken = Date.now();
  await sleep(noticedMs);
  await each('the last good version decides', async ({ at, warm }) => {
    await assertMeanwhile(at, await fresh(at), warm);
    await assertBarred(at);
  });
  await each('a process that has just started', async ({ at, cold: meanwhile, fault }) => {
    const there = { ...at, server: cold };
    await assertMeanwhile(there, await fresh(at), meanwhile);
    // the version of before let her in, and nobody can tell such a process that it is an old one
    await assertBarred(there, fault === 'older' ? barred.filter((name) => name !== 'gina') : barred);
  });
  await sleep(Math.max(0, broken + lastGoodMs - Date.now()));
  await each('the last good version has had its time', async ({ at, later }) => {
    await assertMeanwhile(at, await fresh(at), later);
    await assertMeanwhile(at, held.get(at.cluster) ?? '', later);
    await assertBarred(at);
  });
  for (const { at } of rows) await ground.policies.spoil(at.cluster, undefined);
  await each('after it all is as before, without a restart', async ({ at }) => {
    for (const one of [at, { ...at, server: cold }]) {
      await untilGranted(one, await fresh(at), alice.username);
      await untilGranted(one, held.get(at.cluster) ?? '', alice.username);
      await assertBarred(one);
    }
  });
  if (ground.policies instanceof FilePolicies)
    await directoryFaults({ check, runtime, server, policies: ground.policies });
}

async function directoryFaults({
  check,
  runtime,
  server,
  policies,
}: Pick<StoreFaultOptions, 'check' | 'runtime' | 'server'> & { policies: FilePolicies }): Promise<void> {
  const at = { server, cluster: clusterOf(0) };
  for (const fault of ['gone', 'file'] as const) {
    await check(
      `${runtime}: the directory of policies is ${fault}: the last good version decides, then nobody`,
      async () => {
        policies.spoilAll(fault);
        try {
          await sleep(noticedMs);
          await untilGranted(at, await fresh(at), alice.username);
          await sleep(lastGoodMs);
          await assertNone(at, await fresh(at), ['policy_missing', 'policy_unavailable']);
          await assertBarred(at);
        } finally {
          policies.spoilAll(undefined);
        }
        await untilGranted(at, await fresh(at), alice.username);
      },
    );
  }
}

function fresh({ cluster }: At): Promise<string> {
  return tokenOf(alice, { cluster });
}

async function assertBarred(at: At, names: readonly Name[] = barred): Promise<void> {
  for (const name of names) await assertNotGranted(at, await tokenOf(people[name], { cluster: at.cluster }));
}
