/**
 * The commands of `callerid policy` that work on a deployment or a store, and their help. What they do is in `read.ts`
 * and `change.ts`.
 *
 * @module
 */
import { Command } from 'commander';
import { addChange, addOutput, addTarget, targetHelp, version } from '../admin/options.ts';
import type { ApplyFlags, DiffFlags, RollbackFlags } from './change.ts';
import type { GetFlags, HistoryFlags, LintFlags } from './read.ts';

const formats = `
The file is a policy of callerid's own, or of any other format that callerid policy import reads; "-" is standard input.`;

const acknowledge = [
  '--acknowledge-session-node',
  'allow system:node:{{SessionName}} of an aws-auth ConfigMap: the trust policies of these roles pin session names',
] as const;

export function getCommand(): Command {
  const command = new Command('get')
    .description('print the current policy, or an older version')
    .option('--version <number>', 'an older one, see callerid policy history', version)
    .option('--unbelieved', 'even where it is not signed as it has to be: read it before you use it');
  return addOutput(addTarget(command), ['yaml', 'json'])
    .addHelpText('after', targetHelp)
    .action(async (flags: GetFlags) => (await import('./read.ts')).getPolicy(flags));
}

export function historyCommand(): Command {
  const command = new Command('history').description('print the versions that can be gone back to');
  return addOutput(addTarget(command))
    .addHelpText('after', targetHelp)
    .action(async (flags: HistoryFlags) => (await import('./read.ts')).showHistory(flags));
}

export function lintCommand(): Command {
  const command = new Command('lint')
    .description('say what is wrong with a policy, and what may be')
    .argument('<file>', 'the policy')
    .option(...acknowledge);
  return addOutput(command)
    .addHelpText(
      'after',
      `${formats} Needs no server. Ends with 2 where there is an error, with 0 where there are warnings only.`,
    )
    .action(async (file: string, flags: LintFlags) => (await import('./read.ts')).lintFile(file, flags));
}

const diffHelp = `${formats}
With one file: what an apply of it would change, for whom the rules name and for whom came lately; nothing is written but
the parts of a large policy, which decide nothing. With two files: what differs between them, without a server.
${targetHelp}

Examples:
  callerid policy diff policy.yaml --server https://callerid.example.com --cluster prod.example.com
  callerid policy diff old.yaml new.yaml`;

export function diffCommand(): Command {
  const command = new Command('diff')
    .description('say what differs between a policy and the current one, or between two')
    .argument('<file>', 'the policy, or the older of two')
    .argument('[newer]', 'the newer of two')
    .option(...acknowledge);
  return addOutput(addTarget(command))
    .addHelpText('after', diffHelp)
    .action(async (file: string, newer: string | undefined, flags: DiffFlags) =>
      (await import('./change.ts')).diff(file, newer, flags),
    );
}

const applyHelp = `${formats}
A policy that does not validate is refused and the old one stays. So does one by which somebody who came lately, or you,
would not be let in any more, unless --yes-lock-out is given. A large policy goes in parts: broken off, the same command
goes on from there, and nothing decides by it before the last request.
${targetHelp}

Example:
  callerid policy apply policy.yaml -m 'alice leaves' --server https://callerid.example.com \\
    --cluster prod.example.com --admin-audience https://callerid.example.com/admin`;

export function applyCommand(): Command {
  const command = new Command('apply')
    .description('write a policy as the next version')
    .argument('<file>', 'the policy')
    .option(...acknowledge)
    .option('--replace-unreadable', 'even over what is stored and cannot be read, or is not believed');
  return addOutput(addTarget(addChange(command)))
    .addHelpText('after', applyHelp)
    .action(async (file: string, flags: ApplyFlags) => (await import('./change.ts')).applyFile(file, flags));
}

const rollbackHelp = `
The history stays as it is: the older policy becomes the next version.
${targetHelp}`;

export function rollbackCommand(): Command {
  const command = new Command('rollback')
    .description('write an older version again')
    .argument('<version>', 'see callerid policy history', version);
  return addOutput(addTarget(addChange(command)))
    .addHelpText('after', rollbackHelp)
    .action(async (older: number, flags: RollbackFlags) =>
      (await import('./change.ts')).rollback(older, flags),
    );
}
