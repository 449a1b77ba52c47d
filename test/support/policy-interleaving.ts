/**
 * Writers and readers at once, on any store, through views of it that are slow, fail, and show old pointers and no new
 * parts for up to a minute, as Workers KV may. Every decision must be that of one version, whole.
 *
 * Versions take turns between two letters. Under `a` the role X comes in by its own rule and Y is denied by account, under
 * `b` the reverse: who takes exact rules from one version and those of the account from the other grants what no version
 * grants. Names hold the number of the policy, so any other mix shows as well.
 */
import { expect, test } from 'vitest';
import { CalleridError, StoreError } from '../../src/errors/classes.ts';
import type { Identity } from '../../src/identity/identity.ts';
import { detached } from '../../src/lib/flights.ts';
import { mapIdentity } from '../../src/mapping/map.ts';
import type { Policy, Rule } from '../../src/mapping/rule.ts';
import { decodePointer } from '../../src/policy/pointer.ts';
import { publishPolicy, rollbackPolicy } from '../../src/policy/publish.ts';
import { PolicyReader } from '../../src/policy/reader.ts';
import { policyKey } from '../../src/policy/record.ts';
import { readPointer } from '../../src/policy/versions.ts';
import type { AtomicStore, Store } from '../../src/store/store.ts';
import { roleArn, session } from './identities.ts';
import { Random } from './random.ts';

const cluster = 'interleaved.example.com';
const lagMs = 60_000;
const filler = Array.from({ length: 50 }, (_, number): Rule => {
  return { role: roleArn(`Filler-${number}`), username: 'filler', groups: Array(10).fill('x'.repeat(100)) };
});

/** Whom the versions disagree on. Z is mapped by its own rule under `a`, and by its account under `b`. */
const people: Readonly<Record<string, Identity>> = Object.fromEntries(
  ['X-1', 'Y-1', 'Z-1'].map((name) => [name, session('alice', name)]),
);

function policyOf(number: number): Policy {
  const letter = number % 2 === 0 ? 'a' : 'b';
  const grant = (name: string): Rule => ({ role: roleArn(name), username: `${name}/${number}`, groups: [] });
  const deny = letter === 'a' ? 'Y' : 'X';
  return {
    rules: [
      ...filler,
      grant('X-1'),
      grant('Y-1'),
      ...(letter === 'a' ? [grant('Z-1')] : []),
      { pattern: roleArn(`${deny}-*`), deny: true },
      { pattern: roleArn('Z-*'), username: `Z-*/${number}`, groups: [] },
    ],
    apiAudiences: [`audience/${number}`],
  };
}

/** What a policy decides, in a word for each. */
function expectedOf(number: number): Readonly<Record<string, string>> {
  const [x, y, z] = [`X-1/${number}`, `Y-1/${number}`, `Z-1/${number}`];
  return number % 2 === 0
    ? { 'X-1': x, 'Y-1': 'denied_by_rule', 'Z-1': z }
    : { 'X-1': 'denied_by_rule', 'Y-1': y, 'Z-1': `Z-*/${number}` };
}

interface World {
  now: number;
  readonly store: AtomicStore;
  readonly random: Random;
  /** When a key was first written, and all pointers ever, the newest last. */
  readonly writtenAt: Map<string, number>;
  readonly pointers: { readonly at: number; readonly text: string }[];
  /** Which policy a version has. */
  readonly numbers: Map<number, number>;
}

async function pause(random: Random): Promise<void> {
  if (random.below(3) > 0) return;
  await new Promise((resolve) => setTimeout(resolve, random.below(3)));
}

/** What a writer sees: the store as it is, but slow, and failing now and then before or after it has done its work. */
function writersView({ store, random, ...world }: World, clock: () => number): AtomicStore {
  const unreliable = async <T>(work: () => Promise<T>): Promise<T> => {
    await pause(random);
    const fails = random.below(40);
    if (fails === 0) throw new StoreError('store_unavailable', 'the store failed before');
    const result = await work();
    await pause(random);
    if (fails === 1) throw new StoreError('store_unavailable', 'the store failed after');
    return result;
  };
  return {
    get: (key) => unreliable(() => store.get(key)),
    put: (key, value) =>
      unreliable(async () => {
        await store.put(key, value);
        if (!world.writtenAt.has(key)) world.writtenAt.set(key, clock());
      }),
    swap: (key, expected, value) =>
      unreliable(async () => {
        const won = await store.swap(key, expected, value);
        if (won) {
          world.pointers.push({ at: clock(), text: value });
          const { version, message } = decodePointer(value);
          world.numbers.set(version, Number(message));
        }
        return won;
      }),
    delete: (key) => store.delete(key),
    list: (prefix, options) => store.list(prefix, options),
  };
}

/** What a reader sees: each key as it was up to a minute ago, of its own lag. */
function readersView({ store, random, writtenAt, pointers }: World, clock: () => number): Store {
  const lags = new Map<string, number>();
  return {
    async get(key) {
      await pause(random);
      if (random.below(25) === 0) throw new StoreError('store_unavailable', 'the store failed');
      if (key === policyKey(cluster)) {
        const seenAt = clock() - random.below(lagMs);
        return pointers.findLast(({ at }) => at <= seenAt)?.text ?? pointers[0]?.text;
      }
      const lag = lags.get(key) ?? (random.below(2) === 0 ? 0 : random.below(lagMs));
      lags.set(key, lag);
      const since = writtenAt.get(key);
      return since === undefined || clock() - since < lag ? undefined : store.get(key);
    },
    put: () => Promise.reject(new Error('a reader writes')),
    delete: () => Promise.reject(new Error('a reader deletes')),
    list: (prefix, options) => store.list(prefix, options),
  };
}

interface Seen {
  readonly versions: Set<number>;
  decided: number;
  unavailable: number;
  fellBack: number;
  cold: number;
  readonly mixed: string[];
}

/** Decides on everybody until the writers are done; with a new reader, which holds nothing, every now and then. */
async function readAll(world: World, isDone: () => boolean, seen: Seen): Promise<void> {
  const { random } = world;
  const clock = () => world.now;
  const open = () => new PolicyReader({ store: readersView(world, clock), cluster, clock, holdMs: 5000 });
  let reader = open();
  while (!isDone()) {
    if (random.below(20) === 0) {
      reader = open();
      seen.cold++;
    }
    const name = random.pick(Object.keys(people));
    await decideOnce(world, reader, name, seen);
    world.now += random.below(1000);
    await pause(random);
  }
}

async function decideOnce(world: World, reader: PolicyReader, name: string, seen: Seen): Promise<void> {
  const identity = people[name] as Identity;
  const policy = await reader.current(detached);
  const found = policy.ok ? await policy.rulesFor(identity, detached) : policy;
  if (!found.ok || !policy.ok) {
    seen.unavailable++;
    return;
  }
  const mapping = mapIdentity(identity, found.rules);
  const outcome = mapping.ok ? mapping.username : mapping.code;
  const number = world.numbers.get(found.version) ?? Number.NaN;
  const isWhole = outcome === expectedOf(number)[name] && found.apiAudiences?.join() === `audience/${number}`;
  if (!isWhole) seen.mixed.push(`version ${found.version} with policy ${number}: ${name} is ${outcome}`);
  seen.decided++;
  seen.versions.add(found.version);
  if (found.version < policy.version) seen.fellBack++;
}

/** Publishes until there are so many versions, and now and then rolls back; a conflict or a failure is tried again. */
async function writeAll(world: World, versions: number, author: string, conflicts: string[]): Promise<void> {
  const { random } = world;
  const clock = () => world.now;
  const store = writersView(world, clock);
  for (;;) {
    try {
      const { pointer } = await readPointer(store, cluster);
      const current = pointer?.version ?? 0;
      if (current >= versions) return;
      const back = pointer?.history.at(1);
      if (back !== undefined && random.below(6) === 0) {
        await rollbackPolicy(store, cluster, back.version, { author, message: back.message, clock });
      } else {
        const number = current + 1;
        await publishPolicy(store, cluster, policyOf(number), { author, message: String(number), clock });
      }
    } catch (error) {
      if (!(error instanceof CalleridError)) throw error;
      conflicts.push(error.code);
    }
    world.now += random.below(20_000);
    await pause(random);
  }
}

export interface InterleavingOptions {
  /** Writers at a time. Default 2. */
  readonly writers?: number;
  readonly versions?: number;
}

/** The test. `open` gives a store that is empty. */
export function policyInterleaving(
  name: string,
  open: () => AtomicStore | Promise<AtomicStore>,
  { writers = 2, versions = 40 }: InterleavingOptions = {},
): void {
  test(`${name}: while versions are written, every decision is that of one of them, whole`, async () => {
    const store = await open();
    const world: World = {
      now: Date.UTC(2026, 10, 24, 12),
      store,
      random: new Random(7),
      writtenAt: new Map(),
      pointers: [],
      numbers: new Map(),
    };
    const seen: Seen = { versions: new Set(), decided: 0, unavailable: 0, fellBack: 0, cold: 0, mixed: [] };
    const failures: string[] = [];
    let done = false;
    const writing = Promise.all(
      Array.from({ length: writers }, (_, index) => writeAll(world, versions, `writer ${index}`, failures)),
    ).finally(() => {
      done = true;
    });
    await Promise.all([writing, ...Array.from({ length: 3 }, () => readAll(world, () => done, seen))]);

    expect(seen.mixed).toEqual([]);
    // And it was a trial: versions went by, some were not whole yet, readers began in the middle.
    expect(world.numbers.size).toBe(world.pointers.length);
    expect([...world.numbers.keys()].sort((a, b) => a - b)).toEqual(
      world.pointers.map((_, index) => index + 1),
    );
    expect(world.numbers.size).toBeGreaterThanOrEqual(versions);
    expect(seen.decided).toBeGreaterThan(versions);
    expect(seen.versions.size).toBeGreaterThan(versions / 4);
    expect(seen.fellBack).toBeGreaterThan(0);
    expect(seen.cold).toBeGreaterThan(0);
    expect(seen.unavailable).toBeLessThan(seen.decided);
    if (writers > 1) expect(failures).toContain('policy_conflict');
    expect(new Set(failures)).not.toContain('policy_invalid');

    // When the store has settled, the last version decides.
    world.now += 10 * lagMs;
    const settled = new PolicyReader({ store, cluster, clock: () => world.now });
    const last = world.pointers.length;
    for (const who of Object.keys(people)) await decideOnce(world, settled, who, seen);
    expect(seen.mixed).toEqual([]);
    expect(settled.health()).toMatchObject({ version: last, problem: undefined });
  }, 60_000);
}
