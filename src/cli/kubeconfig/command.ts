/**
 * `callerid kubeconfig` and its help. What it does is in `run.ts`.
 *
 * @module
 */
import { Command, Option } from 'commander';
import { audienceRows, flagsOf } from '../options.ts';
import { plugins } from './exec.ts';
import type { KubeconfigFlags } from './run.ts';

const help = `
Adds a user to a kubeconfig, for whom kubectl has one of these programs sign a token each time. The rest of the file stays
as it is, to the letter where it is in block style. With --context and --cluster it also adds a context for that user, at a
cluster that the file has. What is there already and the same stays; what is there and differs is refused, unless --replace
is given.

Writes as kubectl does: with the lock FILE.lock, and in one step. Where a link leads to the file, the file is changed.

Examples:
  callerid kubeconfig --audience prod.example.com --region eu-west-1 --context prod --cluster prod
  callerid kubeconfig --audience prod.example.com --exec aws --profile prod --kubeconfig ./kubeconfig`;

export function kubeconfigCommand(): Command {
  const command = new Command('kubeconfig').description(
    'add a user who signs in with AWS credentials to a kubeconfig',
  );
  for (const row of audienceRows) command.option(flagsOf(row), row.help);
  return command
    .option('--kubeconfig <file>', 'the file (default: the first one in KUBECONFIG, else ~/.kube/config)')
    .option('--user <name>', 'name of the user (default: the audience)')
    .addOption(new Option('--exec <program>', 'what signs').choices(Object.keys(plugins)).default('callerid'))
    .addOption(
      new Option('--api-version <version>', 'of client.authentication.k8s.io')
        .choices(['v1', 'v1beta1'])
        .default('v1'),
    )
    .option('--region <name>', 'whose STS is asked (default: that of the profile or environment at the time)')
    .option('--profile <name>', 'credentials to sign with (default: those at hand at the time)')
    .option('--role-arn <arn>', 'assume this role first')
    .option('--exchange <url>', 'an issuer whose JWT kubectl is to present, instead of an audience')
    .option('--context <name>', 'add a context of this name, too')
    .option('--cluster <name>', 'the cluster of that context, as the file calls it')
    .option('--replace', 'put the new user or context in place of another of the same name')
    .addHelpText('after', help)
    .action(async (flags: KubeconfigFlags) => {
      const { addUser } = await import('./run.ts');
      addUser(flags);
    });
}
