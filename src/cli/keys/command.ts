/**
 * `callerid keys` and its help. What it does is in `run.ts`.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { signingAlgorithms } from '../../oidc/algorithms.ts';
import type { CreateFlags, RotateFlags } from './run.ts';

const help = `
The file holds private keys: whoever has it can be anybody at every cluster that trusts the issuer. Every key in it is
published; one of them signs. Give all of it to the deployment after each change:

  wrangler secret put CALLERID_SIGNING_KEYS < signing-keys.json       a Worker
  CALLERID_SIGNING_KEYS=file:/etc/callerid/signing-keys.json          Deno and Node

Examples:
  callerid keys create --out signing-keys.json
  callerid keys rotate signing-keys.json
  callerid keys list signing-keys.json`;

const rotateHelp = `
The new key is published as soon as the deployment has the file, and signs from one lead later. Until then everybody has
fetched it: the keys may be held for 5 minutes by anybody, and a secret takes a while to get everywhere. Keys of which no JWT can be good any more are dropped: those whose successor has
signed for longer than an hour and the lead.

A key that leaked has to go at once, and some JWTs are refused for a few minutes:
  callerid keys rotate signing-keys.json --lead 0s
  callerid keys retire signing-keys.json KID`;

const retireHelp = `
For a key that leaked: what it has signed is refused as soon as nobody holds the old keys any more. An API server holds them
until its --authentication-config changes or it is restarted: docs/issuer.md. The last key that can sign stays. Write -- before an ID that begins with -.`;

export function keysCommand(): Command {
  return new Command('keys')
    .description('make and rotate the keys by which an issuer signs')
    .addHelpText('after', help)
    .addCommand(createCommand())
    .addCommand(rotateCommand())
    .addCommand(listCommand())
    .addCommand(publicCommand())
    .addCommand(retireCommand());
}

function createCommand(): Command {
  return new Command('create')
    .description('make a file with a first key')
    .requiredOption('--out <file>', 'the file to write; it may not be there yet')
    .addOption(algorithm().default('RS256'))
    .action(async (flags: CreateFlags) => (await import('./run.ts')).createKeys(flags));
}

function rotateCommand(): Command {
  return new Command('rotate')
    .description('add a key that will sign, and drop those that nobody needs')
    .argument('<file>', 'the file to change')
    .addOption(algorithm('default: that of the newest key'))
    .addOption(
      new Option('--lead <time>', 'how long the key is published before it signs, such as 90m')
        .argParser(lead)
        .default(lead('1h'), '1h'),
    )
    .addHelpText('after', rotateHelp)
    .action(async (file: string, flags: RotateFlags) => (await import('./run.ts')).rotateKeys(file, flags));
}

function listCommand(): Command {
  return new Command('list')
    .description('say which keys are in a file, and which of them signs')
    .argument('<file>', 'the file, - for standard input')
    .action(async (file: string) => (await import('./run.ts')).listKeys(file));
}

function publicCommand(): Command {
  return new Command('public')
    .description('print the JWK set that is published')
    .argument('<file>', 'the file, - for standard input')
    .action(async (file: string) => (await import('./run.ts')).printPublicKeys(file));
}

function retireCommand(): Command {
  return new Command('retire')
    .description('remove a key')
    .argument('<file>', 'the file to change')
    .argument('<kid>', 'ID of the key')
    .addHelpText('after', retireHelp)
    .action(async (file: string, kid: string) => (await import('./run.ts')).retireKey(file, kid));
}

function algorithm(note?: string): Option {
  const what = 'API servers on --oidc-issuer-url, and EKS, take RS256 alone';
  return new Option('--algorithm <name>', note === undefined ? what : `${what} (${note})`).choices(
    signingAlgorithms,
  );
}

/** In milliseconds. */
const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time of at most 30 days, in milliseconds. */
function lead(text: string): number {
  const [, number, unit = ''] = /^([0-9]{1,7})([smhd])$/.exec(text) ?? [];
  const milliseconds = Number(number) * (units[unit] ?? Number.NaN);
  if (milliseconds <= 30 * 86_400_000) return milliseconds;
  throw new InvalidArgumentError('Must be such as 0s, 90m or 1h, at most 30d.');
}
