/**
 * Reading JSON of which nothing may be there twice: two parsers would take another one of the two each.
 *
 * @module
 */

/** A JSON object. Read its own properties alone, with `member`. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What a text is: an object, none, or one in which a member is there twice, at any depth. */
export type StrictJson =
  | { readonly kind: 'object' | 'twice'; readonly value: JsonObject }
  | { readonly kind: 'none' };

/** Reads a text. Takes time in proportion to its length. */
export function readStrictJson(text: string): StrictJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'none' };
  }
  if (!isJsonObject(value)) return { kind: 'none' };
  return { kind: membersIn(value) === membersWritten(text) ? 'object' : 'twice', value };
}

/** Whether this is an object, and no list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Of two members of one name, however they are escaped, the parser keeps one. No number where a name has a backslash: V8 has been seen to
 * read an escaped name as one that ends with it, and no claim and no tag has one.
 */
function membersIn(value: unknown): number {
  const left = [value];
  let members = 0;
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    const inside = Object.values(next);
    if (!Array.isArray(next)) members += inside.length;
    if (Object.keys(next).some((name) => name.includes('\\'))) return Number.NaN;
    for (const one of inside) left.push(one);
  }
  return members;
}

/** Outside its strings, JSON has a colon for each member and no other. */
function membersWritten(text: string): number {
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x3a) members++;
    else if (code === 0x22) at = endOfString(text, at);
  }
  return members;
}

function endOfString(text: string, begin: number): number {
  let end = text.indexOf('"', begin + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

/** By an odd number of backslashes before it. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === 0x5c) before--;
  return (at - before) % 2 === 0;
}
