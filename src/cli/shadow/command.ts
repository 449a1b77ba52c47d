/**
 * `callerid shadow` and its help. What it does is in `run.ts`.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ReportFlags } from './run.ts';

const help = `
Reads log lines of deployments in shadow mode (docs/migration.md), in any order: as callerid serve, Deno and wrangler tail --format
json write them, with or without a time before each. Lines of other programs are counted and left out. Prints whom the
two authenticators judge differently, in what, how often and why, and a decision ID to look for in the log.

Ends with 0 where at least one token of AWS was compared and nothing differs, with 1 where something does, and with 5 where nothing
was compared or a line could not be read.

Examples:
  kubectl logs --selector app=callerid --tail=-1 --prefix | callerid shadow report
  wrangler tail --format json > tail.json; callerid shadow report tail.json
  callerid shadow report --since 2026-11-24T18:00:00Z -o json callerid.log`;

export function shadowCommand(): Command {
  return new Command('shadow')
    .description('compare callerid with the authenticator that it is to replace')
    .addCommand(reportCommand());
}

function reportCommand(): Command {
  return new Command('report')
    .description('say from the log of shadow mode how the two differ')
    .argument('[files...]', 'logs; "-" is standard input (default: standard input)')
    .option(
      '--since <time>',
      'only reviews from then on, such as 2026-11-24T18:00:00Z: after a change of the policy',
      time,
    )
    .addOption(new Option('-o, --output <format>').choices(['text', 'json']).default('text'))
    .addHelpText('after', help)
    .action(async (files: readonly string[], flags: ReportFlags) => {
      const { reportShadow } = await import('./run.ts');
      await reportShadow(files, flags);
    });
}

/** Reads a time, in milliseconds since the epoch. */
function time(value: string): number {
  const isWhole = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(value);
  const at = isWhole ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new InvalidArgumentError('Must be a time with its zone, such as 2026-11-24T18:00:00Z.');
}
