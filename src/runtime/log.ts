/**
 * The log of a deployment: lines of JSON on the console.
 *
 * @module
 */
import type { LogRecord } from '../http/sink.ts';
import type { Settings } from './webhook-settings.ts';

/** Writes a line of JSON; of a use of the break-glass rule, as an error. */
export function logJson(record: LogRecord): void {
  write(record, (line) => console.log(line));
}

function write(record: LogRecord, print: (line: string) => void): void {
  const line = JSON.stringify(record);
  if ('breakGlass' in record && record.breakGlass) console.error(line);
  else print(line);
}

/**
 * The same, with one write for all lines of a millisecond: by itself each takes an eighth of the time of a review of a known token.
 * For a process of its own; on Workers nothing goes on between requests.
 */
export class BatchedLog {
  #lines: string[] = [];

  readonly log = (record: LogRecord): void => {
    write(record, (line) => {
      if (this.#lines.push(line) === 1) setTimeout(this.flush, 0);
    });
  };

  /** Writes what waits. To be called before the process ends. */
  readonly flush = (): void => {
    const lines = this.#lines;
    if (lines.length === 0) return;
    this.#lines = [];
    console.log(lines.join('\n'));
  };
}

/** Writes the warnings of the settings, a line each. */
export function logWarnings(settings: Settings): void {
  for (const warning of settings.warnings) logWarning(warning);
}

/** Writes a warning as a line. */
export function logWarning(warning: string): void {
  console.warn(JSON.stringify({ event: 'warning', warning }));
}
