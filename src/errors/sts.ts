/**
 * What STS answers, or that it does not.
 *
 * @module
 */

/** Refusals that STS gave, or that follow from what it gave. */
export const stsRefusals = {
  sts_signature_mismatch:
    'STS says the signature does not match: signed for another cluster or audience, altered, or with a wrong secret key',
  sts_token_expired: 'STS says the signature has expired: the client should make a new token',
  sts_token_not_yet_current: 'STS says the signature is not yet current: check the clock of the client',
  sts_access_key_unknown: 'STS does not know the access key, or its session token does not belong to it',
  sts_session_expired: 'STS says the session of these credentials has ended: log in again',
  sts_signature_incomplete: 'STS says the signature is incomplete',
  sts_authentication_missing: 'STS found no authentication in the request',
  sts_access_denied: 'STS denied the call: a policy forbids sts:GetCallerIdentity to this principal',
  sts_region_disabled: 'STS is disabled in this region for the account of the caller: use another region',
  sts_opt_in_required: 'the account of the caller has not opted in to this region: use another region',
  sts_request_too_large:
    'STS finds the request too large: the session token of these credentials is too long',
  sts_host_unlisted:
    'the host has the shape of an STS endpoint but is in no table, and did not answer as STS',
} as const;

/** A guarded service tells it too. */
export const stsThrottled = 'STS throttles';

/** No verdict, and STS is the reason. */
export const stsOutages = {
  sts_throttled: stsThrottled as string,
  sts_unreachable: 'STS could not be reached',
  sts_timeout: 'STS did not answer in time',
  sts_failing: 'STS answered with a server error',
  sts_answer_unexpected: 'STS gave an answer that callerid does not know',
  sts_circuit_open: 'STS has not answered for a while and is left alone until it is tried again',
} as const;

/** A guarded service tells it too. */
export const clientThrottled = 'this client asks too often';

/** No verdict, as STS was not asked. */
export const clientOutages = {
  client_throttled: clientThrottled as string,
  caller_throttled: 'STS was asked too often about tokens of this access key',
  cluster_throttled: 'STS was asked too often for this cluster',
  overloaded: 'too many calls to STS are under way',
} as const;

/** Codes of no verdict, as STS was not asked. */
export type ClientOutageCode = keyof typeof clientOutages;
/** Codes of the refusals by STS, as `docs/codes.md` explains them. */
export type StsRefusalCode = keyof typeof stsRefusals;
/** Codes of no verdict for which STS is the reason: come again later. */
export type StsOutageCode = keyof typeof stsOutages;
