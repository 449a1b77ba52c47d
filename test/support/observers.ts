/**
 * Every sink at once, and all that has come out of them.
 */
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { App } from '../../src/http/routes.ts';
import { joinSinks, type LogRecord } from '../../src/http/sink.ts';
import { type AnalyticsDataset, analyticsOf } from '../../src/runtime/analytics.ts';
import type { Metrics } from '../../src/runtime/app.ts';
import { createMetrics } from '../../src/runtime/metrics/metrics.ts';
import { createTraces } from '../../src/runtime/traces.ts';

export type DataPoint = Parameters<AnalyticsDataset['writeDataPoint']>[0];

/** Not every runtime has one that can be measured. */
const own = { memoryUsage: { rss: () => 64 * 1024 * 1024 }, uptime: () => 60 };

export class EverySink {
  readonly lines: LogRecord[] = [];
  readonly points: DataPoint[] = [];
  readonly spans = new InMemorySpanExporter();
  readonly metrics: Metrics;
  readonly record: (record: LogRecord) => void;
  readonly around: (app: App) => App;

  /** @param metricsSecretSha256 of whoever reads the metrics; default anybody does */
  constructor(metricsSecretSha256?: readonly string[]) {
    this.metrics = createMetrics(
      { metricsSecretSha256, clusters: [], admin: undefined, endpoints: {} },
      'node',
      own,
    );
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.spans)] });
    const traces = createTraces(provider.getTracer('callerid'));
    const dataset: AnalyticsDataset = { writeDataPoint: (point) => void this.points.push(point) };
    const log = { record: (record: LogRecord) => void this.lines.push(record) };
    const all = joinSinks([log, this.metrics, traces, ...analyticsOf(dataset, { endpoints: {} })]);
    this.record = (record) => all.record(record);
    this.around = (app) =>
      [this.metrics, traces].reduce((inner, { around }) => around?.(inner) ?? inner, app);
  }

  /** What `/metrics` prints. */
  async printed(): Promise<string> {
    return (await this.metrics.app.request('/metrics')).text();
  }

  /** All of it, as text. */
  async output(): Promise<string> {
    const spans = this.spans
      .getFinishedSpans()
      .map(({ name, attributes, status }) => [name, attributes, status]);
    return [JSON.stringify([this.lines, this.points, spans]), await this.printed()].join('\n');
  }
}
