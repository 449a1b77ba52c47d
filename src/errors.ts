/**
 * Every stable code of callerid, with the words that go with it, and every error class.
 *
 * A refusal is a value, not an exception: it is the expected answer to a bad token. Classes are for
 * what should not happen: a wrong configuration, a policy that does not validate, a store that fails.
 * Codes are an interface (logs, metrics and clients match on them); texts are not.
 *
 * @module
 */

/** Refusals of the token itself, before anybody is asked. Roughly in the order of the checks. */
export const tokenRefusals = {
  token_foreign: 'not a k8s-aws-v1 token',
  token_too_long: 'the token is longer than the limit',
  token_encoding: 'the token is not canonical base64url without padding',
  token_not_ascii: 'the token holds something other than printable ASCII',
  url_scheme: 'the URL does not begin with https://',
  url_fragment: 'the URL has a fragment',
  url_userinfo: 'the URL has user info',
  url_port: 'the URL names a port',
  url_host: 'the host is not a DNS name in lower case',
  url_path: 'the path of the URL is not exactly "/"',
  host_not_sts: 'the host is not an STS endpoint of the expected partition',
  region_not_allowed: 'the region is not among those that this deployment accepts',
  global_endpoint_disabled: 'the global STS endpoint is switched off here',
  query_malformed: 'the query has an empty pair, a pair without a value, or a character that is not allowed',
  query_parameter_unknown: 'the query has a parameter that does not belong to a GetCallerIdentity URL',
  query_parameter_duplicate: 'the query has a parameter twice',
  query_parameter_missing: 'the query lacks a required parameter',
  query_action: 'Action is not GetCallerIdentity',
  query_version: 'Version is not 2011-06-15',
  query_algorithm: 'X-Amz-Algorithm is not AWS4-HMAC-SHA256',
  access_key_id_malformed: 'the access key ID is not 4 to 128 letters and digits',
  account_not_expected: 'the access key ID is that of another account than those that this service expects',
  session_token_malformed: 'X-Amz-Security-Token is not base64',
  signature_malformed: 'X-Amz-Signature is not 64 lower-case hexadecimal digits',
  scope_malformed: 'X-Amz-Credential is not KEY/DATE/REGION/sts/aws4_request',
  scope_date: 'the credential scope has another date than X-Amz-Date',
  scope_region: 'the credential scope has another region than the host',
  scope_region_global:
    'the global endpoint takes only signatures for us-east-1: sign for us-east-1, or use the regional endpoint',
  signed_headers: 'the signed headers are not exactly host;x-k8s-aws-id',
  date_malformed: 'X-Amz-Date is not a real time of the form YYYYMMDDTHHMMSSZ',
  date_in_future: 'X-Amz-Date is more than 5 minutes ahead: check the clock of the client',
  token_expired: 'X-Amz-Date is more than 15 minutes ago: the client should make a new token',
  expires_malformed: 'X-Amz-Expires is not a plain number of seconds from 0 to 900',
} as const;

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

/** Refusals of a proven identity: by the rules, or for want of one. */
export const mappingRefusals = {
  not_mapped: 'no rule maps this identity',
  denied_by_rule: 'a deny rule names this identity',
  principal_recreated:
    'the rule is pinned to another principal of this name: the role or user was deleted and created anew',
  condition_unmet: 'rules name this identity, and the conditions of none of them hold',
  template_empty: 'the rule uses a template variable that has no value for this identity',
  template_unavailable: 'the rule uses a template variable that this deployment cannot resolve',
  instance_id_malformed:
    'the session name is not the ID of an EC2 instance, which {{EC2PrivateDNSName}} needs',
  instance_not_found:
    'no pending or running EC2 instance of this ID with a private DNS name is in the account of the identity',
  instance_name_malformed: 'the private DNS name that EC2 has for the instance is no DNS name in lower case',
  name_malformed: 'the rendered name is not 1 to 1024 printable ASCII characters',
  name_reserved: 'the rendered name begins with a reserved prefix that the rule does not allow',
  audiences_disjoint: 'none of the API audiences asked for is served here',
} as const;

/** No verdict: nobody was judged, the caller should come again. Never cached. */
export const outages = {
  sts_throttled: 'STS throttles',
  client_throttled: 'this client makes callerid ask STS too often',
  sts_unreachable: 'STS could not be reached',
  sts_timeout: 'STS did not answer in time',
  sts_failing: 'STS answered with a server error',
  sts_answer_unexpected: 'STS gave an answer that callerid does not know',
  ec2_throttled: 'EC2 throttles, or STS does for the role that asks it',
  ec2_unreachable: 'EC2, or STS for the role that asks it, could not be reached',
  ec2_timeout: 'EC2 did not answer in time',
  ec2_failing: 'EC2, or STS for the role that asks it, answered with a server error',
  ec2_credentials_refused:
    'EC2 refuses the credentials of this deployment, or STS does for the role: look at CALLERID_EC2_ and its rights',
  ec2_answer_unexpected: 'EC2, or STS for the role that asks it, gave an answer that callerid does not know',
  shadow_throttled: 'the shadowed authenticator throttles',
  shadow_no_verdict: 'the shadowed authenticator gave no verdict',
  policy_missing: 'no policy is stored for this cluster',
  policy_unavailable: 'the policy cannot be read and no good version is held',
  internal: 'something went wrong inside callerid',
} as const;

/** Answers to a request that is not a review, or comes from a caller who may not ask. */
export const requestErrors = {
  unauthorized: 'the caller does not prove that they may ask here',
  not_found: 'there is nothing at this path',
  method_not_allowed: 'this path takes POST only',
  unsupported_media_type: 'the content type is not application/json',
  body_too_large: 'the request body is larger than the limit',
  not_json: 'the request body is not JSON',
  not_a_review: 'the request body is not a TokenReview of authentication.k8s.io/v1 or v1beta1',
  misconfigured: 'this deployment is not configured; the log and /readyz say what is missing',
} as const;

/** Answers to a request for a web service that callerid guards, beside refusals of the token. */
export const accessRefusals = {
  token_missing: 'the request has no bearer token',
  authorization_malformed: 'the authorization header is not "Bearer" and one token',
  nonce_missing: 'the header callerid-nonce is missing, or is not 22 base64url characters',
  token_malformed: 'the token is not one that callerid reads',
  token_refused: 'AWS does not vouch for this token here',
  token_replayed: 'the token is good once, and was used before',
  not_allowed: 'the caller is proven, and is not among those who may come in',
} as const;

/** Answers of the admin API, beside those that it has in common with the webhook. */
export const adminErrors = {
  forbidden: 'the caller is proven, and is no administrator of this cluster',
  request_invalid: 'the request does not have the form that the OpenAPI document gives',
  policy_invalid: 'the policy does not validate',
  policy_conflict: 'another version was written in between: look at it, and apply again',
  policy_version_unknown: 'there is no such version, in the history or at all',
  would_lock_out: 'people who came lately, or the caller, would not be let in any more',
  policy_incomplete: 'the store lacks parts of this policy: upload them first',
  store_failed: 'the store of policies failed',
} as const;

export type TokenRefusalCode = keyof typeof tokenRefusals;
export type StsRefusalCode = keyof typeof stsRefusals;
export type MappingRefusalCode = keyof typeof mappingRefusals;
export type RefusalCode = TokenRefusalCode | StsRefusalCode | MappingRefusalCode;
export type OutageCode = keyof typeof outages;
/** Outages that STS is the reason of. */
export type StsOutageCode = Extract<OutageCode, `sts_${string}`>;
/** Outages that looking up an EC2 instance is the reason of. */
export type Ec2OutageCode = Extract<OutageCode, `ec2_${string}`>;
/** Outages that the authenticator is the reason of which decides in shadow mode. */
export type ShadowOutageCode = Extract<OutageCode, `shadow_${string}`>;
export type RequestErrorCode = keyof typeof requestErrors;
export type AccessRefusalCode = keyof typeof accessRefusals;
export type AdminErrorCode = keyof typeof adminErrors;
/** Every code that callerid gives. */
export type Code = RefusalCode | OutageCode | RequestErrorCode | AccessRefusalCode | AdminErrorCode;

const texts: Readonly<Record<Code, string>> = {
  ...tokenRefusals,
  ...stsRefusals,
  ...mappingRefusals,
  ...outages,
  ...requestErrors,
  ...accessRefusals,
  ...adminErrors,
};

/** Whether a code means that nobody was judged. */
export function isOutage(code: Code): code is OutageCode {
  return Object.hasOwn(outages, code);
}

/** What a code means, in a sentence. */
export function textOf(code: Code): string {
  return texts[code];
}

/** A refusal: a stable code and a sentence of ours, free of anything secret. */
export interface Refused<C extends Code = Code> {
  readonly ok: false;
  readonly code: C;
  readonly reason: string;
}

/** Makes the refusal for a code. `detail`, where given, is appended; it must hold only checked values. */
export function refuse<C extends Code>(code: C, detail?: string): Refused<C> {
  return { ok: false, code, reason: detail === undefined ? texts[code] : `${texts[code]} (${detail})` };
}

/** What every error thrown by callerid is: an `Error` with a stable `code`. */
export class CalleridError extends Error {
  /** Stable, documented. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A setting that cannot work. The message names the setting and the fix. Code `configuration`. */
export class ConfigurationError extends CalleridError {
  /** The setting: an option's path, or the environment variable that holds it. */
  readonly setting: string;
  readonly problem: string;
  /** What to do about it, a sentence. */
  readonly fix: string;

  constructor(setting: string, problem: string, fix: string) {
    super('configuration', `${setting}: ${problem}. ${fix}`);
    this.setting = setting;
    this.problem = problem;
    this.fix = fix;
  }
}

/** One thing wrong with a policy: where, and what. */
export interface PolicyIssue {
  /** Path of the field, such as `rules[3].username`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
}

/** A policy that does not validate. Code `policy_invalid`. */
export class PolicyError extends CalleridError {
  readonly issues: readonly PolicyIssue[];

  constructor(issues: readonly PolicyIssue[]) {
    super(
      'policy_invalid',
      issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('\n'),
    );
    this.issues = issues;
  }
}

/** Another writer was first. Code `policy_conflict`. */
export class PolicyConflictError extends CalleridError {
  /** The version that is there now; 0 where none is. */
  readonly version: number;

  constructor(version: number) {
    super('policy_conflict', `the policy has changed meanwhile: version ${version} is current`);
    this.version = version;
  }
}

/** A version of a policy that is not to be had. */
export class PolicyVersionError extends CalleridError {
  constructor(code: 'policy_version_unknown' | 'policy_incomplete', message: string) {
    super(code, message);
  }
}

/** A store that failed or was asked for what it cannot hold. */
export class StoreError extends CalleridError {
  constructor(
    code: 'store_unavailable' | 'store_key_invalid' | 'store_value_too_large',
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}
