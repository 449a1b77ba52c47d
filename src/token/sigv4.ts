/**
 * The signature of the one request that a token is: a pre-signed GET of `sts:GetCallerIdentity`.
 *
 * @module
 */
import { algorithm, type Digests, scopeOf, signatureOf } from '../lib/sigv4.ts';
import type { PresignedRequest } from './presigned.ts';

/** What is signed; the values were checked. */
export interface UnsignedRequest
  extends Pick<PresignedRequest, 'accessKeyId' | 'date' | 'expires' | 'encodedSessionToken'> {
  readonly endpoint: Pick<PresignedRequest['endpoint'], 'host' | 'region'>;
  /** Without leading, trailing or doubled spaces. */
  readonly audience: string;
}

/**
 * Signs it, and gives 64 hexadecimal digits. The parameters stand in the order of their names. Of what the values may
 * hold, RFC 3986 and JavaScript encode the same.
 */
export function tokenSignature(
  request: UnsignedRequest,
  secretAccessKey: string,
  digests?: Digests,
): Promise<string> {
  const { accessKeyId, audience, date, endpoint, expires, encodedSessionToken } = request;
  const scope = scopeOf(date, endpoint.region, 'sts');
  const query =
    `Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=${algorithm}` +
    `&X-Amz-Credential=${encodeURIComponent(`${accessKeyId}/${scope}`)}&X-Amz-Date=${date}&X-Amz-Expires=${expires}` +
    (encodedSessionToken === undefined ? '' : `&X-Amz-Security-Token=${encodedSessionToken}`) +
    '&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id';
  const headers = { host: endpoint.host, 'x-k8s-aws-id': audience };
  return signatureOf({ method: 'GET', query, headers, body: '', date, scope }, secretAccessKey, digests);
}
