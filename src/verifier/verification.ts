/**
 * What comes of verifying a token.
 *
 * @module
 */
import type { StsOutageCode, StsRefusalCode } from '../errors/sts.ts';
import type { KeyRefusalCode, TokenRefusalCode } from '../errors/token.ts';
import type { Identity } from '../identity/identity.ts';

/** The outcome of `verify`. Only `verified` carries an identity. */
export type Verification = Verified | Foreign | RefusedToken | Throttled | Unavailable;

/** Somebody else's bearer token. */
export interface Foreign {
  readonly verdict: 'foreign';
}

/** A definite no: the token cannot be good here. */
export interface RefusedToken {
  readonly verdict: 'refused';
  readonly code: Exclude<TokenRefusalCode, 'token_foreign'> | StsRefusalCode | KeyRefusalCode;
  /** What in particular, such as the name of a parameter. */
  readonly detail?: string;
  /** Absent where STS was not asked. */
  readonly sts?: StsFacts;
}

/** Nobody was judged, as STS has too much to do, or this client asks too often: come again later. */
export interface Throttled {
  readonly verdict: 'throttled';
  readonly code: 'sts_throttled' | 'client_throttled';
  /** Absent where STS was not asked. */
  readonly sts?: StsFacts;
}

/** Nobody was judged, as STS gave nothing to go by: come again later. */
export interface Unavailable {
  readonly verdict: 'unavailable';
  readonly code: Exclude<StsOutageCode, 'sts_throttled'>;
  readonly sts: StsFacts;
}

/** STS vouched for the caller. */
export interface Verified {
  readonly verdict: 'verified';
  readonly identity: Identity;
  /** When STS was asked, in milliseconds since the epoch. */
  readonly verifiedAt: number;
  /** Until when this may be held, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Whether STS was asked for this call, or the answer was held already. */
  readonly cached: boolean;
  readonly sts: StsFacts;
}

/** Which STS was asked, for logs. */
export interface StsFacts {
  readonly host: string;
  readonly requestId?: string | undefined;
}
