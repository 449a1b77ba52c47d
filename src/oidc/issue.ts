/**
 * Issuing a JWT for a caller for whom the policy has names.
 *
 * @module
 */
import { type Refused, refuse } from '../errors/refusal.ts';
import { longestJwtSeconds } from '../lib/jwt-life.ts';
import type { Named } from '../review/judge.ts';
import { factsOf } from './claims.ts';
import { mayBeIssued, signJwt } from './sign.ts';
import type { SigningKeys } from './signing-keys.ts';

/** How long a JWT lives where the policy does not say, in seconds. */
const usualLife = 900;

/** Who issues, and for whom. */
export interface Issuer {
  /** The URL of the issuer, which clients sign as the audience of the subject token. */
  readonly url: string;
  /** The one audience of what is issued. */
  readonly audience: string;
  readonly keys: Pick<SigningKeys, 'current'>;
}

/** A JWT, and what may be logged of it. */
export interface Issued {
  readonly ok: true;
  /** The JWT. It is a credential: for the caller alone. */
  readonly token: string;
  /** Its `jti`. */
  readonly id: string;
  readonly kid: string;
  /** In milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Whole seconds until then: at least 1. */
  readonly expiresIn: number;
}

export type NotIssued = Refused<'reserved_not_issued' | 'jwt_expired' | 'signing_key_missing'>;

/**
 * Issues.
 *
 * @param now milliseconds since the epoch
 */
export async function issue(
  named: Named,
  { url, audience, keys }: Issuer,
  { decisionId, now }: { readonly decisionId: string; readonly now: number },
): Promise<Issued | NotIssued> {
  const { identity, jwt, verifiedAt, username, groups, literalGroups, policy, policyVersion } = named;
  if (!mayBeIssued(username, groups)) return refuse('reserved_not_issued');
  const key = keys.current(now);
  if (key === undefined) return refuse('signing_key_missing');
  const iat = Math.floor(now / 1000);
  const life = Math.min(policy.tokenSeconds ?? usualLife, longestJwtSeconds);
  const subjectEnd = jwt === undefined ? Number.POSITIVE_INFINITY : Math.floor(named.expiresAt / 1000);
  const exp = Math.min(iat + life, subjectEnd);
  const expiresIn = Math.floor((exp * 1000 - now) / 1000);
  // Written so that NaN is refused.
  if (!(expiresIn >= 1)) return refuse('jwt_expired', 'less than a second is left');
  const id = crypto.randomUUID();
  const claims = {
    iss: url,
    sub: identity.canonicalArn,
    aud: audience,
    iat,
    exp,
    auth_time: Math.floor(verifiedAt / 1000),
    jti: id,
    username,
    groups,
  };
  const facts = factsOf(identity, { decisionId, policyVersion, literalGroups });
  const token = await signJwt(claims, facts, key);
  return { ok: true, token, id, kid: key.kid, expiresAt: exp * 1000, expiresIn };
}
