/**
 * `callerid policy` and its help. What `import` does is in `import.ts`.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ImportFlags } from './import.ts';

const help = `
Reads an aws-auth ConfigMap as kubectl prints it, just its data, or a policy of callerid's own, in YAML or JSON; "-" is
standard input. Prints the policy in JSON on standard output, and what a human should know of it on standard error.

Readers disbelieve a version older than the one in use. A record gets the present for its version, in seconds since the
epoch, which is newer than all before it; give --version only to go on from a newer one.

Examples:
  kubectl -n kube-system get configmap aws-auth -o yaml | callerid policy import - > policy.json
  callerid policy import policy.json --store file:/var/lib/callerid --cluster prod.example.com
  callerid policy import policy.json --record > record.json
  wrangler kv key put policy/prod.example.com --path record.json --binding POLICY --remote`;

export function policyCommand(): Command {
  const command = new Command('policy').description('work with policies');
  command
    .command('import')
    .description('check a policy or an aws-auth ConfigMap, and print it, or put it into a store')
    .argument('<file>', 'the policy')
    .option('--store <place>', 'write it there, as the next version: file:DIRECTORY')
    .option('--cluster <id>', 'whose policy it is, with --store')
    .addOption(new Option('--record', 'print what a store holds, for Workers KV').conflicts('store'))
    .option('--version <number>', 'with --record: its version (default: seconds since the epoch)', version)
    .addHelpText('after', help)
    .action(async (file: string, flags: ImportFlags) => {
      const { importPolicy } = await import('./import.ts');
      await importPolicy(file, flags);
    });
  return command;
}

function version(value: string): number {
  if (/^[1-9][0-9]{0,14}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Must be a whole number from 1.');
}
