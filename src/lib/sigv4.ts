/**
 * AWS Signature Version 4, for requests of the path `/`. Written from "Create a signed AWS API request" in the IAM User
 * Guide. It uses `crypto.subtle` alone: `callerid token` is started for every connection of kubectl, and on Node the first
 * `Headers` of a library loads all of fetch, which takes 35 ms.
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

/** The credential scope: day, region and service that a signature is good for. */
export function scopeOf(date: string, region: string, service: string): string {
  return `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
}

/** The names of the signed headers, as a request lists them. */
export function signedHeaders(headers: Signable['headers']): string {
  return Object.keys(headers).join(';');
}

/** The signature, as 64 hexadecimal digits. */
export async function signatureOf(request: Signable, secretAccessKey: string): Promise<string> {
  const { date, scope } = request;
  let key: BufferSource = utf8(`AWS4${secretAccessKey}`);
  for (const part of scope.split('/')) key = await hmac(key, part);
  const digest = await sha256(await canonicalRequest(request));
  return toHex(new Uint8Array(await hmac(key, `${algorithm}\n${date}\n${scope}\n${digest}`)));
}

async function canonicalRequest({ method, query, headers, body }: Signable): Promise<string> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  return `${method}\n/\n${query}\n${lines.join('')}\n${signedHeaders(headers)}\n${await sha256(body)}`;
}

async function sha256(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text))));
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
