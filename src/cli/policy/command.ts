/**
 * `callerid policy` and its help. What import and export do is in `import.ts` and `export.ts`; the other commands are in
 * `admin-commands.ts`.
 *
 * @module
 */
import { Command, Option } from 'commander';
import { signOption, unbelievedOption, version } from '../admin/options.ts';
import {
  applyCommand,
  diffCommand,
  getCommand,
  historyCommand,
  lintCommand,
  rollbackCommand,
} from './admin-commands.ts';
import type { ExportFlags } from './export.ts';
import type { ImportFlags } from './import.ts';
import { policyKeysCommand } from './keys-command.ts';

const importHelp = `
Reads a policy of callerid's own, an aws-auth ConfigMap as kubectl prints it or just its data, the config file of the
aws-iam-authenticator server, IAMIdentityMapping objects, or what aws eks describe-access-entry prints, in YAML or JSON;
several documents of one cluster in one file make one policy. Prints the policy in JSON on standard output, and what a
human should know of it on standard error.

Readers disbelieve a version older than the one in use. A record gets the present for its version, in seconds since the
epoch, which is newer than all before it; give --version only to go on from a newer one.

Examples:
  kubectl -n kube-system get configmap aws-auth -o yaml | callerid policy import > policy.json
  for arn in $(aws eks list-access-entries --cluster-name C --query 'accessEntries[]' --output text); do
    aws eks describe-access-entry --cluster-name C --principal-arn "$arn"; done | callerid policy import > policy.json
  callerid policy import policy.json --store file:/var/lib/callerid --cluster prod.example.com
  callerid policy import policy.json --record > record.json
  wrangler kv key put policy/prod.example.com --path record.json --binding POLICY --remote`;

const exportHelp = `
Prints the aws-auth ConfigMap that says the same, and on standard error what it cannot say. A rule that aws-auth cannot
say is left out, never written more broadly. Where somebody would gain all the same, as where a deny rule is lost,
nothing is printed but the reasons, unless --allow-widening is given.

Example:
  callerid policy export --format aws-auth policy.json | kubectl apply -f -`;

export function policyCommand(): Command {
  return new Command('policy')
    .description('work with policies')
    .addCommand(getCommand())
    .addCommand(lintCommand())
    .addCommand(diffCommand())
    .addCommand(applyCommand())
    .addCommand(historyCommand())
    .addCommand(rollbackCommand())
    .addCommand(importCommand())
    .addCommand(exportCommand())
    .addCommand(policyKeysCommand());
}

function importCommand(): Command {
  return new Command('import')
    .description('check a policy, or read one from another format, and print it, or put it into a store')
    .argument('[file]', 'the policy; "-" is standard input (default: standard input)')
    .option('--store <place>', 'write it there, as the next version: file:DIRECTORY')
    .option('--cluster <id>', 'whose policy it is, with --store, or with --record and --sign')
    .option('--yes-lock-out', 'with --store: even where people who came lately would not be let in any more')
    .option(...signOption)
    .option(...unbelievedOption)
    .addOption(new Option('--record', 'print what a store holds, for Workers KV').conflicts('store'))
    .option('--version <number>', 'with --record: its version (default: seconds since the epoch)', version)
    .option(
      '--acknowledge-session-node',
      'allow system:node:{{SessionName}}: the trust policies of these roles pin session names',
    )
    .addOption(
      new Option('--output <format>', 'json: the policy and the notes, as one object')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addHelpText('after', importHelp)
    .action(async (file: string | undefined, flags: ImportFlags) => {
      const { importPolicy } = await import('./import.ts');
      await importPolicy(file, flags);
    });
}

function exportCommand(): Command {
  return new Command('export')
    .description('print a policy in another format')
    .argument('<file>', 'the policy; "-" is standard input')
    .addOption(new Option('--format <name>').choices(['aws-auth']).makeOptionMandatory())
    .option('--allow-widening', 'print it even where somebody gains by it')
    .addOption(
      new Option('--output <format>', 'json: the ConfigMap and the notes, as one object')
        .choices(['yaml', 'json'])
        .default('yaml'),
    )
    .addHelpText('after', exportHelp)
    .action(async (file: string, flags: ExportFlags) => {
      const { exportPolicy } = await import('./export.ts');
      await exportPolicy(file, flags);
    });
}
