/**
 * The settings of a cluster whose policies have to be signed.
 *
 * @module
 */
import * as v from 'valibot';
import { ConfigurationError } from '../errors/classes.ts';
import { isVersion } from '../policy/record.ts';
import { isPolicyKeys, policyKeysWanted } from '../policy/signature.ts';
import type { PolicyTrust } from '../policy/trust.ts';
import { words } from './values.ts';

/** Of a cluster. */
export const policyTrustFields = {
  policyKeys: v.optional(v.custom<readonly string[]>(isPolicyKeys, policyKeysWanted)),
  minPolicyVersion: v.optional(v.custom<number>(isVersion, 'must be a version')),
};

/** The same of the cluster that has variables. */
export const policyTrustVariables = {
  CALLERID_POLICY_KEYS: v.optional(words),
  CALLERID_POLICY_MIN_VERSION: v.optional(
    v.pipe(v.string(), v.regex(/^[0-9]{1,16}$/, 'must be a version'), v.transform(Number)),
  ),
};

/**
 * Whose versions a cluster believes; undefined where nothing has to be signed.
 *
 * @throws {ConfigurationError} where there is a floor and no key: whoever can write the store chooses numbers too
 */
export function readPolicyTrust(
  keys: readonly string[] | undefined,
  minVersion: number | undefined,
  names: (field: string) => string,
): PolicyTrust | undefined {
  if (keys !== undefined) return { keys, minVersion };
  if (minVersion === undefined) return undefined;
  throw new ConfigurationError(
    names('minPolicyVersion'),
    `has no effect without ${names('policyKeys')}`,
    'Set both.',
  );
}
