/**
 * Values of environment variables.
 *
 * @module
 */
import * as v from 'valibot';

/** `true` or `false` */
export const flag: v.GenericSchema<string, boolean> = v.pipe(
  v.string(),
  v.picklist(['true', 'false'], 'must be true or false'),
  v.transform((text) => text === 'true'),
);

/** Texts with commas between them. */
export const words: v.GenericSchema<string, string[]> = v.pipe(
  v.string(),
  v.transform((text) => text.split(',').map((word) => word.trim())),
);

/** A whole number between two bounds. */
export function whole(least: number, most: number): v.GenericSchema<string, number> {
  const message = `must be a whole number from ${least} to ${most}`;
  return v.pipe(
    v.string(),
    v.regex(/^[0-9]{1,9}$/, message),
    v.transform(Number),
    v.minValue(least, message),
    v.maxValue(most, message),
  );
}

/**
 * Names the field that an issue is about. One that the form does not have stands in quotes, as values do, which what anybody
 * may read leaves out: it may be a secret in the wrong place.
 */
export function fieldOf(
  { path }: v.BaseIssue<unknown>,
  form: { readonly entries: Readonly<Record<string, unknown>> },
): string {
  if (path === undefined) return 'it';
  const name = String(path[0].key);
  return Object.hasOwn(form.entries, name) ? name : JSON.stringify(name);
}
