/**
 * `callerid explain` and its help. What it does is in `run.ts`.
 *
 * @module
 */
import { Command, Option } from 'commander';
import { proofs } from '../../mapping/proof.ts';
import { addOutput, addTarget, targetHelp } from '../admin/options.ts';
import type { ExplainFlags } from './run.ts';

const help = `
Says every step of the decision: the rules that were considered, the one that decided, and where nobody is let in the
nearest miss. Of a token (--token), which is verified anew, or of an identity that is described (--arn), which nobody has
to prove: nobody is let in by it. Ends with 0 where they come in, with 4 where they do not, with 5 where there is no verdict.

The token comes from a file or from standard input, never from an argument, since everybody on a machine can read its
command lines.
${targetHelp}
With --policy neither is needed: the policy is in the file, and only an identity can be explained.

Examples:
  callerid token -a prod.example.com | callerid explain --token - --server https://callerid.example.com \\
    --cluster prod.example.com --admin-audience https://callerid.example.com/admin
  callerid explain --arn arn:aws:sts::111122223333:assumed-role/Admin/alice --policy policy.yaml
  callerid explain --arn arn:aws:iam::111122223333:role/Admin --proof aws-jwt --principal-tag team=orders \\
    --policy policy.yaml`;

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

export function explainCommand(): Command {
  const command = new Command('explain')
    .description('say why somebody is let in, or is not')
    .option('--token <file>', 'a token, bare or in an ExecCredential; "-" is standard input')
    .option('--arn <arn>', 'of a session, a role, a user, a federated user or a root user')
    .option('--principal-id <id>', 'with --arn: AROA… or AIDA…, for rules that are pinned')
    .option('--session-name <name>', 'with --arn of a role')
    .addOption(new Option('--proof <kind>', 'with --arn: how it would be proven').choices([...proofs]))
    .option('--org-id <id>', 'with --proof aws-jwt: o-…')
    .option('--ou-path <path>', 'with --proof aws-jwt: o-…/r-…/ou-…/')
    .option('--principal-tag <key=value>', 'with --proof aws-jwt: a tag; may be given again', collect)
    .option('--source-identity <name>', 'with --proof aws-jwt')
    .option('--policy <file>', 'the policy, instead of --server or --store')
    .option(
      '--audience <text>',
      'with --store and --token: what the token is signed for (default: the cluster)',
    );
  return addOutput(addTarget(command))
    .addHelpText('after', help)
    .action(async (flags: ExplainFlags) => (await import('./run.ts')).explainTo(flags));
}
