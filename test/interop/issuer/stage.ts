/**
 * callerid as the issuer of two clusters, under a name of its own, and people who come to it.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateAuthority, createCertificateAuthority } from '../../../src/emulator/certificates.ts';
import { signToken } from '../../../src/token/sign.ts';
import { Deployment } from '../cluster/deployment.ts';
import { ask } from '../cluster/https.ts';
import { createPeople, type People, rules } from '../cluster/place.ts';
import { createWorld, ec2Variables, type Person, region, type World } from '../cluster/world.ts';
import { eventually, freePort } from '../processes.ts';
import { type Edge, startEdge } from './edge.ts';
import { type Algorithm, KeysFile } from './keys-file.ts';

const host = 'callerid.example.com';

/** A cluster that callerid issues JWTs for. */
export interface Cluster {
  readonly id: string;
  /** The `aud` of its JWTs. */
  readonly audience: string;
  readonly issuer: string;
}

function cluster(name: string): Cluster {
  const id = `${name}.example.com`;
  return { id, audience: `https://api.${id}`, issuer: `https://${host}/clusters/${id}` };
}

export const orders: Cluster = cluster('orders');
export const billing: Cluster = cluster('billing');

/** The least that a policy may ask for. */
export const tokenSeconds = 60;
/** In place of the issuer's 5 minutes, as nobody waits for so long here. */
export const keysMaxAgeSeconds = 32;

export class IssuerStage {
  readonly home: string;
  readonly world: World;
  readonly people: People;
  readonly authority: CertificateAuthority;
  readonly keys: KeysFile;
  readonly deployment: Deployment;
  readonly #edge: Edge;

  private constructor(
    { home, world, authority, keys, deployment }: Parts,
    { edge, people }: { readonly edge: Edge; readonly people: People },
  ) {
    this.home = home;
    this.world = world;
    this.people = people;
    this.authority = authority;
    this.keys = keys;
    this.deployment = deployment;
    this.#edge = edge;
  }

  /** @param home a directory; `name` is made in it */
  static async start(home: string, name: string, algorithm: Algorithm): Promise<IssuerStage> {
    const own = join(home, name);
    mkdirSync(own);
    const world = await createWorld();
    const ends = [world.end];
    try {
      const authority = await createCertificateAuthority('callerid interop CA');
      writeFileSync(join(own, 'ca.pem'), authority.pem);
      const keys = await KeysFile.create(join(own, 'signing-keys.json'), algorithm);
      const deployment = await deploy({ home: own, world, authority, keys });
      ends.push(() => deployment.end());
      for (const { id } of [orders, billing]) await deployment.apply(id, rules, { tokenSeconds });
      const edge = await startEdge({
        host,
        target: deployment.url,
        certificate: await authority.issue([host]),
        caPem: authority.pem,
        keysMaxAgeSeconds,
      });
      const parts = { home: own, world, authority, keys, deployment };
      return new IssuerStage(parts, { edge, people: createPeople(world) });
    } catch (error) {
      for (const end of ends.reverse()) await end();
      throw error;
    }
  }

  /** For programs that go to the issuer: the way, and whom to trust. */
  get environment(): Record<string, string> {
    const ca = join(this.home, 'ca.pem');
    return {
      HTTPS_PROXY: this.#edge.proxyUrl,
      SSL_CERT_FILE: ca,
      NODE_EXTRA_CA_CERTS: ca,
      NODE_USE_ENV_PROXY: '1',
      XDG_CACHE_HOME: join(this.home, 'cache'),
    };
  }

  /** A new JWT for somebody at a cluster, by a token signed for its issuer. */
  async exchange({ principal }: Person, { id, issuer }: Cluster): Promise<string> {
    const { accessKeyId, secretAccessKey, sessionToken } = principal;
    const credentials = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
    const endpoint = { host: `sts.${region}.amazonaws.com`, region };
    const { token } = await signToken(credentials, { audience: issuer, endpoint, now: Date.now() });
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: 'urn:callerid:params:oauth:token-type:k8s-aws-v1',
    };
    const answer = await this.#ask(`/clusters/${id}/token`, form);
    if (answer.status !== 200) throw new Error(`the issuer answers ${answer.status}: ${answer.text}`);
    return JSON.parse(answer.text).access_token;
  }

  /** How many exchanges it has logged. */
  get exchanges(): number {
    return this.deployment.log.split('{"event":"exchange"').length - 1;
  }

  /** Has the deployment read the file of keys again, and waits until it has published these. */
  async reloadKeys(): Promise<void> {
    this.deployment.reload();
    const wanted = this.keys.ids.sort().join();
    await eventually('the keys to be published', 10_000, async () => {
      const { text } = await this.#ask(`/clusters/${orders.id}/.well-known/jwks.json`);
      const ids: string[] = JSON.parse(text).keys.map(({ kid }: { kid: string }) => kid);
      return ids.sort().join() === wanted;
    });
  }

  #ask(path: string, form?: Record<string, string>): ReturnType<typeof ask> {
    return ask(`${this.deployment.url}${path}`, { caPem: this.authority.pem, ...(form && { form }) });
  }

  async end(): Promise<void> {
    await this.#edge.end();
    await this.deployment.end();
    await this.world.end();
  }
}

interface Parts {
  readonly home: string;
  readonly world: World;
  readonly authority: CertificateAuthority;
  readonly keys: KeysFile;
  readonly deployment: Deployment;
}

async function deploy({ home, world, authority, keys }: Omit<Parts, 'deployment'>): Promise<Deployment> {
  const clusters = [orders, billing].map(({ id, audience: tokenAudience }) => {
    const nobodyHas = randomBytes(32).toString('hex');
    return [id, { tokenAudience, apiServerSecretSha256: [nobodyHas] }];
  });
  return Deployment.start({
    runtime: 'node',
    port: await freePort(),
    home: join(home, 'callerid'),
    world,
    certificate: await authority.issue(['127.0.0.1']),
    caPem: authority.pem,
    variables: {
      CALLERID_ISSUER: `https://${host}`,
      CALLERID_SIGNING_KEYS: `file:${keys.path}`,
      CALLERID_CLUSTERS: JSON.stringify(Object.fromEntries(clusters)),
      ...ec2Variables,
    },
  });
}
