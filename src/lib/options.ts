/**
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';

/**
 * Throws a ConfigurationError for an option that has none of these names: in plain JavaScript a misspelled one would be one
 * that is not set. Neither may options be inherited, since a copy has only an object's own.
 *
 * @param known with a space between
 */
export function assertKnownOptions(options: object, known: string): void {
  const prototype: unknown = Object.getPrototypeOf(options);
  if (prototype !== null && prototype !== Object.prototype) {
    throw new ConfigurationError('options', 'not a plain object', 'Give an object literal, or a copy.');
  }
  const names = ` ${known} `;
  const unknown = Object.keys(options).find((name) => !names.includes(` ${name} `));
  if (unknown !== undefined) throw new ConfigurationError(unknown, 'no such option', `Use ${known}.`);
}

/** Throws a ConfigurationError where a number is none, or out of range. Written so that NaN throws: as a limit it would be none. */
export function assertNumber(name: string, value: number | undefined, from: number, to: number): void {
  if (value === undefined || (typeof value === 'number' && value >= from && value <= to)) return;
  throw new ConfigurationError(name, 'not a number, or out of range', `Use one from ${from} to ${to}.`);
}
