/**
 * The bearer token of a request.
 *
 * @module
 */
import { type Refused, refuse } from '../../errors/refusal.ts';

/** The token, or what keeps the request from having one. */
export type Credential =
  | { readonly ok: true; readonly token: string }
  | Refused<'token_missing' | 'authorization_malformed'>;

/** Reads `authorization: Bearer TOKEN` (RFC 6750, section 2.1). Two such headers arrive as one with a comma. */
export function readCredential(headers: Headers): Credential {
  const form = /^Bearer(?: +([A-Za-z0-9\-._~+/]+=*)?(.*))?$/is;
  const [bearer, token, more] = form.exec(headers.get('authorization') ?? '') ?? [];
  if (bearer === undefined) return refuse('token_missing');
  return token === undefined || more ? refuse('authorization_malformed') : { ok: true, token };
}
