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

function suiteOf(runtime: Runtime): Suite {
  return {
    name: `webhook-${runtime}`,
    async measure({ rounds, seconds }) {
      const stage = await Stage.start(runtime);
      const side = (id: string, yardstick: string, bodies: () => Promise<readonly string[]>) =>
        sideBySide(`${id}-${runtime}`, stage, yardstick, bodies, rounds, seconds);
      const known = [reviewOf(await freshToken())];
      const theirs = [reviewOf(foreignToken())];
      try {
        const cached = await side('cached', '/yardstick', async () => known);
        const before = await stage.stsCalls();
        const foreign = await side('foreign', '/yardstick', async () => theirs);
        const calls = { id: `foreign-sts-calls-${runtime}`, value: (await stage.stsCalls()) - before };
        const count = distinctPerSecond * seconds;
        const uncached = await side('uncached', '/proxy', async () =>
          (await distinctTokens(count)).map(reviewOf),
        );
        const asked = (await stage.stsCalls()) - before;
        if (asked !== 2 * (rounds + 1) * count) throw new Error(`STS was asked ${asked} times`);
        return [cached, foreign, calls, uncached];
      } finally {
        await stage.end();
      }
    },
  };
}

/** callerid ÷ a yardstick, by answers in a second. */
async function sideBySide(
  id: string,
  stage: Stage,
  yardstick: string,
  bodies: () => Promise<readonly string[]>,
  rounds: number,
  seconds: number,
): Promise<Figure> {
  const borne: Record<'callerid' | 'yardstick', Borne[]> = { callerid: [], yardstick: [] };
  const run = (name: keyof typeof borne, path: string) => async () => {
    const one = await stage.load(path, await bodies(), seconds);
    borne[name].push(one);
    return one.perSecond;
  };
  const loads = { callerid: run('callerid', '/authenticate'), yardstick: run('yardstick', yardstick) };
  await inTurns(loads, 1); // until compilers have done their work
  const measured = await inTurns(loads, rounds);
  const of = (name: keyof typeof borne, key: keyof Borne) => median(borne[name].map((one) => one[key]));
  return ratioFigure(id, measured.callerid, measured.yardstick, {
    'callerid req/s': Math.round(of('callerid', 'perSecond')),
    'callerid p50 ms': of('callerid', 'p50'),
    'callerid p99 ms': of('callerid', 'p99'),
    'callerid cores': of('callerid', 'cores'),
    'yardstick req/s': Math.round(of('yardstick', 'perSecond')),
    'yardstick p50 ms': of('yardstick', 'p50'),
    'yardstick p99 ms': of('yardstick', 'p99'),
    'yardstick cores': of('yardstick', 'cores'),
  });
}

export const webhookSuites: readonly Suite[] = (['node', 'deno', 'workerd'] as const).map(suiteOf);
