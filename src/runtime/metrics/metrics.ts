/**
 * Metrics in the format of Prometheus, on Deno and Node.
 *
 * @module
 */
import process from 'node:process';
import { Hono } from 'hono/tiny';
import { Registry } from 'prom-client';
import manifest from '../../../package.json' with { type: 'json' };
import { errorAnswer, outageAnswer } from '../../http/answers.ts';
import { bearerOf, KnownSecrets } from '../../http/bearer.ts';
import type { App } from '../../http/routes.ts';
import type { Cluster } from '../../http/webhook.ts';
import type { Metrics } from '../app.ts';
import { createMeters, type Meters } from './meters.ts';
import { countRecord } from './records.ts';
import { type MetricsSettings, readMetricsDigests } from './settings.ts';
import { countedStsCalls } from './sts-calls.ts';

/**
 * Makes the metrics of a deployment.
 *
 * @param settings who may read them, where not everybody
 * @param runtime a label of `callerid_build_info`
 * @param own the process that is measured
 * @throws {ConfigurationError}
 */
export function createMetrics(
  settings: MetricsSettings,
  runtime: 'deno' | 'node',
  own: Process = process,
): Metrics {
  const digests = readMetricsDigests(settings);
  const registry = new Registry();
  const meters = createMeters(registry);
  meters.gauges.callerid_build_info.set({ version: manifest.version, runtime }, 1);
  const watched: Watched[] = [];
  return {
    record: (record) => countRecord(record, meters),
    around: (app) => countInFlight(app, meters),
    sts: countedStsCalls(settings.endpoints, meters),
    fetchEc2(url, init) {
      // of this action alone there is a metric; its roles are assumed by another
      const isCounted = String(init?.body).includes('Action=DescribeInstances');
      if (isCounted) meters.count('aws_iam_authenticator_ec2_describe_instances_calls_total');
      return fetch(url, init);
    },
    watch(clusters) {
      watched.push(...clusters);
      for (const { id } of clusters) meters.show('callerid_break_glass_total', id);
    },
    app: metricsApp(digests, async () => {
      setGauges(meters, watched, own);
      meters.settle();
      return { text: await registry.metrics(), contentType: registry.contentType };
    }),
  };
}

/** The part of it that is used. */
interface Process {
  readonly memoryUsage: { rss(): number };
  uptime(): number;
}

type Watched = Pick<Cluster, 'id' | 'policies'>;

/** What is read when somebody asks. */
function setGauges({ gauges }: Meters, clusters: readonly Watched[], own: Process): void {
  for (const { id: cluster, policies } of clusters) {
    const { version, ageMs, problem } = policies.health();
    if (version !== undefined) gauges.callerid_policy_version.set({ cluster }, version);
    if (ageMs !== undefined) gauges.callerid_policy_age_seconds.set({ cluster }, ageMs / 1000);
    gauges.callerid_policy_problem.set({ cluster }, problem === undefined ? 0 : 1);
  }
  gauges.process_resident_memory_bytes.set(own.memoryUsage.rss());
  gauges.process_start_time_seconds.set(Math.round(Date.now() / 1000 - own.uptime()));
}

function countInFlight(app: App, { gauges: { callerid_requests_in_flight: gauge } }: Meters): App {
  return {
    async fetch(...parameters) {
      gauge.inc();
      try {
        return await app.fetch(...parameters);
      } finally {
        gauge.dec();
      }
    },
  };
}

function metricsApp(
  digests: readonly Uint8Array[],
  read: () => Promise<{ readonly text: string; readonly contentType: string }>,
): Hono {
  const secrets = new KnownSecrets(digests);
  const app = new Hono();
  app.get('/metrics', async ({ req }) => {
    if (digests.length > 0 && !(await secrets.has(bearerOf(req.raw)))) {
      return errorAnswer('unauthorized', crypto.randomUUID());
    }
    const { text, contentType } = await read();
    return new Response(text, { headers: { 'content-type': contentType, 'cache-control': 'no-store' } });
  });
  app.notFound(() => errorAnswer('not_found', crypto.randomUUID()));
  app.onError(() => outageAnswer('internal', crypto.randomUUID()));
  return app;
}
