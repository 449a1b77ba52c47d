/**
 * How much a deployment asks of STS: limits for each cluster and caller, a bound on calls under way, and breakers.
 *
 * @module
 */
import { createLimiter, type Limiter } from '../lib/limiter.ts';
import { type CircuitChange, createBreaker } from '../verifier/breaker.ts';
import { limitCallsUnderWay } from '../verifier/calls-under-way.ts';
import type { StsGate } from '../verifier/gate.ts';
import type { Throttled } from '../verifier/verification.ts';
import type { Settings } from './webhook-settings.ts';

/** Limiters of the platform; where there is none, this process or isolate counts by itself. */
export interface Limiters {
  readonly cluster?: Limiter | undefined;
  readonly caller?: Limiter | undefined;
}

/** What is logged when STS is left alone, and when it is not any more. */
export interface CircuitRecord extends CircuitChange {
  readonly event: 'circuit';
  /** RFC 3339 */
  readonly time: string;
}

/** The gates of a verifier. Tokens for different audiences are counted apart; they share all else. */
export type GatesOf = (audience: string) => readonly StsGate[];

const minute = 60;

/**
 * Makes the gates of a deployment. A breaker is the last: what it lets through is a call.
 *
 * @param log is told when a breaker opens or closes
 */
export function stsGates(
  settings: Settings,
  limiters: Limiters = {},
  log?: (record: CircuitRecord) => void,
): GatesOf {
  const { clusterLimit, callerLimit, stsConcurrency, stsDeadlineMs } = settings;
  const cluster = limiters.cluster ?? createLimiter({ calls: clusterLimit, seconds: minute });
  const caller = limiters.caller ?? createLimiter({ calls: callerLimit, seconds: minute });
  const shared = [
    limitCallsUnderWay(stsConcurrency, 2 * stsDeadlineMs),
    createBreaker({
      onChange: (change) => log?.({ event: 'circuit', time: new Date().toISOString(), ...change }),
    }),
  ];
  return (audience) => [
    limitedBy(caller, 'caller_throttled', (accessKeyId) => `${audience} ${accessKeyId}`),
    limitedBy(cluster, 'cluster_throttled', () => audience),
    ...shared,
  ];
}

/** Who asks too often only waits, so a limiter that fails keeps nobody out. */
function limitedBy(
  limiter: Limiter,
  code: Throttled['code'],
  keyOf: (accessKeyId: string) => string,
): StsGate {
  return async ({ accessKeyId }, ask) => {
    const { success } = await limiter.limit({ key: keyOf(accessKeyId) }).catch(() => ({ success: true }));
    return success === false ? { verdict: 'throttled', code } : ask();
  };
}
