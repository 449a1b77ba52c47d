/**
 * etcd and kube-apiserver, as real as they come.
 *
 * @module
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateAuthority } from '../../../src/emulator/certificates.ts';
import { goProgram } from '../go.ts';
import { freePort, Program } from '../processes.ts';
import { ask } from './https.ts';

/** The groups of the static token below are `system:masters`: the tests' own way in. */
export const adminToken = 'interop-admin';

export interface Etcd {
  readonly url: string;
  readonly end: () => Promise<void>;
}

export async function startEtcd(home: string): Promise<Etcd> {
  const [port, peerPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const program = new Program('etcd', await goProgram('etcd'), [
    ...['--data-dir', join(home, 'etcd'), '--log-level', 'error'],
    ...['--listen-client-urls', url, '--advertise-client-urls', url],
    ...['--listen-peer-urls', `http://127.0.0.1:${peerPort}`],
  ]);
  await program.ready(async () => (await fetch(`${url}/health`).catch(() => undefined))?.ok === true);
  return { url, end: () => program.end() };
}

export interface ApiServerOptions {
  readonly name: string;
  readonly home: string;
  readonly etcd: Etcd;
  readonly authority: CertificateAuthority;
  /** Its options that say who may come in, beside those for the tests' own way in. */
  readonly authentication: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface WebhookOptions {
  /** Path of the webhook kubeconfig. */
  readonly webhook: string;
  readonly webhookVersion: 'v1' | 'v1beta1';
  /** By default that of the API server, 2 minutes. */
  readonly cacheTtl?: string;
  /** By default the issuer of its ServiceAccount tokens. */
  readonly audiences?: string;
}

/** The options of an API server that asks a webhook. */
export function webhookFlags({ webhook, webhookVersion, cacheTtl, audiences }: WebhookOptions): string[] {
  return [
    `--authentication-token-webhook-config-file=${webhook}`,
    `--authentication-token-webhook-version=${webhookVersion}`,
    ...(cacheTtl ? [`--authentication-token-webhook-cache-ttl=${cacheTtl}`] : []),
    ...(audiences ? [`--api-audiences=${audiences}`] : []),
  ];
}

/** An API server that runs. */
export class ApiServer {
  readonly url: string;
  readonly caPem: string;
  readonly #program: Program;

  private constructor(url: string, caPem: string, program: Program) {
    this.url = url;
    this.caPem = caPem;
    this.#program = program;
  }

  static async start(options: ApiServerOptions): Promise<ApiServer> {
    const home = join(options.home, options.name);
    mkdirSync(home);
    const port = await freePort();
    const args = [
      ...(await files(home, options.authority)),
      `--etcd-servers=${options.etcd.url}`,
      `--etcd-prefix=/${options.name}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${port}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      '--service-cluster-ip-range=10.96.0.0/24',
      '--endpoint-reconciler-type=none',
      '--disable-admission-plugins=ServiceAccount',
      '--authorization-mode=RBAC',
      ...options.authentication,
    ];
    const { name, env = {}, authority } = options;
    const program = new Program(name, await goProgram('kube-apiserver'), args, { env });
    const url = `https://127.0.0.1:${port}`;
    const server = new ApiServer(url, authority.pem, program);
    try {
      await program.ready(async () => {
        const answer = await server.request('/readyz', adminToken).catch(() => undefined);
        return answer?.status === 200;
      });
    } catch (error) {
      await program.end();
      throw error;
    }
    return server;
  }

  /** Whether it has logged a line with this text. */
  hasLogged(text: string): boolean {
    return this.#program.lines.some((line) => line.includes(text));
  }

  /** What it logs of tokens that it could not accept. */
  get refusals(): readonly string[] {
    return this.#program.lines.filter((line) => line.includes('Unable to authenticate the request'));
  }

  /** Sends a request with a bearer token; with a body it is a POST. */
  request(path: string, token: string, body?: object): ReturnType<typeof ask> {
    return ask(`${this.url}${path}`, { caPem: this.caPem, token, ...(body && { body }) });
  }

  /** Lets a group read ConfigMaps of the namespace `default`, and no more. */
  async letReadConfigMaps(group: string): Promise<void> {
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    const metadata = { name: 'configmap-readers' };
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }];
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name };
    for (const [resource, body] of [
      ['roles', { apiVersion, kind: 'Role', metadata, rules }],
      ['rolebindings', { apiVersion, kind: 'RoleBinding', metadata, subjects, roleRef }],
    ] as const) {
      const answer = await this.request(`${rbac}/${resource}`, adminToken, body);
      if (answer.status !== 201) throw new Error(`${resource}: ${answer.text}`);
    }
  }

  end(): Promise<void> {
    return this.#program.end();
  }
}

/** Writes the files that it needs, and gives the options that name them. */
async function files(home: string, authority: CertificateAuthority): Promise<string[]> {
  const { cert, key } = await authority.issue(['127.0.0.1']);
  const accounts = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const contents = {
    'tls-cert-file': cert,
    'tls-private-key-file': key,
    'service-account-key-file': accounts.publicKey,
    'service-account-signing-key-file': accounts.privateKey,
    'token-auth-file': `${adminToken},admin,admin,system:masters\n`,
  };
  return Object.entries(contents).map(([option, content]) => {
    const path = join(home, option);
    writeFileSync(path, content, { mode: 0o600 });
    return `--${option}=${path}`;
  });
}
