/**
 * The webhook on Deno: from the environment to the app, for whatever serves it.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import { createAdmin } from '../http/admin/admin.ts';
import type { App, RequestContext } from '../http/routes.ts';
import { detached } from '../lib/flights.ts';
import { type DenoKv, DenoKvStore } from '../store/deno-kv.ts';
import { FileStore } from '../store/file.ts';
import type { AtomicStore } from '../store/store.ts';
import { createApp } from './app.ts';
import { certificateFromProxy } from './certificate-proxy.ts';
import { jwtParts } from './jwt-parts.ts';
import { BatchedLog, logWarning, logWarnings } from './log.ts';
import { createObservers, endObservers, loadObservers } from './observers.ts';
import { readPolicyLocation } from './policy-location.ts';
import { readSettings } from './settings.ts';
import { issuerFromFile } from './signing-key-file.ts';

/** The part of Deno that is used. */
declare const Deno: {
  readonly env: { toObject(): Record<string, string> };
  openKv(path?: string): Promise<DenoKv>;
};

/** What Deno says with a request. There is no name of a host where it came through a socket of the file system. */
export interface Connection {
  /** Settles when the answer is out, or its client gone. */
  readonly completed: Promise<void>;
  readonly remoteAddr?: { readonly hostname?: string };
}

/** The app, and what it has to do before the process ends. */
export interface DenoService {
  readonly fetch: (request: Request, connection: Connection) => Response | Promise<Response>;
  /** Answers at `/metrics`, for a port of its own; undefined where nothing counts. */
  readonly metrics: App | undefined;
  /** Writes what waits of the log, and hands on what waits to be traced; that may never settle. */
  readonly flush: () => Promise<void>;
}

/**
 * Makes the app from environment variables.
 *
 * @param ownMetricsPort whether metrics are to be shown at a port of their own
 * @throws {ConfigurationError}
 */
export async function createDenoService(ownMetricsPort = false): Promise<DenoService> {
  const env = Deno.env.toObject();
  assertNoTelemetry(env.OTEL_DENO);
  const settings = readSettings(env);
  const observed = createObservers(settings, await loadObservers(env, ownMetricsPort), 'deno');
  const clientCertificate = certificateFromProxy(settings, peerOf);
  logWarnings(settings);
  const store = await openStore(env.CALLERID_POLICY);
  const issuing = issuerFromFile(settings, jwtParts.issuer, logWarning);
  await issuing?.check();
  const batched = new BatchedLog();
  globalThis.addEventListener('unload', batched.flush);
  const app = createApp(settings, {
    store,
    writer: store,
    taskContext: () => detached,
    clientCertificate,
    log: batched.log,
    ...observed,
    createAdmin,
    createIssuer: issuing?.createIssuer,
    createJwts: jwtParts.createJwts,
    ec2BatchMs: 100,
  });
  return {
    fetch: (request, connection) => app.fetch(request, connection),
    metrics: observed.metrics?.app,
    async flush() {
      batched.flush();
      await endObservers(observed.observers);
    },
  };
}

function peerOf({ env: connection }: RequestContext): string | undefined {
  return (connection as Partial<Connection> | undefined)?.remoteAddr?.hostname;
}

/** Deno would export the URL of every request that is sent, and the one to STS is a token. */
function assertNoTelemetry(value: string | undefined): void {
  if (value === undefined || value === '' || value === 'false') return;
  throw new ConfigurationError('OTEL_DENO', 'would export pre-signed URLs, which are tokens', 'Unset it.');
}

async function openStore(value: string | undefined): Promise<AtomicStore> {
  const location = readPolicyLocation(value);
  return location.kind === 'file'
    ? new FileStore(location.path)
    : new DenoKvStore(await Deno.openKv(location.path));
}
