/**
 * The URL of a token, cut into the pieces that are mutated. It is as lenient as can be: what was mutated once is cut again.
 *
 * @module
 */
import type { Random } from '../../support/random.ts';

/** All raw, and put together again without a change. */
export interface Draft {
  scheme: string;
  authority: string;
  path: string;
  query: Pair[];
}

/** A pair without `=` has no value. */
export type Pair = [name: string, value: string | undefined];

/** The names of the parameters, those alone that may be told of a token. */
export const names = [
  'Action',
  'Version',
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
] as const;

export type Name = (typeof names)[number];

/** Cuts a URL; undefined where it has no query. */
export function readDraft(url: string): Draft | undefined {
  const match = /^([^:]*:[\\/]*)([^/?\\]*)([^?]*)\?(.*)$/s.exec(url);
  if (match === null) return undefined;
  const [, scheme = '', authority = '', path = '', query = ''] = match;
  return { scheme, authority, path, query: query.split('&').map(readPair) };
}

function readPair(text: string): Pair {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

export function writeDraft({ scheme, authority, path, query }: Draft): string {
  return `${scheme}${authority}${path}?${query.map(writePair).join('&')}`;
}

export function writePair([name, value]: Pair): string {
  return value === undefined ? name : `${name}=${value}`;
}

/** The raw value of a parameter, empty where there is none. */
export function rawValue(draft: Draft, name: Name): string {
  return draft.query.find((pair) => pair[0] === name)?.[1] ?? '';
}

/** Sets the raw value of a parameter, which is added where it is missing. */
export function setValue(draft: Draft, name: Name, value: string): void {
  const pair = draft.query.find((one) => one[0] === name);
  if (pair === undefined) draft.query.push([name, value]);
  else pair[1] = value;
}

/** Sets a part of the credential: 0 is the key, 1 the day, 2 the region, 3 the service, 4 the terminator. */
export function setScope(draft: Draft, part: number, value: string): void {
  const parts = rawValue(draft, 'X-Amz-Credential').split(/%2F|\//i);
  parts[part] = value;
  setValue(draft, 'X-Amz-Credential', parts.join('%2F'));
}

/** Another host, and the scope that belongs to it. */
export function moveTo(draft: Draft, host: string, region: string): void {
  draft.authority = host;
  setScope(draft, 2, region);
}

/** Where in a URL a character stands, in words that tell nothing of a token. */
export function placeOf(url: string, at: number): string {
  if (at <= url.indexOf('?')) return 'before the query';
  const name = /[^&?=]*/.exec(url.slice(Math.max(url.lastIndexOf('&', at - 1), url.indexOf('?')) + 1))?.[0];
  return tellable(name);
}

/** A name of a parameter, as far as it may be told. */
export function tellable(name: string | undefined): string {
  return names.find((known) => known.toLowerCase() === name?.toLowerCase()) ?? 'another parameter';
}

/** Any place of a text, its end included. */
export function anyPlace(text: string, chance: Random): number {
  return chance.below(text.length + 1);
}
