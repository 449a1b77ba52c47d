/**
 * JWTs that an API server does not take, and why it says so.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { refusalWith, whoIs } from '../cluster/place.ts';
import type { Check } from '../suite.ts';
import type { Api, Apis } from './api-servers.ts';
import { altered, forge, unsigned } from './forge.ts';
import { KeysFile } from './keys-file.ts';
import { billing, type IssuerStage, orders } from './stage.ts';

interface Case {
  readonly what: string;
  /** In the log of the API server. */
  readonly why: string;
  readonly token: string;
}

export const badSignature = 'failed to verify id token signature';

/** Whatever way an API server has been told of the issuer. */
export async function refusalChecks(
  check: Check,
  stage: IssuerStage,
  { all, structured, flags }: Apis,
): Promise<void> {
  const { developer } = stage.people;
  const issued = await stage.exchange(developer, orders);
  const elsewhere = await stage.exchange(developer, billing);
  const key = stage.keys.key(String(decodeProtectedHeader(issued).kid));
  const stranger = (await KeysFile.create(`${stage.home}/stranger.json`)).keys[0];
  if (stranger === undefined) throw new Error('callerid keys create has made no key');
  const cases: readonly Case[] = [
    {
      what: 'another audience',
      why: 'expected audience',
      token: await forge(key, issued, { aud: 'https://api.shop.example.com' }),
    },
    { what: 'a JWT of another cluster, by the same key', why: 'invalid bearer token', token: elsewhere },
    {
      what: 'a JWT of another cluster that says it is of this one',
      why: badSignature,
      token: altered(elsewhere, { iss: orders.issuer, aud: orders.audience }),
    },
    {
      what: 'a JWT that was for somebody else',
      why: badSignature,
      token: altered(issued, { username: 'admin:alice' }),
    },
    {
      what: 'a key of somebody else under the ID of ours',
      why: badSignature,
      token: await forge({ ...stranger, kid: key.kid }, issued),
    },
    { what: 'no signature, alg none', why: 'unsupported algorithm', token: unsigned(issued) },
  ];
  for (const api of all) {
    for (const one of cases) {
      await check(`${api.name}: ${one.what}: refused`, () => refused(api, one));
    }
  }
  const now = Number(decodeJwt(issued).iat);
  const byTheKey: readonly Case[] = [
    {
      what: 'a user of a reserved name',
      why: 'user info validation rule',
      token: await forge(key, issued, { username: 'system:admin' }),
    },
    {
      what: 'a group of a reserved name',
      why: 'user info validation rule',
      token: await forge(key, issued, { groups: ['developers', 'system:masters'] }),
    },
    {
      what: 'a JWT for more than an hour',
      why: 'claim validation expression',
      token: await forge(key, issued, { iat: now, exp: now + 3700 }),
    },
  ];
  for (const one of byTheKey) {
    await check(`${structured.name}: ${one.what}, signed by hand: refused`, () => refused(structured, one));
    await check(`${flags.name}: ${one.what}, signed by hand: flags have no rule against it`, async () => {
      assert.equal((await whoIs(flags, one.token)).status, 201);
    });
  }
}

/** Asks with it, and waits for the line in which the API server says why not. */
export async function refused(api: Api, { token, why }: Omit<Case, 'what'>): Promise<void> {
  const known = new Set(api.server.refusals);
  assert.equal((await whoIs(api, token)).status, 401);
  const line = await refusalWith(api, why, known);
  assert.ok(!line.includes(token), 'the token is in the log');
}
