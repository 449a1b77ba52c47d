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
        ? 'set CALLERID_SHADOW_URL, or shadow in CALLERID_CLUSTERS, and give the log of a deployment that has been asked since'
        : 'none since then; wait until somebody has come, or give an earlier --since',
    );
  }
  process.exitCode = exitCodeOf(report);
  print(output === 'json' ? jsonText(report) : reportLines(report, painter()).join('\n'));
  const doubt = doubtOf(report);
  if (process.exitCode === exitCodes.noVerdict && doubt !== undefined) say(doubt);
}

async function readReport(files: readonly string[], since: number): Promise<ShadowReport> {
  const report = new Report();
  for (const file of files) {
    for await (const line of linesOf(file)) {
      // what is too long may be of shadow mode
      const { records, unread } = line === undefined ? { records: [], unread: 1 } : recordsIn(line);
      if (records.length + unread === 0) report.count('otherLines');
      report.count('unread', unread);
      for (const record of records) if (Date.parse(record.time) >= since) report.add(record);
    }
  }
  return report.end();
}

/**
 * A difference ends like diff(1). An empty report counts only where both let somebody in, callerid could always judge, and
 * nothing is left out.
 */
function exitCodeOf(report: ShadowReport): number {
  if (report.differed > 0) return exitCodes.unexpected;
  return doubtOf(report) === undefined ? exitCodes.done : exitCodes.noVerdict;
}

function doubtOf({ granted, notCompared, unread }: ShadowReport): string | undefined {
  if (unread > 0) {
    return `${unread} lines that look like shadow mode's cannot be read: give whole lines, and the version of callerid that wrote them`;
  }
  const ours = Object.keys(notCompared).filter((why) => why.startsWith('ours: '));
  if (ours.length > 0) {
    return `callerid could not always judge (${ours.join(', ')}): mend that, and give --since a time after it`;
  }
  return granted > 0 ? undefined : 'nobody was let in by both: wait until somebody has come';
}
