/**
 * One record per request, for a log.
 *
 * @module
 */
import type { Code } from '../../errors/codes.ts';
import type { CallerFields } from '../log.ts';

/** What is logged of a request. Field names are an interface. Nothing of a token is in it. */
export interface AccessRecord extends CallerFields {
  readonly event: 'access';
  /** When the request came, RFC 3339. */
  readonly time: string;
  /** In an answer of the guard too, in the header `callerid-decision-id`. */
  readonly decisionId: string;
  /** `rejected`: the request has no readable token. `refused`: the token is not good here. `denied`: the caller is proven. */
  readonly verdict: 'granted' | 'denied' | 'refused' | 'foreign' | 'rejected' | 'throttled' | 'unavailable';
  /** Why, in detail: the answer may say less. Absent where the verdict is `granted`. */
  readonly code?: Code | undefined;
  readonly reason?: string | undefined;
  /** With code `internal`: the kind of the error. */
  readonly problem?: string | undefined;
  readonly username?: string | undefined;
  /** The rule of the policy that decided. */
  readonly rule?: string | undefined;
  readonly policyVersion?: number | undefined;
  readonly durationMs: number;
}
