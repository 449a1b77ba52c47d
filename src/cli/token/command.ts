/**
 * `callerid token` and its help. What it does is in `run.ts`; its plain uses come by `plain.ts` and never here.
 *
 * @module
 */
import { Command } from 'commander';
import { addRows } from '../option-rows.ts';
import { tokenRows } from './options.ts';
import { printToken } from './run.ts';
import type { TokenFlags } from './token-text.ts';

const help = `
Signs with the credentials that the AWS CLI would take: those in the environment (AWS_ACCESS_KEY_ID, …), unless
--profile is given; else the profile (AWS_PROFILE), web identity, SSO, container or instance. Prints what kubectl
expects of a credential plugin, in the version that KUBERNETES_EXEC_INFO asks for. AWS_STS_REGIONAL_ENDPOINTS=legacy
signs for sts.amazonaws.com where the AWS CLI does.

With --exchange the token is for an issuer (docs/issuer.md), which gives a JWT for it; that is what is printed, and kept
until 30 seconds before its end in $XDG_CACHE_HOME/callerid or ~/.cache/callerid, for this user alone.

Examples:
  callerid token --audience prod.example.com --region eu-west-1
  callerid token --exchange https://callerid.example.com/clusters/prod.example.com --region eu-west-1`;

export function tokenCommand(): Command {
  const command = new Command('token').description('print a token, for kubectl or for any bearer header');
  return addRows(command, tokenRows)
    .addHelpText('after', help)
    .action((flags: TokenFlags) => printToken(flags));
}
