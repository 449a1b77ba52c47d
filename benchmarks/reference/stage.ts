/**
 * The reference and callerid side by side: one stub of STS, one certificate, the same mappings.
 *
 * Both ask STS through the CONNECT proxy of the stub, both write their log, and both run with what they have by default; what
 * differs from that is said here.
 *
 * @module
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from '../../src/emulator/certificates.ts';
import { exportAwsAuth } from '../../src/mapping/formats/export-aws-auth.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { FileStore } from '../../src/store/file.ts';
import { goProgram } from '../../test/interop/go.ts';
import { freePort } from '../../test/interop/processes.ts';
import { Skipped } from '../../test/interop/suite.ts';
import { Server } from '../processes.ts';
import { cluster, endpoint, freshToken, policyOf, reviewOf, secretDigest, username } from '../scene.ts';
import { Served, type Starting } from './served.ts';
import type { Counts, Protocol } from './tls-stub.ts';

export type Side = 'reference' | 'callerid';

export interface Setting {
  readonly mappings: number;
  /** What STS speaks, the best first. */
  readonly protocols: readonly Protocol[];
}

const command = join(import.meta.dirname, '../../dist/cli/main.js');

export class Stage {
  readonly #home: string;
  readonly #stub: Server;
  readonly #served = new Map<Side, Served>();

  private constructor(home: string, stub: Server) {
    this.#home = home;
    this.#stub = stub;
  }

  /**
   * Starts all of it, and proves that both grant.
   *
   * @throws {Skipped} where the reference cannot be built here, or nothing tells what processes cost
   */
  static async start({ mappings, protocols }: Setting): Promise<Stage> {
    if (!existsSync('/proc/self/stat')) throw new Skipped('there is no /proc');
    const program = await goProgram('aws-iam-authenticator');
    if (!existsSync(command)) throw new Error('there is no command here: npm run build');
    const home = mkdtempSync(join(tmpdir(), 'callerid-reference-'));
    const file = (name: string) => join(home, name);
    const authority = await createCertificateAuthority('callerid benchmark CA');
    writeFileSync(file('ca.pem'), authority.pem);
    for (const [prefix, host] of [
      ['sts-', endpoint.host],
      ['', '127.0.0.1'], // both servers have this one, where the reference looks for it
    ] as const) {
      const { cert, key } = await authority.issue([host]);
      writeFileSync(file(`${prefix}cert.pem`), cert);
      writeFileSync(file(`${prefix}key.pem`), key);
    }
    writeFileSync(file('config.yaml'), referenceConfig(mappings));
    await publishPolicy(new FileStore(file('policy')), cluster, policyOf(mappings), { author: 'benchmark' });
    const proxyPort = String(await freePort());
    const proxy = `http://127.0.0.1:${proxyPort}`;
    const stub = [
      join(import.meta.dirname, 'tls-stub.ts'),
      proxyPort,
      file('sts-cert.pem'),
      file('sts-key.pem'),
    ];
    const stage = new Stage(
      home,
      await Server.start('load', process.execPath, [...stub, ...protocols], {
        origin: proxy,
        ready: '/counts',
      }),
    );
    try {
      for (const [side, starting] of startings(program, file, proxy)) {
        stage.#served.set(side, await Served.start(starting, authority.pem));
      }
      await stage.prove();
    } catch (error) {
      await stage.end();
      throw error;
    }
    return stage;
  }

  of(side: Side): Served {
    return this.#served.get(side) as Served;
  }

  /** Fails unless both grant a token that was never seen, under the name of the mapping. */
  async prove(): Promise<void> {
    for (const [side, served] of this.#served) {
      const { status, text } = await served.review(reviewOf(await freshToken()));
      const { authenticated, user } = status === 200 ? JSON.parse(text).status : {};
      if (authenticated !== true || user.username !== username) {
        throw new Error(`${side} did not grant: ${status} ${text}`);
      }
    }
  }

  /** What STS has seen so far. */
  async counts(): Promise<Counts> {
    return (await fetch(`${this.#stub.origin}/counts`)).json();
  }

  async end(): Promise<void> {
    for (const served of this.#served.values()) await served.end();
    await this.#stub.end();
    rmSync(this.#home, { recursive: true });
  }
}

/**
 * Mappings come from the file: its other backends ask an API server, and end in the same map. Nothing else that can be set
 * makes it faster: it holds no tokens, limits no calls of STS, and its HTTP client is Go's default. Its log stays as it is by default,
 * two lines for each review, since there it says who came in; callerid writes one. Go counts the cores that it may use by itself.
 */
function referenceConfig(mappings: number): string {
  const { mapRoles } = exportAwsAuth(policyOf(mappings)).data;
  return JSON.stringify({ clusterID: cluster, server: { mapRoles } }); // JSON is YAML
}

function startings(
  program: string,
  file: (name: string) => string,
  proxy: string,
): readonly (readonly [Side, Starting])[] {
  const shared = { HOME: file('.'), HTTPS_PROXY: proxy };
  const reference: Starting = {
    command: program,
    args: (port) => [
      ...['server', '--config', file('config.yaml'), '--state-dir', file('.'), '--port', port],
      ...['--generate-kubeconfig', file('kubeconfig.yaml')],
    ],
    env: { ...shared, SSL_CERT_FILE: file('ca.pem'), AWS_EC2_METADATA_DISABLED: 'true' },
  };
  const callerid: Starting = {
    command: process.execPath,
    args: (port) => [
      command,
      'serve',
      '--port',
      port,
      '--tls-cert',
      file('cert.pem'),
      '--tls-key',
      file('key.pem'),
    ],
    env: {
      ...shared,
      NODE_USE_ENV_PROXY: '1',
      NODE_EXTRA_CA_CERTS: file('ca.pem'),
      CALLERID_CLUSTER: cluster,
      CALLERID_API_SERVER_SECRET_SHA256: secretDigest,
      CALLERID_CLUSTER_LIMIT: '10000000',
      CALLERID_CALLER_LIMIT: '10000000',
      CALLERID_POLICY: `file:${file('policy')}`,
    },
  };
  return [
    ['reference', reference],
    ['callerid', callerid],
  ];
}
