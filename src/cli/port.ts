/**
 * `--port`.
 *
 * @module
 */
import { InvalidArgumentError } from 'commander';

/** Reads its value for the parser. */
export function port(value: string): number {
  if (/^[0-9]{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw new InvalidArgumentError('Must be a whole number from 0 to 65535.');
}
