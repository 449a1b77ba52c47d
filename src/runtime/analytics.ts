/**
 * Metrics on Workers: a data point in Analytics Engine for each record. `docs/metrics.md` has its columns.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import type { CircuitRecord, LogRecord, Sink } from '../http/sink.ts';
import { createEndpointResolver } from '../sts/endpoints.ts';
import type { Settings } from './webhook-settings.ts';

/** What Workers have at a binding of Analytics Engine. */
export interface AnalyticsDataset {
  writeDataPoint(point: {
    readonly indexes: readonly string[];
    readonly blobs: readonly string[];
    readonly doubles: readonly number[];
  }): void;
}

/** The sink of a binding; none where nothing is bound. */
export function analyticsOf(binding: unknown, { endpoints }: Pick<Settings, 'endpoints'>): readonly Sink[] {
  if (binding === undefined) return [];
  if (typeof (binding as AnalyticsDataset | null)?.writeDataPoint !== 'function') {
    throw new ConfigurationError(
      'METRICS',
      'is no dataset of Analytics Engine',
      'Bind it as in wrangler.toml.',
    );
  }
  const resolve = createEndpointResolver(endpoints);
  const isListed = (host: string) => {
    const found = resolve(host);
    return 'listed' in found && found.listed;
  };
  return [{ record: (record) => write(binding as AnalyticsDataset, record, isListed) }];
}

function write(dataset: AnalyticsDataset, record: LogRecord, isListed: (host: string) => boolean): void {
  const facts: Facts = record.event === 'circuit' ? circuitFacts(record) : record;
  const { event, cluster = '', verdict, operation, code = '', stsHost = '', shadow } = facts;
  dataset.writeDataPoint({
    indexes: [cluster.slice(0, 96)], // the longest that is taken
    // a host that is not listed is the caller's choice
    blobs: [
      event,
      cluster,
      verdict ?? operation ?? '',
      code,
      isListed(stsHost) ? stsHost : '',
      shadow?.outcome ?? '',
    ],
    doubles: [
      facts.durationMs,
      facts.verifyMs ?? 0,
      facts.policyMs ?? 0,
      facts.ec2Ms ?? 0,
      facts.cached ? 1 : 0,
      facts.policyVersion ?? 0,
      facts.breakGlass ? 1 : 0,
      facts.policyProblem === undefined ? 0 : 1,
      facts.status ?? 0,
    ],
  });
}

function circuitFacts({ event, host, ...change }: CircuitRecord): Facts {
  return {
    event,
    verdict: change.state,
    code: 'code' in change ? change.code : '',
    stsHost: host,
    durationMs: 0,
  };
}

/** What some records have, and others do not. */
interface Facts {
  readonly event: LogRecord['event'];
  readonly cluster?: string | undefined;
  readonly durationMs: number;
  readonly policyVersion?: number | undefined;
  readonly verdict?: string;
  readonly operation?: string;
  readonly code?: string | undefined;
  readonly stsHost?: string | undefined;
  readonly verifyMs?: number;
  readonly policyMs?: number;
  readonly ec2Ms?: number;
  readonly cached?: boolean | undefined;
  readonly breakGlass?: true | undefined;
  readonly policyProblem?: string | undefined;
  readonly status?: number;
  readonly shadow?: { readonly outcome: string } | undefined;
}
