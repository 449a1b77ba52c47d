/**
 * STS goes wrong in every way of the table, under processes that know somebody already, and under one that has just started.
 *
 * @module
 */
import type { Server } from '../../benchmarks/processes.ts';
import type { Check } from '../checks.ts';
import type { Ground } from '../deployment.ts';
import { altered, inventedHosts, people, type StsHost, stsHosts, tokenOf, usualHost } from '../people.ts';
import { type At, assertGranted, assertMeanwhile, assertNotGranted, untilGranted } from './expect.ts';
import { connectionRows, exchangeRows } from './sts-rows.ts';

export interface StsFaultOptions {
  readonly check: Check;
  readonly runtime: string;
  readonly ground: Ground;
  readonly server: Server;
  readonly cluster: string;
}

const { alice } = people;

/** At many hosts at once. Gives how long it took at the most until new tokens were granted again, in milliseconds. */
export async function exchangeFaults({
  check,
  runtime,
  ground,
  server,
  cluster,
}: StsFaultOptions): Promise<number> {
  // the usual host is among the last: others are asked about there
  const elsewhere = stsHosts.slice(exchangeRows.length);
  const rows = exchangeRows.map((row, index) => ({ ...row, endpoint: stsHosts[index] as StsHost }));
  const sign = (endpoint: StsHost) => tokenOf(alice, { cluster, endpoint });
  const spoilt = (endpoint: StsHost) => sign(endpoint).then(altered);
  const warm = { server, cluster };
  const each = (what: string, act: (row: (typeof rows)[number]) => Promise<void>) =>
    Promise.all(rows.map((row) => check(`${runtime}: STS ${row.fault}: ${what}`, () => act(row))));
  const held = new Map<StsHost, string>();
  const failed: { at: At; token: string; what: string }[] = [];
  let slowest = 0;

  await each('before it a token is granted', async ({ endpoint }) => {
    const token = await sign(endpoint);
    held.set(endpoint, token);
    await untilGranted(warm, token, alice.username);
  });
  for (const { endpoint, fault } of rows) await ground.sts.spoil(endpoint.host, fault);
  const cold = { server: await ground.start({ log: true }), cluster };

  await each('a new token', async ({ endpoint, fault, meanwhile }) => {
    const token = await sign(endpoint);
    failed.push({ at: warm, token, what: fault });
    await assertMeanwhile(warm, token, meanwhile);
  });
  await each('a new token at a process that has just started', async ({ endpoint, fault, meanwhile }) => {
    const token = await sign(endpoint);
    failed.push({ at: cold, token, what: `${fault}, just started` });
    await assertMeanwhile(cold, token, meanwhile);
  });
  await each('who is known goes on', async ({ endpoint }) =>
    assertGranted(warm, held.get(endpoint) ?? '', alice.username),
  );
  await each('an altered token is not granted', async ({ endpoint }) => {
    await assertNotGranted(warm, await spoilt(endpoint));
    await assertNotGranted(cold, await spoilt(endpoint));
  });
  await check(`${runtime}: elsewhere nobody feels it`, async () => {
    for (const endpoint of elsewhere) {
      for (const at of [warm, cold]) await untilGranted(at, await sign(endpoint), alice.username);
    }
  });

  for (const { endpoint } of rows) await ground.sts.spoil(endpoint.host, undefined);
  await each('after it a new token is granted, without a restart', async ({ endpoint }) => {
    for (const at of [warm, cold])
      slowest = Math.max(slowest, await untilGranted(at, await sign(endpoint), alice.username));
  });
  await Promise.all(
    failed.map(({ at, token, what }) =>
      check(`${runtime}: STS ${what}: the token of the fault is granted after it`, async () => {
        await untilGranted(at, token, alice.username);
      }),
    ),
  );
  await each('after it an altered token is still not granted', async ({ endpoint }) =>
    assertNotGranted(warm, await spoilt(endpoint)),
  );
  return slowest;
}

/** So many names that nobody has, while somebody else logs in. */
const inventedTokens = 200;

/** Of all connections to STS: nothing else may go on meanwhile. Gives what {@link exchangeFaults} gives. */
export async function connectionFaults({
  check,
  runtime,
  ground,
  server,
  cluster,
}: StsFaultOptions): Promise<number> {
  const at = { server, cluster };
  let slowest = 0;
  const fresh = (endpoint = usualHost) => tokenOf(alice, { cluster, endpoint });
  for (const { fault, meanwhile } of connectionRows) {
    await check(`${runtime}: STS ${fault}: new and known tokens, and a new one after it`, async () => {
      const held = await fresh();
      await untilGranted(at, held, alice.username);
      await ground.sts.spoilConnections(fault);
      const token = await fresh();
      try {
        await assertMeanwhile(at, token, meanwhile);
        await assertGranted(at, held, alice.username);
        await assertNotGranted(at, altered(await fresh()));
      } finally {
        await ground.sts.spoilConnections(undefined);
      }
      slowest = Math.max(slowest, await untilGranted(at, await fresh(), alice.username));
      await untilGranted(at, token, alice.username);
    });
  }
  await check(
    `${runtime}: hosts of invented regions in bulk: each is refused, and logins go on`,
    async () => {
      const tokens = await Promise.all(
        Array.from({ length: inventedTokens }, (_, index) =>
          fresh(inventedHosts[index % inventedHosts.length]),
        ),
      );
      const own = await fresh();
      await Promise.all([
        ...tokens.map((token) => assertNotGranted(at, token)),
        assertGranted(at, own, alice.username),
      ]);
      await assertGranted(at, await fresh(), alice.username);
    },
  );
  return slowest;
}
