/**
 * The pre-signed request of a token, in checked parts, and the one way to write it as a URL.
 *
 * @module
 */
import type { Endpoint } from './endpoint.ts';

/** The parts of a pre-signed `sts:GetCallerIdentity` URL; every one was checked by the grammar. */
export interface PresignedRequest {
  readonly ok: true;
  /** Where the signature is for. */
  readonly endpoint: Endpoint;
  readonly accessKeyId: string;
  /** X-Amz-Date as signed. */
  readonly date: string;
  /** X-Amz-Expires as signed; it has no meaning beyond that. */
  readonly expires: string;
  /** Percent-encoded (RFC 3986), as it stands in the URL. */
  readonly encodedSessionToken: string | undefined;
  readonly signature: string;
  /** X-Amz-Date, in milliseconds since the epoch. */
  readonly signedAt: number;
  /** When STS stops taking the signature, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * Writes the URL in the order of the AWS CLI, RFC 3986-encoded (rule 9). A URL parser leaves the result unchanged.
 */
export function presignedUrl(
  request: Pick<
    PresignedRequest,
    'endpoint' | 'accessKeyId' | 'date' | 'expires' | 'encodedSessionToken' | 'signature'
  >,
): string {
  const { endpoint, accessKeyId, date, expires, encodedSessionToken, signature } = request;
  const credential = `${accessKeyId}/${date.slice(0, 8)}/${endpoint.region}/sts/aws4_request`;
  return (
    `https://${endpoint.host}/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256` +
    `&X-Amz-Credential=${encodeURIComponent(credential)}&X-Amz-Date=${date}&X-Amz-Expires=${expires}` +
    '&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id' +
    (encodedSessionToken === undefined ? '' : `&X-Amz-Security-Token=${encodedSessionToken}`) +
    `&X-Amz-Signature=${signature}`
  );
}
