/**
 * What verifying a JWT costs with keys that are held, beside jose's bare `jwtVerify` with an imported key.
 *
 * @module
 */
import { type CryptoKey, importJWK, jwtVerify } from 'jose';
import { createJwtIssuerEmulator } from '../src/emulator.ts';
import { createVerifier } from '../src/index.ts';
import { awsJwts } from '../src/jwt.ts';
import { inTurn, nsOfAwaited } from './batches.ts';
import type { Extent, Figure, Suite } from './figure.ts';
import { inTurns, median, ratioFigure } from './rounds.ts';

export const suite: Suite = {
  name: 'jwt',
  measure: async (extent) => [await figureOf('RS256', extent), await figureOf('ES384', extent)],
};

const account = '111122223333';
const audience = 'https://orders.example.com';
/** Each of a slice in which some dozens are verified. */
const msPerSecond = 20;

async function figureOf(algorithm: 'RS256' | 'ES384', { rounds, seconds }: Extent): Promise<Figure> {
  const aws = createJwtIssuerEmulator({ account });
  const { issuer, fetch } = aws;
  const jwts = awsJwts({ issuers: [{ issuer, account }], fetch });
  const verifier = createVerifier({ audience, jwts: [jwts] });
  const published = await (await fetch(`${issuer}/.well-known/jwks.json`)).json();
  const jwk = published.keys.find(({ alg }: { alg: string }) => alg === algorithm);
  const key = (await importJWK(jwk, algorithm)) as CryptoKey;
  const sub = `arn:aws:iam::${account}:role/Orders`;
  const issuing = { audience, sub, algorithm, duration: 3600 };
  const tokens = await Promise.all(Array.from({ length: 64 }, () => aws.issueToken(issuing)));

  const ours = async (turn: number) => {
    const verification = await verifier.verify(inTurn(tokens, turn));
    if (verification.verdict !== 'verified') throw new Error(verification.verdict);
    return verification;
  };
  const bare = (turn: number) =>
    jwtVerify(inTurn(tokens, turn), key, { issuer, audience, algorithms: [algorithm] });
  await ours(0);
  const asked = aws.calls.length;
  const ms = seconds * msPerSecond;
  const times = await inTurns({ ours: nsOfAwaited(ours, ms), bare: nsOfAwaited(bare, ms) }, rounds * 10);
  if (aws.calls.length !== asked) throw new Error('keys were fetched: they are not held');
  const parts = { 'callerid ns': median(times.ours), 'jose ns': median(times.bare) };
  // Speeds, so the times the other way round.
  return ratioFigure(`jwt-${algorithm.toLowerCase()}`, times.bare, times.ours, parts);
}
