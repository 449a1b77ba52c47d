/**
 * What can come of a call to STS by HTTP: statuses, redirects, errors. What each review is answered with is its code, or
 * none where the caller is let in all the same.
 */
import type { StsAnswering } from './world.ts';

export interface StsFault {
  readonly name: string;
  readonly answering: StsAnswering;
  /** Undefined where it is no fault to callerid. */
  readonly code: string | undefined;
  /** Until it is answered, in milliseconds. Default: at once. */
  readonly takesMs?: number;
  /** For how long the refusal of this very token is remembered, in milliseconds. Default: not at all. */
  readonly rememberedMs?: number;
}

const json = { 'content-type': 'application/json' };
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

/** The true answer with another status, as nobody sends it: what counts is the status. */
const underStatus = (status: number): StsAnswering => {
  return async (truth) => {
    const answer = await truth();
    if ([204, 205, 304].includes(status)) return new Response(null, { status });
    const text = await answer.text();
    if (status >= 200) return new Response(text, { status, headers: json });
    // no Response can be made with a status below 200
    return Object.defineProperty(new Response(text, { headers: json }), 'status', { value: status });
  };
};

const error = (status: number, code: string, message = 'm'): StsAnswering => {
  const body = JSON.stringify({ Error: { Code: code, Message: message, Type: 'Sender' }, RequestId: 'r' });
  return () => new Response(body, { status, headers: json });
};

const page = (status: number): StsAnswering => {
  return () => new Response('<html>', { status, headers: { 'content-type': 'text/html' } });
};

const codeOf4xx = (status: number): string => {
  if (status === 429) return 'sts_throttled';
  return [413, 414, 431].includes(status) ? 'sts_request_too_large' : 'sts_answer_unexpected';
};

const byStatus: readonly StsFault[] = [
  ...[100, 101, 103, 201, 202, 203, 204, 205, 206, 226, 299, 300, 304, 305].map((status) => ({
    name: `${status} over the true answer`,
    answering: underStatus(status),
    code: 'sts_answer_unexpected',
  })),
  ...range(400, 451).map((status) => ({
    name: `${status} and a page`,
    answering: page(status),
    code: codeOf4xx(status),
  })),
  ...[400, 403, 404, 429].map((status) => ({
    name: `${status} over the true answer`,
    answering: underStatus(status),
    code: codeOf4xx(status),
  })),
  ...range(500, 530).map((status) => ({
    name: `${status} and a page`,
    answering: page(status),
    code: 'sts_failing',
  })),
  { name: '500 over the true answer', answering: underStatus(500), code: 'sts_failing' },
  { name: '503 with a refusal', answering: error(503, 'AccessDenied'), code: 'sts_failing' },
  { name: '200 with a refusal', answering: error(200, 'AccessDenied'), code: 'sts_answer_unexpected' },
];

const byRedirect: readonly StsFault[] = [301, 302, 303, 307, 308].flatMap((status) =>
  [
    ['itself', 'https://sts.eu-west-1.amazonaws.com/'],
    ['a listed host', 'https://sts.us-east-1.amazonaws.com/'],
    ['a loopback address', 'http://127.0.0.1:20001/'],
    ['the metadata of an instance', 'http://169.254.169.254/latest/meta-data/'],
  ].map(([where, location = '']) => ({
    name: `${status} to ${where}`,
    answering: () => new Response(null, { status, headers: { location } }),
    code: 'sts_answer_unexpected',
  })),
);

const byError: readonly StsFault[] = [
  ...[
    'Throttling',
    'ThrottlingException',
    'ThrottledException',
    'RequestLimitExceeded',
    'RequestThrottled',
    'RequestThrottledException',
    'TooManyRequestsException',
  ].map((code) => ({ name: `400 ${code}`, answering: error(400, code), code: 'sts_throttled' })),
  ...(
    [
      ['InvalidClientTokenId', 'sts_access_key_unknown'],
      ['ExpiredToken', 'sts_session_expired', 10_000],
      ['ExpiredTokenException', 'sts_session_expired', 10_000],
      ['RequestExpired', 'sts_token_expired', 10_000],
      ['SignatureDoesNotMatch', 'sts_signature_mismatch', 10_000],
      ['IncompleteSignature', 'sts_signature_incomplete'],
      ['MissingAuthenticationToken', 'sts_authentication_missing'],
      ['AccessDenied', 'sts_access_denied'],
      ['RegionDisabledException', 'sts_region_disabled'],
      ['OptInRequired', 'sts_opt_in_required'],
      ['Novelty', 'sts_answer_unexpected'],
      ['__proto__', 'sts_answer_unexpected'],
      ['', 'sts_answer_unexpected'],
    ] as const
  ).map(([name, code, rememberedMs = 0]) => ({
    name: `403 ${name}, by mistake`,
    answering: error(403, name),
    code,
    rememberedMs,
  })),
  {
    name: '403 not yet current, by mistake',
    answering: error(403, 'SignatureDoesNotMatch', 'Signature not yet current: x'),
    code: 'sts_token_not_yet_current',
  },
];

export const stsStatuses: readonly StsFault[] = [...byStatus, ...byRedirect, ...byError];
