/**
 * Shadow mode on a stage: the STS emulator, the real `aws-iam-authenticator server` and `callerid serve` in front of it.
 *
 * The peer answers health on port 21363 of every address, which no flag changes; where that port is taken it only says so.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStsEmulator, type StsEmulator } from '../../src/emulator/emulator.ts';
import type { Principal } from '../../src/emulator/principals.ts';
import { type ListeningStsEmulator, listenStsEmulator } from '../../src/emulator/server.ts';
import { signToken } from '../../src/token/sign.ts';
import { eventually, freePort, Program } from './processes.ts';

const command = join(import.meta.dirname, '../../dist/cli/main.js');
const cluster = 'shadow.example.com';
export const secret = 'interop-api-server-secret-0123456789';
const waitMs = 20_000;

export const account = '111122223333';
const session = (name: string) => ({
  accessKeyId: `ASIAEXAMPLE${name.toUpperCase()}`,
  secretAccessKey: `wJalrXUtnFEMI/K7MDENG+bPxRfiCY${name}`,
  sessionToken: `FwoGZXIvYXdzEXAMPLE//wEaDSessionTokenOf+${name}==`,
});
export const people = {
  admin: {
    type: 'assumed-role',
    account,
    roleName: 'KubernetesAdmin',
    sessionName: 'alice@example.com',
    ...session('admin'),
  },
  developer: {
    type: 'assumed-role',
    account,
    roleName: 'Developer',
    sessionName: 'dora',
    ...session('developer'),
  },
  bob: {
    type: 'user',
    account,
    userName: 'bob',
    path: '/people/',
    accessKeyId: 'AKIAEXAMPLEBOB',
    secretAccessKey: 'secret/of+bob',
  },
  member: {
    type: 'assumed-role',
    account: '444455556666',
    roleName: 'Anything',
    sessionName: 'carol',
    ...session('member'),
  },
  stranger: {
    type: 'assumed-role',
    account,
    roleName: 'Stranger',
    sessionName: 'mallory',
    ...session('stranger'),
  },
} as const satisfies Record<string, Principal>;

export type Name = keyof typeof people;

export const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;

/** The peer's config file, from which callerid's policy is imported too. JSON is YAML. */
const config = {
  clusterID: cluster,
  server: {
    mapRoles: [
      {
        roleARN: role('KubernetesAdmin'),
        username: 'admin:{{SessionName}}',
        groups: ['platform-admins', 'viewers'],
      },
      {
        roleARN: role('Developer'),
        username: 'dev:{{AccountID}}:{{SessionNameRaw}}',
        groups: ['developers'],
      },
    ],
    mapUsers: [
      { userARN: `arn:aws:iam::${account}:user/people/bob`, username: 'bob', groups: ['developers'] },
    ],
    mapAccounts: ['444455556666'],
  },
};

/** As whom they come in, by the config; undefined for whom it does not know. */
export const usernames: Readonly<Record<Name, string | undefined>> = {
  admin: 'admin:alice-example.com',
  developer: `dev:${account}:dora`,
  bob: 'bob',
  member: 'arn:aws:iam::444455556666:role/Anything',
  stranger: undefined,
};

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON the answer holds
  readonly body: any;
  readonly decisionId: string;
  readonly retryAfter: string | undefined;
}

type Rule = Readonly<Record<string, unknown>>;

/** The emulator, the peer and callerid, each a process of its own but the first. */
export class Stage {
  readonly tokens: string[] = [];
  /** From when on the report looks. */
  since: string = new Date(0).toISOString();
  readonly sts: StsEmulator;
  readonly #server: ListeningStsEmulator;
  readonly #home: string;
  readonly #peer: Program;
  readonly #peerPort: number;
  #callerid: Program | undefined;
  #url = '';

  private constructor(
    sts: StsEmulator,
    server: ListeningStsEmulator,
    home: string,
    peer: Program,
    peerPort: number,
  ) {
    this.sts = sts;
    this.#server = server;
    this.#home = home;
    this.#peer = peer;
    this.#peerPort = peerPort;
  }

  static async start(authenticator: string): Promise<Stage> {
    const sts = createStsEmulator({ principals: Object.values(people) });
    const server = await listenStsEmulator(sts);
    const home = mkdtempSync(join(tmpdir(), 'callerid-shadow-'));
    writeFileSync(join(home, 'sts-ca.pem'), server.caPem);
    writeFileSync(join(home, 'config.yaml'), JSON.stringify(config));
    const port = await freePort();
    const peer = new Program(
      'aws-iam-authenticator',
      authenticator,
      [
        ...['server', '--config', join(home, 'config.yaml'), '--state-dir', home, '--port', String(port)],
        ...['--generate-kubeconfig', join(home, 'kubeconfig.yaml')],
      ],
      {
        env: {
          HOME: home,
          HTTPS_PROXY: server.proxyUrl,
          SSL_CERT_FILE: join(home, 'sts-ca.pem'),
          AWS_EC2_METADATA_DISABLED: 'true',
        },
      },
    );
    const stage = new Stage(sts, server, home, peer, port);
    try {
      await peer.ready(() => existsSync(join(home, 'kubeconfig.yaml')) && stage.#isPeerThere());
      await stage.#startCallerid();
    } catch (error) {
      await stage.end();
      throw error;
    }
    return stage;
  }

  async #startCallerid(): Promise<void> {
    const home = this.#home;
    writeFileSync(
      join(home, 'imported.json'),
      execFileSync(process.execPath, [command, 'policy', 'import', join(home, 'config.yaml')], {
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
    writeFileSync(join(home, 'policy.json'), readFileSync(join(home, 'imported.json')));
    writeFileSync(join(home, 'ca.pem'), this.#server.caPem + readFileSync(join(home, 'cert.pem'), 'utf8'));
    const args = [command, 'serve', '--port', '0', '--policy', join(home, 'policy.json')];
    const callerid = new Program('callerid', process.execPath, args, {
      env: {
        HOME: home,
        HTTPS_PROXY: this.#server.proxyUrl,
        NO_PROXY: '127.0.0.1',
        NODE_USE_ENV_PROXY: '1',
        NODE_EXTRA_CA_CERTS: join(home, 'ca.pem'),
        CALLERID_CLUSTER: cluster,
        CALLERID_API_SERVER_SECRET_SHA256: createHash('sha256').update(secret).digest('hex'),
        CALLERID_POLICY_SECONDS: '1',
        CALLERID_SHADOW_URL: `https://127.0.0.1:${this.#peerPort}/authenticate`,
      },
    });
    this.#callerid = callerid;
    await callerid.ready(() => this.log.some((line) => line.includes('"listening"')));
    this.#url = JSON.parse(this.log.find((line) => line.includes('"listening"')) ?? '{}').url;
    assert.ok(
      this.log.some((line) => line.includes('shadow mode')),
      'the start does not say that it is shadow mode',
    );
  }

  /** Lines of callerid. */
  get log(): readonly string[] {
    return this.#callerid?.lines ?? [];
  }

  /** Publishes the imported policy, with other rules, and waits until it decides. */
  async setPolicy(change: (rules: readonly Rule[]) => readonly Rule[]): Promise<void> {
    const { rules, ...rest } = JSON.parse(readFileSync(join(this.#home, 'imported.json'), 'utf8'));
    writeFileSync(join(this.#home, 'policy.json'), JSON.stringify({ ...rest, rules: change(rules) }));
    const seen = this.log.length;
    this.#callerid?.signal('SIGHUP');
    let version = 0;
    await eventually('the new policy', waitMs, () => {
      const lines = this.log.slice(seen).filter((line) => line.includes('"reloaded"'));
      version = lines.map((line) => JSON.parse(line).policyVersion as number)[0] ?? 0;
      return version > 0;
    });
    await eventually('the new policy to decide', waitMs, async () => {
      const { decisionId } = await this.ask(await this.sign('member'));
      return (await this.logged(decisionId)).policyVersion === version;
    });
  }

  async sign(name: Name, audience = cluster): Promise<string> {
    const key: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } = people[name];
    const { accessKeyId, secretAccessKey, sessionToken } = key;
    const endpoint = { host: 'sts.eu-west-1.amazonaws.com', region: 'eu-west-1' };
    const { token } = await signToken({ accessKeyId, secretAccessKey, sessionToken }, { audience, endpoint });
    this.tokens.push(token);
    return token;
  }

  async ask(token: string, version = 'v1'): Promise<Answer> {
    const response = await fetch(`${this.#url}/authenticate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
      body: reviewOf(token, version),
    });
    return {
      status: response.status,
      body: await response.json(),
      decisionId: response.headers.get('callerid-decision-id') ?? '',
      retryAfter: response.headers.get('retry-after') ?? undefined,
    };
  }

  /** Asks the peer itself. */
  async askPeer(token: string, version = 'v1'): Promise<Pick<Answer, 'status' | 'body'>> {
    const asking = request(`https://127.0.0.1:${this.#peerPort}/authenticate`, {
      method: 'POST',
      ca: readFileSync(join(this.#home, 'cert.pem')),
      headers: { 'content-type': 'application/json' },
    });
    asking.end(reviewOf(token, version));
    const [response] = await once(asking, 'response');
    let text = '';
    for await (const chunk of response) text += chunk;
    return { status: response.statusCode, body: JSON.parse(text) };
  }

  async #isPeerThere(): Promise<boolean> {
    return this.askPeer('x').then(
      () => true,
      () => false,
    );
  }

  /** The log line of a decision, which may come after its answer. */
  // biome-ignore lint/suspicious/noExplicitAny: a line of JSON
  async logged(decisionId: string, outcome?: string): Promise<any> {
    const find = () =>
      this.log.find((line) => line.includes(`"event":"review"`) && line.includes(decisionId));
    await eventually('the log line', waitMs, () => find() !== undefined);
    const line = JSON.parse(find() ?? '{}');
    if (outcome !== undefined) assert.equal(line.shadow.outcome, outcome, JSON.stringify(line));
    return line;
  }

  // biome-ignore lint/suspicious/noExplicitAny: a report in JSON
  report(): { readonly status: number; readonly report: any } {
    const file = join(this.#home, 'callerid.log');
    writeFileSync(file, this.log.join('\n'));
    const args = [command, 'shadow', 'report', file, '--output', 'json', '--since', this.since];
    try {
      return { status: 0, report: JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) };
    } catch (error) {
      const { status, stdout } = error as { status: number; stdout: string };
      return { status, report: JSON.parse(stdout) };
    }
  }

  async endPeer(): Promise<void> {
    this.#peer.signal('SIGKILL'); // by its process ID; it does not heed SIGTERM
    await this.#peer.end();
  }

  async end(): Promise<void> {
    await this.endPeer();
    await this.#callerid?.end();
    await this.#server.close();
    rmSync(this.#home, { recursive: true, force: true });
  }
}

function reviewOf(token: string, version: string): string {
  return JSON.stringify({
    apiVersion: `authentication.k8s.io/${version}`,
    kind: 'TokenReview',
    spec: { token },
  });
}
