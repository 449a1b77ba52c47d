/**
 * What stands between a verifier and STS: it may turn a question away, and is told what came of the others.
 *
 * @module
 */
import type { Endpoint } from '../token/endpoint.ts';
import type { RefusedToken, Throttled, Unavailable, Verified } from './verification.ts';

/** What STS is to be asked about: the endpoint that the caller signed for. One that is not `listed` is their choice, and tells nothing of STS. */
export interface StsQuestion extends Endpoint {
  /** Claimed, not proven: the signature is what STS is to check. */
  readonly accessKeyId: string;
  /** The present, in milliseconds since the epoch. */
  readonly clock: () => number;
}

/** What comes of asking. */
export type StsVerdict = Verified | RefusedToken | Throttled | Unavailable;

/** Asks by `ask`, once, and gives what comes of it; or gives no verdict of its own: come again later. Where it gives an identity that STS did not, `verify` rejects. */
export type StsGate = (question: StsQuestion, ask: () => Promise<StsVerdict>) => Promise<StsVerdict>;
