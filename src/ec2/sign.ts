/**
 * The headers that sign a call of ours.
 *
 * @module
 */
import { algorithm, scopeOf, signatureOf, signedHeaders } from '../lib/sigv4.ts';
import { formatAmzDate } from '../token/times.ts';

/** Credentials of ours: what they may do is look up instances, or assume the roles that may. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A POST of the path `/`; the values were checked. */
export interface UnsignedCall {
  readonly service: 'ec2' | 'sts';
  readonly host: string;
  readonly region: string;
  readonly credentials: Credentials;
  readonly body: string;
}

/**
 * Signs a call. `fetch` writes the header `host`, which is signed as well.
 *
 * @param now the present, in milliseconds since the epoch
 * @throws {RangeError} for a `now` that is no time
 */
export async function signCall(call: UnsignedCall, now: number): Promise<Record<string, string>> {
  const { service, host, region, credentials, body } = call;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const date = formatAmzDate(now);
  const scope = scopeOf(date, region, service);
  const sent = {
    'x-amz-date': date,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  };
  const headers = { host, ...sent };
  const signature = await signatureOf(
    { method: 'POST', query: '', headers, body, date, scope },
    secretAccessKey,
  );
  return {
    ...sent,
    authorization: `${algorithm} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders(headers)}, Signature=${signature}`,
  };
}
