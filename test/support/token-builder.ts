/**
 * Builds pre-signed URLs and tokens for the tests: one that is right in everything, and changes of one thing each.
 * What it builds is signed by nobody; the grammar does not ask.
 */

/** The present of the tests. */
export const now: number = Date.UTC(2026, 10, 24, 12, 0, 0);
export const region = 'us-east-1';
export const regionalHost = 'sts.us-east-1.amazonaws.com';
export const globalHost = 'sts.amazonaws.com';
/** A session token with every character that they have, as the AWS CLI encodes it. */
export const sessionToken = 'FwoGZXIvYXdzEXAMPLE%2F%2F%2FwEaDExample%2BToken%3D%3D';
export const signature: string = '0123456789abcdef'.repeat(4);

/** What a URL consists of, all raw. */
export interface UrlParts {
  scheme: string;
  authority: string;
  path: string;
  query: (readonly [name: string, value: string])[];
}

/** X-Amz-Date of a time. */
export function amzDate(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

export function credential(scopeRegion = region, day = '20261124', key = 'AKIDEXAMPLE'): string {
  return `${key}%2F${day}%2F${scopeRegion}%2Fsts%2Faws4_request`;
}

/** The URL of the AWS CLI, for the present. */
function validParts(): UrlParts {
  return {
    scheme: 'https://',
    authority: regionalHost,
    path: '/',
    query: [
      ['Action', 'GetCallerIdentity'],
      ['Version', '2011-06-15'],
      ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
      ['X-Amz-Credential', credential()],
      ['X-Amz-Date', amzDate(now)],
      ['X-Amz-Expires', '60'],
      ['X-Amz-SignedHeaders', 'host%3Bx-k8s-aws-id'],
      ['X-Amz-Signature', signature],
    ],
  };
}

export type Change = (parts: UrlParts) => void;

export function url(...changes: Change[]): string {
  const parts = validParts();
  for (const change of changes) change(parts);
  const query = parts.query.map(([name, value]) => `${name}=${value}`).join('&');
  return `${parts.scheme}${parts.authority}${parts.path}?${query}`;
}

/** A token around any text; characters beyond one byte become UTF-8. */
export function wrap(text: string): string {
  const bytes = /^[\0-\xff]*$/.test(text)
    ? text
    : Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
  return `k8s-aws-v1.${btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}

export function token(...changes: Change[]): string {
  return wrap(url(...changes));
}

export const scheme =
  (value: string): Change =>
  (parts) => {
    parts.scheme = value;
  };

export const authority =
  (value: string): Change =>
  (parts) => {
    parts.authority = value;
  };

export const path =
  (value: string): Change =>
  (parts) => {
    parts.path = value;
  };

/** Another host, and the scope that belongs to it. */
export const at =
  (host: string, scopeRegion: string): Change =>
  (parts) => {
    parts.authority = host;
    set('X-Amz-Credential', credential(scopeRegion))(parts);
  };

/** Another raw value. */
export const set =
  (name: string, value: string): Change =>
  (parts) => {
    parts.query = parts.query.map((pair) => (pair[0] === name ? [name, value] : pair));
  };

export const without =
  (name: string): Change =>
  (parts) => {
    parts.query = parts.query.filter((pair) => pair[0] !== name);
  };

export const rename =
  (name: string, other: string): Change =>
  (parts) => {
    parts.query = parts.query.map((pair) => (pair[0] === name ? [other, pair[1]] : pair));
  };

/** One more parameter at the end. */
export const plus =
  (name: string, value: string): Change =>
  (parts) => {
    parts.query.push([name, value]);
  };

/** Another X-Amz-Date, with the scope that belongs to it. */
export const dated =
  (date: string): Change =>
  (parts) => {
    set('X-Amz-Date', date)(parts);
    set('X-Amz-Credential', credential(region, date.slice(0, 8)))(parts);
  };

/** Adds a session token where the AWS CLI puts it. */
export const session =
  (value: string = sessionToken): Change =>
  (parts) => {
    parts.query.splice(-1, 0, ['X-Amz-Security-Token', value]);
  };

/** The order of the parameters; those of the URL that it leaves out are left out. */
export const order =
  (...names: string[]): Change =>
  (parts) => {
    const values = new Map(parts.query);
    parts.query = names
      .map((name) => (name === 'Action' || name === 'Version' ? name : `X-Amz-${name}`))
      .filter((name) => values.has(name))
      .map((name) => [name, values.get(name) as string]);
  };

/** Fills the session token so that the whole token has this length. */
export function tokenOfLength(length: number): string {
  const missing = Math.floor(((length - 'k8s-aws-v1.'.length) * 3) / 4) - url(session('')).length;
  return token(session('A'.repeat(missing)));
}
