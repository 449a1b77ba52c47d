/**
 * What verifying a JWT costs with keys that are held, beside jose's bare `jwtVerify` with an imported key: `npm run bench:jwt`.
 *
 * Both go in turns in one process, so that what else the machine does falls on both; what counts is the median.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CryptoKey, importJWK, jwtVerify } from 'jose';
import { createJwtIssuerEmulator } from '../src/emulator.ts';
import { createVerifier } from '../src/index.ts';
import { awsJwts } from '../src/jwt.ts';

const account = '111122223333';
const audience = 'https://orders.example.com';
const rounds = 41;
const perRound = 150;
const goal = 0.9;

/** Calls in a second. */
async function rateOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let call = 0; call < perRound; call++) await work();
  return (perRound * 1000) / (performance.now() - began);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}

const aws = createJwtIssuerEmulator({ account });
const { issuer, fetch } = aws;
const jwts = awsJwts({ issuers: [{ issuer, account }], fetch });
const verifier = createVerifier({ audience, jwts: [jwts] });
const published = await (await fetch(`${issuer}/.well-known/jwks.json`)).json();

const results: Record<string, { callerid: number; jose: number; ratio: number }> = {};
for (const algorithm of ['RS256', 'ES384'] as const) {
  const sub = `arn:aws:iam::${account}:role/Orders`;
  const issuing = { audience, sub, algorithm, duration: 3600 };
  const tokens = await Promise.all(Array.from({ length: 16 }, () => aws.issueToken(issuing)));
  let call = 0;
  const jwk = published.keys.find(({ alg }: { alg: string }) => alg === algorithm);
  const key = (await importJWK(jwk, algorithm)) as CryptoKey;
  const ours = async () => {
    const { verdict } = await verifier.verify(tokens[call++ % tokens.length]);
    if (verdict !== 'verified') throw new Error(verdict);
  };
  const bare = () =>
    jwtVerify(tokens[call++ % tokens.length] as string, key, { issuer, audience, algorithms: [algorithm] });
  await rateOf(ours);
  await rateOf(bare);
  const asked = aws.calls.length;
  const pairs: { ours: number; bare: number }[] = [];
  for (let round = 0; round < rounds; round++)
    pairs.push({ bare: await rateOf(bare), ours: await rateOf(ours) });
  if (aws.calls.length !== asked) throw new Error('keys were fetched: they are not held');
  results[algorithm] = {
    callerid: Math.round(median(pairs.map((pair) => pair.ours))),
    jose: Math.round(median(pairs.map((pair) => pair.bare))),
    ratio: Math.round(median(pairs.map((pair) => pair.ours / pair.bare)) * 100) / 100,
  };
}
console.table(results);
writeFileSync(join(import.meta.dirname, 'jwt.json'), `${JSON.stringify(results, undefined, 2)}\n`);
const slow = Object.entries(results).filter(([, { ratio }]) => !(ratio >= goal));
for (const [algorithm, { ratio }] of slow) console.error(`${algorithm}: ${ratio}, and the goal is ${goal}`);
process.exitCode = slow.length === 0 ? 0 : 1;
