/**
 * Options that are data, for the parser.
 *
 * @module
 */
import { type Command, Option } from 'commander';
import { flagsOf, type OptionRow } from './options.ts';

/** Adds them. One that begins with `no-` is a flag like any other, and negates nothing. */
export function addRows(command: Command, rows: readonly OptionRow[]): Command {
  for (const row of rows) {
    const option = new Option(flagsOf(row), row.help);
    option.negate = false;
    command.addOption(option);
  }
  return command;
}
