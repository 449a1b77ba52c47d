/**
 * Where a process of the webhook listens, the same on Node and Deno.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import { isLoopback } from '../lib/loopback.ts';
import { logWarning } from './log.ts';

/** A host and a port to listen at. */
export interface Address {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}

/** The address as a URL has it. */
export function authorityOf({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * Where metrics are shown, of `--metrics-host` (default 127.0.0.1) and `--metrics-port`.
 *
 * @returns undefined where they are not at a port of their own
 * @throws {ConfigurationError} where there is a host without a port
 */
export function metricsAddressOf(host: string | undefined, port: number | undefined): Address | undefined {
  if (port !== undefined) return { host: host ?? '127.0.0.1', port };
  if (host === undefined) return undefined;
  throw new ConfigurationError('--metrics-host', 'without --metrics-port', 'Give both.');
}

/** Warns of metrics that whoever reaches their port can read. */
export function warnOfOpenMetrics({ host }: Address, secretSha256: string | undefined): void {
  if (isLoopback(host) || secretSha256) return;
  logWarning(
    'metrics beyond this machine, for whoever reaches their port; set CALLERID_METRICS_SECRET_SHA256',
  );
}
