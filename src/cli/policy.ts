/**
 * `callerid policy` and its help. What it does is in `policy/`.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ImportOptions } from './policy/import.ts';

const help = `
Reads an aws-auth ConfigMap as kubectl prints it, just its data, or a policy of callerid's own, in YAML or JSON; "-" is
standard input. Prints the policy in JSON on standard output, and what a human should know of it on standard error.

Examples:
  kubectl -n kube-system get configmap aws-auth -o yaml | callerid policy import - > policy.json
  callerid policy import policy.json --store file:/var/lib/callerid --cluster prod.example.com
  callerid policy import policy.json --record --version 4 > record.json
  wrangler kv key put policy/prod.example.com --path record.json --binding POLICY --remote`;

export function policyCommand(): Command {
  const command = new Command('policy').description('work with policies');
  command
    .command('import')
    .description('check a policy or an aws-auth ConfigMap, and print it, or put it into a store')
    .argument('<file>', 'the policy')
    .addOption(new Option('--store <place>', 'write it there, as the next version: file:DIRECTORY'))
    .addOption(new Option('--cluster <id>', 'whose policy it is, with --store'))
    .addOption(new Option('--record', 'print what a store holds, for Workers KV').conflicts('store'))
    .addOption(
      new Option('--version <number>', 'with --record: one more than the last (default: 1)').argParser(
        version,
      ),
    )
    .addHelpText('after', help)
    .action(async (file: string, options: ImportOptions) => {
      const { importPolicy } = await import('./policy/import.ts');
      await importPolicy(file, options);
    });
  return command;
}

function version(value: string): number {
  if (/^[1-9][0-9]{0,14}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Must be a whole number from 1.');
}
