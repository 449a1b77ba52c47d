/**
 * What stands between a verifier and STS: it may turn a question away, and is told what came of the others.
 *
 * @module
 */
import type { RefusedToken, Throttled, Unavailable, Verified } from './verification.ts';

/** What STS is to be asked about. */
export interface StsQuestion {
  /** The host of the endpoint that the caller signed for. */
  readonly host: string;
  /** Whether a table or the configuration names that host. Another one is the caller's choice, and tells nothing of STS. */
  readonly listed: boolean;
  /** Claimed, not proven: the signature is what STS is to check. */
  readonly accessKeyId: string;
  /** The present, in milliseconds since the epoch. */
  readonly clock: () => number;
}

/** What comes of asking. */
export type StsVerdict = Verified | RefusedToken | Throttled | Unavailable;

/** Asks by `ask`, once, and gives what comes of it; or gives no verdict of its own: come again later. Where it gives an identity that STS did not, `verify` rejects. */
export type StsGate = (question: StsQuestion, ask: () => Promise<StsVerdict>) => Promise<StsVerdict>;
