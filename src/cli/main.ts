/**
 * The command `callerid`. `kubectl` starts it for every new connection, so the way of `callerid token` loads neither
 * the argument parser (10 ms) nor anything else that it does not need; `test/node/cli-start.test.ts` holds this.
 *
 * @module
 */
import { failureOf } from './failure.ts';
import { readPlainly } from './options.ts';
import { say } from './output.ts';
import { tokenRows } from './token/options.ts';
import { printToken, type TokenFlags } from './token/run.ts';

async function main(args: readonly string[]): Promise<void> {
  const flags = args[0] === 'token' ? readPlainly(args.slice(1), tokenRows) : undefined;
  if (flags !== undefined) return printToken(flags as TokenFlags);
  const { runProgram } = await import('./program.ts');
  await runProgram(args);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const { exitCode, lines } = failureOf(error);
  for (const line of lines) say(line);
  process.exitCode = exitCode;
}
