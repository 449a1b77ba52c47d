/**
 * Whether memory is bounded by the configured cache: the resident set after ten times as many tokens as it holds, beside that
 * after five times as many.
 *
 * Not beside that after once: by then the heap of V8 has not grown to what it takes for itself, with any cache and with
 * none, and all that load is as large as the cache. A cache that forgets nothing gives 1.5. The cache has the size that it has
 * by itself: a small one would drown in what Node takes, and one that forgets nothing would pass.
 *
 * @module
 */
import { Skipped } from '../test/interop/suite.ts';
import type { Suite } from './figure.ts';
import { hasProc } from './processes.ts';
import { distinctTokens, freshToken, reviewOf } from './scene.ts';
import { Stage } from './servers/stage.ts';

const cacheMib = 16;
const mib = 1024 * 1024;
/** How often the cache is filled. */
const times = 10;

export const memorySuite: Suite = {
  name: 'memory',
  async measure() {
    if (!hasProc) throw new Skipped('there is no /proc, which tells what processes cost');
    const stage = await Stage.start('node', { CALLERID_CACHE_MIB: String(cacheMib) });
    try {
      const count = tokensHeld((await freshToken()).length);
      const asked = await stage.stsCalls();
      const atStart = stage.server.residentBytes / mib;
      const resident: number[] = [];
      while (resident.length < times) {
        await stage.load('/authenticate', (await distinctTokens(count)).map(reviewOf), 0);
        resident.push(stage.server.residentBytes / mib);
      }
      const calls = (await stage.stsCalls()) - asked;
      if (calls !== times * count)
        throw new Error(`STS was asked ${calls} times: the tokens were not distinct`);
      await stage.prove();
      const after = (fills: number) => resident[fills - 1] as number;
      const parts = {
        'tokens held': count,
        'MiB at start': Math.round(atStart),
        'MiB after once': Math.round(after(1)),
        'MiB after 5 times': Math.round(after(5)),
        'MiB after 10 times': Math.round(after(times)),
      };
      return [{ id: 'memory-node', value: after(times) / after(5), parts }];
    } finally {
      await stage.end();
    }
  },
};

/** How many the cache takes, by what `src/lib/expiring-cache.ts` says that one weighs. */
function tokensHeld(length: number): number {
  return Math.ceil((cacheMib * mib) / (2 * length + 1024));
}
