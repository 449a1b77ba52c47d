/**
 * What a large policy costs at a decision: many rules beside ten, and many patterns beside ten.
 *
 * A policy of 10 rules is one value; of 100,000 it is parts, and those that are asked for are held. Both are asked for the same
 * number of identities.
 *
 * @module
 */
import { PolicyReader } from '../src/policy/reader.ts';
import { MemoryStore } from '../src/store/memory.ts';
import { inTurn, nsOfAwaited, slicesOf } from './batches.ts';
import type { Extent, Figure, Suite } from './figure.ts';
import { decider } from './mapping/decisions.ts';
import { memoryFigure, writesFigure } from './mapping/footprint.ts';
import { type Family, families, memberNamed, patternPolicyOf } from './mapping/patterns.ts';
import {
  cluster,
  identityOf,
  type Member,
  mapped,
  memberOf,
  policyOf,
  readerOf,
} from './mapping/policies.ts';
import { inTurns, type Measure, median, ratioFigure } from './rounds.ts';

export const suite: Suite = {
  name: 'mapping',
  measure: async (extent) => [
    ...(await ruleFigures(extent)),
    ...(await patternFigures(extent)),
    await writesFigure(),
    await memoryFigure(),
  ],
};

const working = 10;

/** Some spread over the rules, one of them with a permission set. */
function spread(size: number): Member[] {
  return Array.from({ length: working }, (_, index) => memberOf((index * size) / working));
}

const sizes = [10, 1000, 100_000] as const;

async function ruleFigures(extent: Extent): Promise<readonly Figure[]> {
  const { rounds, ms } = slicesOf(extent);
  const maps: Record<string, Measure> = {};
  const decisions: Record<string, Measure> = {};
  for (const size of sizes) {
    const policies = await readerOf(policyOf(size));
    const identities = spread(size).map(identityOf);
    const map = (turn: number) => mapped(policies, inTurn(identities, turn));
    await assertMapped(identities.length, map);
    maps[size] = nsOfAwaited(map, ms);
    decisions[size] = nsOfAwaited(await decider(spread(size), policies), ms);
  }
  const mapping = await inTurns(maps, rounds);
  const deciding = await inTurns(decisions, rounds);
  const cold = await inTurns({ cold: await coldMapper(ms) }, extent.rounds);
  const ratio = (id: string, times: typeof mapping, size: (typeof sizes)[number]): Figure => {
    const [many, ten] = [times[size] ?? [], times[10] ?? []];
    return ratioFigure(id, many, ten, { [`${size} rules ns`]: median(many), '10 rules ns': median(ten) });
  };
  const rules = ratio('mapping-rules', mapping, 100_000);
  return [
    { ...rules, parts: { ...rules.parts, '100000 rules, part not held, ns': median(cold.cold) } },
    ratio('mapping-rules-1000', mapping, 1000),
    ratio('mapping-decisions', deciding, 100_000),
  ];
}

async function assertMapped(count: number, map: (turn: number) => Promise<string>): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    const username = await map(turn);
    if (!username.startsWith('team-')) throw new Error(`not mapped: ${username}`);
  }
}

/** Each reads a part from memory, for the cache has room for a few. */
async function coldMapper(ms: number): Promise<Measure> {
  const store = new MemoryStore();
  await readerOf(policyOf(100_000), store);
  const policies = new PolicyReader({ store, cluster, holdMs: 3_600_000, cacheBytes: 1024 * 1024 });
  const identities = Array.from({ length: 300 }, (_, index) => identityOf(memberOf(index * 331)));
  return nsOfAwaited((turn) => mapped(policies, inTurn(identities, turn)), ms);
}

/** Of callers who come again and again, and of so many that everybody is forgotten before they come again. */
const callers = { again: 256, first: 4500 } as const;
type Coming = keyof typeof callers;

/** The worst of the families of patterns, for callers who are like none of them and for callers who are like the last. */
async function patternFigures(extent: Extent): Promise<readonly Figure[]> {
  const tangled = { tangled: families.tangled };
  const { tangled: _, ...others } = families;
  return [
    await worstOf('mapping-patterns', 'again', families, extent),
    await worstOf('mapping-patterns-first', 'first', others, extent),
    await worstOf('mapping-patterns-tangled', 'first', tangled, extent),
  ];
}

async function worstOf(
  id: string,
  coming: Coming,
  chosen: Readonly<Record<string, Family>>,
  extent: Extent,
): Promise<Figure> {
  const { rounds, ms } = slicesOf(extent);
  const figures: Figure[] = [];
  for (const [where, family] of Object.entries(chosen)) {
    const few = await patternMappers(family, 10, coming);
    const many = await patternMappers(family, 1000, coming);
    for (const whom of ['none', 'last'] as const) {
      const subjects = { few: nsOfAwaited(few[whom], ms), many: nsOfAwaited(many[whom], ms) };
      const times = await inTurns(subjects, rounds);
      const parts = {
        [`${where}, like ${whom}, 10 ns`]: median(times.few),
        [`${where}, like ${whom}, 1000 ns`]: median(times.many),
      };
      figures.push(ratioFigure(id, times.many, times.few, parts));
    }
  }
  const worst = figures.reduce((one, other) => (other.value > one.value ? other : one));
  return { ...worst, parts: Object.assign({}, ...figures.map(({ parts }) => parts)) };
}

type Mapper = (turn: number) => Promise<string>;

/** Of callers who are like no pattern, and of callers who are like the last one alone. */
async function patternMappers(
  family: Family,
  size: number,
  coming: Coming,
): Promise<Readonly<Record<'none' | 'last', Mapper>>> {
  const policies = await readerOf(patternPolicyOf(family, size));
  const mapper = async (nameOf: (salt: string) => string, expected: string): Promise<Mapper> => {
    const identities = Array.from({ length: callers[coming] }, (_, index) =>
      identityOf(memberNamed(nameOf(String(index)), index)),
    );
    const map = (turn: number) => mapped(policies, inTurn(identities, turn));
    for (const turn of identities.keys()) {
      const username = await map(turn);
      if (username !== expected) throw new Error(`${username} in place of ${expected}`);
    }
    return map;
  };
  return {
    none: await mapper(family.unlike, 'not_mapped'),
    last: await mapper((salt) => family.like(size - 1, salt), `team-${size - 1}:alice`),
  };
}
