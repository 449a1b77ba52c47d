/**
 * What can be written where, from the commands themselves.
 *
 * @module
 */
import type { Command, Option } from 'commander';

/** A command, and what may follow it. */
export interface Place {
  /** Names from the program on: `callerid policy apply`. */
  readonly path: string;
  readonly commands: readonly Word[];
  /** Values of its first argument, where they are known. */
  readonly values: readonly string[];
  readonly options: readonly OptionWord[];
}

interface Word {
  readonly name: string;
  readonly description: string;
}

export interface OptionWord {
  /** `--output` */
  readonly long: string;
  /** `-m` */
  readonly short: string | undefined;
  readonly description: string;
  readonly takesValue: boolean;
  readonly values: readonly string[];
}

/** The program, its commands and theirs. */
export function placesOf(command: Command, path: string = command.name()): Place[] {
  const help = command.createHelp();
  // the command `help` has none below it and helps nobody here
  const commands = help.visibleCommands(command).filter((child) => child.name() !== 'help');
  const place: Place = {
    path,
    commands: commands.map((child) => ({ name: child.name(), description: child.description() })),
    values: command.registeredArguments[0]?.argChoices ?? [],
    options: help.visibleOptions(command).flatMap(wordOf),
  };
  return [place, ...commands.flatMap((child) => placesOf(child, `${path} ${child.name()}`))];
}

function wordOf({ long, short, description, required, optional, argChoices = [] }: Option): OptionWord[] {
  if (!long) return [];
  return [{ long, short, description, takesValue: required || optional, values: argChoices }];
}
