/**
 * What watches a deployment on Deno and Node: metrics and traces, of which nothing is loaded unless it is asked for.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import type { Metrics, Observer } from './app.ts';
import type { Settings } from './webhook-settings.ts';

/** What is loaded, to be made when the settings are read. */
export interface Observers {
  readonly createMetrics: ((settings: Settings, runtime: 'deno' | 'node') => Metrics) | undefined;
  readonly createTraces: (() => Observer) | undefined;
}

/** Nothing at all. */
export const noObservers: Observers = { createMetrics: undefined, createTraces: undefined };

/**
 * Loads what the environment asks for.
 *
 * @param ownPort whether metrics are to be shown at a port of their own
 * @throws {ConfigurationError} where the package for traces is not there
 */
export async function loadObservers(
  { CALLERID_METRICS_SECRET_SHA256, CALLERID_TRACES }: Readonly<Record<string, string | undefined>>,
  ownPort: boolean,
): Promise<Observers> {
  const wantsMetrics = ownPort || Boolean(CALLERID_METRICS_SECRET_SHA256);
  return {
    createMetrics: wantsMetrics ? (await import('./metrics/metrics.ts')).createMetrics : undefined,
    createTraces: CALLERID_TRACES === 'true' ? (await loadTraces()).createTraces : undefined,
  };
}

async function loadTraces(): Promise<typeof import('./traces.ts')> {
  try {
    return await import('./traces.ts');
  } catch (error) {
    throw new ConfigurationError(
      'CALLERID_TRACES',
      `@opentelemetry/api cannot be loaded (${(error as Error).name})`,
      'Install it where callerid is installed, as its own dependency is none.',
    );
  }
}

/** Has all of them hand on what waits. Never rejects, and may never settle. */
export async function endObservers(observers: readonly Observer[]): Promise<void> {
  await Promise.allSettled(observers.map(({ end }) => end?.()));
}

/**
 * Makes what is loaded.
 *
 * @throws {ConfigurationError} where the settings want what is not
 */
export function createObservers(
  settings: Settings,
  { createMetrics, createTraces }: Observers,
  runtime: 'deno' | 'node',
): { readonly metrics: Metrics | undefined; readonly observers: readonly Observer[] } {
  assertLoaded('CALLERID_METRICS_SECRET_SHA256', settings.metricsSecretSha256, createMetrics);
  assertLoaded('CALLERID_TRACES', settings.traces, createTraces);
  const traces = createTraces?.();
  return { metrics: createMetrics?.(settings, runtime), observers: traces ? [traces] : [] };
}

function assertLoaded(setting: string, wanted: unknown, loaded: unknown): void {
  if (!wanted || loaded !== undefined) return;
  throw new ConfigurationError(setting, 'has no effect here', 'Remove it.');
}
