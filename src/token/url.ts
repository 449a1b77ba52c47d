/**
 * Rule 3: the URL is `https://HOST/?QUERY` to the letter.
 *
 * @module
 */
import { type Refused, refuse } from '../errors/refusal.ts';
import type { TokenRefusalCode } from '../errors/token.ts';

const scheme = 'https://';

/** Cuts the URL into host and query, both still as the caller wrote them. */
export function splitUrl(url: string): { ok: true; host: string; query: string } | Refused<TokenRefusalCode> {
  if (!url.startsWith(scheme)) return refuse('url_scheme');
  if (url.includes('#')) return refuse('url_fragment');
  const end = url.slice(scheme.length).search(/[/?\\]/);
  const authority = end < 0 ? url.slice(scheme.length) : url.slice(scheme.length, scheme.length + end);
  if (authority.includes('@')) return refuse('url_userinfo');
  if (authority.includes(':')) return refuse('url_port');
  if (!/^[a-z0-9.-]+$/.test(authority)) return refuse('url_host');
  const rest = url.slice(scheme.length + authority.length);
  if (!rest.startsWith('/?')) return refuse('url_path');
  return { ok: true, host: authority, query: rest.slice(2) };
}
