/**
 * Any command line, and what goes wrong with it.
 *
 * @module
 */
import { failureOf } from './failure.ts';
import { readPlainly } from './options.ts';
import { say } from './output.ts';
import { tokenRows } from './token/options.ts';
import { printToken } from './token/run.ts';
import type { TokenFlags } from './token/token-text.ts';

/** Does what it asks; rejects with what went wrong. A token does without the argument parser, where it can. */
export async function run(args: readonly string[]): Promise<void> {
  const flags = args[0] === 'token' ? readPlainly(args.slice(1), tokenRows) : undefined;
  if (flags !== undefined) return printToken(flags as TokenFlags);
  const { runProgram } = await import('./program.ts');
  await runProgram(args);
}

/** Tells what went wrong, and has the command end with its exit code. */
export function tell(error: unknown): void {
  const { exitCode, lines } = failureOf(error);
  for (const line of lines) say(line);
  process.exitCode = exitCode;
}
