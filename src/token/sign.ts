/**
 * Making a token: the URL that the AWS CLI makes for the same credentials, endpoint, audience and second.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import type { Digests } from '../lib/sigv4.ts';
import { assertAudience } from './audience.ts';
import { type AwsCredentials, assertCredentials } from './credentials.ts';
import { encodeToken } from './encoding.ts';
import type { Endpoint } from './endpoint.ts';
import { presignedUrl } from './presigned.ts';
import { tokenSignature } from './sigv4.ts';
import { formatAmzDate, signatureLifetimeMs } from './times.ts';

export interface SignOptions {
  /** What the token is for: a cluster's ID, a service's URL. Signed in the header `x-k8s-aws-id`. */
  readonly audience: string;
  /** The STS endpoint that the verifier will ask. */
  readonly endpoint: Pick<Endpoint, 'host' | 'region'>;
  /** The present, in milliseconds since the epoch. Default `Date.now()`. */
  readonly now?: number;
  /** X-Amz-Expires, in seconds, 0 to 900. STS ignores it. Default 60, as the AWS CLI. */
  readonly expires?: number;
  /** What the signature is made with. Default Web Crypto. */
  readonly digests?: Digests | undefined;
}

/** A token, and how long it is good. */
export interface SignedToken {
  /** The bearer token, with its prefix. A secret for as long as it lives. */
  readonly token: string;
  /** When a client should stop using it: a minute before STS does, or when the session ends if that is sooner. */
  readonly expiresAt: Date;
}

const safetyMarginMs = 60_000;

/**
 * Signs `sts:GetCallerIdentity` for an audience.
 *
 * @throws {ConfigurationError} where the audience cannot be signed unambiguously, and for credentials or an X-Amz-Expires
 *   that no verifier takes. It never holds a part of the credentials.
 */
export async function signToken(credentials: AwsCredentials, options: SignOptions): Promise<SignedToken> {
  const { audience, endpoint, now = Date.now(), expires = 60, digests } = options;
  assertAudience('audience', audience);
  assertCredentials(credentials);
  if (!(Number.isInteger(expires) && expires >= 0 && expires <= 900)) {
    throw new ConfigurationError(
      'expires',
      'not a whole number of seconds from 0 to 900',
      'Leave it out for 60.',
    );
  }
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  const request = {
    endpoint: { ...endpoint, listed: true },
    accessKeyId,
    date: formatAmzDate(now),
    expires: String(expires),
    encodedSessionToken: sessionToken ? encodeURIComponent(sessionToken) : undefined,
  };
  const signature = await tokenSignature({ ...request, audience }, secretAccessKey, digests);
  const end = now + signatureLifetimeMs - safetyMarginMs;
  return {
    token: encodeToken(presignedUrl({ ...request, signature })),
    expiresAt: new Date(Math.min(end, expiration?.getTime() ?? end)),
  };
}
