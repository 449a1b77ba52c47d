/**
 * Reading JSON that somebody else wrote.
 *
 * @module
 */

/** The own property of an object, so that nothing is read from a prototype; else undefined. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** Whether a `content-type` says JSON. */
export function isJsonType(contentType: string | null): boolean {
  return /^application\/json\s*(?:;|$)/i.test(contentType ?? '');
}
