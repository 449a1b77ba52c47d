/**
 * A few hundred of everything, none like the other: engines remember hashes, flattened texts and the last results of regular
 * expressions.
 *
 * @module
 */
import type { Identity } from '../../src/identity/identity.ts';
import type { AwsCredentials } from '../../src/token/credentials.ts';
import { decodeToken } from '../../src/token/encoding.ts';
import { signToken } from '../../src/token/sign.ts';
import { Random } from '../../test/support/random.ts';
import { identityOf, memberOf } from '../mapping/policies.ts';

/** How many there are of everything. */
export const count = 256;
export const audience = 'prod.example.com';
export const endpoint = { host: 'sts.eu-west-1.amazonaws.com', region: 'eu-west-1' } as const;
/** The present of all samples, in milliseconds since the epoch. */
export const now: number = Date.UTC(2026, 10, 24, 12, 0, 0);

const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Long-term keys, or those of a session, whose token is as long as those of IAM Identity Center mostly are. */
export function credentialSamples(kind: 'long-term' | 'session'): AwsCredentials[] {
  const random = new Random(8);
  const prefix = kind === 'session' ? 'ASIA' : 'AKIA';
  return Array.from({ length: count }, () => ({
    accessKeyId: prefix + random.text(16, upper),
    secretAccessKey: random.text(40, base64),
    ...(kind === 'session' ? { sessionToken: `IQoJb3JpZ2luX2Vj${random.text(624, base64)}` } : {}),
  }));
}

/** Sessions of roles and of permission sets. */
export const identities: readonly Identity[] = Array.from({ length: count }, (_, index) =>
  identityOf(memberOf(index)),
);

/** Tokens, and the URL inside each. */
export async function tokenSamples(
  kind: 'long-term' | 'session',
): Promise<readonly { readonly token: string; readonly url: string }[]> {
  return Promise.all(
    credentialSamples(kind).map(async (credentials) => {
      const { token } = await signToken(credentials, { audience, endpoint, now });
      const decoded = decodeToken(token);
      if (!decoded.ok) throw new Error(decoded.code);
      return { token, url: decoded.url };
    }),
  );
}
