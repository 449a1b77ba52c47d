/**
 * The log of a deployment: lines of JSON on the console.
 *
 * @module
 */
import type { AdminRecord } from '../http/admin/admin.ts';
import type { DecisionRecord } from '../http/log.ts';
import type { ExchangeEvent } from './issuer-part.ts';
import type { Settings } from './webhook-settings.ts';

/** Writes a line of JSON; of a use of the break-glass rule, as an error. */
export function logJson(record: DecisionRecord | AdminRecord | ExchangeEvent): void {
  const line = JSON.stringify(record);
  if ('breakGlass' in record && record.breakGlass) console.error(line);
  else console.log(line);
}

/** Writes the warnings of the settings, a line each. */
export function logWarnings(settings: Settings): void {
  for (const warning of settings.warnings) logWarning(warning);
}

/** Writes a warning as a line. */
export function logWarning(warning: string): void {
  console.warn(JSON.stringify({ event: 'warning', warning }));
}
