/**
 * A deployment as it is configured, with JWTs both ways: AWS's in by the webhook, its own out by the issuer, and those
 * verified by a service.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createStsEmulator } from '../../src/emulator/emulator.ts';
import { createJwtIssuerEmulator } from '../../src/emulator/jwt-issuer.ts';
import { createGuard } from '../../src/http/guard/guard.ts';
import { issuedTokens } from '../../src/jwt/issued-tokens.ts';
import { detached } from '../../src/lib/flights.ts';
import { parsePolicy } from '../../src/mapping/schema.ts';
import { publishPolicy } from '../../src/policy/publish.ts';
import { createApp, type Parts } from '../../src/runtime/app.ts';
import { issuerWith } from '../../src/runtime/issuer-part.ts';
import { jwtParts } from '../../src/runtime/jwt-parts.ts';
import { readSettings } from '../../src/runtime/settings.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { signToken } from '../../src/token/sign.ts';
import { account, host, people, prod, region, staging } from '../support/deployment.ts';
import { keyDraft, keyText } from '../support/signing-keys.ts';

const origin = 'https://callerid.example.com';
const issuer = `${origin}/clusters/${prod}`;
const service = 'https://orders.example.com';
const aws = createJwtIssuerEmulator({ account });
const roleArn = `arn:aws:iam::${account}:role/Admin`;
const url = 'urn:callerid:params:oauth:token-type:k8s-aws-v1';
const jwt = 'urn:ietf:params:oauth:token-type:jwt';

let signingKeys = '';
let app: ReturnType<typeof createApp>;
let log: Record<string, unknown>[];

beforeAll(async () => {
  signingKeys = keyText(await keyDraft('app'));
});

beforeEach(async () => {
  const sts = createStsEmulator({ principals: [people.admin] });
  vi.spyOn(globalThis, 'fetch').mockImplementation((async (input: string, init?: RequestInit) =>
    new URL(input).hostname.startsWith('sts.')
      ? sts.fetch(input, init)
      : aws.fetch(input, init)) as typeof fetch);
  log = [];
  const store = new MemoryStore();
  const rules = [{ role: roleArn, username: 'admin', groups: ['platform', 'of:{{RoleName}}'] }];
  for (const id of [prod, staging]) {
    await publishPolicy(store, id, parsePolicy({ rules, tokenSeconds: 600 }), { author: 'test' });
  }
  const awsJwtIssuers = [{ issuer: aws.issuer, account }];
  const settings = readSettings({
    CALLERID_CLUSTER: prod,
    CALLERID_API_SERVER_AUTH: 'none',
    CALLERID_ISSUER: origin,
    CALLERID_TOKEN_AUDIENCE: service,
    CALLERID_SIGNING_KEYS: signingKeys,
    CALLERID_AWS_JWT_ISSUERS: JSON.stringify(awsJwtIssuers),
    CALLERID_CLUSTERS: { [staging]: { apiServerAuth: 'none', tokenAudience: 'staging', awsJwtIssuers } },
  });
  const { createIssuer, readSigningKeys } = jwtParts.issuer;
  app = createApp(settings, {
    store,
    writer: undefined,
    createAdmin: undefined,
    createIssuer: issuerWith(createIssuer, readSigningKeys(signingKeys)),
    createJwts: jwtParts.createJwts,
    taskContext: () => detached,
    clientCertificate: undefined,
    log: ((record: object) => log.push({ ...record })) as Parts['log'],
  });
});

afterEach(() => void vi.restoreAllMocks());

async function signedUrl(audience: string): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } = people.admin;
  const credentials = { accessKeyId, secretAccessKey, sessionToken };
  return (await signToken(credentials, { audience, endpoint: { host, region } })).token;
}

function awsJwt(audience: string | readonly string[]): Promise<string> {
  return aws.issueToken({ audience, sub: roleArn });
}

async function review(token: string, cluster: string = prod): Promise<Record<string, unknown>> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
  const response = await app.fetch(
    new Request(`${origin}/clusters/${cluster}/authenticate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );
  return ((await response.json()) as { status: Record<string, unknown> }).status;
}

async function exchange(subject_token: string, subject_token_type: string, cluster: string = prod) {
  const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange';
  const body = new URLSearchParams({ grant_type, subject_token, subject_token_type });
  const response = await app.fetch(
    new Request(`${origin}/clusters/${cluster}/token`, { method: 'POST', body }),
  );
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

/** A service that takes what the issuer issues, by keys that it was given: it asks nobody. */
async function guardOf(issuerUrl: string) {
  const answer = await app.fetch(new Request(`${issuer}/.well-known/jwks.json`));
  const keys = (await answer.json()) as { keys: object[] };
  const noFetch = (() => {
    throw new Error('somebody was asked');
  }) as typeof fetch;
  const jwts = [issuedTokens({ issuer: issuerUrl, keys, fetch: noFetch })];
  return createGuard({ audience: service, jwts, allow: { groups: ['platform'] }, fetch: noFetch });
}

function requestWith(token: string): Request {
  return new Request(service, { headers: { authorization: `Bearer ${token}` } });
}

test('a JWT of AWS comes in by the webhook, and who holds the keys is asked once', async () => {
  const before = aws.calls.length;
  for (const cluster of [prod, staging, prod]) {
    const status = await review(await awsJwt(cluster), cluster);
    expect(status).toMatchObject({
      authenticated: true,
      user: { username: 'admin', groups: ['platform', 'of:Admin'] },
    });
  }
  expect(aws.calls.length - before).toBe(2); // the discovery document and the keys
});

test.each([
  ['a signed URL', () => signedUrl(issuer), url, 'signed-url'],
  ['a JWT of AWS', () => awsJwt(issuer), jwt, 'aws-jwt'],
])('%s is exchanged for a JWT, and a service takes that offline', async (_, subject, type, proof) => {
  const { status, body } = await exchange(await subject(), type);
  expect([status, body.issued_token_type]).toEqual([200, jwt]);
  const { caller } = await (await guardOf(issuer))(requestWith(body.access_token as string));
  expect(caller).toMatchObject({
    proof,
    canonicalArn: roleArn,
    username: 'admin',
    groups: ['platform', 'of:Admin'],
  });
  expect(JSON.stringify(log)).not.toContain((body.access_token as string).split('.')[2]);
});

describe('attack: what was made for one thing is used for another', () => {
  test.each([
    ['a token of the webhook at the issuer', () => signedUrl(prod), url, prod, 'token_refused'],
    ['a token for the issuer of another cluster', () => signedUrl(issuer), url, staging, 'token_refused'],
    ['a JWT of AWS for the webhook', () => awsJwt(prod), jwt, prod, 'token_refused'],
    [
      'a JWT of AWS for the issuer and somebody else',
      () => awsJwt([issuer, service]),
      jwt,
      prod,
      'token_refused',
    ],
    ['a signed URL that is called a JWT', () => signedUrl(issuer), jwt, prod, 'token_type_mismatch'],
  ])('%s', async (_, subject, type, cluster, code) => {
    const { status, body } = await exchange(await subject(), type, cluster);
    expect([status, body.error, body.code]).toEqual([400, 'invalid_request', code]);
    expect(body.access_token).toBeUndefined();
  });

  test('a JWT that was issued, at the issuer and at the webhook', async () => {
    const issued = (await exchange(await signedUrl(issuer), url)).body.access_token as string;
    expect(await exchange(issued, jwt)).toMatchObject({ status: 400, body: { code: 'token_foreign' } });
    expect(await review(issued)).toEqual({ authenticated: false });
  });

  test('a token for the issuer, at the webhook', async () => {
    expect(await review(await signedUrl(issuer))).toMatchObject({ authenticated: false });
    expect(await review(await awsJwt(issuer))).toMatchObject({ authenticated: false });
  });

  test('a JWT of the issuer of another cluster, at a service that has the same keys', async () => {
    const { body } = await exchange(await signedUrl(`${origin}/clusters/${staging}`), url, staging);
    const { response } = await (await guardOf(issuer))(requestWith(body.access_token as string));
    expect(response?.status).toBe(401);
  });
});
