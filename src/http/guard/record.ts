/**
 * One record per request, for a log.
 *
 * @module
 */
import { reasonOf } from '../../errors/access.ts';
import type { Code } from '../../errors/codes.ts';
import { type CallerFields, callerFields, type Source, sourceFields } from '../caller-fields.ts';
import type { Access, AccessEvent } from './decide.ts';

/** What is logged of a request. Field names are an interface. Nothing of a token is in it. */
export interface AccessRecord extends CallerFields {
  readonly event: 'access';
  /** When the request came, RFC 3339. */
  readonly time: string;
  /** In an answer of the guard too, in the header `callerid-decision-id`. */
  readonly decisionId: string;
  /** `rejected`: the request has no readable token. `refused`: the token is not good here. `denied`: the caller is proven. */
  readonly verdict: Access['verdict'];
  /** Why, in detail: the answer may say less. Absent where the verdict is `granted`. */
  readonly code?: Code | undefined;
  /** The same in words. */
  readonly reason?: string | undefined;
  /** With code `internal`: the kind of the error. */
  readonly problem?: string | undefined;
  /** As the policy names the caller, or without one a JWT of callerid. */
  readonly username?: string | undefined;
  /** The rule of the policy that decided. */
  readonly rule?: string | undefined;
  /** The version of the policy that decided. Absent where it is not stored. */
  readonly policyVersion?: number | undefined;
  /** How long the decision took, in milliseconds. */
  readonly durationMs: number;
}

/**
 * The line for a log: flat, with stable names.
 *
 * @example
 * ```ts
 * const guard = createGuard({ ...options, log: (event) => console.log(JSON.stringify(accessRecord(event))) });
 * ```
 */
export function accessRecord(event: AccessEvent): AccessRecord {
  const facts: Facts = event;
  const { policy, proven, code, detail, problem } = facts;
  const { verdict, decisionId, startedAt, durationMs } = event;
  return {
    event: 'access',
    time: new Date(startedAt).toISOString(),
    decisionId,
    verdict,
    code: verdict === 'foreign' ? 'token_foreign' : code,
    reason: code && reasonOf({ code, detail }),
    problem,
    username: (policy ?? proven?.jwt?.names)?.username,
    rule: policy?.rule,
    policyVersion: policy?.policyVersion,
    ...(proven === undefined ? sourceFields(facts) : callerFields(proven, startedAt + durationMs)),
    durationMs,
  };
}

/** What some outcomes have, and others do not. */
interface Facts extends Source {
  readonly verdict: Access['verdict'];
  readonly code?: Code;
  readonly detail?: string | undefined;
  readonly problem?: string;
  readonly proven?: Parameters<typeof callerFields>[0];
  readonly policy?:
    | {
        readonly username?: string;
        readonly rule?: string | undefined;
        readonly policyVersion: number | undefined;
      }
    | undefined;
}
