/**
 * Reviews by the webhook, beside routes that do without any of its checks, in one process of each runtime.
 *
 * @module
 */
import type { Figure, Suite } from './figure.ts';
import { inTurns, median, ratioFigure } from './rounds.ts';
import { distinctTokens, foreignToken, freshToken, reviewOf } from './scene.ts';
import { type Borne, type Runtime, Stage } from './servers/stage.ts';

/** Reviews of distinct tokens for a second of load. */
const distinctPerSecond = 1500;

/** Requests of each kind before measuring. V8 goes on compiling for that long: a review of a new token takes twice as long before. */
const warmUps = 10_000;

/** What STS takes within a region, in milliseconds, about. */
const stsMs = 10;

function suiteOf(runtime: Runtime): Suite {
  return {
    name: `webhook-${runtime}`,
    async measure({ rounds, seconds }) {
      const stage = await Stage.start(runtime);
      const known = [reviewOf(await freshToken())];
      const theirs = [reviewOf(foreignToken())];
      const count = distinctPerSecond * seconds;
      const distinct = async () => (await distinctTokens(count)).map(reviewOf);
      const shared = { stage, rounds, seconds };
      const bare = { ...shared, yardstick: '/yardstick', by: 'perCore' } as const;
      const proxy = { ...shared, yardstick: '/proxy', bodies: distinct } as const;
      try {
        await warmUp(stage);
        const cached = await sideBySide(`cached-${runtime}`, { ...bare, bodies: async () => known });
        const before = await stage.stsCalls();
        const foreign = await sideBySide(`foreign-${runtime}`, {
          ...bare,
          yardstick: '/yardstick/foreign',
          bodies: async () => theirs,
        });
        const calls = { id: `foreign-sts-calls-${runtime}`, value: (await stage.stsCalls()) - before };
        const uncached = await sideBySide(`uncached-${runtime}`, { ...proxy, by: 'perCore' });
        await stage.slowSts(stsMs);
        const slow = await sideBySide(`uncached-slow-sts-${runtime}`, { ...proxy, by: 'perSecond' });
        const asked = (await stage.stsCalls()) - before;
        if (asked !== 4 * rounds * count) throw new Error(`STS was asked ${asked} times`);
        await stage.prove();
        return [cached, foreign, calls, uncached, slow];
      } finally {
        await stage.end();
      }
    },
  };
}

async function warmUp(stage: Stage): Promise<void> {
  const known = Array<string>(warmUps).fill(reviewOf(await freshToken()));
  const distinct = (await distinctTokens(warmUps)).map(reviewOf);
  for (const path of ['/authenticate', '/yardstick', '/yardstick/foreign']) await stage.load(path, known, 0);
  for (const path of ['/authenticate', '/proxy']) await stage.load(path, distinct, 0);
}

interface Comparison {
  readonly stage: Stage;
  readonly yardstick: string;
  readonly bodies: () => Promise<readonly string[]>;
  /** Which of the measured is compared. */
  readonly by: 'perCore' | 'perSecond';
  readonly rounds: number;
  readonly seconds: number;
}

/** callerid ÷ a yardstick. */
async function sideBySide(
  id: string,
  { stage, yardstick, bodies, by, rounds, seconds }: Comparison,
): Promise<Figure> {
  const borne: Record<'callerid' | 'yardstick', Borne[]> = { callerid: [], yardstick: [] };
  const run = (name: keyof typeof borne, path: string) => async () => {
    const one = await stage.load(path, await bodies(), seconds);
    borne[name].push(one);
    return one[by];
  };
  const loads = { callerid: run('callerid', '/authenticate'), yardstick: run('yardstick', yardstick) };
  const measured = await inTurns(loads, rounds);
  const of = (name: keyof typeof borne) =>
    told.map(([key, unit]) => [
      `${name} ${unit}`,
      Number(median(borne[name].map((one) => one[key])).toPrecision(3)),
    ]);
  const parts = Object.fromEntries([...of('callerid'), ...of('yardstick')]);
  return ratioFigure(id, measured.callerid, measured.yardstick, parts);
}

const told = [
  ['perCore', 'req/s of a core'],
  ['perSecond', 'req/s'],
  ['p50', 'p50 ms'],
  ['p99', 'p99 ms'],
  ['cores', 'cores'],
] as const;

export const webhookSuites: readonly Suite[] = (['node', 'deno', 'workerd'] as const).map(suiteOf);
