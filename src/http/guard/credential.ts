/**
 * The bearer token of a request.
 *
 * @module
 */

/** The token, or what keeps the request from having one. */
export type Credential =
  | { readonly ok: true; readonly token: string }
  | { readonly ok: false; readonly code: 'token_missing' | 'authorization_malformed' };

/** Reads `authorization: Bearer TOKEN` (RFC 6750, section 2.1). Two such headers arrive as one with a comma. */
export function readCredential(headers: Headers): Credential {
  const form = /^Bearer(?: +([A-Za-z0-9\-._~+/]+=*)?(.*))?$/is;
  const [bearer, token, more] = form.exec(headers.get('authorization') ?? '') ?? [];
  if (bearer === undefined) return { ok: false, code: 'token_missing' };
  return token === undefined || more ? { ok: false, code: 'authorization_malformed' } : { ok: true, token };
}
