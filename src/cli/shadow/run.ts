/**
 * What `callerid shadow report` does.
 *
 * @module
 */
import { CommandError, exitCodes } from '../exit-codes.ts';
import { print, say } from '../output.ts';
import { painter } from '../terminal.ts';
import { jsonText } from '../text.ts';
import { linesOf } from './lines.ts';
import { recordsIn } from './record.ts';
import { Report, type ShadowReport } from './report.ts';
import { reportLines } from './show.ts';

/** The options of the command line. */
export interface ReportFlags {
  /** Milliseconds since the epoch. */
  readonly since?: number;
  readonly output: 'text' | 'json';
}

/** Prints a report, and ends as it says. */
export async function reportShadow(files: readonly string[], { since, output }: ReportFlags): Promise<void> {
  const report = await readReport(files.length === 0 ? ['-'] : files, since ?? Number.NEGATIVE_INFINITY);
  if (report.from === undefined && report.unread === 0) {
    throw new CommandError(
      exitCodes.noVerdict,
      `no shadow review in the input (${report.otherLines} other lines)`,
      since === undefined
        ? 'set shadow or CALLERID_SHADOW_URL, and give the log of a deployment that has been asked since'
        : 'none since then; wait until somebody has come, or give an earlier --since',
    );
  }
  process.exitCode = exitCodeOf(report);
  print(output === 'json' ? jsonText(report) : reportLines(report, painter()).join('\n'));
  if (process.exitCode === exitCodes.noVerdict) {
    say(
      report.unread > 0
        ? `${report.unread} lines of shadow mode cannot be read: use the version of callerid that wrote them`
        : 'no token of AWS was compared: wait until somebody has come',
    );
  }
}

async function readReport(files: readonly string[], since: number): Promise<ShadowReport> {
  const report = new Report();
  for (const file of files) {
    for await (const line of linesOf(file)) {
      const { records, unread } = line === undefined ? { records: [], unread: 0 } : recordsIn(line);
      if (records.length + unread === 0) report.count('otherLines');
      report.count('unread', unread);
      for (const record of records) if (Date.parse(record.time) >= since) report.add(record);
    }
  }
  return report.end();
}

/** A difference ends like diff(1). An empty report counts only where something was compared, and nothing left out. */
function exitCodeOf({ agreed, differed, unread }: ShadowReport): number {
  if (differed > 0) return exitCodes.unexpected;
  return agreed > 0 && unread === 0 ? exitCodes.done : exitCodes.noVerdict;
}
