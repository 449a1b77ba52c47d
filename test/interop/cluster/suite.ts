/**
 * The whole way: kubectl, a signer, kube-apiserver, callerid on each runtime, STS, RBAC.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CertificateAuthority, createCertificateAuthority } from '../../../src/emulator/certificates.ts';
import type { Check, Suite } from '../suite.ts';
import { ApiServer, type Etcd, startEtcd } from './api-server.ts';
import { bulkChecks } from './bulk.ts';
import { changeChecks, policySeconds } from './changes.ts';
import { type Clients, prepareClients } from './clients.ts';
import { Deployment, type Runtime } from './deployment.ts';
import { outageChecks } from './outages.ts';
import { createPeople, developers, type People, type Place, rules } from './place.ts';
import { refusalChecks } from './refusals.ts';
import { signInChecks } from './sign-in.ts';
import { createWorld, ec2Variables, type World } from './world.ts';

const runtimes: readonly Runtime[] = ['node', 'deno', 'workerd'];

/** The API servers at each deployment: every runtime meets both versions, both audiences and both lifetimes. */
const variants = {
  first: { webhookVersion: 'v1', cacheTtl: '1s' },
  second: { webhookVersion: 'v1beta1', audiences: 'https://api.example.com' },
} as const;

/** How long an API server keeps a user, by default. */
const defaultTtlSeconds = 120;

interface Ground {
  readonly home: string;
  readonly world: World;
  readonly clients: Clients;
  readonly etcd: Etcd;
  readonly authority: CertificateAuthority;
  readonly people: People;
}

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

async function startRuntime(
  runtime: Runtime,
  ground: Ground,
): Promise<{ places: readonly [Place, Place]; end: () => Promise<void> }> {
  const { deployment, secrets } = await deploy(runtime, ground);
  const ends = [() => deployment.end()];
  const end = async () => {
    for (const stop of ends.reverse()) await stop();
  };
  try {
    const place = async (variant: keyof typeof variants): Promise<Place> => {
      const server = await attach(`${runtime}-${variant}`, variants[variant], deployment, secrets, ground);
      ends.push(() => server.end());
      const { home, world, clients } = ground;
      return {
        name: `${runtime}, ${variants[variant].webhookVersion}`,
        home: join(home, `${runtime}-${variant}`),
        cluster: clusterIds[variant],
        ...{ world, clients, deployment, server },
      };
    };
    return { places: [await place('first'), await place('second')], end };
  } catch (error) {
    await end();
    throw error;
  }
}

const clusterIds = { first: 'first.example.com', second: 'second.example.com' };

async function deploy(runtime: Runtime, { home, world, authority }: Ground) {
  const secrets = Object.values(clusterIds).map((id) => [id, randomBytes(32).toString('base64url')] as const);
  const clusters = secrets.map(
    ([id, secret]) =>
      [id, { apiServerSecretSha256: [createHash('sha256').update(secret).digest('hex')] }] as const,
  );
  const deployment = await Deployment.start({
    runtime,
    home: join(home, runtime),
    world,
    certificate: await authority.issue(['127.0.0.1']),
    caPem: authority.pem,
    variables: {
      CALLERID_CLUSTERS: JSON.stringify(Object.fromEntries(clusters)),
      CALLERID_POLICY_SECONDS: String(policySeconds),
      ...ec2Variables,
    },
  });
  try {
    for (const id of Object.values(clusterIds)) await deployment.apply(id, rules);
  } catch (error) {
    await deployment.end();
    throw error;
  }
  return { deployment, secrets: new Map(secrets) };
}

async function attach(
  name: string,
  variant: (typeof variants)[keyof typeof variants],
  deployment: Deployment,
  secrets: ReadonlyMap<string, string>,
  { home, etcd, authority }: Ground,
): Promise<ApiServer> {
  const id = variant === variants.first ? clusterIds.first : clusterIds.second;
  const webhook = join(home, `${name}.webhook`);
  const cluster = {
    server: `${deployment.url}/clusters/${id}/authenticate`,
    'certificate-authority-data': Buffer.from(authority.pem).toString('base64'),
  };
  writeFileSync(
    webhook,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'callerid', cluster }],
      users: [{ name: 'api-server', user: { token: secrets.get(id) } }],
      contexts: [{ name: 'callerid', context: { cluster: 'callerid', user: 'api-server' } }],
      'current-context': 'callerid',
    }),
    { mode: 0o600 },
  );
  const server = await ApiServer.start({ name, home, etcd, authority, webhook, ...variant });
  await server.letReadConfigMaps(developers);
  return server;
}
