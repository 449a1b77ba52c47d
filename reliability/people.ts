/**
 * Who comes, what the policy makes of them, and the tokens that they sign.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { digests } from '../src/cli/token/digests.ts';
import type { Principal } from '../src/emulator/principals.ts';
import type { Policy, Rule } from '../src/mapping/rule.ts';
import { AWS } from '../src/sts/partitions.ts';
import { decodeToken, encodeToken } from '../src/token/encoding.ts';
import { signToken } from '../src/token/sign.ts';

const account = '111122223333';
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
/** As long as those of AWS. */
const sessionToken = `FwoGZXIvYXdzEXAMPLE${createHash('sha512').update('session').digest('base64').repeat(8)}`;

/** What no log line may hold. */
export const secrets: readonly string[] = [
  secretAccessKey,
  sessionToken.slice(0, 60),
  'k8s-aws-v1.',
  'X-Amz-Signature',
];

function roleSession(accessKeyId: string, roleName: string, sessionName: string): Principal {
  return { type: 'assumed-role', account, roleName, sessionName, accessKeyId, secretAccessKey, sessionToken };
}

/** Somebody with a key, and the name that the policy gives; without one, nobody may let them in. */
export interface Person {
  readonly principal: Principal;
  readonly username?: string;
}

export const people = {
  alice: {
    principal: roleSession('ASIAALICEEXAMPLE0001', 'Team-1', 'alice@example.com'),
    username: 'team-1:alice-example.com',
  },
  bob: {
    principal: {
      type: 'user',
      account,
      path: '/staff/',
      userName: 'Bob',
      accessKeyId: 'AKIABOBEXAMPLE000002',
      secretAccessKey,
    },
    username: 'bob',
  },
  erin: {
    principal: roleSession('ASIAERINEXAMPLE00003', 'AWSReservedSSO_Admin_0123456789abcdef', 'erin'),
    username: 'admin:erin',
  },
  frank: { principal: roleSession('ASIAFRANKEXAMPLE0004', 'Build-7', 'ci'), username: 'build:ci' },
  /** Comes and goes with {@link policyOf}. */
  gina: { principal: roleSession('ASIAGINAEXAMPLE00005', 'Visitor', 'gina'), username: 'visitor:gina' },
  /** A deny rule names him, where a pattern would let him in. */
  carl: { principal: roleSession('ASIACARLEXAMPLE00006', 'Build-Denied', 'carl') },
  /** No rule names him. */
  dave: { principal: roleSession('ASIADAVEEXAMPLE00007', 'Unmapped', 'dave') },
  /** STS does not know his key. */
  hugo: { principal: roleSession('ASIAHUGOEXAMPLE00008', 'Team-1', 'hugo') },
} as const satisfies Readonly<Record<string, Person>>;

export type Name = keyof typeof people;

/** Enough sessions of one role for thousands of tokens in one second. */
const crowdSessions = 20;
const crowd: readonly Person[] = Array.from({ length: crowdSessions }, (_, index) => ({
  principal: roleSession(`ASIACROWDEXAMPLE${1000 + index}`, 'Team-1', `session-${index}`),
  username: `team-1:session-${index}`,
}));

/** Whose keys are valid. */
export const principals: readonly Principal[] = [
  ...Object.values(people).filter((person) => person !== people.hugo),
  ...crowd,
].map(({ principal }) => principal);

const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;

const rules: readonly Rule[] = [
  { role: role('Team-1'), username: 'team-1:{{SessionName}}', groups: ['team-1'] },
  { user: `arn:aws:iam::${account}:user/staff/Bob`, username: 'bob', groups: ['developers'] },
  {
    sso: { permissionSet: 'Admin', accounts: [account] },
    username: 'admin:{{SessionName}}',
    groups: ['admins'],
  },
  { pattern: role('Build-*'), username: 'build:{{SessionName}}', groups: ['builders'] },
  { role: role('Build-Denied'), deny: true },
];
const visitor: Rule = { role: role('Visitor'), username: 'visitor:{{SessionName}}', groups: ['visitors'] };

/** With Gina in it or without; with further rules it is kept in parts. */
export function policyOf({ gina, more = 0 }: { gina: boolean; more?: number }): Policy {
  const others = Array.from({ length: more }, (_, index) => ({
    role: role(`Other-${index}`),
    username: `other-${index}:{{SessionName}}`,
    groups: [`team-${index}`, 'developers'],
  }));
  return { rules: [...rules, ...(gina ? [visitor] : []), ...others] };
}

/** A regional STS endpoint. */
export interface StsHost {
  readonly host: string;
  readonly region: string;
}

function inRegion(region: string): StsHost {
  return { host: `sts.${region}.amazonaws.com`, region };
}

/** Those that the table of callerid lists. */
export const stsHosts: readonly StsHost[] = AWS.regions.split(' ').map(inRegion);
export const usualHost: StsHost = inRegion('us-east-1');
/** Of the right form, and AWS has none of them. */
export const inventedHosts: readonly StsHost[] = [1, 2, 3].map((number) => inRegion(`eu-nowhere-${number}`));

export interface SignAs {
  readonly cluster: string;
  readonly endpoint?: StsHost;
  /** How long ago. Default 0. */
  readonly seconds?: number;
}

/** What X-Amz-Expires may be. STS ignores it, and so it makes one token differ from the next. */
const lifetimes = 901;
let signed = 0;

/** Signs a token that was never there before. */
export async function tokenOf({ principal }: Person, options: SignAs): Promise<string> {
  const { cluster, endpoint = usualHost, seconds = 0 } = options;
  const { expiration: _, ...key } = principal;
  const { token } = await signToken(key, {
    audience: cluster,
    endpoint,
    now: Date.now() - seconds * 1000,
    expires: signed++ % lifetimes,
    digests,
  });
  return token;
}

/** A token, and the name of whoever signed it. */
export interface Signed {
  readonly token: string;
  readonly username: string;
}

/** So many tokens for one host, all good, each another. */
export async function crowdTokens(count: number, cluster: string): Promise<readonly Signed[]> {
  const tokens = Array.from({ length: count }, async (_, index) => {
    const person = crowd[index % crowdSessions] as Person;
    return { token: await tokenOf(person, { cluster }), username: person.username ?? '' };
  });
  return Promise.all(tokens);
}

/** The token with another signature. */
export function altered(token: string): string {
  const decoded = decodeToken(token);
  if (!decoded.ok) throw new Error(decoded.code);
  const last = decoded.url.at(-1) === '0' ? '1' : '0';
  return encodeToken(decoded.url.slice(0, -1) + last);
}
