/**
 * A whole deployment in memory: the webhook with two clusters, an STS that really checks signatures, a store that can
 * be made to fail, and a clock that stands still until a test moves it.
 */
import { createStsEmulator, type StsEmulator } from '../../src/emulator/emulator.ts';
import type { Principal } from '../../src/emulator/principals.ts';
import type { DecisionRecord } from '../../src/http/log.ts';
import type { App } from '../../src/http/routes.ts';
import { joinSinks, type LogRecord } from '../../src/http/sink.ts';
import { type Cluster, createWebhook, type WebhookOptions } from '../../src/http/webhook.ts';
import { detached } from '../../src/lib/flights.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { PolicyReader } from '../../src/policy/reader.ts';
import { RecentCallers } from '../../src/policy/recent.ts';
import { BreakGlass, type BreakGlassOptions } from '../../src/review/break-glass.ts';
import type { Incumbent } from '../../src/review/shadow/call.ts';
import { recorder } from '../../src/runtime/webhook-app.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { type SignOptions, signToken } from '../../src/token/sign.ts';
import type { JwtVerifier } from '../../src/verifier/jwt-verifier.ts';
import { createVerifier } from '../../src/verifier/verifier.ts';
import type { EverySink } from './observers.ts';
import { now } from './token-builder.ts';

export const account = '111122223333';
export const region = 'eu-west-1';
export const host = 'sts.eu-west-1.amazonaws.com';

/** Cluster IDs, which are the audiences too. `bare` has no policy. */
export const prod = 'prod.example.com';
export const staging = 'staging.example.com';
export const bare = 'bare.example.com';

/** What the API server of each cluster presents. `bare` rotates: it takes two. */
export const apiServerSecrets = {
  [prod]: ['prod-api-server-secret-0123456789'],
  [staging]: ['staging-api-server-secret-0123456789'],
  [bare]: ['bare-api-server-secret-old-0123456789', 'bare-api-server-secret-new-0123456789'],
} as const;

export type ClusterId = keyof typeof apiServerSecrets;

let keys = 0;

function key(session = true) {
  const number = String(keys++).padStart(4, '0');
  return {
    accessKeyId: `${session ? 'ASIA' : 'AKIA'}EXAMPLE${number}`,
    secretAccessKey: `wJalrXUtnFEMI/K7MDENG+bPxRfiCY${number}EXAMPLEKEY`,
    sessionToken: `FwoGZXIvYXdzEXAMPLE//wEaDSessionTokenOf${number}+Example+Token==`,
  };
}

function role(roleName: string, sessionName: string, of = account): Principal {
  const principalId = `AROA${roleName.toUpperCase()}0000000`;
  return { type: 'assumed-role', account: of, roleName, sessionName, principalId, ...key() };
}

function user(userName: string, path = '/'): Principal {
  const { sessionToken: _, ...longTerm } = key(false);
  return {
    type: 'user',
    account,
    userName,
    path,
    principalId: `AIDA${userName.toUpperCase()}0000`,
    ...longTerm,
  };
}

/** Everybody who can sign here, by what becomes of them. */
export const people = {
  admin: role('Admin', 'alice@example.com'),
  bob: user('bob', '/people/'),
  federated: { type: 'federated-user', account, name: 'fred', ...key() },
  root: { type: 'root', account, accessKeyId: 'AKIAEXAMPLEROOT', secretAccessKey: 'root/SECRET+EXAMPLEKEY' },
  accountMember: role('Anything', 'carol', '444455556666'),
  accountRoot: { type: 'root', account: '444455556666', ...key() },
  stranger: role('Stranger', 'mallory'),
  node: role('Node', 'i-0123456789abcdef0'),
  sneak: role('Suffixed', 'system'),
  lengthy: role('Lengthy', 'l'.repeat(64)),
  sessionless: user('sessionless'),
  unknownToSts: role('Admin', 'nobody'),
} as const satisfies Record<string, Principal>;

/** The policy of `prod` and `staging`, as it is written. */
export const rules = [
  {
    role: `arn:aws:iam::${account}:role/Admin`,
    username: 'admin:{{SessionName}}',
    groups: ['system:masters', 'role:{{RoleName}}'],
    reserved: 'masters',
  },
  { user: `arn:aws:iam::${account}:user/people/bob`, username: 'bob', groups: ['developers'] },
  { user: `arn:aws:sts::${account}:federated-user/fred`, username: 'fred' },
  { user: `arn:aws:iam::${account}:root`, username: 'root-of-{{AccountID}}' },
  { account: '444455556666' },
  {
    role: `arn:aws:iam::${account}:role/Node`,
    username: 'system:node:{{EC2PrivateDNSName}}',
    groups: ['system:nodes'],
    reserved: 'node',
  },
  { role: `arn:aws:iam::${account}:role/Suffixed`, username: '{{SessionName}}:masters' },
  { role: `arn:aws:iam::${account}:role/Lengthy`, username: `${'x'.repeat(1009)}{{SessionName}}` },
  { user: `arn:aws:iam::${account}:user/sessionless`, username: 'user:{{SessionName}}' },
];

export interface DeploymentOptions extends Partial<Omit<WebhookOptions, 'clusters'>> {
  readonly stsDeadlineMs?: number;
  readonly identitySeconds?: number;
  /** Of every cluster. */
  readonly breakGlass?: Omit<BreakGlassOptions, 'clock'>;
  /** Who decides in shadow mode, for every cluster. */
  readonly incumbent?: Incumbent;
  /** In place of the emulator's. */
  readonly fetch?: typeof fetch;
  /** Who reads JWTs, for every cluster. */
  readonly jwts?: readonly JwtVerifier[];
  /** Of every cluster. */
  readonly scrubbedAccounts?: readonly string[];
  /** Who watches it, as `createApp` has it. */
  readonly observed?: EverySink;
}

export interface Asking {
  readonly cluster?: string;
  /** By default the secret of the cluster. */
  readonly authorization?: string;
  readonly apiVersion?: string;
  readonly audiences?: readonly string[];
}

/** An answer, read, and the log line that came with it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON the answer holds
  readonly body: any;
  readonly decisionId: string;
}

export class Deployment {
  readonly sts: StsEmulator;
  /** Requests to the store. */
  reads = 0;
  /** Thrown by every read while it is set. */
  storeError: unknown;
  time: number = now;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly app: App;
  readonly log: DecisionRecord[] = [];
  readonly values = new MemoryStore();

  private constructor(
    digests: ReadonlyMap<string, readonly Uint8Array[]>,
    {
      stsDeadlineMs = 5000,
      identitySeconds = 60,
      breakGlass,
      incumbent,
      fetch,
      jwts,
      scrubbedAccounts,
      observed,
      ...options
    }: DeploymentOptions,
  ) {
    const clock = () => this.time;
    const { unknownToSts: _, ...known } = people;
    this.sts = createStsEmulator({ principals: Object.values(known), clock });
    this.clusters = new Map(
      [...digests].map(([id, secretDigests]) => {
        const verifier = createVerifier({
          audience: id,
          fetch: fetch ?? (this.sts.fetch as typeof globalThis.fetch),
          clock,
          stsDeadlineMs,
          identitySeconds,
          jwts,
          onStsCall: observed?.metrics.sts.onStsCall,
        });
        const policies = new PolicyReader({ store: this.#store(), cluster: id, clock });
        const glass = breakGlass && new BreakGlass({ ...breakGlass, clock });
        const recent = new RecentCallers({ store: this.values, cluster: id, clock });
        const apiServerAuth = { secretDigests, certificateDigests: [] };
        const cluster = { id, verifier, policies, apiServerAuth, breakGlass: glass, recent, incumbent };
        return [id, { ...cluster, scrubbedAccounts: scrubbedAccounts && new Set(scrubbedAccounts) }];
      }),
    );
    const served = [...this.clusters.values()];
    const log = { record: (record: LogRecord) => void this.log.push(record as DecisionRecord) };
    const app = createWebhook({
      clusters: [...this.clusters.values()],
      defaultCluster: prod,
      taskContext: () => detached,
      log: recorder({ clusters: served }, joinSinks(observed ? [log, observed] : [log])),
      clock,
      ...options,
    });
    observed?.metrics.watch(served);
    this.app = observed?.around(app) ?? app;
  }

  static async start(options: DeploymentOptions = {}): Promise<Deployment> {
    const digests = Object.entries(apiServerSecrets).map(
      async ([id, secrets]) => [id, await Promise.all(secrets.map(sha256))] as const,
    );
    const deployment = new Deployment(new Map(await Promise.all(digests)), options);
    await deployment.write({ rules });
    await deployment.write({ rules }, staging);
    return deployment;
  }

  /** Writes the next version of a policy. */
  async write(policy: object, cluster: string = prod): Promise<void> {
    await publishPolicy(this.values, cluster, parsePolicy(policy), {
      author: 'test',
      clock: () => this.time,
    });
  }

  /** Writes whatever is at the key of a policy. */
  async corrupt(text: string, cluster: string = prod): Promise<void> {
    await this.values.put(`policy/${cluster}`, text);
  }

  async remove(cluster: string = prod): Promise<void> {
    await this.values.delete(`policy/${cluster}`);
  }

  async sign(who: Principal, options: Partial<SignOptions> = {}): Promise<string> {
    const { accessKeyId, secretAccessKey, sessionToken } = who;
    const endpoint = { host, region };
    return (
      await signToken(
        { accessKeyId, secretAccessKey, sessionToken },
        { audience: prod, endpoint, now: this.time, ...options },
      )
    ).token;
  }

  /** Sends a review with this token. */
  ask(token: unknown, asking: Asking = {}): Promise<Answer> {
    const { apiVersion = 'authentication.k8s.io/v1', audiences } = asking;
    const spec = { token, ...(audiences && { audiences }) };
    return this.post(JSON.stringify({ apiVersion, kind: 'TokenReview', spec }), asking);
  }

  /** Sends a body. */
  post(
    body: BodyInit | null,
    { cluster, authorization }: Asking = {},
    headers: object = {},
  ): Promise<Answer> {
    return this.send(cluster === undefined ? '/authenticate' : `/clusters/${cluster}/authenticate`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: authorization ?? bearer((cluster ?? prod) as ClusterId),
        ...headers,
      },
      body,
      ...(body instanceof ReadableStream && { duplex: 'half' }),
    });
  }

  async send(path: string, init: RequestInit = {}): Promise<Answer> {
    return answerOf(await this.app.fetch(new Request(`https://webhook.example.net${path}`, init)));
  }

  #store(): Store {
    const values = this.values;
    return {
      get: async (name) => {
        this.reads++;
        if (this.storeError !== undefined) throw this.storeError;
        return values.get(name);
      },
      put: (name, value) => values.put(name, value),
      delete: (name) => values.delete(name),
      list: (prefix, options) => values.list(prefix, options),
    };
  }
}

/** The header of an API server. */
export function bearer(cluster: ClusterId, index = 0): string {
  return `Bearer ${apiServerSecrets[cluster][index]}`;
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const { status, headers } = response;
  const body =
    headers.get('content-type') === 'application/json' && text !== '' ? JSON.parse(text) : undefined;
  return { status, headers, text, body, decisionId: headers.get('callerid-decision-id') ?? '' };
}

export async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

/** A decision ID: a version 4 UUID. */
export const decisionIdPattern: RegExp =
  /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
