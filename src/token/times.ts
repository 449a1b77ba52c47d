/**
 * Rule 8: when a token begins and ends.
 *
 * STS accepts a signature from 5 minutes before X-Amz-Date until 15 minutes after it and ignores X-Amz-Expires
 * (kubernetes-sigs/aws-iam-authenticator#401); so the value is checked for form and then has no meaning.
 *
 * @module
 */
import { type Refused, refuse } from '../errors/refusal.ts';
import type { TokenRefusalCode } from '../errors/token.ts';

/** How long STS takes a signature after its date, in milliseconds. */
export const signatureLifetimeMs: number = 15 * 60_000;
const clockSkewMs = 5 * 60_000;
/** How long a token can be good from now on, in milliseconds: its date may be ahead. */
export const longestLifeMs: number = clockSkewMs + signatureLifetimeMs;

/** Checks form and time; gives the begin and the end, in milliseconds since the epoch. */
export function checkTimes(
  date: string,
  expires: string,
  now: number,
): { ok: true; signedAt: number; expiresAt: number } | Refused<TokenRefusalCode> {
  const signedAt = parseAmzDate(date);
  if (signedAt === undefined) return refuse('date_malformed');
  if (signedAt - now > clockSkewMs) return refuse('date_in_future');
  const expiresAt = signedAt + signatureLifetimeMs;
  // Written so that a clock that is no number refuses.
  if (!(now <= expiresAt)) return refuse('token_expired');
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(expires) || Number(expires) > 900) return refuse('expires_malformed');
  return { ok: true, signedAt, expiresAt };
}

/** Writes a time as X-Amz-Date does: `20261124T050342Z`. */
export function formatAmzDate(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** Reads `YYYYMMDDTHHMMSSZ`; undefined where there is no such day or time. */
function parseAmzDate(date: string): number | undefined {
  if (!/^\d{4}(?:0[1-9]|1[0-2])\d\dT(?:[01]\d|2[0-3])[0-5]\d[0-5]\dZ$/.test(date)) return undefined;
  const day = Number(date.slice(6, 8));
  const time = Date.UTC(
    Number(date.slice(0, 4)),
    Number(date.slice(4, 6)) - 1,
    day,
    Number(date.slice(9, 11)),
    Number(date.slice(11, 13)),
    Number(date.slice(13, 15)),
  );
  // A day that the month does not have is counted on into the next.
  return new Date(time).getUTCDate() === day ? time : undefined;
}
