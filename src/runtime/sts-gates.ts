/**
 * How much a deployment asks of STS: limits for each cluster and caller, a bound on calls under way, and breakers.
 *
 * @module
 */
import type { CircuitRecord } from '../http/sink.ts';
import { withDeadline } from '../lib/deadline.ts';
import { ExpiringCache } from '../lib/expiring-cache.ts';
import { createLimiter, type Limiter } from '../lib/limiter.ts';
import { createBreaker } from '../verifier/breaker.ts';
import { limitCallsUnderWay } from '../verifier/calls-under-way.ts';
import type { StsGate } from '../verifier/gate.ts';
import type { Settings } from './webhook-settings.ts';

/** Limiters of the platform; where there is none, this process or isolate counts by itself. */
export interface Limiters {
  readonly cluster?: Limiter | undefined;
  readonly caller?: Limiter | undefined;
}

/** The gates of a verifier. Tokens for different audiences are counted apart; they share all else. */
export type GatesOf = (audience: string) => readonly StsGate[];

const minute = 60;

/** Of what all share one cluster leaves some to the others. */
const shareOfOne = 0.75;

/** A limiter of the platform that does not answer by then limits nobody, in milliseconds. */
const limiterDeadlineMs = 1000;

/**
 * Makes the gates of a deployment. The breaker comes first: what it turns away was no call, and is not counted.
 *
 * @param log is told when a breaker opens or closes
 */
export function stsGates(
  settings: Settings,
  limiters: Limiters = {},
  log?: (record: CircuitRecord) => void,
): GatesOf {
  const { clusterLimit, callerLimit, stsConcurrency, stsDeadlineMs } = settings;
  const cluster = lenient(limiters.cluster) ?? createLimiter({ calls: clusterLimit, seconds: minute });
  const caller = lenient(limiters.caller) ?? createLimiter({ calls: callerLimit, seconds: minute });
  const leaseMs = 2 * stsDeadlineMs;
  const breaker = createBreaker({
    onChange: (change) => log?.({ event: 'circuit', time: new Date().toISOString(), ...change }),
  });
  const callers = limitCallers(caller);
  const underWay = limitCallsUnderWay(stsConcurrency, leaseMs);
  return (audience) => [
    breaker,
    callers(audience),
    limitCluster(cluster, audience),
    limitCallsUnderWay(Math.ceil(stsConcurrency * shareOfOne), leaseMs),
    underWay,
  ];
}

/** Hosts that no table names do not count: they are the caller's choice, and have a bound of their own. */
function limitCluster(limiter: Limiter, audience: string): StsGate {
  return async ({ listed }, ask) =>
    !listed || (await allows(limiter, audience))
      ? ask()
      : { verdict: 'throttled', code: 'cluster_throttled' };
}

/**
 * Counts what STS has vouched for, and nothing else: an access key is claimed, not proven, and whoever knows that of somebody else could
 * keep them out by junk. Whoever is over the limit waits for a minute.
 */
function limitCallers(limiter: Limiter): (audience: string) => StsGate {
  /** Since when. */
  const over = new ExpiringCache<number>(overBytes);
  return (audience) =>
    async ({ accessKeyId, clock }, ask) => {
      const key = `${accessKeyId} ${audience}`;
      const since = over.get(key, clock());
      // Later than now is of a clock that was set back.
      if (since !== undefined && since <= clock()) return { verdict: 'throttled', code: 'caller_throttled' };
      const outcome = await ask();
      if (outcome.verdict === 'verified' && !(await allows(limiter, key))) {
        over.set(key, clock(), clock() + minute * 1000);
      }
      return outcome;
    };
}

/** What the access keys that are over their limits may weigh in memory, in bytes. */
const overBytes = 1024 * 1024;

/** One of the platform. Who asks too often only waits, so where it fails, or is late, it keeps nobody out. */
function lenient(limiter: Limiter | undefined): Limiter | undefined {
  if (limiter === undefined) return undefined;
  const late = (): Error => new Error('late');
  return {
    async limit(options) {
      try {
        const counted = await withDeadline(limiter.limit(options), limiterDeadlineMs, late);
        return { success: counted?.success !== false };
      } catch {
        return { success: true };
      }
    },
  };
}

async function allows(limiter: Limiter, key: string): Promise<boolean> {
  return (await limiter.limit({ key })).success;
}
