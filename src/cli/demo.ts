/**
 * `callerid demo` and its help. What it does is in `demo/`.
 *
 * @module
 */
import { Command, InvalidArgumentError } from 'commander';
import type { DemoOptions } from './demo/demo.ts';

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
    .action(async (options: DemoOptions) => {
      const { demo } = await import('./demo/demo.ts');
      await demo(options);
    });
}

function port(value: string): number {
  if (/^[0-9]{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw new InvalidArgumentError('Must be a port, 0 to 65535.');
}
