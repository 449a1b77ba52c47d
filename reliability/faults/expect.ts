/**
 * What an answer has to be.
 *
 * @module
 */
import type { Server } from '../../benchmarks/processes.ts';
import { people } from '../people.ts';
import { ask, type Outcome, toldOf } from '../review.ts';

import { always, type Meanwhile } from './sts-rows.ts';

/** A process, and the cluster that is asked there. */
export interface At {
  readonly server: Pick<Server, 'origin'>;
  readonly cluster: string;
}

export async function assertGranted({ server, cluster }: At, token: string, username: string): Promise<void> {
  const outcome = await ask(server.origin, cluster, token);
  if (!isGrant(outcome, username)) throw new Error(`not granted to ${username}: ${toldOf(outcome)}`);
}

function isGrant(outcome: Outcome, username: string): boolean {
  return outcome.kind === 'granted' && outcome.username === username;
}

/** No verdict, for one of these reasons. */
export async function assertNone(
  { server, cluster }: At,
  token: string,
  codes: readonly string[],
): Promise<void> {
  const outcome = await ask(server.origin, cluster, token);
  if (outcome.kind !== 'none' || !codes.includes(outcome.code))
    throw new Error(`not without a verdict for ${codes.join(', ')}: ${toldOf(outcome)}`);
}

/** Denied, or no verdict: whoever may not come in. */
export async function assertNotGranted({ server, cluster }: At, token: string): Promise<void> {
  const outcome = await ask(server.origin, cluster, token);
  if (outcome.kind !== 'denied' && outcome.kind !== 'none') throw new Error(toldOf(outcome));
}

/** In milliseconds. An API server would go on for as long; a token that STS throttled waits for 30 seconds. */
export const recoveryMs = 45_000;
const pauseMs = 250;

/** Asks until it is granted, and gives how long that took, in milliseconds. One denial is a false denial. */
export async function untilGranted(
  { server, cluster }: At,
  token: string,
  username: string,
): Promise<number> {
  const began = Date.now();
  while (true) {
    const outcome = await ask(server.origin, cluster, token);
    const ms = Date.now() - began;
    if (isGrant(outcome, username)) return ms;
    if (outcome.kind !== 'none') throw new Error(`not granted to ${username}: ${toldOf(outcome)}`);
    if (ms > recoveryMs) throw new Error(`still ${toldOf(outcome)} after ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** A new token's answer during a fault: a grant, sooner or later, or no verdict for one of the reasons. */
export async function assertMeanwhile(at: At, token: string, meanwhile: Meanwhile): Promise<void> {
  if (meanwhile === 'granted') await untilGranted(at, token, people.alice.username);
  else await assertNone(at, token, [...meanwhile, ...always]);
}
