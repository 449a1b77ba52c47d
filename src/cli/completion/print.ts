/**
 * What `callerid completion` does.
 *
 * @module
 */
import type { Command } from 'commander';
import { print } from '../output.ts';
import { placesOf } from './places.ts';
import { completionScript, type Shell } from './scripts.ts';

export function printCompletion(shell: Shell, program: Command): void {
  print(completionScript(shell, placesOf(program)));
}
