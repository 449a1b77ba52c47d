/**
 * `callerid token` and its help. What it does is in `run.ts`; its plain uses come by `main.ts` and never here.
 *
 * @module
 */
import { Command } from 'commander';
import { flagsOf } from '../options.ts';
import { tokenRows } from './options.ts';
import { printToken, type TokenFlags } from './run.ts';

const help = `
Signs with the credentials that the AWS CLI would take: those in the environment (AWS_ACCESS_KEY_ID, …), unless
--profile is given; else the profile (AWS_PROFILE), web identity, SSO, container or instance. Prints what kubectl
expects of a credential plugin, in the version that KUBERNETES_EXEC_INFO asks for. AWS_STS_REGIONAL_ENDPOINTS=legacy
signs for sts.amazonaws.com where the AWS CLI does.

Example:
  callerid token --audience prod.example.com --region eu-west-1`;

export function tokenCommand(): Command {
  const command = new Command('token').description('print a token, for kubectl or for any bearer header');
  for (const row of tokenRows) command.option(flagsOf(row), row.help);
  return command.addHelpText('after', help).action((flags: TokenFlags) => printToken(flags));
}
