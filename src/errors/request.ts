/**
 * What is wrong with a request, or with callerid, before anybody is judged.
 *
 * @module
 */

/** No verdict, and nobody else is the reason of it. */
export const internalOutages = {
  internal: 'something went wrong inside callerid',
} as const;

/** Codes of no verdict for which nobody else is the reason. */
export type InternalOutageCode = keyof typeof internalOutages;

/** A guarded service tells it too. */
export const bodyTooLarge = 'the request body is larger than the limit';

/** Answers to a request that is not a review, or comes from a caller who may not ask. */
export const requestErrors = {
  unauthorized: 'the caller does not prove that they may ask here',
  not_found: 'there is nothing at this path',
  method_not_allowed: 'this path takes POST only',
  unsupported_media_type: 'the content type is not application/json',
  body_too_large: bodyTooLarge as string,
  not_json: 'the request body is not JSON',
  not_a_review: 'the request body is not a TokenReview of authentication.k8s.io/v1 or v1beta1',
  misconfigured: 'this deployment is not configured; the log and /readyz say what is missing',
} as const;

/** Codes of a request that is answered before anybody is judged. */
export type RequestErrorCode = keyof typeof requestErrors;
