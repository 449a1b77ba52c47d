/**
 * What comes of verifying a token.
 *
 * @module
 */
import type { JwtOutageCode, JwtRefusalCode } from '../errors/jwt.ts';
import type { ClientOutageCode, StsOutageCode, StsRefusalCode } from '../errors/sts.ts';
import type { KeyRefusalCode, TokenRefusalCode } from '../errors/token.ts';
import type { Identity } from '../identity/identity.ts';

/** The outcome of `verify`. Only `verified` carries an identity. */
export type Verification = Verified | Foreign | RefusedToken | Throttled | Unavailable;

/** Somebody else's bearer token, or none: it does not begin with `k8s-aws-v1.`, and is no JWT of an issuer that is taken. */
export interface Foreign {
  readonly verdict: 'foreign';
}

/** A definite no: the token cannot be good here. */
export interface RefusedToken {
  readonly verdict: 'refused';
  /** Why. */
  readonly code:
    | Exclude<TokenRefusalCode, 'token_foreign'>
    | StsRefusalCode
    | KeyRefusalCode
    | JwtRefusalCode;
  /** What in particular, such as the name of a parameter. */
  readonly detail?: string;
  /** Absent where STS was not asked. */
  readonly sts?: StsFacts;
  /** The issuer of a JWT. Absent of other tokens. */
  readonly jwt?: JwtIssuer;
}

/** Nobody was judged, as STS has too much to do, or this client asks too often: come again later. */
export interface Throttled {
  readonly verdict: 'throttled';
  /** Whether STS has too much to do, callerid has, or somebody asks too often. */
  readonly code: 'sts_throttled' | ClientOutageCode;
  /** Absent where STS was not asked. */
  readonly sts?: StsFacts;
  /** When STS will be tried again, in milliseconds from now. Absent where that is not known. */
  readonly retryAfterMs?: number;
}

/** Nobody was judged, as STS, or the issuer of a JWT, gave nothing to go by: come again later. */
export interface Unavailable {
  readonly verdict: 'unavailable';
  /** What was wrong with STS, or the issuer. */
  readonly code: Exclude<StsOutageCode, 'sts_throttled'> | JwtOutageCode;
  /** Which STS was asked. Absent of a JWT. */
  readonly sts?: StsFacts;
  /** The issuer of a JWT. Absent of other tokens. */
  readonly jwt?: JwtIssuer;
  /** When STS will be tried again, in milliseconds from now. Absent where that is not known. */
  readonly retryAfterMs?: number;
}

/** AWS vouched for the caller. */
export interface Verified {
  readonly verdict: 'verified';
  /** Who signed the token, or for whom it was issued. */
  readonly identity: Identity;
  /** When STS was asked, or the JWT was issued, in milliseconds since the epoch. */
  readonly verifiedAt: number;
  /** Until when this may be held, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** True where the answer was held already, false where STS was asked for this call. */
  readonly cached: boolean;
  /** Which STS was asked. Absent of a JWT. */
  readonly sts?: StsFacts;
  /** Of a JWT. Absent of other tokens. */
  readonly jwt?: JwtFacts;
}

/** Which STS was asked, for logs. */
export interface StsFacts {
  /** The host of the endpoint, such as `sts.eu-west-1.amazonaws.com`. */
  readonly host: string;
  /** What STS calls the request; absent where it did not say. */
  readonly requestId?: string | undefined;
}

/** Who issued a JWT, for logs. */
export interface JwtIssuer {
  /** The URL of the issuer, as it was configured. */
  readonly issuer: string;
}

/** What a JWT says beside the identity. */
export interface JwtFacts extends JwtIssuer {
  /** What the issuer calls it (`jti`); absent where it does not say. */
  readonly id?: string;
  /** What the caller asked to have in it: their own words, never to be authorised on. Absent where there is nothing. */
  readonly requestTags?: Readonly<Record<string, string>>;
  /** As whom an issuer of callerid knows the caller, by its policy. Absent in a JWT of AWS. */
  readonly names?: IssuedNames;
}

/** What the policy of an issuer gave. */
export interface IssuedNames {
  /** As the rule names the caller. */
  readonly username: string;
  /** Those of the rule, with every variable filled in. */
  readonly groups: readonly string[];
  /** Those of the groups that the rule names literally: no caller chose them by the name of a session. */
  readonly literalGroups: readonly string[];
}
