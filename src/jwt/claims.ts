/**
 * The claims that every JWT has (RFC 7519, section 4.1): for whom and when it is good.
 *
 * @module
 */
import { type Refused, refuse } from '../errors/refusal.ts';
import { member } from '../lib/json.ts';
import { longestJwtSeconds } from '../lib/jwt-life.ts';
import type { JsonObject } from './strict-json.ts';

/** How far the clock of an issuer may be ahead, in seconds. */
const leeway = 60;

/** What is asked of the claims. */
export interface Expected {
  readonly audience: string;
  /** `list`: it is one of them. `sole`: it is the only one, in a list or not. `text`: it is no list. */
  readonly audiences: 'list' | 'sole' | 'text';
  /** The present, in milliseconds since the epoch. */
  readonly now: number;
}

/** When a JWT is good, in seconds since the epoch. */
export interface Times {
  readonly ok: true;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

type Refusal = Refused<
  'jwt_claims' | 'jwt_audience' | 'jwt_audiences' | 'jwt_expired' | 'jwt_not_yet_valid' | 'jwt_too_old'
>;

/** Checks audience and times. */
export function readClaims(payload: JsonObject, expected: Expected): Times | Refusal {
  return audienceRefusal(payload, expected) ?? readTimes(payload, expected.now / 1000);
}

function audienceRefusal(payload: JsonObject, { audience, audiences }: Expected): Refusal | undefined {
  const named = member(payload, 'aud');
  const list: readonly unknown[] = Array.isArray(named) && audiences !== 'text' ? named : [named];
  if (list.length === 0 || !list.every((one) => typeof one === 'string')) return refuse('jwt_claims', 'aud');
  if (!list.includes(audience)) return refuse('jwt_audience');
  return audiences !== 'list' && list.length > 1 ? refuse('jwt_audiences') : undefined;
}

/** @param now in seconds since the epoch */
function readTimes(payload: JsonObject, now: number): Times | Refusal {
  const [issuedAt, expiresAt] = [timeOf(payload, 'iat'), timeOf(payload, 'exp')];
  if (issuedAt === undefined) return refuse('jwt_claims', 'iat');
  if (expiresAt === undefined) return refuse('jwt_claims', 'exp');
  const notBefore = Object.hasOwn(payload, 'nbf') ? timeOf(payload, 'nbf') : issuedAt;
  if (notBefore === undefined) return refuse('jwt_claims', 'nbf');
  if (!(now < expiresAt)) return refuse('jwt_expired');
  if (!(Math.max(issuedAt, notBefore) <= now + leeway)) return refuse('jwt_not_yet_valid');
  if (!(issuedAt >= now - longestJwtSeconds - leeway)) return refuse('jwt_too_old');
  const life = expiresAt - issuedAt;
  return life > 0 && life <= longestJwtSeconds
    ? { ok: true, issuedAt, expiresAt }
    : refuse('jwt_claims', 'exp');
}

/** In seconds since the epoch; undefined where it is no finite number. */
export function timeOf(payload: JsonObject, name: string): number | undefined {
  const time = member(payload, name);
  return typeof time === 'number' && Number.isFinite(time) ? time : undefined;
}
