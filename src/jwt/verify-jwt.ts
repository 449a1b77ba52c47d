/**
 * Verifying a JWT of an issuer that is taken: what all issuers have in common, the cheap checks first.
 *
 * @module
 */
import { type JwtOutageCode, type JwtRefusalCode, jwtOutages } from '../errors/jwt.ts';
import { type Refused, refuse } from '../errors/refusal.ts';
import { member } from '../lib/json.ts';
import type { JwtQuestion } from '../verifier/jwt-verifier.ts';
import type { RefusedToken, Unavailable, Verified } from '../verifier/verification.ts';
import type { Claimed } from './claimed-issuer.ts';
import { type Expected, readClaims, type Times } from './claims.ts';
import { isCanonical } from './encoding.ts';
import { readHeader } from './header.ts';
import type { KeySet } from './key-set.ts';
import type { Algorithm } from './public-keys.ts';
import { isSigned } from './signature.ts';
import type { JsonObject } from './strict-json.ts';

/** Why a JWT is not taken. */
export type JwtRefusal = Refused<JwtRefusalCode | JwtOutageCode>;

/** What the claims of one kind of issuer say of the caller. */
export type CallerClaims =
  | { readonly ok: true; readonly found: Pick<Verified, 'identity' | 'jwt'> }
  | Refused<JwtRefusalCode>;

/** An issuer, and what is particular to its JWTs. */
export interface TrustedIssuer {
  /** Its URL, to the letter. */
  readonly issuer: string;
  readonly algorithms: readonly Algorithm[];
  readonly keys: KeySet;
  /** Whether `aud` may be a list. */
  readonly takesList: boolean;
  /** When somebody vouched for the caller, in seconds since the epoch. */
  vouchedAt(payload: JsonObject, times: Times): number | undefined;
  /** Reads the caller, of claims whose signature is good. */
  readCaller(payload: JsonObject): CallerClaims;
}

/** How it is verified. */
export interface VerifyJwtOptions {
  /** What the token says. */
  readonly claimed: Claimed['payload'];
  readonly issuer: TrustedIssuer;
  readonly question: JwtQuestion;
  /** In characters. */
  readonly maxLength: number;
  /** The present, in milliseconds since the epoch. */
  readonly now: number;
}

/** Verifies a JWT that says it is from this issuer. */
export async function verifyJwt(
  token: string,
  options: VerifyJwtOptions,
): Promise<Verified | RefusedToken | Unavailable> {
  const outcome = await judge(token, options);
  if (!('ok' in outcome)) return outcome;
  const { code, detail } = outcome;
  const facts = { ...(detail === undefined ? {} : { detail }), jwt: { issuer: options.issuer.issuer } };
  return isOutage(code) ? { verdict: 'unavailable', code, ...facts } : { verdict: 'refused', code, ...facts };
}

function isOutage(code: JwtRefusal['code']): code is JwtOutageCode {
  return Object.hasOwn(jwtOutages, code);
}

async function judge(token: string, options: VerifyJwtOptions): Promise<Verified | JwtRefusal> {
  const { issuer, claimed, question, maxLength, now } = options;
  if (token.length > maxLength) return refuse('jwt_too_long');
  const parts = token.split('.');
  if (!parts.every(isCanonical)) return refuse('jwt_malformed');
  const header = readHeader(parts[0] ?? '', issuer.algorithms);
  if (!header.ok) return header;
  if (claimed.kind === 'twice') return refuse('jwt_claims');
  const payload = claimed.value;
  if (member(payload, 'iss') !== issuer.issuer) return refuse('jwt_claims', 'iss');
  const times = readClaims(payload, expectedOf(options));
  if (!times.ok) return times;
  const vouchedAt = issuer.vouchedAt(payload, times);
  if (vouchedAt === undefined) return refuse('jwt_claims', 'auth_time');
  const verifiedAt = Math.min(vouchedAt * 1000, now);
  const { verifiedSince = 0 } = question;
  if (!(verifiedAt >= verifiedSince)) return refuse('jwt_too_old');

  const { algorithm, keyId } = header;
  const found = await issuer.keys.find(algorithm, keyId, question.context);
  if (!found.ok) return found;
  if (!(await isSigned(token, found.key, algorithm))) return refuse('jwt_signature');
  const caller = issuer.readCaller(payload);
  if (!caller.ok) return caller;
  const expiresAt = times.expiresAt * 1000;
  return Object.freeze({ verdict: 'verified', ...caller.found, verifiedAt, expiresAt, cached: false });
}

function expectedOf({ issuer, question, now }: VerifyJwtOptions): Expected {
  const audiences = !issuer.takesList ? 'text' : question.soleAudience ? 'sole' : 'list';
  return { audience: question.audience, audiences, now };
}
