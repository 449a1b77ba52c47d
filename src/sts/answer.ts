/**
 * Reading what STS answered, strictly: an identity, a refusal from a closed list, throttling, or no verdict.
 *
 * @module
 */
import { type Refused, refuse } from '../errors/refusal.ts';
import type { StsOutageCode, StsRefusalCode } from '../errors/sts.ts';
import { isJsonType, member } from '../lib/json.ts';

/** What STS says of the caller; the three members that are needed. Members that callerid does not know are ignored. */
export interface CallerIdentity {
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
}

/** The answer of STS to one call. */
export type StsAnswer =
  | { readonly kind: 'identity'; readonly caller: CallerIdentity; readonly requestId?: string | undefined }
  | {
      readonly kind: 'refused';
      readonly refusal: Refused<StsRefusalCode>;
      readonly requestId?: string | undefined;
    }
  | { readonly kind: 'throttled'; readonly requestId?: string | undefined }
  | {
      readonly kind: 'no-verdict';
      readonly code: Exclude<StsOutageCode, 'sts_throttled' | 'sts_circuit_open'>;
      readonly requestId?: string | undefined;
    };

/** STS error codes that refuse (STS API reference, Common Errors; the last two from reports of the field). */
const refusalOf: ReadonlyMap<string, StsRefusalCode> = new Map([
  ['InvalidClientTokenId', 'sts_access_key_unknown'],
  ['ExpiredToken', 'sts_session_expired'],
  ['ExpiredTokenException', 'sts_session_expired'],
  ['RequestExpired', 'sts_token_expired'],
  ['IncompleteSignature', 'sts_signature_incomplete'],
  ['MissingAuthenticationToken', 'sts_authentication_missing'],
  ['AccessDenied', 'sts_access_denied'],
  ['RegionDisabledException', 'sts_region_disabled'],
  ['OptInRequired', 'sts_opt_in_required'],
]);

/** What whoever sits before STS says of a URL or of headers that it will not read. The caller wrote them. */
const tooLarge: ReadonlySet<number> = new Set([413, 414, 431]);

/** Whether an AWS error code says that the caller should slow down. */
export function isThrottling(code: string): boolean {
  return /^(?:Throttl|RequestLimitExceeded$|RequestThrottled|TooManyRequests)/.test(code);
}

/** Reads one answer. `body` is its decoded text. */
export function readAnswer(status: number, contentType: string | null, body: string): StsAnswer {
  const json = parseJson(body);
  if (status === 200) return readSuccess(contentType, json);
  const error = member(json, 'Error');
  const requestId = requestIdOf(json);
  const code = text(error, 'Code') ?? '';
  if (status === 429 || (status >= 400 && isThrottling(code))) return { kind: 'throttled', requestId };
  if (status >= 500) return { kind: 'no-verdict', code: 'sts_failing' };
  if (tooLarge.has(status)) return { kind: 'refused', refusal: refuse('sts_request_too_large'), requestId };
  const refusal = status >= 400 ? refusalFor(code, text(error, 'Message') ?? '') : undefined;
  return refusal === undefined
    ? { kind: 'no-verdict', code: 'sts_answer_unexpected', requestId }
    : { kind: 'refused', refusal: refuse(refusal), requestId };
}

function readSuccess(contentType: string | null, json: unknown): StsAnswer {
  const response = member(json, 'GetCallerIdentityResponse');
  const result = member(response, 'GetCallerIdentityResult');
  const requestId = requestIdOf(member(response, 'ResponseMetadata'));
  const account = text(result, 'Account');
  const arn = text(result, 'Arn');
  const userId = text(result, 'UserId');
  if (!isJsonType(contentType) || account === undefined || arn === undefined || userId === undefined) {
    return { kind: 'no-verdict', code: 'sts_answer_unexpected', requestId };
  }
  return { kind: 'identity', caller: { account, arn, userId }, requestId };
}

function refusalFor(code: string, message: string): StsRefusalCode | undefined {
  if (code !== 'SignatureDoesNotMatch') return refusalOf.get(code);
  if (message.startsWith('Signature expired')) return 'sts_token_expired';
  if (message.startsWith('Signature not yet current')) return 'sts_token_not_yet_current';
  return 'sts_signature_mismatch';
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** For logs, so only where it looks like one: a UUID, and never as long as a signature. */
function requestIdOf(value: unknown): string | undefined {
  const id = text(value, 'RequestId');
  return id !== undefined && /^[\w-]{1,40}$/.test(id) ? id : undefined;
}

function text(value: unknown, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === 'string' ? found : undefined;
}
