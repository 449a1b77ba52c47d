/**
 * A crowd from a process of its own: what it is told, and what it tells.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Signed } from '../people.ts';

export interface CrowdJob {
  /** Of 127.0.0.1. */
  readonly port: number;
  readonly cluster: string;
  /** One review each, all at once. */
  readonly visits: readonly Signed[];
}

export interface CrowdResult {
  /** How many got which answer: `granted`, `denied`, `broken`, `503 CODE`, `429 CODE`, or `nothing` in two minutes. */
  readonly answers: Readonly<Record<string, number>>;
  /** What was neither a grant under the right name nor without a verdict: the first of them. */
  readonly wrong: readonly string[];
  /** Connections that ended before there was an answer. */
  readonly turnedAway: number;
  /** Requests that waited for 30 seconds in vain. */
  readonly unanswered: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  readonly medianMs: number;
}

export async function sendCrowd(job: CrowdJob): Promise<CrowdResult> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crowd.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(job));
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (child.exitCode !== 0) throw new Error(`the crowd ended with ${child.exitCode}`);
  return JSON.parse(said);
}
