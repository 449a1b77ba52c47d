/**
 * A verifier that takes JWTs too: which token goes where, and what is asked about it.
 */
import { describe, expect, test } from 'vitest';
import type { JwtVerifier } from '../../src/verifier/jwt-verifier.ts';
import { createVerifier } from '../../src/verifier/verifier.ts';
import { facts, fakeJwts, worker } from '../support/fake-jwts.ts';
import { audience, start, tokenOf } from '../support/verifier-setup.ts';

const clock = () => start;
const noFetch = (() => {
  throw new Error('STS was asked');
}) as typeof fetch;

function verifierWith(...jwts: readonly JwtVerifier[]) {
  return createVerifier({ audience, clock, fetch: noFetch, jwts });
}

describe('whose token it is', () => {
  const lying = { ...fakeJwts(), isOurs: (() => 'yes') as unknown as () => boolean };

  test.each<[name: string, token: unknown, jwts: readonly JwtVerifier[], isForeign: boolean]>([
    ['a JWT where none is taken', 'jwt:0', [], true],
    ['a JWT of one of the issuers', 'jwt:0', [fakeJwts()], false],
    ['a JWT of another issuer', 'eyJhbGciOiJSUzI1NiJ9.e30.AA', [fakeJwts()], true],
    ['a JWT, by a reader that says something else than true', 'other', [lying], true],
    ['no text', 7, [fakeJwts()], true],
    ['nothing', undefined, [fakeJwts()], true],
    ['a signed URL', 'k8s-aws-v1.x', [fakeJwts()], false],
  ])('%s', async (_, token, jwts, isForeign) => {
    const verifier = verifierWith(...jwts);
    expect(verifier.isForeign(token)).toBe(isForeign);
    expect((await verifier.verify(token)).verdict === 'foreign').toBe(isForeign);
  });

  test('of two readers the first that knows it is asked, and no other', async () => {
    const readers = [fakeJwts(), fakeJwts()] as const;
    await verifierWith(...readers).verify(`jwt:${start}`);
    expect(readers.map(({ asked }) => asked.length)).toEqual([1, 0]);
  });

  test('a signed URL goes to STS and to no reader', async () => {
    const reader = { ...fakeJwts(), isOurs: () => true };
    const outcome = await verifierWith(reader).verify(await tokenOf());
    expect([outcome.verdict, reader.asked]).toEqual(['unavailable', []]);
  });
});

describe('what is asked', () => {
  test.each([
    ['usually', {}, { audience }],
    ['with a suffix', { suffix: `#${'d'.repeat(43)}` }, { audience: `${audience}#${'d'.repeat(43)}` }],
    ['for this audience alone', { soleAudience: true }, { soleAudience: true }],
    ['since a time', { verifiedSince: start }, { verifiedSince: start }],
  ])('%s', async (_, options, question) => {
    const reader = fakeJwts();
    await verifierWith(reader).verify(`jwt:${start}`, options);
    expect(reader.asked).toMatchObject([question]);
  });
});

test('what the reader says is the verdict', async () => {
  const outcome = await verifierWith(fakeJwts()).verify(`jwt:${start}`);
  expect(outcome).toMatchObject({ verdict: 'verified', identity: worker, jwt: facts });
  expect(outcome).not.toHaveProperty('sts');
});

test('a reader that throws grants nothing', async () => {
  const reader = fakeJwts(() => {
    throw new Error('boom');
  });
  await expect(verifierWith(reader).verify('jwt:0')).rejects.toThrow('boom');
});

describe('attack: a JWT that outlives what was forgotten', () => {
  test.each([
    ['issued before', start - 1, undefined, 'refused'],
    ['issued at that time', start, undefined, 'refused'],
    ['issued after', start + 1, undefined, 'verified'],
    ['of somebody else', start - 1, 'arn:aws:iam::111122223333:role/Other', 'verified'],
    ['issued an hour before', start - 3_600_000, 'arn:aws:iam::111122223333:role/Admin', 'refused'],
  ])('%s', async (_, issuedAt, arn, verdict) => {
    const verifier = verifierWith(fakeJwts());
    verifier.forget(arn === undefined ? undefined : ({ canonicalArn }) => canonicalArn === arn);
    const outcome = await verifier.verify(`jwt:${issuedAt}`);
    expect(outcome.verdict).toBe(verdict);
    if (outcome.verdict === 'refused') expect(outcome.code).toBe('jwt_too_old');
  });

  test('it stays forgotten for an hour, as long as a JWT lives', async () => {
    let time = start;
    const verifier = createVerifier({ audience, clock: () => time, fetch: noFetch, jwts: [fakeJwts()] });
    verifier.forget(({ account }) => account === worker.account);
    time += 3_600_000;
    verifier.forget(() => false);
    expect((await verifier.verify(`jwt:${start}`)).verdict).toBe('refused');
  });
});
