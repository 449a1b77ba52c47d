/**
 * What the entries for Cloudflare Workers have in common. Settings are variables and secrets, the policy is in the KV
 * namespace `POLICY`.
 *
 * @module
 */
import type { Hono } from 'hono';
import { ConfigurationError } from '../errors/classes.ts';
import { outageAnswer } from '../http/answers.ts';
import type { TaskContext } from '../lib/flights.ts';
import { CloudflareKvStore, type KvNamespace } from '../store/cloudflare-kv.ts';
import { DurableObjectStore, type PolicyObjectNamespace } from '../store/durable-object.ts';
import type { AtomicStore } from '../store/store.ts';
import { createApp, logJson, logWarnings, type Parts } from './app.ts';
import { edgeCertificate } from './edge-certificate.ts';
import { type IssuerModule, type IssuerPart, issuerWith } from './issuer-part.ts';
import { createMisconfiguredApp } from './misconfigured.ts';
import { readSettings, type Settings } from './settings.ts';
import { assertKeysInSetting } from './signing-keys.ts';

type Env = Readonly<Record<string, unknown>>;

/** What a Worker is: `fetch` with bindings and an execution context. */
export interface Worker {
  fetch(request: Request, env: Env, context: TaskContext): Response | Promise<Response>;
}

/** What a build brings in beside the webhook. */
export interface WorkerParts<S, P> extends Partial<Pick<Parts, 'createAdmin' | 'createJwts'>> {
  readonly issuer?: IssuerModule<S, P> | undefined;
}

/** Makes the Worker. */
export function createWorker<S, P>(parts: WorkerParts<S, P> = {}): Worker {
  /** The app of this isolate; what was learnt of STS and of the policy lives as long. */
  let app: Hono | undefined;
  return {
    fetch(request, env, context) {
      try {
        app ??= appOf(env, parts);
      } catch (error) {
        // Else the runtime would answer with a page of its own. Nothing is kept: the next request tries again.
        console.error(JSON.stringify({ event: 'internal', problem: String(error) }));
        return outageAnswer('internal', crypto.randomUUID());
      }
      return app.fetch(request, env, context as never);
    },
  };
}

function appOf<S, P>(env: Env, { createAdmin, createJwts, issuer }: WorkerParts<S, P>): Hono {
  try {
    const settings = readSettings(env);
    assertNoProxy(settings);
    const store = new CloudflareKvStore(namespaceOf(env));
    logWarnings(settings);
    const writer = writerOf(env);
    return createApp(settings, {
      store,
      writer,
      createAdmin,
      createIssuer: issuerOf(settings, issuer),
      createJwts,
      taskContext: (c) => c.executionCtx,
      clientCertificate: async (c) => edgeCertificate((c.req.raw as { readonly cf?: unknown }).cf),
      log: logJson,
    });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    console.error(JSON.stringify({ event: 'misconfigured', problem: error.message }));
    return createMisconfiguredApp(error);
  }
}

function issuerOf<S, P>(settings: Settings, module: IssuerModule<S, P> | undefined): IssuerPart | undefined {
  if (settings.issuer === undefined || module === undefined) return undefined;
  const text = assertKeysInSetting(settings.issuer.signingKeys);
  return issuerWith(module.createIssuer, module.readSigningKeys(text));
}

/** A header would be believed from anybody: of a connection to the edge there is no address but the client's. */
function assertNoProxy({ clientCertificateProxy }: Settings): void {
  if (clientCertificateProxy === undefined) return;
  throw new ConfigurationError(
    'CALLERID_CLIENT_CERTIFICATE_PROXY',
    'has no effect on Workers, where Cloudflare itself tells of client certificates',
    'Remove it.',
  );
}

/** Without the Durable Object this is a read-only replica. */
function writerOf({ POLICY_WRITER }: Env): AtomicStore | undefined {
  if (typeof POLICY_WRITER !== 'object' || POLICY_WRITER === null) return undefined;
  return new DurableObjectStore(POLICY_WRITER as PolicyObjectNamespace);
}

function namespaceOf({ POLICY, CALLERID_POLICY }: Env): KvNamespace {
  if (CALLERID_POLICY) {
    throw new ConfigurationError(
      'CALLERID_POLICY',
      'has no effect on Workers, where the policy is in the KV namespace POLICY',
      'Remove it.',
    );
  }
  if (typeof POLICY === 'object' && POLICY !== null && 'get' in POLICY) return POLICY as KvNamespace;
  throw new ConfigurationError(
    'POLICY',
    'no KV namespace is bound',
    'Add it to kv_namespaces in wrangler.toml.',
  );
}
