/**
 * The words for the codes of a review: by what it is refused, denied, or without a verdict.
 *
 * By themselves, since a webhook has no use for those of the admin API and of issuers.
 *
 * @module
 */
import { type Ec2OutageCode, ec2Outages } from './ec2.ts';
import { type SigningOutageCode, signingOutages } from './exchange.ts';
import { type JwtOutageCode, type JwtRefusalCode, jwtOutages, jwtRefusals } from './jwt.ts';
import { type MappingRefusalCode, mappingRefusals } from './mapping.ts';
import { type PolicyOutageCode, policyOutages } from './policy.ts';
import { type InternalOutageCode, internalOutages } from './request.ts';
import {
  type ClientOutageCode,
  clientOutages,
  type StsOutageCode,
  type StsRefusalCode,
  stsOutages,
  stsRefusals,
} from './sts.ts';
import { type KeyRefusalCode, keyRefusals, type TokenRefusalCode, tokenRefusals } from './token.ts';

const shadowOutages = {
  shadow_throttled: 'the shadowed authenticator throttles',
  shadow_no_verdict: 'the shadowed authenticator gave no verdict',
} as const;

/** No verdict: nobody was judged, the caller should come again. Never cached. */
export const outages: Readonly<Record<OutageCode, string>> = {
  ...stsOutages,
  ...jwtOutages,
  ...clientOutages,
  ...ec2Outages,
  ...shadowOutages,
  ...policyOutages,
  ...signingOutages,
  ...internalOutages,
};

/** Codes of no verdict for which the authenticator that is shadowed is the reason. */
export type ShadowOutageCode = keyof typeof shadowOutages;
/** Codes of no verdict: nobody was judged, come again later. */
export type OutageCode =
  | StsOutageCode
  | JwtOutageCode
  | ClientOutageCode
  | Ec2OutageCode
  | ShadowOutageCode
  | PolicyOutageCode
  | SigningOutageCode
  | InternalOutageCode;
/** Codes that a review may end with. */
export type ReviewCode =
  | TokenRefusalCode
  | KeyRefusalCode
  | StsRefusalCode
  | JwtRefusalCode
  | MappingRefusalCode
  | OutageCode;

/** What each of them means, in a sentence. */
export const reviewTexts: Readonly<Record<ReviewCode, string>> = {
  ...tokenRefusals,
  ...stsRefusals,
  ...jwtRefusals,
  ...mappingRefusals,
  ...outages,
  ...keyRefusals,
};

/** Why, in a sentence: what the code means, and what in particular. Holds nothing secret. */
export function reasonOf({
  code,
  detail,
}: {
  readonly code: ReviewCode;
  readonly detail?: string | undefined;
}): string {
  return withDetail(reviewTexts[code], detail);
}

/** A text, and what in particular. */
export function withDetail(text: string, detail: string | undefined): string {
  return detail === undefined ? text : `${text} (${detail})`;
}
