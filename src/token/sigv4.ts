/**
 * AWS Signature Version 4 of the one request that a token is: a pre-signed GET of `sts:GetCallerIdentity`. Written from
 * "Create a signed AWS API request" in the IAM User Guide. It uses `crypto.subtle` alone: `callerid token` is started for
 * every connection of kubectl, and on Node the first `Headers` of a library loads all of fetch, which takes 35 ms.
 *
 * @module
 */
import type { PresignedRequest } from './presigned.ts';

const sha256OfNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** What is signed; the values were checked. */
export interface UnsignedRequest
  extends Pick<PresignedRequest, 'accessKeyId' | 'date' | 'expires' | 'sessionToken'> {
  readonly endpoint: Pick<PresignedRequest['endpoint'], 'host' | 'region'>;
  /** Without leading, trailing or doubled spaces, which would have to be folded. */
  readonly audience: string;
}

/** The signature, as 64 hexadecimal digits. */
export async function signatureOf(request: UnsignedRequest, secretAccessKey: string): Promise<string> {
  const scope = [request.date.slice(0, 8), request.endpoint.region, 'sts', 'aws4_request'];
  const digest = await crypto.subtle.digest('SHA-256', utf8(canonicalRequest(request, scope.join('/'))));
  let key: BufferSource = utf8(`AWS4${secretAccessKey}`);
  for (const part of scope) key = await hmac(key, part);
  return hex(await hmac(key, `AWS4-HMAC-SHA256\n${request.date}\n${scope.join('/')}\n${hex(digest)}`));
}

/** The parameters stand in the order of their names. Of what the values may hold, RFC 3986 and JavaScript encode the same. */
function canonicalRequest(request: UnsignedRequest, scope: string): string {
  const { accessKeyId, audience, date, endpoint, expires, sessionToken } = request;
  const query =
    'Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256' +
    `&X-Amz-Credential=${encodeURIComponent(`${accessKeyId}/${scope}`)}&X-Amz-Date=${date}&X-Amz-Expires=${expires}` +
    (sessionToken === undefined ? '' : `&X-Amz-Security-Token=${encodeURIComponent(sessionToken)}`) +
    '&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id';
  const headers = `host:${endpoint.host}\nx-k8s-aws-id:${audience}\n`;
  return `GET\n/\n${query}\n${headers}\nhost;x-k8s-aws-id\n${sha256OfNothing}`;
}

async function hmac(key: BufferSource, text: string): Promise<ArrayBuffer> {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  return crypto.subtle.sign('HMAC', imported, utf8(text));
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
