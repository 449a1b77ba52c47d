/**
 * AWS Signature Version 4, for requests of the path `/`. Written from "Create a signed AWS API request" in the IAM User
 * Guide. It uses `crypto.subtle` alone, or what a caller has in its place.
 *
 * @module
 */
import { toHex } from './hex.ts';

/** The algorithm, as a request names it. */
export const algorithm = 'AWS4-HMAC-SHA256';

/** What is signed; the values were checked. */
export interface Signable {
  readonly method: 'GET' | 'POST';
  /** In canonical form: names and values encoded by RFC 3986, in the order of the names. */
  readonly query: string;
  /**
   * By name, in lower case and in that order; `host` is one of them. Values without leading, trailing or doubled spaces,
   * which would have to be folded.
   */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** When it is signed, as X-Amz-Date writes it. */
  readonly date: string;
  /** From {@link scopeOf}. */
  readonly scope: string;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** The two functions that a signature is made with. */
export interface Digests {
  sha256(data: Bytes): Bytes | Promise<Bytes>;
  /** HMAC with SHA-256. */
  hmac(key: Bytes, data: Bytes): Bytes | Promise<Bytes>;
}

/** Those of every runtime. */
const webCrypto: Digests = {
  async sha256(data) {
    return new Uint8Array(await crypto.subtle.digest('SHA-256', data));
  },
  async hmac(key, data) {
    const kind = { name: 'HMAC', hash: 'SHA-256' };
    const imported = await crypto.subtle.importKey('raw', key, kind, false, ['sign']);
    return new Uint8Array(await crypto.subtle.sign('HMAC', imported, data));
  },
};

/** The credential scope: day, region and service that a signature is good for. */
export function scopeOf(date: string, region: string, service: string): string {
  return `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
}

/** The names of the signed headers, as a request lists them. */
export function signedHeaders(headers: Signable['headers']): string {
  return Object.keys(headers).join(';');
}

/** The signature, as 64 hexadecimal digits. */
export async function signatureOf(
  request: Signable,
  secretAccessKey: string,
  digests: Digests = webCrypto,
): Promise<string> {
  const { date, scope } = request;
  const sha256 = async (text: string) => toHex(await digests.sha256(utf8(text)));
  let key = utf8(`AWS4${secretAccessKey}`);
  for (const part of scope.split('/')) key = await digests.hmac(key, utf8(part));
  const digest = await sha256(canonicalRequest(request, await sha256(request.body)));
  return toHex(await digests.hmac(key, utf8(`${algorithm}\n${date}\n${scope}\n${digest}`)));
}

function canonicalRequest({ method, query, headers }: Signable, bodyDigest: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  return `${method}\n/\n${query}\n${lines.join('')}\n${signedHeaders(headers)}\n${bodyDigest}`;
}

function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}
