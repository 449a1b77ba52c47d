/**
 * A deployment on one runtime, and the API servers that ask it.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateAuthority, KeyedCertificate } from '../../../src/emulator/certificates.ts';
import { freePort } from '../processes.ts';
import { ApiServer, type Etcd, webhookFlags } from './api-server.ts';
import { policySeconds } from './changes.ts';
import type { Clients } from './clients.ts';
import { callerid, Deployment, type Runtime } from './deployment.ts';
import { developers, type People, type Place, rules } from './place.ts';
import { proxySettings, startTlsProxy, type TlsProxy } from './tls-proxy.ts';
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
    const { authority, world, clients } = ground;
    const port = await freePort();
    const url = `https://127.0.0.1:${port}`;
    const first = await makeWebhook(ground, { runtime, variant: variants.first, url });
    const second = await makeWebhook(
      ground,
      runtime === 'workerd'
        ? { runtime, variant: variants.second, url }
        : { runtime, variant: variants.second, ...(await behindProxy(url, authority, started)) },
    );
    const deployment = started(await deploy(runtime, ground, port, [first, second]));
    const place = async ({ variant, file }: Webhook): Promise<Place> => {
      const name = `${runtime}-${variant.webhookVersion}`;
      const authentication = webhookFlags({ webhook: file, ...variant });
      const server = started(await ApiServer.start({ ...ground, name, authentication }));
      await server.letReadConfigMaps(developers);
      return {
        name: `${runtime}, ${variant.webhookVersion}`,
        home: join(ground.home, name),
        cluster: variant.id,
        webhook: file,
        execVersion: variant.webhookVersion,
        ...{ world, clients, deployment, server },
      };
    };
    return { places: [await place(first), await place(second)], end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** A proxy before the deployment, and a certificate for who comes that way. */
async function behindProxy(
  target: string,
  authority: CertificateAuthority,
  started: (proxy: TlsProxy) => TlsProxy,
): Promise<{ readonly url: string; readonly certificate: KeyedCertificate }> {
  const own = await authority.issue(['127.0.0.1']);
  const { url } = started(await startTlsProxy({ target, certificate: own, caPem: authority.pem }));
  return { url, certificate: await authority.issue(['api-server']) };
}

/** What `callerid init` has made. */
interface Webhook {
  readonly variant: Variant;
  readonly file: string;
  /** Among the settings of the cluster. */
  readonly settings: object;
}

async function makeWebhook(
  { home, authority }: Ground,
  {
    runtime,
    variant,
    url,
    certificate,
  }: {
    readonly runtime: Runtime;
    readonly variant: Variant;
    readonly url: string;
    /** In place of a secret. */
    readonly certificate?: KeyedCertificate;
  },
): Promise<Webhook> {
  const at = (name: string, content: string) => {
    const path = join(home, `${runtime}-${variant.id}-${name}`);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const file = join(home, `${runtime}-${variant.id}.webhook`);
  const args = ['--cluster', variant.id, '--url', url, '--ca', at('ca.pem', authority.pem)];
  if (certificate !== undefined) {
    args.push('--client-certificate', at('client.crt', certificate.cert));
    args.push('--client-key', at('client.key', certificate.key));
  }
  const made = JSON.parse(await callerid(['init', file, ...args, '--output', 'json']));
  const { CALLERID_API_SERVER_SECRET_SHA256: secret, CALLERID_API_SERVER_CERTIFICATE_SHA256: fingerprint } =
    made.settings;
  const settings = secret
    ? { apiServerSecretSha256: [secret] }
    : { apiServerCertificateSha256: [fingerprint] };
  return { variant, file, settings };
}

async function deploy(
  runtime: Runtime,
  { home, world, authority }: Ground,
  port: number,
  webhooks: readonly Webhook[],
): Promise<Deployment> {
  const clusters = webhooks.map(({ variant, settings }) => [variant.id, settings]);
  const deployment = await Deployment.start({
    runtime,
    port,
    home: join(home, runtime),
    world,
    certificate: await authority.issue(['127.0.0.1']),
    caPem: authority.pem,
    variables: {
      CALLERID_CLUSTERS: JSON.stringify(Object.fromEntries(clusters)),
      CALLERID_POLICY_SECONDS: String(policySeconds),
      ...(runtime !== 'workerd' && { CALLERID_CLIENT_CERTIFICATE_PROXY: JSON.stringify(proxySettings) }),
      ...ec2Variables,
    },
  });
  try {
    for (const { variant } of webhooks) await deployment.apply(variant.id, rules);
  } catch (error) {
    await deployment.end();
    throw error;
  }
  return deployment;
}
