/**
 * Many at once, with an STS that takes a second: what comes in is answered, right or not at all, and memory stays bounded.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '../../benchmarks/processes.ts';
import { reviewOf } from '../../benchmarks/scene.ts';
import { eventually } from '../../test/interop/processes.ts';
import type { Checks } from '../checks.ts';
import { Ground, type Runtime } from '../deployment.ts';
import { untilGranted } from '../faults/expect.ts';
import { MemoryWatch } from '../memory.ts';
import type { Part } from '../part.ts';
import { crowdTokens, policyOf, type Signed } from '../people.ts';
import { addressOf, ask, toldOf } from '../review.ts';
import { type CrowdResult, sendCrowd } from './crowd-job.ts';

const cluster = 'load.example.com';
const stsMs = 1000;
const crowds = { long: 10_000, short: 1000 };
const followers = 100;
/** For all that is no connection of a client: the calls to STS, and what the program opens itself. */
const sparedFiles = 4000;
/** Until memory is looked at for the last time. */
const afterMs = 3000;

/** In MiB: beyond it 10,000 reviews at once would be too many for a small machine. */
const mostMib = 1024;
/** One token at 10,000 requests: the first call, and others where a runtime may not join them. */
const mostCallsForOne = 5;

/** Limits are for callers who want too much: what is to be shown here is what a process bears. */
const settings = { CALLERID_CLUSTER_LIMIT: '100000', CALLERID_CALLER_LIMIT: '100000' } as const;

export const load: Part = {
  name: 'load',
  isSideBySide: false,
  async run({ checks, runtime, isShort }) {
    const count = Math.min(isShort ? crowds.short : crowds.long, mostAtOnce(runtime));
    const ground = await Ground.make({ runtime, clusters: [cluster], variables: settings });
    try {
      await ground.policies.publish(cluster, policyOf({ gina: true }));
      const server = await ground.start();
      await ground.sts.delay(stsMs);
      const stage = { checks, runtime, ground, server };
      const [one] = await crowdTokens(1, cluster);
      await crowd(
        stage,
        `${count} reviews of one token`,
        Array<Signed>(count).fill(one as Signed),
        mostCallsForOne,
      );
      await crowd(stage, `${count} reviews of as many tokens`, await crowdTokens(count, cluster), 2 * count);
      await leaderGoes(stage);
    } finally {
      await ground.end();
    }
  },
};

/** workerd opens two files for a connection: where it has no more, it cannot call STS, and a crowd would show that and nothing else. */
function mostAtOnce(runtime: Runtime): number {
  if (runtime !== 'workerd') return crowds.long;
  const files = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }));
  return Number.isFinite(files) ? Math.max(1, Math.floor((files - sparedFiles) / 2)) : crowds.long;
}

interface Stage {
  readonly checks: Checks;
  readonly runtime: Runtime;
  readonly ground: Ground;
  readonly server: Server;
}

async function crowd(
  { checks, runtime, ground, server }: Stage,
  what: string,
  visits: readonly Signed[],
  mostCalls: number,
): Promise<void> {
  const name = `${runtime}: ${what}`;
  const memory = new MemoryWatch(server, 50);
  const before = await ground.sts.calls();
  const { port } = new URL(server.origin);
  let result: CrowdResult | undefined;
  await checks.check(`${name}: no wrong verdict, and everybody is answered`, async () => {
    result = await sendCrowd({ port: Number(port), cluster, visits });
    const { answers, wrong, unanswered } = result;
    if (wrong.length > 0) throw new Error(wrong.join('; '));
    const told = JSON.stringify(answers);
    if (answers.nothing !== undefined || unanswered > 0) throw new Error(`${unanswered} unanswered: ${told}`);
    if ((answers.granted ?? 0) === 0) throw new Error(`nobody was granted: ${told}`);
  });
  const calls = (await ground.sts.calls()) - before;
  await checks.check(`${name}: STS is asked ${mostCalls} times at the most`, async () => {
    if (calls > mostCalls) throw new Error(`${calls} times`);
  });
  await sleep(afterMs);
  memory.end();
  const { peakMib } = memory;
  const after = memory.samples.at(-1) as number;
  await checks.check(`${name}: memory is bounded, and the process lives`, async () => {
    if (!server.isAlive) throw new Error('it has ended');
    if (peakMib > mostMib) throw new Error(`${Math.round(peakMib)} MiB`);
  });
  await checks.check(`${name}: a new token is granted afterwards`, async () => {
    const [fresh] = (await crowdTokens(1, cluster)) as [Signed];
    await untilGranted({ server, cluster }, fresh.token, fresh.username);
  });
  if (result === undefined) return;
  const { answers, turnedAway, seconds, medianMs } = result;
  const told = Object.entries(answers).map(([answer, number]) => `${number} ${answer}`);
  checks.figure(
    `${what}, ${runtime}`,
    [
      `${told.join(', ')} in ${seconds.toFixed(1)} s (median ${Math.round(medianMs)} ms)`,
      ...(turnedAway > 0 ? [`${turnedAway} connections turned away, whose requests came again`] : []),
      `${calls} calls of STS`,
      `memory ${Math.round(memory.samples[0] as number)} MiB before, ${Math.round(peakMib)} at the peak, ${Math.round(after)} ${afterMs / 1000} s later`,
    ].join('; '),
  );
}

/** The client of the request that asks STS resets its connection; the others wait for the same answer. */
async function leaderGoes({ checks, runtime, ground, server }: Stage): Promise<void> {
  await checks.check(
    `${runtime}: the leader's client resets its connection while ${followers} follow`,
    async () => {
      const [{ token, username }] = (await crowdTokens(1, cluster)) as [Signed];
      const before = await ground.sts.calls();
      const leader = send(server.origin, token);
      await eventually('STS to be asked', 5000, async () => (await ground.sts.calls()) > before);
      const answers = Array.from({ length: followers }, () => ask(server.origin, cluster, token));
      await sleep(stsMs / 5); // until they follow; where one comes late it is answered from what is held
      leader.resetAndDestroy();
      for (const outcome of await Promise.all(answers)) {
        if (outcome.kind !== 'granted' || outcome.username !== username) throw new Error(toldOf(outcome));
      }
      const calls = (await ground.sts.calls()) - before;
      if (calls > 2) throw new Error(`${calls} calls of STS`);
      const again = await ask(server.origin, cluster, token);
      if (again.kind !== 'granted') throw new Error(`afterwards: ${toldOf(again)}`);
      checks.figure(
        `the leader resets its connection, ${runtime}`,
        `${followers} of ${followers} followers granted; ${calls} calls of STS`,
      );
    },
  );
}

/** Sends a review whose answer nobody will read. */
function send(origin: string, token: string): Socket {
  const { path, headers } = addressOf(cluster);
  const body = reviewOf(token);
  const lines = Object.entries({ host: 'webhook', ...headers, 'content-length': Buffer.byteLength(body) });
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  );
  return socket;
}
