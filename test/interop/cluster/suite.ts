/**
 * The whole way: kubectl, a signer, kube-apiserver, callerid on each runtime, STS, RBAC.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from '../../../src/emulator/certificates.ts';
import type { Check, Suite } from '../suite.ts';
import { startEtcd } from './api-server.ts';
import { bulkChecks } from './bulk.ts';
import { changeChecks } from './changes.ts';
import { prepareClients } from './clients.ts';
import type { Runtime } from './deployment.ts';
import { outageChecks } from './outages.ts';
import { createPeople, type People, type Place } from './place.ts';
import { referenceChecks } from './reference.ts';
import { refusalChecks } from './refusals.ts';
import { startRuntime } from './runtime.ts';
import { signInChecks } from './sign-in.ts';
import { createWorld } from './world.ts';

const runtimes: readonly Runtime[] = ['node', 'deno', 'workerd'];

/** How long an API server keeps a user, by default. */
const defaultTtlSeconds = 120;

export const suite: Suite = {
  name: 'kube-apiserver, kubectl, the AWS CLI, aws-iam-authenticator',
  async run(check) {
    const cleanups: (() => unknown)[] = [];
    const home = mkdtempSync(join(tmpdir(), 'callerid-cluster-'));
    cleanups.push(() => rmSync(home, { recursive: true }));
    try {
      const clients = await prepareClients(home);
      const etcd = await startEtcd(home);
      cleanups.push(etcd.end);
      const world = await createWorld();
      cleanups.push(world.end);
      const authority = await createCertificateAuthority('callerid interop CA');
      const ground = { home, world, clients, etcd, authority, people: createPeople(world) };
      await referenceChecks(check, ground, ground.people);
      const slow: Promise<void>[] = [];
      cleanups.push(() => Promise.allSettled(slow));
      for (const runtime of runtimes) {
        const { places, end } = await startRuntime(runtime, ground);
        cleanups.splice(-1, 0, end); // the slow checks come to their end first
        for (const place of places) await quickChecks(check, place, ground.people);
        slow.push(slowChecks(check, runtime, places));
        slow.at(-1)?.catch(() => {}); // it is looked at below
      }
      await Promise.all(slow);
    } finally {
      for (const cleanup of cleanups.reverse()) await cleanup();
    }
  },
};

async function quickChecks(check: Check, place: Place, people: People): Promise<void> {
  await signInChecks(check, place, people);
  await refusalChecks(check, place, people);
  await bulkChecks(check, place);
}

/** They wait for the most part, so the next runtime is checked meanwhile. */
async function slowChecks(check: Check, runtime: Runtime, places: readonly [Place, Place]): Promise<void> {
  await changeChecks(check, places[0], { cacheTtlSeconds: 1 });
  await outageChecks(check, places);
  if (runtime === 'node') await changeChecks(check, places[1], { cacheTtlSeconds: defaultTtlSeconds });
}
