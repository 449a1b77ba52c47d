/**
 * AWS Signature Version 4, the verifying side of query-string signing, on Web Crypto alone.
 *
 * Written from "Create a signed AWS API request" in the IAM User Guide, and independent of the code that
 * callerid signs with.
 *
 * @module
 */

/** The one algorithm that the emulator knows. */
export const signatureAlgorithm = 'AWS4-HMAC-SHA256';

const sha256OfNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const utf8 = new TextEncoder();

/** Decoded name and value of each query parameter, in the order sent. */
export type QueryParameters = readonly (readonly [name: string, value: string])[];

/** The parts of `X-Amz-Credential`. */
export interface CredentialScope {
  readonly accessKeyId: string;
  /** `YYYYMMDD` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
}

/** What is signed, apart from the scope. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly parameters: QueryParameters;
  /** Lower-case names and their values as received. */
  readonly signedHeaders: readonly (readonly [name: string, value: string])[];
  /** Value of `X-Amz-Date`. */
  readonly timestamp: string;
}

/**
 * Splits and decodes a query string as a form: `+` is a space.
 *
 * @param search the part of a URL after `?`, with or without it
 * @returns `undefined` when an escape is broken
 */
export function parseQuery(search: string): QueryParameters | undefined {
  const query = search.replace(/^\?/, '');
  try {
    return query
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const equals = pair.indexOf('=');
        return equals < 0
          ? ([decodeForm(pair), ''] as const)
          : ([decodeForm(pair.slice(0, equals)), decodeForm(pair.slice(equals + 1))] as const);
      });
  } catch {
    return undefined;
  }
}

/** Reads `X-Amz-Credential`; `undefined` unless it has exactly five parts that are not empty. */
export function parseCredential(credential: string): CredentialScope | undefined {
  const parts = credential.split('/');
  if (parts.length !== 5 || parts.includes('')) return undefined;
  const [accessKeyId, date, region, service, terminator] = parts as [string, string, string, string, string];
  return { accessKeyId, date, region, service, terminator };
}

/**
 * Reads `X-Amz-Date`, `YYYYMMDD'T'HHMMSS'Z'`.
 *
 * @returns milliseconds since the epoch, or `undefined` for what is no time (a 30th of February as well)
 */
export function parseTimestamp(timestamp: string): number | undefined {
  const fields = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp);
  if (fields === null) return undefined;
  const [year, month, day, hour, minute, second] = fields.slice(1);
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return !Number.isNaN(time) && formatTimestamp(time) === timestamp ? time : undefined;
}

/** Milliseconds since the epoch in the form of `X-Amz-Date`; fractions of a second are cut off. */
export function formatTimestamp(time: number): string {
  return new Date(time)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
}

/**
 * Whether a signature is the one that the secret key makes for this request. The comparison is Web Crypto's
 * own, whose time does not depend on the data.
 */
export async function isSignedBy(
  secretAccessKey: string,
  scope: CredentialScope,
  request: SignedRequest,
  signature: string,
): Promise<boolean> {
  const given = /^[0-9a-f]{64}$/.test(signature) ? fromHex(signature) : new Uint8Array(32);
  const stringToSign = [
    signatureAlgorithm,
    request.timestamp,
    `${scope.date}/${scope.region}/${scope.service}/${scope.terminator}`,
    toHex(await crypto.subtle.digest('SHA-256', utf8.encode(canonicalRequest(request)))),
  ].join('\n');
  const signingKey = await deriveSigningKey(secretAccessKey, scope);
  return crypto.subtle.verify('HMAC', signingKey, given, utf8.encode(stringToSign));
}

/** The canonical request of the specification; its payload is the empty one of a GET. */
export function canonicalRequest(request: SignedRequest): string {
  const headers = request.signedHeaders.toSorted(([a], [b]) => compare(a, b));
  return [
    request.method,
    request.path,
    canonicalQuery(request.parameters),
    ...headers.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}`),
    '',
    headers.map(([name]) => name).join(';'),
    sha256OfNothing,
  ].join('\n');
}

function canonicalQuery(parameters: QueryParameters): string {
  return parameters
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const)
    .toSorted(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

async function deriveSigningKey(secretAccessKey: string, scope: CredentialScope): Promise<CryptoKey> {
  let key = await importHmacKey(utf8.encode(`AWS4${secretAccessKey}`));
  for (const part of [scope.date, scope.region, scope.service, scope.terminator]) {
    key = await importHmacKey(await crypto.subtle.sign('HMAC', key, utf8.encode(part)));
  }
  return key;
}

function importHmacKey(raw: Uint8Array<ArrayBuffer> | ArrayBuffer): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
}

function decodeForm(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Encoded text is ASCII, so that the order of UTF-16 units is the order of bytes that SigV4 wants. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function toHex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}
