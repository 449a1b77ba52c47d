/**
 * What is wrong with a token itself.
 *
 * @module
 */

/** Those that a guarded service tells too. Names, as a bundle would keep the whole of an object of which it uses a part. */
export const tokenForeign = 'not a k8s-aws-v1 token';
export const tokenExpired = 'X-Amz-Date is more than 15 minutes ago: make a new token';
export const dateInFuture = 'X-Amz-Date is more than 5 minutes ahead: check the clock of the client';

/** Refusals of the token itself, before anybody is asked. Roughly in the order of the checks. */
export const tokenRefusals = {
  token_foreign: tokenForeign as string,
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
  session_token_malformed: 'X-Amz-Security-Token is not base64',
  signature_malformed: 'X-Amz-Signature is not 64 lower-case hexadecimal digits',
  scope_malformed: 'X-Amz-Credential is not KEY/DATE/REGION/sts/aws4_request',
  scope_date: 'the credential scope has another date than X-Amz-Date',
  scope_region: 'the credential scope has another region than the host',
  scope_region_global:
    'the global endpoint takes only signatures for us-east-1: sign for us-east-1, or use the regional endpoint',
  signed_headers: 'the signed headers are not exactly host;x-k8s-aws-id',
  date_malformed: 'X-Amz-Date is not a real time of the form YYYYMMDDTHHMMSSZ',
  date_in_future: dateInFuture as string,
  token_expired: tokenExpired as string,
  expires_malformed: 'X-Amz-Expires is not a plain number of seconds from 0 to 900',
} as const;

/** Codes of the refusals of the token itself, as `docs/codes.md` explains them. */
export type TokenRefusalCode = keyof typeof tokenRefusals;

/** Refusals of the key that signed, where a service says whose keys it expects. */
export const keyRefusals = {
  access_key_not_expected: 'the access key is none of those that this service expects',
} as const;

/** Codes of refusals of the key. */
export type KeyRefusalCode = keyof typeof keyRefusals;
