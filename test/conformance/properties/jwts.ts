/**
 * What holds for every JWT: it is another's, refused by a code, or the very one that its issuer signed.
 */
import fc from 'fast-check';
import { jwtOutages, jwtRefusals } from '../../../src/errors/jwt.ts';
import { readAwsClaims } from '../../../src/jwt/aws-claims.ts';
import { readClaimed } from '../../../src/jwt/claimed-issuer.ts';
import { readClaims } from '../../../src/jwt/claims.ts';
import { readHeader } from '../../../src/jwt/header.ts';
import { readIssuedClaims } from '../../../src/jwt/issued-claims.ts';
import { isJsonObject, type JsonObject, readStrictJson } from '../../../src/jwt/strict-json.ts';
import claimsText from '../../fixtures/web-identity-claims.json?raw';
import {
  base64url,
  claimsOf,
  headerOf,
  issuer,
  jwtVerifierOf,
  makeKey,
  publisher,
  second,
  signJwt,
} from '../../support/jwt-setup.ts';
import { ensure, ensureSame, type Property, property } from '../../support/property.ts';
import { spoiltJson, spoiltJsonText, spoiltText } from '../../support/spoil.ts';
import { account, audience } from '../../support/verifier-setup.ts';

const awsClaim = 'https://sts.amazonaws.com/';
const claimNames = [
  ...['iss', 'aud', 'sub', 'iat', 'exp', 'nbf', 'jti', awsClaim, 'aws_account', 'org_id', 'ou_path'],
  ...[
    'principal_tags',
    'request_tags',
    'source_identity',
    'username',
    'groups',
    'literalGroups',
    'arn',
    'proof',
  ],
];

function ensureKnown(code: string): void {
  ensure(Object.hasOwn(jwtRefusals, code) || Object.hasOwn(jwtOutages, code), `an unknown code ${code}`);
}

/** A member, its value, and how its name is escaped. */
interface Member {
  readonly name: string;
  readonly isEscaped: boolean;
  readonly value: unknown;
}

const names = fc.constantFrom('a', 'b', 'iss', 'sub', '"', 'é', '__proto__', 'a:b', '');
const texts = fc.constantFrom('x', '":"', '\\', '{"a":1}', ':', '\\":', 'é');

/** An object, of which members may be there twice at any depth. */
const { members } = fc.letrec<{ members: readonly Member[]; value: unknown }>((tie) => ({
  members: fc.array(fc.record({ name: names, isEscaped: fc.boolean(), value: tie('value') }), {
    maxLength: 3,
  }),
  value: fc.oneof(
    { maxDepth: 2 },
    texts,
    fc.nat(9),
    tie('members').map((inner) => ({ members: inner })),
    fc.array(
      tie('members').map((inner) => ({ members: inner })),
      { maxLength: 2 },
    ),
  ),
}));

function isObject(value: unknown): value is { readonly members: readonly Member[] } {
  return isJsonObject(value) && Array.isArray(value.members);
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const pairs = value.members.map(({ name, isEscaped, value: inner }) => {
    const escaped = name.replace(/[\s\S]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
    return `${isEscaped ? `"${escaped}"` : JSON.stringify(name)} : ${write(inner)}`;
  });
  return `{${pairs.join(' ,')}}`;
}

function hasTwice(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasTwice);
  if (!isObject(value)) return false;
  const given = value.members.map(({ name }) => name);
  // The parser keeps the last of two, and what the first holds is counted all the same.
  return new Set(given).size < given.length || value.members.some(({ value: inner }) => hasTwice(inner));
}

const headers = fc.constantFrom<object>(
  { alg: 'ES384', kid: 'k', typ: 'JWT' },
  { alg: 'RS256', kid: 'a.b' },
  { alg: 'RS256', kid: 'k', typ: 'jwt', x: 1 },
);
const headerNames = [
  'alg',
  'kid',
  'typ',
  'jku',
  'jwk',
  'x5u',
  'crit',
  'b64',
  'zip',
  'cty',
  'enc',
  'x5t#S256',
];

const fixture = JSON.parse(claimsText) as JsonObject;
const asked = { audience: 'https://orders.example.com', audiences: 'list', now: 1_763_596_900_000 } as const;

const issued = {
  sub: 'arn:aws:iam::111122223333:role/Admin',
  jti: 'id',
  username: 'u',
  groups: ['g', 'h'],
  facts: {
    ...{ arn: 'arn:aws:sts::111122223333:assumed-role/Admin/alice', proof: 'signed-url' },
    ...{ canonicalArn: 'arn:aws:iam::111122223333:role/Admin', type: 'assumed-role', partition: 'aws' },
    ...{
      account: '111122223333',
      roleName: 'Admin',
      sessionName: 'alice',
      principalId: 'AROAEXAMPLEID0000000A',
    },
    ...{ accessKeyId: 'ASIAEXAMPLE', literalGroups: ['g'] },
  },
};

/** Made once, with a key; signing takes longer than all the rest. */
let scene: Promise<{ readonly jwt: string; readonly verifier: ReturnType<typeof jwtVerifierOf> }> | undefined;

async function start(): Promise<Awaited<NonNullable<typeof scene>>> {
  const key = await makeKey('ES384', 'key');
  return {
    jwt: await signJwt(key, headerOf(key), claimsOf()),
    verifier: jwtVerifierOf(publisher(() => ({ keys: [key.jwk] })).fetch),
  };
}

interface Spoiling {
  /** Of the whole; applied to its own text, since keys are made anew each time. */
  readonly at: number;
  readonly part: 'none' | 'header' | 'payload' | 'signature' | 'character';
  readonly text: string;
}

function spoil(jwt: string, { at, part, text }: Spoiling): string {
  const [header = '', payload = '', signature = ''] = jwt.split('.');
  switch (part) {
    case 'none':
      return jwt;
    case 'header':
      return [base64url(text), payload, signature].join('.');
    case 'payload':
      return [header, base64url(text), signature].join('.');
    case 'signature':
      return [header, payload, signature.slice(0, at % signature.length)].join('.');
    case 'character': {
      const place = at % (jwt.length + 1);
      return jwt.slice(0, place) + text.slice(0, 1) + jwt.slice(place + 1);
    }
  }
}

export const jwts: readonly Property[] = [
  property({
    name: 'JWT: a member that is there twice is found at any depth, however it is written',
    input: members.map((list) => ({ members: list })),
    check: (value) => {
      const text = write(value);
      const { kind } = readStrictJson(text);
      ensureSame(kind, hasTwice(value) ? 'twice' : 'object', text);
      return kind === 'object';
    },
  }),
  property({
    name: 'JWT: JSON is read as the platform reads it, or not at all',
    input: spoiltJsonText(fc.constantFrom<unknown>(fixture, issued, { a: 'b:"c' }), claimNames),
    check: (text) => {
      const json = readStrictJson(text);
      if (json.kind === 'none') return false;
      ensureSame(json.value, JSON.parse(text), 'what is read');
      return json.kind === 'object';
    },
  }),
  property({
    name: 'JWT: a header names one key and leads nowhere else',
    input: spoiltJsonText(headers, headerNames),
    check: (text) => {
      const header = readHeader(base64url(text), ['RS256', 'ES384']);
      if (!header.ok) {
        ensureKnown(header.code);
        return false;
      }
      const value = JSON.parse(text) as Record<string, unknown>;
      ensureSame([header.algorithm, header.keyId], [value.alg, value.kid], 'which key');
      ensure(
        headerNames.slice(3).every((name) => !Object.hasOwn(value, name)),
        'a parameter that leads elsewhere',
      );
      return true;
    },
  }),
  property({
    name: 'JWT: who a token says that it is from',
    input: fc
      .tuple(
        spoiltJsonText(fc.constant(fixture), claimNames),
        spoiltText(fc.constant('h.p.s'), ['.', '..'], 'ab.-_=+ '),
      )
      .map(([payload, form]) => form.replace('p', base64url(payload))),
    check: (token) => {
      const claimed = readClaimed(token, 'tokens.sts.global.api.aws');
      if (claimed === undefined) return false;
      ensureSame(claimed.payload.value.iss, claimed.issuer, 'the issuer');
      ensure(token.split('.').length === 3, 'another number of parts');
      return true;
    },
  }),
  property({
    name: 'JWT: claims are good for the audience and the time, or refused by a code',
    input: spoiltJson(fc.constant(fixture), claimNames),
    check: (value) => {
      const payload = isJsonObject(value) ? value : {};
      const times = readClaims(payload, asked);
      if (!times.ok) {
        ensureKnown(times.code);
        return false;
      }
      const { aud } = payload;
      ensure([aud].flat().includes(asked.audience), 'another audience');
      const now = asked.now / 1000;
      ensure(times.issuedAt <= now + 60 && now < times.expiresAt, 'another time');
      ensure(times.expiresAt - times.issuedAt <= 3600, 'a longer life');
      return true;
    },
  }),
  property({
    name: 'JWT: the caller is of the account of the issuer, or refused by a code',
    input: spoiltJson(fc.constant(fixture), claimNames),
    check: (value) => {
      const payload = isJsonObject(value) ? value : {};
      const caller = readAwsClaims(payload, issuer, '111122223333');
      if (!caller.ok) {
        ensureKnown(caller.code);
        return false;
      }
      const { identity } = caller.found;
      ensureSame([identity.account, identity.partition], ['111122223333', 'aws'], 'whose it is');
      ensureSame(identity.arn, payload.sub, 'the subject');
      ensure(
        identity.sessionName === undefined && identity.principalId === undefined,
        'more than a JWT tells',
      );
      return true;
    },
  }),
  property({
    name: 'JWT: what callerid issued says what follows from its ARN',
    input: spoiltJson(fc.constant(issued), [
      ...claimNames,
      'canonicalArn',
      'account',
      'roleName',
      'principalId',
    ]),
    check: (value) => {
      const payload = isJsonObject(value) ? value : {};
      const caller = readIssuedClaims(payload, issuer, 'facts');
      if (!caller.ok) {
        ensureKnown(caller.code);
        return false;
      }
      const { identity, jwt } = caller.found;
      ensureSame(identity.canonicalArn, payload.sub, 'the subject');
      ensure(identity.arn.split(':')[4] === identity.account, 'another account than in the ARN');
      const { groups = [], literalGroups = [] } = jwt?.names ?? {};
      ensure(
        literalGroups.every((group) => groups.includes(group)),
        'a literal group that is none',
      );
      return true;
    },
  }),
  property({
    name: 'JWT: nobody is verified but by the very text that was signed',
    cost: 20,
    input: fc.record({
      at: fc.nat(2000),
      part: fc.constantFrom('none', 'header', 'payload', 'signature', 'character', 'character'),
      text: fc.oneof(
        spoiltJsonText(fc.constant(claimsOf({}, { aws_account: account })), claimNames),
        spoiltJsonText(fc.constant({ alg: 'ES384', kid: 'key', typ: 'JWT' }), headerNames),
        fc.constantFrom('A', '.', '_', '='),
      ),
    } satisfies { [K in keyof Spoiling]: fc.Arbitrary<Spoiling[K]> }),
    leastAccepted: 0.1,
    check: async (spoiling) => {
      scene ??= start();
      const { jwt, verifier } = await scene;
      const token = spoil(jwt, spoiling);
      const result = await verifier.verify(token);
      if (result.verdict === 'verified') {
        ensureSame(token, jwt, 'another text was verified');
        ensure(verifier.audience === audience && result.expiresAt === (second + 300) * 1000, 'another end');
        return true;
      }
      ensure(token !== jwt, 'the very text was refused');
      if ('code' in result) ensureKnown(result.code);
      return false;
    },
  }),
];
