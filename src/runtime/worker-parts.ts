/**
 * What a Worker serves that is more than a webhook.
 *
 * @module
 */
import { DurableObjectStore, type PolicyObjectNamespace } from '../store/durable-object.ts';
import type { AtomicStore } from '../store/store.ts';
import { createApp, type Parts } from './app.ts';
import { type IssuerModule, type IssuerPart, issuerWith } from './issuer-part.ts';
import { readSettings, type Settings } from './settings.ts';
import { assertKeysInSetting } from './signing-keys.ts';
import type { Build, Env } from './worker.ts';

/** The parts beside the webhook. */
export interface WorkerParts<S, P> extends Pick<Parts, 'createAdmin' | 'createJwts'> {
  readonly issuer: IssuerModule<S, P>;
}

/** Brings the parts in. */
export function buildWith<S, P>({ createAdmin, createJwts, issuer }: WorkerParts<S, P>): Build {
  return {
    readSettings,
    createApp: (settings, parts, env) =>
      createApp(settings, {
        ...parts,
        writer: writerOf(env),
        createAdmin,
        createIssuer: issuerOf(settings, issuer),
        createJwts,
      }),
  };
}

/** Without the Durable Object this is a read-only replica. */
function writerOf({ POLICY_WRITER }: Env): AtomicStore | undefined {
  if (typeof POLICY_WRITER !== 'object' || POLICY_WRITER === null) return undefined;
  return new DurableObjectStore(POLICY_WRITER as PolicyObjectNamespace);
}

function issuerOf<S, P>({ issuer }: Settings, module: IssuerModule<S, P>): IssuerPart | undefined {
  if (issuer === undefined) return undefined;
  return issuerWith(module.createIssuer, module.readSigningKeys(assertKeysInSetting(issuer.signingKeys)));
}
