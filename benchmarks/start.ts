/**
 * What a Worker weighs, and what it takes from the start of its process to its first review, beside a bare Hono Worker.
 *
 * The first review has a token that nobody has seen: it reads the policy and asks the stub of STS. The bare Worker checks the
 * caller's secret, parses, logs and answers.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Skipped } from '../test/interop/suite.ts';
import type { Extent, Figure, Suite } from './figure.ts';
import { hasProc, startStub } from './processes.ts';
import { inTurns, median, ratioFigure } from './rounds.ts';
import { freshToken, reviewOf, username } from './scene.ts';
import { bundleWorkers, configureWorkers, type Worker } from './servers/deployment.ts';
import { startWorker } from './servers/worker-start.ts';

export const startSuite: Suite = {
  name: 'start',
  async measure(extent) {
    if (!hasProc) throw new Skipped('there is no /proc, which tells what processes cost');
    const home = mkdtempSync(join(tmpdir(), 'callerid-bench-'));
    const { stub, port } = await startStub();
    try {
      const bundles = await bundleWorkers(home);
      const configs = await configureWorkers(home, bundles, port);
      const costs = await costsOf(configs, extent);
      return (['webhook', 'worker'] as const).flatMap((name) => [
        sizeFigure(name, bundles[name]),
        costFigure(`start-${name}`, costs, name, 'ms'),
        costFigure(`start-cpu-${name}`, costs, name, 'CPU ms'),
      ]);
    } finally {
      await stub.end();
      rmSync(home, { recursive: true });
    }
  },
};

/** By the program gzip, as CI does it: zlib in Node makes 120 bytes more of the same. */
function sizeFigure(name: Worker, path: string): Figure {
  const parts = { 'bytes, not compressed': statSync(path).size };
  return { id: `${name}-gzip`, value: execFileSync('gzip', ['-9c', path]).length, parts };
}

/** Of a start, the median of each round. */
type Costs = Readonly<Record<Worker, Readonly<Record<'ms' | 'CPU ms', readonly number[]>>>>;

async function costsOf(configs: Readonly<Record<Worker, string>>, extent: Extent): Promise<Costs> {
  const cpu: Record<Worker, number[]> = { bare: [], webhook: [], worker: [] };
  const measure = (name: Worker) => async () => {
    const starts = await startsFor(extent.seconds, name, configs[name]);
    cpu[name].push(median(starts.map(({ cpuSeconds }) => cpuSeconds * 1000)));
    return median(starts.map(({ seconds }) => seconds * 1000));
  };
  const subjects = { bare: measure('bare'), webhook: measure('webhook'), worker: measure('worker') };
  await inTurns(subjects, 1); // until the files are in memory
  const ms = await inTurns(subjects, extent.rounds);
  const costs = (name: Worker) => ({ ms: ms[name], 'CPU ms': cpu[name].slice(1) });
  return { bare: costs('bare'), webhook: costs('webhook'), worker: costs('worker') };
}

/** Starts one process after another for so many seconds, and proves that each grants. */
async function startsFor(seconds: number, name: Worker, config: string) {
  const starts = [];
  const body = reviewOf(await freshToken());
  for (const until = performance.now() + seconds * 1000; performance.now() < until; ) {
    const start = await startWorker(config, name === 'bare' ? '/yardstick' : '/authenticate', body);
    if (name !== 'bare' && JSON.parse(start.answer).status.user?.username !== username) {
      throw new Error(`not granted: ${start.answer}`);
    }
    starts.push(start);
  }
  return starts;
}

function costFigure(id: string, costs: Costs, name: Worker, unit: 'ms' | 'CPU ms'): Figure {
  return ratioFigure(id, costs[name][unit], costs.bare[unit], {
    [`callerid ${unit}`]: median(costs[name][unit]),
    [`bare ${unit}`]: median(costs.bare[unit]),
  });
}
