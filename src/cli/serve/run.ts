/**
 * What `callerid serve` does.
 *
 * @module
 */
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { App } from '../../http/routes.ts';
import { isLoopback } from '../../lib/loopback.ts';
import { endOnSignal, tell } from '../../runtime/ending.ts';
import { type Address, authorityOf, metricsAddressOf, warnOfOpenMetrics } from '../../runtime/listening.ts';
import { BatchedLog, logWarning } from '../../runtime/log.ts';
import { createNodeService } from '../../runtime/node.ts';
import { loadObservers } from '../../runtime/observers.ts';
import { usageError } from '../exit-codes.ts';
import { failureOf } from '../failure.ts';
import { drain } from './drain.ts';
import { type FilePolicy, filePolicy } from './file-policy.ts';
import { readTlsFiles, type TlsFiles } from './tls.ts';

/** The options of the command line. */
export interface ServeFlags {
  readonly host: string;
  readonly port: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly policy?: string;
  readonly metricsHost?: string;
  readonly metricsPort?: number;
}

/**
 * In milliseconds. A review is small: whoever takes longer to send one only holds a connection. Node itself looks every
 * 30 seconds, and waits 120 for TLS.
 *
 * An API server closes a connection that was idle for 90 seconds (Go's `http.DefaultTransport`), and sends no review again that
 * met a connection being closed here. So it has to be the one that closes: Node would after 5, which is a Retry-After too.
 */
const serverOptions = {
  handshakeTimeout: 10_000,
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 95_000,
  connectionsCheckingInterval: 2000,
};

/**
 * Half of the 1,024 descriptors that a process often has; the other half is for calls to STS and for the store. API
 * servers keep some dozens of connections.
 */
const maxConnections = 512;

/** Bounds the connections of a server. Those that are idle make room for others. */
function bound(server: Server | HttpsServer): void {
  server.maxConnections = maxConnections;
  server.on('drop', () => server.closeIdleConnections());
}

/** Serves until a signal ends it. */
export async function serve(flags: ServeFlags, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const tls = tlsFiles(flags);
  const metricsAddress = metricsAddressOf(flags.metricsHost, flags.metricsPort);
  const policy = filePolicy(flags.policy, env);
  const batched = new BatchedLog();
  process.on('exit', batched.flush);
  const { app, metrics, end, reloadSigningKeys, checkSigningKeys } = createNodeService(env, {
    store: policy?.store,
    log: batched.log,
    observers: await loadObservers(env, metricsAddress !== undefined),
  });
  await checkSigningKeys();
  await policy?.load();
  const listener = getRequestListener(app.fetch);
  const server =
    tls === undefined
      ? createHttpServer(serverOptions, listener)
      : createHttpsServer({ ...serverOptions, ...(await readTlsFiles(tls)) }, listener);
  bound(server);
  const metricsUrl = await listenForMetrics(metrics, metricsAddress);
  if (metricsAddress !== undefined) warnOfOpenMetrics(metricsAddress, env.CALLERID_METRICS_SECRET_SHA256);
  const port = await listen(server, flags);
  if (tls === undefined && !isLoopback(flags.host)) {
    logWarning(
      'plain HTTP beyond this machine: secrets and tokens can be read on the way; give --tls-cert and --tls-key',
    );
  }
  process.on('SIGHUP', () => void reload(policy, tls, server, reloadSigningKeys));
  const flush = (): Promise<void> => {
    batched.flush();
    return end();
  };
  const ended = endOnSignal({ drain: (ms) => drain(server, ms), flush });
  const url = `${tls === undefined ? 'http' : 'https'}://${authorityOf({ host: flags.host, port })}`;
  tell({ event: 'listening', url, metrics: metricsUrl });
  await ended;
}

function tlsFiles({ tlsCert, tlsKey }: ServeFlags): TlsFiles | undefined {
  if (tlsCert !== undefined && tlsKey !== undefined) return { cert: tlsCert, key: tlsKey };
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  throw usageError('only one of --tls-cert and --tls-key', 'give both');
}

/** A port of their own; undefined where none is wanted. */
async function listenForMetrics(
  metrics: App | undefined,
  address: Address | undefined,
): Promise<string | undefined> {
  if (metrics === undefined || address === undefined) return undefined;
  const server = createHttpServer(serverOptions, getRequestListener(metrics.fetch));
  bound(server);
  server.unref(); // it is the webhook for which the process lives
  const port = await listen(server, address, '--metrics-');
  return `http://${authorityOf({ ...address, port })}/metrics`;
}

async function listen(
  server: Server | HttpsServer,
  { host, port }: Address,
  options = '--',
): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw usageError(
      `cannot listen on ${host}, port ${port} (${code})`,
      `give another ${options}host or ${options}port`,
    );
  }
  return (server.address() as AddressInfo).port;
}

async function reload(
  policy: FilePolicy | undefined,
  tls: TlsFiles | undefined,
  server: Server | HttpsServer,
  reloadSigningKeys: (() => Promise<void>) | undefined,
): Promise<void> {
  await attempt('policy', async () => {
    if (policy === undefined) return undefined;
    return { policyVersion: await policy.load() };
  });
  await attempt('certificate', async () => {
    if (tls === undefined || !('setSecureContext' in server)) return undefined;
    server.setSecureContext(await readTlsFiles(tls));
    return {};
  });
  await attempt('file of signing keys', async () => {
    if (reloadSigningKeys === undefined) return undefined;
    await reloadSigningKeys();
    return {};
  });
}

/** What does not do is told, and the old one stays. */
async function attempt(what: string, work: () => Promise<object | undefined>): Promise<void> {
  try {
    const done = await work();
    if (done !== undefined) tell({ event: 'reloaded', what, ...done });
  } catch (error) {
    logWarning(`the new ${what} is not taken, the old one stays: ${failureOf(error).lines.join('; ')}`);
  }
}
