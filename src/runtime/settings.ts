/**
 * The settings of a build with every part.
 *
 * @module
 */
import { readAdmin } from './admin-settings.ts';
import { readIssuer } from './issuer-settings.ts';
import { assertOneAccountOfEachIssuer, readAwsJwtIssuers } from './jwt-settings.ts';
import { readWebhookSettings, type Settings } from './webhook-settings.ts';

export type { Settings } from './webhook-settings.ts';

const parts = { readAdmin, readIssuer, readAwsJwtIssuers };

/**
 * Reads the settings from the environment.
 *
 * @param now milliseconds since the epoch
 * @throws {ConfigurationError}
 */
export function readSettings(env: Readonly<Record<string, unknown>>, now: number = Date.now()): Settings {
  const settings = readWebhookSettings(env, parts, now);
  assertOneAccountOfEachIssuer(settings.clusters);
  return settings;
}
