/**
 * Making a token: the URL that the AWS CLI makes for the same credentials, endpoint, audience and second.
 *
 * @module
 */
import { AwsV4Signer } from 'aws4fetch';
import { assertAudience } from './audience.ts';
import { encodeToken } from './encoding.ts';
import type { Endpoint } from './endpoint.ts';
import { presignedUrl } from './presigned.ts';
import { formatAmzDate, signatureLifetimeMs } from './times.ts';

/** AWS credentials, as every SDK names them. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** When the session ends. */
  readonly expiration?: Date | undefined;
}

export interface SignOptions {
  /** What the token is for: a cluster's ID, a service's URL. Signed in the header `x-k8s-aws-id`. */
  readonly audience: string;
  /** The STS endpoint that the verifier will ask. */
  readonly endpoint: Pick<Endpoint, 'host' | 'region'>;
  /** The present, in milliseconds since the epoch. Default `Date.now()`. */
  readonly now?: number;
  /** X-Amz-Expires, in seconds, 0 to 900. STS ignores it. Default 60, as the AWS CLI. */
  readonly expires?: number;
}

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
 * @throws {ConfigurationError} where the audience cannot be signed unambiguously.
 */
export async function signToken(credentials: AwsCredentials, options: SignOptions): Promise<SignedToken> {
  assertAudience('audience', options.audience);
  const { host, region } = options.endpoint;
  const now = options.now ?? Date.now();
  const date = formatAmzDate(now);
  const expires = String(options.expires ?? 60);
  // The library signs; it would write the query in an order of its own, so only its signature is taken. SigV4 sorts
  // the query before it signs, hence the order does not matter to the signature.
  const signer = new AwsV4Signer({
    method: 'GET',
    url: `https://${host}/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=${expires}`,
    headers: { 'x-k8s-aws-id': options.audience },
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    ...(credentials.sessionToken ? { sessionToken: credentials.sessionToken } : {}),
    service: 'sts',
    region,
    datetime: date,
    signQuery: true,
  });
  const signature = await signer.signature();
  const url = presignedUrl({
    endpoint: { host, region, listed: true },
    accessKeyId: credentials.accessKeyId,
    date,
    expires,
    sessionToken: credentials.sessionToken || undefined,
    signature,
  });
  const end = now + signatureLifetimeMs - safetyMarginMs;
  return {
    token: encodeToken(url),
    expiresAt: new Date(Math.min(end, credentials.expiration?.getTime() ?? end)),
  };
}
