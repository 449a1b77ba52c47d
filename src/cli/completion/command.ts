/**
 * `callerid completion` and its help. The scripts are made in `scripts.ts`.
 *
 * @module
 */
import { Argument, Command } from 'commander';
import type { Shell } from './scripts.ts';

const help = `
The script is complete: the shell does not start callerid for it.

Examples:
  source <(callerid completion bash)                                     in ~/.bashrc
  source <(callerid completion zsh)                                      in ~/.zshrc, after compinit
  callerid completion fish > ~/.config/fish/completions/callerid.fish`;

/** @param program gives all commands, this one among them */
export function completionCommand(program: () => Command): Command {
  return new Command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', help)
    .action(async (shell: Shell) => (await import('./print.ts')).printCompletion(shell, program()));
}
