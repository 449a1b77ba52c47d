/**
 * Two issuers of one deployment, before an emulated STS and a store, with a clock that stands still.
 */

import { Hono } from 'hono';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { createStsEmulator, type StsEmulator } from '../../src/emulator/emulator.ts';
import type { Principal } from '../../src/emulator/principals.ts';
import { createIssuer, type IssuerOfCluster, type IssuerOptions } from '../../src/http/issuer/issuer.ts';
import type { ExchangeRecord } from '../../src/http/issuer/record.ts';
import type { Identity } from '../../src/identity/identity.ts';
import { detached } from '../../src/lib/flights.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { readSigningKeys, type SigningKeys } from '../../src/oidc/signing-keys.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { PolicyReader } from '../../src/policy/reader.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { signToken } from '../../src/token/sign.ts';
import type { JwtQuestion, JwtVerifier } from '../../src/verifier/jwt-verifier.ts';
import type { JwtFacts, Verified } from '../../src/verifier/verification.ts';
import { createVerifier } from '../../src/verifier/verifier.ts';
import { type Answer, account, answerOf, host, people, region, rules } from './deployment.ts';
import { keyDraft, keyText } from './signing-keys.ts';
import { now } from './token-builder.ts';

export const origin = 'https://callerid.example.com';
export const orders = `${origin}/clusters/orders`;
export const billing = `${origin}/clusters/billing`;
/** What API servers take the tokens for. */
export const ordersAudience = 'https://orders.k8s.example.com';
/** Whom webhooks of the same deployment take tokens for. */
export const webhookAudience = 'orders.example.com';

export const signedUrl = 'urn:callerid:params:oauth:token-type:k8s-aws-v1';
export const jwtType = 'urn:ietf:params:oauth:token-type:jwt';
export const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange';

export const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`;

/** The policy of the tests: those of a deployment, and a role that has no reserved names. */
const policyRules = [
  ...rules,
  {
    role: roleArn('Deployer'),
    username: 'deployer:{{SessionName}}',
    groups: ['deployers', 'of:{{SessionName}}'],
  },
];

/** A session of a role with a name of its own choosing. */
export function sessionOf(roleName: string, sessionName: string): Principal {
  const accessKeyId = `ASIA${roleName.toUpperCase()}${[...sessionName].map((one) => one.charCodeAt(0)).join('')}`;
  return {
    type: 'assumed-role',
    account,
    roleName,
    sessionName,
    principalId: `AROA${roleName.toUpperCase()}0000000`,
    accessKeyId: accessKeyId.slice(0, 100),
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    sessionToken: 'IQoJb3JpZ2lu//se+ssion==',
  };
}

export const deployer: Principal = sessionOf('Deployer', 'build-7');

/** A JWT as a test invents it: what its verifier says of it. */
export interface FakeJwt {
  readonly audiences: readonly string[];
  readonly identity?: Partial<Identity>;
  readonly facts?: Partial<JwtFacts>;
  /** In milliseconds since the epoch. */
  readonly issuedAt?: number;
  readonly expiresAt?: number;
}

/** Takes the JWTs that a test has given it, by their text. */
export function fakeJwts(jwts: ReadonlyMap<string, FakeJwt>): JwtVerifier {
  const issuer = 'https://00000000-0000-4000-8000-000000000000.tokens.sts.global.api.aws';
  return {
    isOurs: (token) => jwts.has(token),
    async verify(token, { audience, soleAudience, verifiedSince = 0 }: JwtQuestion) {
      const jwt = jwts.get(token) as FakeJwt;
      const refused = { verdict: 'refused', jwt: { issuer } } as const;
      const verifiedAt = jwt.issuedAt ?? now;
      if (!jwt.audiences.includes(audience)) return { ...refused, code: 'jwt_audience' };
      if (soleAudience && jwt.audiences.length > 1) return { ...refused, code: 'jwt_audiences' };
      if (verifiedAt < verifiedSince) return { ...refused, code: 'jwt_too_old' };
      const identity: Identity = {
        proof: 'aws-jwt',
        arn: roleArn('Deployer'),
        canonicalArn: roleArn('Deployer'),
        type: 'assumed-role',
        partition: 'aws',
        account,
        roleName: 'Deployer',
        ...jwt.identity,
      };
      const verified: Verified = {
        verdict: 'verified',
        identity,
        verifiedAt,
        expiresAt: jwt.expiresAt ?? verifiedAt + 300_000,
        cached: false,
        jwt: { issuer, id: 'aws-jti', ...jwt.facts },
      };
      return verified;
    },
  };
}

export interface IssuerSceneOptions {
  /** Text of `CALLERID_SIGNING_KEYS`. */
  readonly keys?: string;
  /** Replaces what the issuer of `orders` has. */
  readonly orders?: Partial<IssuerOfCluster>;
  readonly options?: Partial<IssuerOptions>;
  readonly principals?: readonly Principal[];
}

export class IssuerScene {
  readonly sts: StsEmulator;
  readonly store = new MemoryStore();
  readonly jwts = new Map<string, FakeJwt>();
  readonly log: ExchangeRecord[] = [];
  readonly keys: SigningKeys;
  readonly issuers: readonly IssuerOfCluster[];
  readonly app: Hono;
  time: number = now;

  private constructor(keys: string, { orders: replaced, options, principals = [] }: IssuerSceneOptions) {
    const clock = () => this.time;
    const { unknownToSts: _, ...known } = people;
    this.sts = createStsEmulator({ principals: [...Object.values(known), deployer, ...principals], clock });
    this.keys = readSigningKeys(keys);
    const issuerOf = (id: string, audience: string): IssuerOfCluster => {
      const url = `${origin}/clusters/${id}`;
      return {
        id,
        url,
        audience,
        keys: this.keys,
        verifier: createVerifier({
          audience: url,
          fetch: this.sts.fetch as typeof fetch,
          clock,
          jwts: [fakeJwts(this.jwts)],
        }),
        policies: new PolicyReader({ store: this.store, cluster: id, clock }),
      };
    };
    this.issuers = [
      { ...issuerOf('orders', ordersAudience), ...replaced },
      issuerOf('billing', 'https://billing.k8s.example.com'),
    ];
    // as a deployment has it: below an app with other routes
    this.app = new Hono().route(
      '/',
      createIssuer({
        issuers: this.issuers,
        taskContext: () => detached,
        log: (record) => this.log.push(record),
        clock,
        ...options,
      }),
    );
  }

  static async start(options: IssuerSceneOptions = {}): Promise<IssuerScene> {
    const scene = new IssuerScene(options.keys ?? keyText(await keyDraft('signer')), options);
    await scene.write({ rules: policyRules });
    await scene.write({ rules: policyRules }, 'billing');
    return scene;
  }

  /** Writes the next version of a policy. */
  async write(policy: object, cluster = 'orders'): Promise<void> {
    await publishPolicy(this.store, cluster, parsePolicy(policy), { author: 'test', clock: () => this.time });
  }

  async sign(who: Principal = deployer, audience: string = orders): Promise<string> {
    const { accessKeyId, secretAccessKey, sessionToken } = who;
    const endpoint = { host, region };
    const credentials = { accessKeyId, secretAccessKey, sessionToken };
    return (await signToken(credentials, { audience, endpoint, now: this.time })).token;
  }

  /** Asks for a token. A parameter that is undefined is left out. */
  ask(
    parameters: Readonly<Record<string, string | undefined>>,
    path = '/clusters/orders/token',
  ): Promise<Answer> {
    const all = { grant_type: grantType, subject_token_type: signedUrl, ...parameters };
    const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
    return this.post(new URLSearchParams(given).toString(), {}, path);
  }

  /** Sends a body. */
  async post(
    body: BodyInit | null,
    headers: Record<string, string> = {},
    path = '/clusters/orders/token',
  ): Promise<Answer> {
    return this.send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body,
      ...(body instanceof ReadableStream && { duplex: 'half' }),
    });
  }

  async send(path: string, init: RequestInit = {}): Promise<Answer> {
    return answerOf(await this.app.fetch(new Request(origin + path, init)));
  }
}

/** What an issued JWT says. */
export function readIssued(answer: Answer): {
  readonly header: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: whatever claims it has
  readonly claims: any;
} {
  const token = answer.body?.access_token as string;
  return { header: { ...decodeProtectedHeader(token) }, claims: decodeJwt(token) };
}
