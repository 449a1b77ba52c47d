/**
 * The commands and their help.
 *
 * @module
 */
import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { assertVerifiesTls } from '../runtime/tls-verification.ts';
import { completionCommand } from './completion/command.ts';
import { demoCommand } from './demo/command.ts';
import { doctorCommand } from './doctor/command.ts';
import { exitCodeHelp } from './exit-codes.ts';
import { explainCommand } from './explain/command.ts';
import { initCommand } from './init/command.ts';
import { keysCommand } from './keys/command.ts';
import { kubeconfigCommand } from './kubeconfig/command.ts';
import { oidcConfigCommand } from './oidc-config/command.ts';
import { write } from './output.ts';
import { policyCommand } from './policy/command.ts';
import { serveCommand } from './serve/command.ts';
import { shadowCommand } from './shadow/command.ts';
import { tokenCommand } from './token/command.ts';
import { verifyCommand } from './verify/command.ts';

/** Runs a command line; rejects with what went wrong. */
export async function runProgram(args: readonly string[]): Promise<void> {
  assertVerifiesTls(process.env);
  const program = new Command('callerid')
    .description('AWS IAM identities for Kubernetes and for any web service.')
    .version(manifest.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .enablePositionalOptions()
    .exitOverride()
    // what is wrong is told by main.ts
    .configureOutput({
      writeOut: (text) => write(1, text),
      writeErr: (text) => write(2, text),
      outputError: () => {},
    })
    .showSuggestionAfterError()
    .addHelpText('after', `\n${exitCodeHelp}`);
  const commands = [
    tokenCommand(),
    verifyCommand(),
    explainCommand(),
    policyCommand(),
    initCommand(),
    kubeconfigCommand(),
    keysCommand(),
    oidcConfigCommand(),
    serveCommand(),
    doctorCommand(),
    shadowCommand(),
    demoCommand(),
    completionCommand(() => program),
  ];
  for (const command of commands) {
    adopt(command, program);
    program.addCommand(command);
  }
  await program.parseAsync(args, { from: 'user' });
}

/** Gives the settings of the program to a command made apart from it. */
function adopt(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent).helpOption('-h, --help', 'print help');
  for (const child of command.commands) adopt(child, command);
}
