/**
 * `callerid doctor` and its help. What it does is in `run.ts`.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { DoctorFlags } from './run.ts';

const help = `
Looks at a deployment from end to end, and says what to do. Nothing is changed, and nothing secret is printed.

This environment: the settings that callerid serve would read, the store, the policies, the way to STS, the clock. With
--webhook it is looked at only where CALLERID_CLUSTER, CALLERID_CLUSTERS or --policy is given.

A deployed webhook (--webhook FILE, the kubeconfig that its API server has): the connection and its certificate, health,
whether the credential is taken and any other refused, and the answers to tokens that are none. With --sign a real token
is signed with the AWS credentials at hand, as callerid token does, and the review of it is shown.

STS itself (--live): some fifteen requests to the endpoint of --region, with the AWS credentials at hand, one after the
other. Compared is what STS answers with what callerid takes for granted.

Ends with 0 where nothing fails, with 1 where something does; of --live with 3 where STS does not take the credentials,
and with 5 where it could not be asked.

Examples:
  callerid doctor --webhook /etc/kubernetes/callerid.kubeconfig
  callerid doctor --webhook callerid.kubeconfig --sign --audience prod.example.com --region eu-west-1
  callerid doctor --live --region eu-west-1`;

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('look at a deployment from end to end, and say what to do')
    .option('--policy <file>', 'as callerid serve --policy')
    .option('--webhook <file>', "the API server's kubeconfig of a deployed webhook")
    .option('--sign', 'with --webhook: sign a real token, and have it reviewed')
    .option('--audience <text>', "with --sign: what the token is for, the cluster's ID")
    .option('--live', 'ask STS what callerid takes for granted of it')
    .option('--region <name>', 'with --sign or --live: to sign for, as with callerid token')
    .option('--profile <name>', 'with --sign or --live: to sign with, as with callerid token')
    .option('--role-arn <arn>', 'with --sign or --live: to assume first, as with callerid token')
    .option('--timeout <seconds>', 'for one request, 1 to 60', seconds, 5)
    .addOption(new Option('-o, --output <format>').choices(['text', 'json']).default('text'))
    .addHelpText('after', help)
    .action(async (flags: DoctorFlags) => (await import('./run.ts')).examine(flags));
}

function seconds(value: string): number {
  const number = /^[0-9]{1,2}(?:\.[0-9]+)?$/.test(value) ? Number(value) : Number.NaN;
  if (number >= 1 && number <= 60) return number;
  throw new InvalidArgumentError('Must be 1 to 60 seconds.');
}
