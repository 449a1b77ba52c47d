/**
 * A whole deployment whose surroundings go wrong: the app as a runtime makes it, from settings; an STS that really checks
 * signatures behind a `fetch` that a test spoils by host; a store that a test spoils by key; a clock and timers that stand
 * until a test moves them.
 */
import { expect, vi } from 'vitest';
import { createStsEmulator, type StsEmulator } from '../../../src/emulator/emulator.ts';
import type { Principal } from '../../../src/emulator/principals.ts';
import type { App } from '../../../src/http/routes.ts';
import { detached, type TaskContext } from '../../../src/lib/flights.ts';
import { parsePolicy } from '../../../src/mapping/schema.ts';
import { publishPolicy } from '../../../src/policy/publish.ts';
import { policyKey } from '../../../src/policy/record.ts';
import { readSettings } from '../../../src/runtime/settings.ts';
import { createWebhookApp } from '../../../src/runtime/webhook-app.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import type { Store } from '../../../src/store/store.ts';
import { type SignOptions, signToken } from '../../../src/token/sign.ts';
import { type Answer, answerOf, people, prod, rules, staging } from '../deployment.ts';
import { decode } from '../scenarios.ts';
import { now } from '../token-builder.ts';
import { pass, turn, until } from './time.ts';

export { people, prod, staging };

/** The host that faults are at, another one that has none, and one that no table names. */
export const host = 'sts.eu-west-1.amazonaws.com';
export const otherHost = 'sts.us-east-1.amazonaws.com';
export const inventedHost = 'sts.us-newland-1.amazonaws.com';

/** Answers a call to STS in place of it; `truth` asks it. */
export type StsAnswering = (truth: () => Promise<Response>, init: RequestInit) => unknown;

/** Answers a read in place of the store; `read` asks it. It may throw. */
export type StoreAnswering = (key: string, read: () => Promise<string | undefined>) => unknown;

export interface Asking {
  readonly cluster?: string;
  readonly app?: App;
  /** What a Worker gives with a request. */
  readonly context?: TaskContext;
  readonly signal?: AbortSignal;
  /** Makes no Request, but what the app uses of one: on Node that takes longer to make than to answer. */
  readonly isBare?: boolean;
}

export interface Signing extends Partial<Omit<SignOptions, 'endpoint'>> {
  readonly host?: string;
}

const settings = {
  CALLERID_CLUSTER: prod,
  CALLERID_API_SERVER_AUTH: 'none',
  CALLERID_CLUSTERS: JSON.stringify({ [staging]: { apiServerAuth: 'none' } }),
};

/** What tests of one file would make again and again. */
const published = new Map<string, string>();
const signed = new Map<string, string>();
const checked = new Map<string, { status: number; headers: Headers; text: string }>();

export class World {
  /** The true time. */
  time: number = now;
  /** How far the clock of callerid is ahead of it, in milliseconds. */
  skew = 0;
  /** How far that of STS is. */
  stsSkew = 0;
  readonly values = new MemoryStore();
  /** What goes wrong at a host of STS. */
  readonly stsFaults = new Map<string, StsAnswering>();
  /** What goes wrong at a key of the store. */
  readonly storeFaults = new Map<string, StoreAnswering>();
  /** Every call to STS: URLs without their query, as that is a token. */
  readonly called: string[] = [];
  readonly read: string[] = [];
  readonly log: object[] = [];
  readonly #sts: StsEmulator;
  readonly #env: Readonly<Record<string, string>>;
  readonly #secrets = new Set<string>();
  app: App;

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.#env = { ...settings, ...env };
    const { unknownToSts: _, ...known } = people;
    this.#sts = createStsEmulator({
      principals: Object.values(known),
      clock: () => this.time + this.stsSkew,
    });
    vi.spyOn(Date, 'now').mockImplementation(() => this.time + this.skew);
    vi.spyOn(globalThis, 'fetch').mockImplementation(((url: string, init: RequestInit) =>
      this.#fetch(url, init)) as typeof fetch);
    this.app = this.freshApp();
  }

  /** With a policy for each cluster. */
  static async start(env?: Readonly<Record<string, string>>): Promise<World> {
    const world = new World(env);
    for (const cluster of [prod, staging]) {
      const known = published.get(cluster);
      if (known === undefined) await world.write({ rules }, cluster);
      else await world.values.put(policyKey(cluster), known);
      published.set(cluster, (await world.values.get(policyKey(cluster))) as string);
    }
    return world;
  }

  /** Another isolate: nothing is held in it. */
  freshApp(): App {
    const store = {
      get: (key: string) => this.#get(key),
      put: unused,
      delete: unused,
      list: unused,
    } as unknown as Store;
    return createWebhookApp(readSettings(this.#env), {
      store,
      taskContext: ({ executionCtx }) => executionCtx ?? detached,
      clientCertificate: undefined,
      log: (record: object) => void this.log.push(record),
    });
  }

  async write(policy: object, cluster: string = prod): Promise<void> {
    const clock = () => this.time;
    await publishPolicy(this.values, cluster, parsePolicy(policy), { author: 'test', clock });
  }

  async sign(who: Principal, { host: at = host, ...options }: Signing = {}): Promise<string> {
    const { accessKeyId, secretAccessKey, sessionToken } = who;
    const endpoint = { host: at, region: at.split('.')[1] as string };
    const credentials = { accessKeyId, secretAccessKey, sessionToken };
    const signing = { audience: prod, endpoint, now: this.time, ...options };
    const name = JSON.stringify([credentials, signing]);
    const token = signed.get(name) ?? (await signToken(credentials, signing)).token;
    signed.set(name, token);
    this.#secrets.add(token);
    return token;
  }

  /** Has a token reviewed. */
  async ask(token: string, { app = this.app, context, ...asking }: Asking = {}): Promise<Answer> {
    return answerOf(await app.fetch(requestFor(token, asking), undefined, context));
  }

  /**
   * Has a token reviewed, and moves the timers when that is so.
   *
   * @param isSo default: STS or the store has been asked
   */
  async askFor(ms: number, token: string, asking?: Asking, isSo?: () => boolean): Promise<Answer> {
    if (ms === 0) return this.ask(token, asking);
    const before = this.called.length + this.read.length;
    const answer = this.ask(token, asking);
    await until(isSo ?? (() => this.called.length + this.read.length > before));
    await turn();
    await pass(ms);
    return answer;
  }

  /** The status of `/readyz`, and whether it tells of a problem. */
  async readiness(app: App = this.app): Promise<readonly [number, boolean]> {
    const response = await app.fetch(new Request('https://webhook.example.net/readyz'));
    return [response.status, (await response.json()).problems.length > 0];
  }

  /** Nothing that makes a token good is in what was answered or logged. */
  expectNoSecretIn(text: string): void {
    for (const token of this.#secrets) {
      const signature = decode(token).slice(-64);
      expect(text.includes(token.slice(-60)) || text.includes(signature)).toBe(false);
    }
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    const { host: at, origin } = new URL(url);
    this.called.push(`${origin}/`);
    expect(init.redirect).toBe('manual'); // or the platform would follow by itself
    const truth = () => this.#truth(url, init);
    const answering = this.stsFaults.get(at);
    return answering === undefined ? truth() : ((await answering(truth, init)) as Response);
  }

  /** Each signature is checked once: that takes longer than all else of a review. */
  async #truth(url: string, init: RequestInit): Promise<Response> {
    const name = JSON.stringify([url, init.headers, this.time + this.stsSkew]);
    const known = checked.get(name) ?? (await withText(await this.#sts.fetch(url, init)));
    checked.set(name, known);
    return new Response(known.text, known);
  }

  /** Not async: a store may throw. */
  #get(key: string): Promise<string | undefined> {
    this.read.push(key);
    const read = () => this.values.get(key);
    const answering = this.storeFaults.get(key);
    return answering === undefined ? read() : (answering(key, read) as Promise<string | undefined>);
  }
}

function requestFor(token: string, { cluster, signal, isBare }: Asking): Request {
  const url = `https://webhook.example.net${cluster === undefined ? '' : `/clusters/${cluster}`}/authenticate`;
  const body = JSON.stringify({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token },
  });
  const post = {
    method: 'POST',
    headers: new Headers({ 'content-type': 'application/json', 'content-length': String(body.length) }),
  };
  if (isBare) return { ...post, url, text: async () => body } as Request;
  return new Request(url, { ...post, body, ...(signal && { signal }) });
}

async function withText(response: Response) {
  const { status, headers } = response;
  return { status, headers, text: await response.text() };
}

function unused(): never {
  throw new Error('the webhook only reads');
}
