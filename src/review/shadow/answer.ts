/**
 * What the incumbent answered: the authenticator that decides in shadow mode, while callerid decides beside it.
 *
 * @module
 */
import * as v from 'valibot';
import type { ShadowOutageCode } from '../../errors/codes.ts';
import type { ReviewStatus, ReviewUser, TokenReview } from '../token-review.ts';

/** Its verdict, rebuilt from checked parts; or that it gave none, and why. */
export type IncumbentAnswer =
  | {
      readonly status: ReviewStatus;
      /** The API server is told the same: it takes a denial with 403 for a failure, and does not hold it. */
      readonly httpStatus: number;
      readonly code?: undefined;
    }
  | {
      readonly code: ShadowOutageCode;
      /** Undefined where there was no answer. */
      readonly httpStatus?: number | undefined;
      readonly status?: undefined;
    };

const texts = v.array(v.string());

/** The library takes a list for an object. */
const anObject = v.custom((value) => !Array.isArray(value));

/** What Go leaves out where it is empty may be missing; what is there has its type. */
const granted = v.object({
  authenticated: v.literal(true),
  user: v.object({
    username: v.pipe(v.string(), v.minLength(1)),
    uid: v.optional(v.string(), ''),
    groups: v.optional(texts, []),
    extra: v.optional(v.custom<ReviewUser['extra']>(isExtra), {}),
  }),
  audiences: v.optional(texts),
});

const denied = v.object({
  authenticated: v.optional(v.literal(false), false),
  error: v.optional(v.string()),
});

/** By the HTTP status; with any other nobody was judged: 401, for one, is about who asks. */
const statuses: Readonly<Record<number, v.GenericSchema<unknown, ReviewStatus>>> = {
  200: v.pipe(anObject, v.union([granted, denied])),
  403: v.pipe(anObject, denied), // as aws-iam-authenticator denies
};

/**
 * Reads a body; undefined where it is no verdict. aws-iam-authenticator names neither `apiVersion` nor `kind`, and of a
 * denial not even `authenticated`; where they are named they must be right.
 */
export function readVerdict(
  httpStatus: number,
  body: unknown,
  { apiVersion }: TokenReview,
): ReviewStatus | undefined {
  const status = statuses[httpStatus];
  if (status === undefined) return undefined;
  const kind = v.optional(v.literal('TokenReview'));
  const read = v.safeParse(v.object({ apiVersion: v.optional(v.literal(apiVersion)), kind, status }), body);
  return read.success ? read.output.status : undefined;
}

function isExtra(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return v.safeParse(v.array(texts), Object.values(value)).success;
}
