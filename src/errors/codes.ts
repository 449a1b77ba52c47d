/**
 * Every stable code of callerid, and the words for those of the verifier, the webhook and the admin API.
 *
 * Codes are an interface (logs, metrics and clients match on them); texts are not. Who gives the codes of one group
 * imports that group alone; a webhook those of a review, `review.ts`. The words of a guarded service are in `access.ts`: a webhook has
 * no use for them.
 *
 * @module
 */
import type { AccessRefusalCode } from './access.ts';
import {
  type ExchangeErrorCode,
  type ExchangeRefusalCode,
  exchangeErrors,
  exchangeRefusals,
} from './exchange.ts';
import type { JwtRefusalCode } from './jwt.ts';
import type { MappingRefusalCode } from './mapping.ts';
import { type RequestErrorCode, requestErrors } from './request.ts';
import { type OutageCode, reviewTexts, withDetail } from './review.ts';
import type { StsRefusalCode } from './sts.ts';
import type { KeyRefusalCode, TokenRefusalCode } from './token.ts';

export { type OutageCode, outages, type ShadowOutageCode } from './review.ts';

/** Answers of the admin API, beside those that it has in common with the webhook. */
export const adminErrors = {
  forbidden: 'the caller is proven, and is no administrator of this cluster',
  request_invalid: 'the request does not have the form that the OpenAPI document gives',
  policy_invalid: 'the policy does not validate',
  policy_conflict: 'another version was written in between: look at it, and apply again',
  policy_version_unknown: 'there is no such version, in the history or at all',
  would_lock_out: 'people who came lately, or the caller, would not be let in any more',
  policy_incomplete: 'the store lacks parts of this policy: upload them first',
  policy_unsigned: 'policies of this cluster have to be signed',
  policy_signature_invalid: 'the signature is not one of this version of the policy, by a key that is taken',
  store_failed: 'the store of policies failed',
} as const;

/** Codes of definite refusals. */
export type RefusalCode =
  | TokenRefusalCode
  | KeyRefusalCode
  | StsRefusalCode
  | JwtRefusalCode
  | MappingRefusalCode
  | ExchangeRefusalCode
  | AccessRefusalCode;
/** Codes of the admin API. */
export type AdminErrorCode = keyof typeof adminErrors;
/** Every code that callerid gives. */
export type Code = RefusalCode | OutageCode | RequestErrorCode | ExchangeErrorCode | AdminErrorCode;
/** Those that something else than a guarded service gives. */
export type CommonCode = Exclude<Code, AccessRefusalCode>;

const texts: Readonly<Record<CommonCode, string>> = {
  ...reviewTexts,
  ...exchangeRefusals,
  ...requestErrors,
  ...exchangeErrors,
  ...adminErrors,
};

/** What a code means, in a sentence. */
export function textOf(code: CommonCode): string {
  return texts[code];
}

/** Why, in a sentence: what the code means, and what in particular. Holds nothing secret. */
export function reasonOf({
  code,
  detail,
}: {
  readonly code: CommonCode;
  readonly detail?: string | undefined;
}): string {
  return withDetail(textOf(code), detail);
}
