/**
 * The settings of shadow mode.
 *
 * @module
 */
import * as v from 'valibot';

/** Where the authenticator takes reviews that decides in shadow mode. */
export interface ShadowSettings {
  readonly url: string;
}

/** Of a cluster. */
export const shadowField: v.GenericSchema<unknown, ShadowSettings> = v.strictObject(
  {
    url: v.custom<string>(isShadowUrl, 'must be an https URL without user info or fragment'),
  },
  'must be an object with url',
);

/** The URL alone, as the variable has it. */
export const shadowVariable: v.GenericSchema<string, unknown> = v.pipe(
  v.string(),
  v.transform((url) => ({ url })),
);

/** Tokens go there: plain HTTP, even to this machine, may go by way of a proxy, which could let anybody in. */
function isShadowUrl(value: unknown): boolean {
  if (typeof value !== 'string' || value.includes('#') || !URL.canParse(value)) return false;
  const url = new URL(value);
  return url.protocol === 'https:' && url.username + url.password === '';
}
