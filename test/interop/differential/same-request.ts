/**
 * Whether two verifiers ask STS the same.
 *
 * @module
 */
import type { Sent } from './reference.ts';

/** Which parts of two requests differ, by name: nothing of a token is told. */
export function differences(theirs: Sent, ours: Sent): readonly string[] {
  const [a, b] = [partsOf(theirs), partsOf(ours)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));
}

/** Parameters by their decoded values, whatever their order and their escapes. */
function partsOf({ url, host, headers }: Sent): ReadonlyMap<string, string> {
  const { protocol, username, password, host: named, pathname, hash, searchParams } = new URL(url);
  const parts = new Map([
    ['the scheme', protocol],
    ['the user info', `${username}:${password}`],
    ['the host', named],
    ['the header host', host],
    ['the path', pathname],
    ['the fragment', hash],
    ['the number of parameters', String(searchParams.size)],
  ]);
  for (const [name, value] of searchParams) parts.set(`the parameter ${name}`, value);
  for (const [name, value] of Object.entries(headers)) parts.set(`the header ${name}`, value);
  return parts;
}
