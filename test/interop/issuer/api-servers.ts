/**
 * Two API servers that know of callerid only what `callerid oidc-config` prints, and ask no webhook.
 *
 * @module
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiServer, type Etcd } from '../cluster/api-server.ts';
import { callerid } from '../cluster/deployment.ts';
import { developers, whoIs } from '../cluster/place.ts';
import { eventually } from '../processes.ts';
import { type IssuerStage, orders } from './stage.ts';

/** An API server of the cluster `orders`. */
export interface Api {
  /** How it has been told of the issuer. */
  readonly name: 'structured' | 'flags';
  readonly server: ApiServer;
  /** A directory of its own. */
  readonly home: string;
}

export interface Apis {
  readonly structured: Api;
  readonly flags: Api;
  readonly all: readonly [Api, Api];
  /** Has the structured one read its configuration again, which says the same as before. */
  readonly touchConfiguration: () => void;
  readonly end: () => Promise<void>;
}

export async function startApiServers(stage: IssuerStage, etcd: Etcd): Promise<Apis> {
  const file = join(stage.home, 'authentication.yaml');
  writeFileSync(file, await printed('kubernetes'));
  const start = (name: Api['name'], authentication: readonly string[]) =>
    startApi(stage, etcd, name, authentication);
  const started = await Promise.allSettled([
    start('structured', [`--authentication-config=${file}`]),
    start('flags', flagsIn(await printed('flags'))),
  ]);
  const running = started.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const end = async () => {
    await Promise.all(running.map(({ server }) => server.end()));
  };
  try {
    const [structured, flags] = running;
    if (structured === undefined || flags === undefined) {
      throw started.find((one) => one.status === 'rejected')?.reason;
    }
    const all = [structured, flags] as const;
    for (const api of all) await ready(stage, api);
    return { structured, flags, all, touchConfiguration: () => appendFileSync(file, '# again\n'), end };
  } catch (error) {
    await end();
    throw error;
  }
}

function printed(form: 'kubernetes' | 'flags'): Promise<string> {
  return callerid([
    ...['oidc-config', '--issuer', orders.issuer, '--audience', orders.audience, '--for', form],
  ]);
}

function flagsIn(text: string): string[] {
  return text.split('\n').flatMap((line) => /--oidc-[a-z-]+=\S+/.exec(line)?.[0] ?? []);
}

async function startApi(
  { home: parent, authority, environment }: IssuerStage,
  etcd: Etcd,
  name: Api['name'],
  authentication: readonly string[],
): Promise<Api> {
  const { HTTPS_PROXY = '', SSL_CERT_FILE = '' } = environment;
  const env = { HTTPS_PROXY, SSL_CERT_FILE };
  const server = await ApiServer.start({ name, home: parent, etcd, authority, authentication, env });
  return { name, server, home: join(parent, name) };
}

/** It looks for the issuer every 10 seconds until it has found it. */
async function ready(stage: IssuerStage, api: Api): Promise<void> {
  const token = await stage.exchange(stage.people.developer, orders);
  await eventually(`${api.name} to know the issuer`, 30_000, async () => {
    return (await whoIs(api, token)).status === 201;
  });
  await api.server.letReadConfigMaps(developers);
}
