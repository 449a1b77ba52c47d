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

/** Somebody else's bearer token, or none: it does not begin with `k8s-aws-v1.`. */
export interface Foreign {
  readonly verdict: 'foreign';
}

/** A definite no: the token cannot be good here. */
export interface RefusedToken {
  readonly verdict: 'refused';
  /** Why. */
  readonly code: Exclude<TokenRefusalCode, 'token_foreign'> | StsRefusalCode | KeyRefusalCode;
  /** What in particular, such as the name of a parameter. */
  readonly detail?: string;
  /** Absent where STS was not asked. */
  readonly sts?: StsFacts;
}

/** Nobody was judged, as STS has too much to do, or this client asks too often: come again later. */
export interface Throttled {
  readonly verdict: 'throttled';
  /** Whether STS has too much to do, or this client asks too often. */
  readonly code: 'sts_throttled' | 'client_throttled';
  /** Absent where STS was not asked. */
  readonly sts?: StsFacts;
}

/** Nobody was judged, as STS gave nothing to go by: come again later. */
export interface Unavailable {
  readonly verdict: 'unavailable';
  /** What was wrong with STS. */
  readonly code: Exclude<StsOutageCode, 'sts_throttled'>;
  /** Which STS was asked. */
  readonly sts: StsFacts;
}

/** STS vouched for the caller. */
export interface Verified {
  readonly verdict: 'verified';
  /** Who signed the token. */
  readonly identity: Identity;
  /** When STS was asked, in milliseconds since the epoch. */
  readonly verifiedAt: number;
  /** Until when this may be held, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** True where the answer was held already, false where STS was asked for this call. */
  readonly cached: boolean;
  /** Which STS was asked. */
  readonly sts: StsFacts;
}

/** Which STS was asked, for logs. */
export interface StsFacts {
  /** The host of the endpoint, such as `sts.eu-west-1.amazonaws.com`. */
  readonly host: string;
  /** What STS calls the request; absent where it did not say. */
  readonly requestId?: string | undefined;
}
