/**
 * What a verifier needs of JWTs, so that it does not need what reads them.
 *
 * @module
 */
import type { TaskContext } from '../lib/flights.ts';
import type { Foreign, Verification } from './verification.ts';

/** Verifies the JWTs of some issuers, for the option `jwts` of a verifier. Made by `awsJwts` and `issuedTokens`. */
export interface JwtVerifier {
  /** Whether a token says that it is from one of these issuers. Nothing is proven by that. */
  isOurs(token: string): boolean;
  /** Says for whom a JWT stands. Rejects only where a given function throws. */
  verify(token: string, question: JwtQuestion): Promise<Exclude<Verification, Foreign>>;
}

/** What is asked about a JWT. */
export interface JwtQuestion {
  /** Which it must name. */
  readonly audience: string;
  /** Whether it may name no other. */
  readonly soleAudience: boolean;
  /** In milliseconds since the epoch: issued before is too old. */
  readonly issuedSince: number;
  /** Lets concurrent calls share the fetching of keys. */
  readonly context?: TaskContext | undefined;
}
