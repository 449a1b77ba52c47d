/**
 * The webhook on Node: the app, for whatever serves it. `callerid serve` is such a server.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { ConfigurationError } from '../errors/classes.ts';
import { createAdmin } from '../http/admin/admin.ts';
import type { App, RequestContext } from '../http/routes.ts';
import type { LogRecord } from '../http/sink.ts';
import { detached } from '../lib/flights.ts';
import { FileStore } from '../store/file.ts';
import type { AtomicStore, Store } from '../store/store.ts';
import { createApp } from './app.ts';
import { certificateFromProxy } from './certificate-proxy.ts';
import { jwtParts as parts } from './jwt-parts.ts';
import { logJson, logWarning, logWarnings } from './log.ts';
import { createObservers, endObservers, noObservers, type Observers } from './observers.ts';
import { readPolicyLocation } from './policy-location.ts';
import { readSettings } from './settings.ts';
import { issuerFromFile } from './signing-key-file.ts';
import { assertVerifiesTls } from './tls-verification.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The app, and what can be read anew while it runs. */
export interface NodeService {
  readonly app: App;
  /** Answers at `/metrics`, for a port of its own; undefined where nothing counts. */
  readonly metrics: App | undefined;
  /** Hands on what waits to be traced. To be called before the process ends; it may never settle. */
  readonly end: () => Promise<void>;
  /**
   * Reads the signing keys again; undefined where there is no file of them. Where it rejects, the old keys stay.
   */
  readonly reloadSigningKeys: (() => Promise<void>) | undefined;
  /** Rejects where a signing key does not work. */
  readonly checkSigningKeys: () => Promise<void>;
}

/**
 * Makes the app from environment variables.
 *
 * @param store where the policy is; by default the directory that `CALLERID_POLICY` names
 * @throws {ConfigurationError}
 */
export function createNodeApp(env: Env, store?: Store): App {
  return createNodeService(env, { store }).app;
}

/** What a server may have of its own. */
export interface NodeServiceOptions {
  /** Where the policy is. Default: the directory that `CALLERID_POLICY` names. */
  readonly store?: Store | undefined;
  /** Default: a line on the console for each. */
  readonly log?: ((record: LogRecord) => void) | undefined;
  /** Metrics and traces. Default: none. */
  readonly observers?: Observers | undefined;
}

/**
 * Makes the app from environment variables, for a server that reads keys anew.
 *
 * @throws {ConfigurationError}
 */
export function createNodeService(
  env: Env,
  { store, log = logJson, observers = noObservers }: NodeServiceOptions = {},
): NodeService {
  assertVerifiesTls(env);
  const settings = readSettings(env);
  const clientCertificate = certificateFromProxy(settings, peerOf);
  const opened =
    store === undefined ? writable(openStore(env.CALLERID_POLICY)) : { store, writer: undefined };
  const issuing = issuerFromFile(settings, parts.issuer, logWarning);
  const observed = createObservers(settings, observers, 'node');
  logWarnings(settings);
  const app = createApp(settings, {
    ...opened,
    taskContext: () => detached,
    clientCertificate,
    log,
    ...observed,
    createAdmin,
    createIssuer: issuing?.createIssuer,
    createJwts: parts.createJwts,
    ec2BatchMs: 100,
  });
  const { metrics } = observed;
  return {
    app,
    metrics: metrics?.app,
    end: () => endObservers(observed.observers),
    reloadSigningKeys: issuing?.reload,
    checkSigningKeys: async () => issuing?.check(),
  };
}

/** From what @hono/node-server gives with a request; nothing else says where it comes from. */
function peerOf({ env }: RequestContext): string | undefined {
  const { incoming } = (env ?? {}) as { readonly incoming?: IncomingMessage };
  return incoming?.socket.remoteAddress;
}

function writable(store: AtomicStore): { readonly store: Store; readonly writer: AtomicStore } {
  return { store, writer: store };
}

function openStore(value: string | undefined): AtomicStore {
  const location = readPolicyLocation(value);
  if (location.kind === 'file') return new FileStore(location.path);
  throw new ConfigurationError(
    'CALLERID_POLICY',
    'Deno KV is there on Deno only',
    'Set it to file:DIRECTORY.',
  );
}
