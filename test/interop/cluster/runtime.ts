/**
 * A deployment on one runtime, and the API servers that ask it.
 *
 * @module
 */
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateAuthority } from '../../../src/emulator/certificates.ts';
import { ApiServer, type Etcd } from './api-server.ts';
import { policySeconds } from './changes.ts';
import type { Clients } from './clients.ts';
import { Deployment, type Runtime } from './deployment.ts';
import { developers, type People, type Place, rules } from './place.ts';
import { proxySettings, startTlsProxy } from './tls-proxy.ts';
import { ec2Variables, type World } from './world.ts';

/** What all runtimes share. */
export interface Ground {
  readonly home: string;
  readonly world: World;
  readonly clients: Clients;
  readonly etcd: Etcd;
  readonly authority: CertificateAuthority;
  readonly people: People;
}

/**
 * The API servers at each deployment: every runtime meets both versions, both audiences and both lifetimes, and where a
 * proxy can stand before it, both credentials.
 */
const variants = {
  first: { id: 'first.example.com', webhookVersion: 'v1', cacheTtl: '1s' },
  second: { id: 'second.example.com', webhookVersion: 'v1beta1', audiences: 'https://api.example.com' },
} as const;

type Variant = (typeof variants)[keyof typeof variants];

export interface RunningRuntime {
  readonly places: readonly [Place, Place];
  readonly end: () => Promise<void>;
}

export async function startRuntime(runtime: Runtime, ground: Ground): Promise<RunningRuntime> {
  const ends: (() => Promise<void>)[] = [];
  const end = async () => {
    for (const stop of ends.reverse()) await stop();
  };
  const started = <T extends { readonly end: () => Promise<void> }>(running: T): T => {
    ends.push(() => running.end());
    return running;
  };
  try {
    const { authority } = ground;
    const bySecret = secretCredential();
    const other = runtime === 'workerd' ? secretCredential() : await certificateCredential(authority);
    const deployment = started(
      await deploy(runtime, ground, { [variants.first.id]: bySecret, [variants.second.id]: other }),
    );
    const place = async (variant: Variant, url: string, credential: Credential): Promise<Place> => {
      const name = `${runtime}-${variant.webhookVersion}`;
      const webhook = writeWebhook(join(ground.home, `${name}.webhook`), {
        server: `${url}/clusters/${variant.id}/authenticate`,
        caPem: authority.pem,
        user: credential.user,
      });
      const server = started(await ApiServer.start({ ...ground, name, webhook, ...variant }));
      await server.letReadConfigMaps(developers);
      return {
        name: `${runtime}, ${variant.webhookVersion}`,
        home: join(ground.home, name),
        cluster: variant.id,
        ...{ world: ground.world, clients: ground.clients, deployment, server },
      };
    };
    const first = await place(variants.first, deployment.url, bySecret);
    if (runtime === 'workerd') {
      return { places: [first, await place(variants.second, deployment.url, other)], end };
    }
    const certificate = await authority.issue(['127.0.0.1']);
    const proxy = started(await startTlsProxy({ target: deployment.url, certificate, caPem: authority.pem }));
    return { places: [first, await place(variants.second, proxy.url, other)], end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** How an API server proves itself. */
interface Credential {
  /** To callerid, among the settings of its cluster. */
  readonly settings: object;
  /** The user of its webhook kubeconfig. */
  readonly user: object;
}

function secretCredential(): Credential {
  const token = randomBytes(32).toString('base64url');
  const digest = createHash('sha256').update(token).digest('hex');
  return { settings: { apiServerSecretSha256: [digest] }, user: { token } };
}

async function certificateCredential(authority: CertificateAuthority): Promise<Credential> {
  const { cert, key } = await authority.issue(['api-server']);
  const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
  return {
    settings: { apiServerCertificateSha256: [new X509Certificate(cert).fingerprint256] },
    user,
  };
}

async function deploy(
  runtime: Runtime,
  { home, world, authority }: Ground,
  credentials: Readonly<Record<string, Credential>>,
): Promise<Deployment> {
  const clusters = Object.entries(credentials).map(([id, { settings }]) => [id, settings]);
  const behindProxy = runtime !== 'workerd';
  const deployment = await Deployment.start({
    runtime,
    home: join(home, runtime),
    world,
    certificate: await authority.issue(['127.0.0.1']),
    caPem: authority.pem,
    variables: {
      CALLERID_CLUSTERS: JSON.stringify(Object.fromEntries(clusters)),
      CALLERID_POLICY_SECONDS: String(policySeconds),
      ...(behindProxy && { CALLERID_CLIENT_CERTIFICATE_PROXY: JSON.stringify(proxySettings) }),
      ...ec2Variables,
    },
  });
  try {
    for (const id of Object.keys(credentials)) await deployment.apply(id, rules);
  } catch (error) {
    await deployment.end();
    throw error;
  }
  return deployment;
}

function writeWebhook(
  path: string,
  { server, caPem, user }: { readonly server: string; readonly caPem: string; readonly user: object },
): string {
  const cluster = { server, 'certificate-authority-data': base64(caPem) };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'callerid', cluster }],
    users: [{ name: 'api-server', user }],
    contexts: [{ name: 'callerid', context: { cluster: 'callerid', user: 'api-server' } }],
    'current-context': 'callerid',
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
