/**
 * What callerid takes for granted of STS, as questions that STS can be asked.
 *
 * @module
 */
import type { StsRefusalCode } from '../../../errors/sts.ts';
import { stsHost } from '../../../sts/endpoints.ts';
import type { AwsCredentials } from '../../../token/credentials.ts';
import type { ChosenEndpoint } from '../../token/endpoint.ts';
import { nobodysAudience } from '../sts-exchange.ts';

/** What is expected of an answer. */
export interface Expected {
  readonly status: number;
  /** STS's error code; of an identity absent. */
  readonly code?: string;
  /** How its message begins, where callerid reads that. */
  readonly message?: string;
  /** What callerid makes of it. */
  readonly reading: StsRefusalCode | 'identity';
}

/** How a request differs from a good one of this moment. */
export interface Asking {
  /** How far X-Amz-Date is ahead, in minutes. */
  readonly minutes?: number;
  /** X-Amz-Expires, in seconds. Default 60. */
  readonly expires?: number;
  readonly credentials?: (own: AwsCredentials) => AwsCredentials;
  readonly host?: string;
  /** What is done to the URL once it is signed. */
  readonly url?: (signed: string) => string;
  /** Sent in `x-k8s-aws-id`, whatever was signed. */
  readonly audience?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Question {
  readonly name: string;
  readonly asking: Asking;
  readonly expected: Expected;
  /** What callerid does wrong where the answer is another. */
  readonly matters: string;
  /** Where it can be asked. Default everywhere. */
  readonly applies?: (endpoint: ChosenEndpoint) => boolean;
}

const identity: Expected = { status: 200, reading: 'identity' };
const mismatch: Expected = {
  status: 403,
  code: 'SignatureDoesNotMatch',
  reading: 'sts_signature_mismatch',
};
const unknown: Expected = { status: 403, code: 'InvalidClientTokenId', reading: 'sts_access_key_unknown' };

/** The first: it tells STS's time, by which the others are signed. */
export const unsigned: Question = {
  name: 'no signature at all',
  asking: { url: (signed) => signed.replace(/&X-Amz-.*$/, '') },
  expected: { status: 403, code: 'MissingAuthenticationToken', reading: 'sts_authentication_missing' },
  matters: 'doctor takes this answer as the sign of STS',
};

/** The second: without it nothing can be said of the others. */
export const fresh: Question = {
  name: 'a good signature',
  asking: {},
  expected: identity,
  matters: 'nobody comes in unless the answer is JSON with the texts Account, Arn and UserId',
};

const everyTime = 'the lifetime of a token, and with it the bound on revocation, rests on it';

export const questions: readonly Question[] = [
  { name: 'X-Amz-Expires 0', asking: { expires: 0 }, expected: identity, matters: 'Backstage signs 0' },
  { name: 'X-Amz-Expires 900', asking: { expires: 900 }, expected: identity, matters: 'Flux signs 900' },
  {
    name: 'X-Amz-Expires 60, 14 minutes ago',
    asking: { minutes: -14 },
    expected: identity,
    matters: `STS does not heed X-Amz-Expires: ${everyTime}`,
  },
  {
    name: 'a date 16 minutes ago',
    asking: { minutes: -16, expires: 900 },
    expected: {
      status: 403,
      code: 'SignatureDoesNotMatch',
      message: 'Signature expired',
      reading: 'sts_token_expired',
    },
    matters: `a token ends 15 minutes after its date: ${everyTime}`,
  },
  {
    name: 'a date 4 minutes ahead',
    asking: { minutes: 4 },
    expected: identity,
    matters: 'clients whose clock is 5 minutes ahead are let in',
  },
  {
    name: 'a date 6 minutes ahead',
    asking: { minutes: 6 },
    expected: {
      status: 403,
      code: 'SignatureDoesNotMatch',
      message: 'Signature not yet current',
      reading: 'sts_token_not_yet_current',
    },
    matters: 'it is told apart from a wrong signature, which is remembered for 10 seconds',
  },
  {
    name: 'an altered signature',
    asking: { url: altered },
    expected: mismatch,
    matters: 'a signature proves who signed',
  },
  {
    name: 'another audience than was signed',
    asking: { audience: `${nobodysAudience}other` },
    expected: mismatch,
    matters: 'a token for one cluster must be good for no other',
  },
  {
    name: 'an access key ID that nobody has',
    asking: {
      credentials: ({ secretAccessKey }) => ({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey }),
    },
    expected: unknown,
    matters: 'it is a refusal, and not remembered, since a new key may take a while to be known',
  },
  {
    name: 'a session token that AWS never gave',
    asking: { credentials: (own) => ({ ...own, sessionToken: 'RG9jdG9yTWFkZVRoaXNVcA==' }) },
    expected: unknown,
    matters: 'it is a refusal, and no outage',
  },
  {
    name: 'no X-Amz-Date',
    asking: { url: (signed) => signed.replace(/&X-Amz-Date=[^&]*/, '') },
    expected: { status: 400, code: 'IncompleteSignature', reading: 'sts_signature_incomplete' },
    matters: 'it is a refusal, and no outage',
  },
  {
    name: 'a header that was not signed',
    asking: { headers: { 'x-callerid-doctor': 'not signed' } },
    expected: identity,
    matters: 'runtimes add headers of their own to a request',
  },
  {
    name: 'the global endpoint, signed for a region',
    asking: { host: stsHost('us-east-1', { global: true }) },
    expected: { ...mismatch, message: 'Credential should be scoped to a valid region' },
    matters: 'callerid refuses such a token without asking (scope_region_global)',
    applies: ({ host, region }) =>
      /^sts\.[^.]+\.amazonaws\.com$/.test(host) && !/^us-(?:east-1$|gov-)/.test(region),
  },
];

/** Another digit in the last place. */
function altered(signed: string): string {
  return signed.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
}
