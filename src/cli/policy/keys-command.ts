/**
 * `callerid policy keys` and its help. What it does is in `keys.ts`.
 *
 * @module
 */
import { Command } from 'commander';
import type { CreateKeyFlags } from './keys.ts';

const help = `
Whoever has the file can write policies that are believed, and so be anybody in the cluster: keep it with those who apply
policies, and never where callerid runs. What is printed is the public key, for CALLERID_POLICY_KEYS or policyKeys; up to
four, with commas between them, are taken at a time, so that one can take the place of another.

Examples:
  callerid policy keys create --out policy-key.json
  callerid policy apply policy.yaml -m WHY --sign policy-key.json --server URL --cluster ID`;

export function policyKeysCommand(): Command {
  return new Command('keys')
    .description('make the keys by which policies are signed')
    .addHelpText('after', help)
    .addCommand(createCommand())
    .addCommand(publicCommand());
}

function createCommand(): Command {
  return new Command('create')
    .description('make a key, and print the public one')
    .requiredOption('--out <file>', 'the file to write; it may not be there yet')
    .action(async (flags: CreateKeyFlags) => (await import('./keys.ts')).createKey(flags));
}

function publicCommand(): Command {
  return new Command('public')
    .description('print the public key of a file')
    .argument('<file>', 'the file, - for standard input')
    .action(async (file: string) => (await import('./keys.ts')).printPublicKey(file));
}
