/**
 * Encodings of points that nobody should take for a public key: those of small order, for which anybody can make a
 * signature, and those of a y that is not below the prime, of each the two signs.
 */
import { encodeBase64url } from '../../src/lib/base64url.ts';

const prime = 2n ** 255n - 19n;

/** Of a point of order 8; the other is the same with the other sign. */
const eighth = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;

/** The y of the points of order 4, 1, 2 and 8. */
const smallOrder = [0n, 1n, prime - 1n, eighth, prime - eighth];
const beyond = Array.from({ length: 19 }, (_, at) => prime + BigInt(at));

function encoded(y: bigint, sign: bigint): string {
  const bits = y | (sign << 255n);
  return encodeBase64url(Uint8Array.from({ length: 32 }, (_, at) => Number((bits >> BigInt(8 * at)) & 255n)));
}

export const weakKeys: readonly string[] = [...smallOrder, ...beyond].flatMap((y) => [
  encoded(y, 0n),
  encoded(y, 1n),
]);
