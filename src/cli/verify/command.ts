/**
 * `callerid verify` and its help. What it does is in `run.ts`.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { audienceRows, flagsOf } from '../options.ts';
import type { VerifyFlags } from './run.ts';

const help = `
Asks STS who signed the token, and prints the identity, never the token. The token comes from a file or from standard
input, bare or in an ExecCredential; never from an argument, since everybody on a machine can read its command lines.

Behind a proxy set HTTPS_PROXY and NODE_USE_ENV_PROXY=1 (Node 24 or later); a private CA goes into NODE_EXTRA_CA_CERTS.

Example:
  callerid token -a prod.example.com | callerid verify -a prod.example.com`;

export function verifyCommand(): Command {
  const command = new Command('verify')
    .description('say who signed a token')
    .argument('[file]', 'file with the token (default: standard input)');
  for (const row of audienceRows) command.option(flagsOf(row), row.help);
  return command
    .option('--partition <name>', 'AWS partition of the signer (default: that of --region, else aws)')
    .option('--region <names>', 'take these regions only; again, or with commas between them', collect)
    .option('--timeout <seconds>', 'for the call to STS, 1 to 60', seconds, 5)
    .addOption(new Option('--output <format>').choices(['text', 'json']).default('text'))
    .addHelpText('after', help)
    .action(async (file: string | undefined, flags: VerifyFlags) => {
      const { verify } = await import('./run.ts');
      await verify(file, flags);
    });
}

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, ...value.split(',').map((name) => name.trim())];
}

function seconds(value: string): number {
  const number = /^[0-9]{1,2}(?:\.[0-9]+)?$/.test(value) ? Number(value) : Number.NaN;
  if (number >= 1 && number <= 60) return number;
  throw new InvalidArgumentError('Must be 1 to 60 seconds.');
}
