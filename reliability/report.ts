/**
 * Figures as the table of `docs/reliability.md`, and as JSON.
 *
 * @module
 */
import { machineAndVersions, machineInWords, withTable } from '../benchmarks/report.ts';
import type { Checks } from './checks.ts';
import type { Extent } from './part.ts';

const markers = {
  begin: '<!-- figures: npm run reliability -- --record -->',
  end: '<!-- end of figures -->',
};

export function toJson({ passed, failures, figures, skipped }: Checks, extent: Extent): string {
  const all = { ...machineAndVersions(), extent, passed, failures, figures, skipped };
  return `${JSON.stringify(all, undefined, 2)}\n`;
}

/** The page with these figures in its table. */
export function withFigures(page: string, { figures, skipped }: Checks, { seed }: Extent): string {
  const lines = figures.map(({ what, value }) => `| ${what} | ${value} |`);
  const table = ['| what | came of it |', '|---|---|', ...lines].join('\n');
  const left = skipped.map((one) => `\n\nNot tried: ${one}.`).join('');
  const day = new Date().toISOString().slice(0, 10);
  return withTable(page, markers, `Measured ${day}, seed ${seed}: ${machineInWords()}.\n\n${table}${left}`);
}
