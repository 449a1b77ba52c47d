/**
 * A policy too large for one value, in a world whose surroundings go wrong.
 */
import { expect } from 'vitest';
import type { Principal } from '../../../src/emulator/principals.ts';
import { rules } from '../deployment.ts';
import { parted } from '../policies.ts';
import { people, prod, World } from './world.ts';

const key = `policy/${prod}`;

/** Two versions of a large policy. The later calls alice something else; `part` is the one of hers in which fred is not. */
interface Large {
  readonly stored: ReadonlyMap<string, string>;
  readonly part: string;
}

/** Made once, as that takes its time. */
let large: Large | undefined;

/** A world whose policy of `prod` is that. */
export async function startLarge(): Promise<{
  readonly world: World;
  readonly part: string;
  /** Hers. */
  readonly token: string;
}> {
  const world = await World.start();
  large ??= await makeLarge(world);
  const { stored, part } = large;
  for (const [name, value] of stored) await world.values.put(name, value);
  world.read.length = 0;
  return { world, part, token: await world.sign(people.admin) };
}

async function makeLarge(world: World): Promise<Large> {
  const [first, ...others] = [...rules, ...parted.rules];
  await world.write({ rules: [first, ...others] });
  await world.write({ rules: [{ ...first, username: 'second' }, ...others] });
  const { keys } = await world.values.list(key);
  const values = keys.map(async (one) => [one, (await world.values.get(one)) as string] as const);
  const freds = await partsFor(world, people.federated);
  const hers = (await partsFor(world, people.admin)).filter((one) => !freds.includes(one));
  expect(hers).toEqual([expect.stringMatching(/\/parts\//)]);
  return { stored: new Map(await Promise.all(values)), part: hers[0] as string };
}

async function partsFor(world: World, who: Principal): Promise<readonly string[]> {
  world.read.length = 0;
  await world.ask(await world.sign(who), { app: world.freshApp() });
  return world.read.filter((one) => one !== key);
}
