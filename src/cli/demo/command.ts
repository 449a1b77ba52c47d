/**
 * `callerid demo` and its help. What it does is in `run.ts`.
 *
 * @module
 */
import { Command } from 'commander';
import { port } from '../port.ts';
import type { DemoFlags } from './run.ts';

const help = `
Starts an STS emulator that really checks signatures and the Worker in workerd, signs tokens with the AWS CLI where there
is one, and shows each review with its answer. It listens on 127.0.0.1 only, and needs miniflare (npm install miniflare)
outside a clone of callerid.

Example:
  callerid demo --once`;

export function demoCommand(): Command {
  return new Command('demo')
    .description('see a token signed, verified and reviewed, all on this machine')
    .option('--port <number>', 'where the Worker listens; 0 is any free one', port, 8787)
    .option('--once', 'end when the story is told', false)
    .addHelpText('after', help)
    .action(async (flags: DemoFlags) => {
      const { demo } = await import('./run.ts');
      await demo(flags);
    });
}
