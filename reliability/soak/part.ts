/**
 * The soak: half of what a process can do, for minutes or an hour, while STS and the store fail time and again and the policy
 * changes. Not one verdict may be wrong, and memory has to stay flat.
 *
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Ground } from '../deployment.ts';
import { MemoryWatch } from '../memory.ts';
import type { Part } from '../part.ts';
import { policyOf } from '../people.ts';
import { cluster } from './callers.ts';
import type { Order, Soaked, Told } from './messages.ts';
import { runTimeline } from './timeline.ts';
import type { WorldEvent } from './world.ts';

/** At full speed: by then V8 has its heap, and what grows after that is not its laziness. */
const measureSeconds = 120;
/** In milliseconds. */
const stallMs = 1500;
/** Last quarter of the soak to the second. */
const mostGrowth = 1.1;
/** Of all reviews: no verdict without a fault near it, as on a machine that was busy with something else. */
const mostUnexplained = 0.01;

/** Limits are for callers who want too much; here everybody is behind one API server and may. */
const settings = {
  CALLERID_POLICY_SECONDS: '1',
  // full within the first minute: what grows after that is no cache
  CALLERID_CACHE_MIB: '1',
  CALLERID_CLUSTER_LIMIT: '100000',
  CALLERID_CALLER_LIMIT: '100000',
} as const;

export const soak: Part = {
  name: 'soak',
  isSideBySide: true,
  async run({ checks: { check, figure }, runtime, minutes, seed }) {
    const ground = await Ground.make({ runtime, clusters: [cluster], variables: settings });
    const driver = fork(join(import.meta.dirname, 'driver.ts'), { execArgv: [] });
    try {
      await ground.policies.publish(cluster, policyOf({ gina: true }));
      const server = await ground.start();
      const tell = (event: WorldEvent) => order(driver, { order: 'event', event });
      for (const done of [false, true]) tell({ what: 'policy', gina: true, done, at: Date.now() - 60_000 });
      order(driver, { order: 'measure', origin: server.origin, seed, seconds: measureSeconds });
      const { perSecond: capacity } = (await told(driver)) as { perSecond: number };
      order(driver, { order: 'run', perSecond: capacity / 2 });
      const memory = new MemoryWatch(server, 1000);
      const stalls = tellStalls(tell);
      const cpuBefore = server.cpuSeconds;
      const seconds = minutes * 60;
      const happened = await runTimeline({ ground, seed, until: Date.now() + seconds * 1000, tell });
      memory.end();
      clearInterval(stalls);
      const cores = (server.cpuSeconds - cpuBefore) / seconds;
      order(driver, { order: 'stop' });
      const { soaked } = (await told(driver)) as { soaked: Soaked };

      const { counts, reviews, strict, wrong, unexplained } = soaked;
      await check(`${runtime}: soak: no verdict is wrong`, async () => {
        if (counts.wrong > 0) throw new Error(`${counts.wrong} are:\n${wrong.join('\n')}`);
      });
      await check(`${runtime}: soak: no verdict only where there was a fault`, async () => {
        if (counts.unexplained > reviews * mostUnexplained)
          throw new Error(`${counts.unexplained} without:\n${unexplained.join('\n')}`);
      });
      await check(
        `${runtime}: soak: grants and denials were right where the policy had changed`,
        async () => {
          if (strict.granted === 0 || strict.denied === 0) throw new Error(JSON.stringify(strict));
        },
      );
      await check(`${runtime}: soak: every kind of caller came, and most had a verdict`, async () => {
        if (counts.right < reviews / 2) throw new Error(JSON.stringify(counts));
      });
      const growth = memory.meanOfQuarter(4) / memory.meanOfQuarter(2);
      await check(`${runtime}: soak: memory is flat`, async () => {
        if (!server.isAlive) throw new Error('the process has ended');
        if (growth > mostGrowth) throw new Error(`the last quarter is ${growth.toFixed(2)} of the second`);
      });
      figure(
        `soak of ${minutes} min, ${runtime}`,
        [
          `${reviews} reviews at ${Math.round(capacity / 2)} a second, half of what was measured (${cores.toFixed(2)} cores)`,
          `${counts.wrong} wrong verdicts, ${counts.excused} without a verdict in ${happened.faults} faults, ${counts.unexplained} without one otherwise`,
          `${happened.changes} changes of the policy, ${strict.denied} denials and ${strict.granted} grants that followed from them`,
          `p50 ${soaked.p50} ms, p99 ${soaked.p99} ms; ${soaked.heldBack} held back; the load itself stood still for ${Math.round(soaked.stoodStillMs)} ms at the most`,
          `memory ${Math.round(memory.meanOfQuarter(2))} MiB in the second quarter, ${Math.round(memory.meanOfQuarter(4))} in the last (${growth.toFixed(2)})`,
        ].join('; '),
      );
      if (unexplained.length > 0) console.log(`${runtime}: nothing explains\n${unexplained.join('\n')}`);
    } finally {
      const exit = once(driver, 'exit');
      driver.kill('SIGKILL');
      await exit;
      await ground.end();
    }
  },
};

/** This process is the KV namespace of workerd: while it stands still, so does the store. */
function tellStalls(tell: (event: WorldEvent) => void): ReturnType<typeof setInterval> {
  let last = Date.now();
  return setInterval(() => {
    const now = Date.now();
    if (now - last > stallMs) {
      tell({ what: 'store', on: true, at: last });
      tell({ what: 'store', on: false, at: now });
    }
    last = now;
  }, 100);
}

function order(driver: ChildProcess, message: Order): void {
  driver.send(message);
}

async function told(driver: ChildProcess): Promise<Told> {
  const ended = once(driver, 'exit').then(([code]) => {
    throw new Error(`the load ended with ${code}`);
  });
  ended.catch(() => {}); // it does so at the end
  const [message] = (await Promise.race([once(driver, 'message'), ended])) as [Told];
  return message;
}
