/**
 * Figures as a table for a terminal, as JSON, and as the table of `docs/benchmarks.md`.
 *
 * @module
 */

import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import type { Extent, Figure } from './figure.ts';
import { type Row, rows } from './rows.ts';

export type Figures = ReadonlyMap<string, Figure>;

/** The row of a figure. */
export function rowOf(id: string): Row {
  const row = rows.find((one) => one.id === id);
  if (row === undefined) throw new Error(`a figure without a row: ${id}`);
  return row;
}

interface Line {
  readonly figure: string;
  readonly value: string;
  readonly goal: string;
  readonly rounds: string;
}

function linesOf(figures: Figures): readonly Line[] {
  return rows.flatMap(({ id, what, better, goal }) => {
    const found = figures.get(id);
    if (found === undefined) return [];
    const { value, rounds = [] } = found;
    const isMet = better === 'more' ? value >= (goal ?? value) : value <= (goal ?? value);
    const sign = better === 'more' ? '≥' : '≤';
    return {
      figure: what,
      value: shortened(value),
      goal: goal === undefined ? '' : `${sign} ${goal}${isMet ? '' : ' MISSED'}`,
      rounds:
        rounds.length < 2
          ? ''
          : `${shortened(quantile(rounds, 0.25))} to ${shortened(quantile(rounds, 0.75))}`,
    };
  });
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)] as number;
}

export function printTable(figures: Figures): void {
  console.table(linesOf(figures));
}

/** A whole number as it is, any other with three digits. */
export function shortened(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}

/** On what it was measured, and for how long. */
export function setting(extent: Extent): Readonly<Record<string, unknown>> {
  return { ...machineAndVersions(), extent };
}

/** The machine, and the runtimes. */
export function machineAndVersions(): { readonly machine: object; readonly versions: object } {
  const require = createRequire(import.meta.url);
  const versionOf = (name: string): string => require(`${name}/package.json`).version;
  return {
    machine: {
      cpu: cpus()[0]?.model,
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${process.platform} ${process.arch}`,
    },
    versions: { node: process.versions.node, deno: versionOf('deno'), workerd: versionOf('workerd') },
  };
}

const begin = '<!-- figures: npm run bench -- --record -->';
const end = '<!-- end of figures -->';

/** The text of `docs/benchmarks.md` with these figures in its table. */
export function withFigures(text: string, figures: Figures, extent: Extent): string {
  const lines = linesOf(figures).map(
    ({ figure, value, goal, rounds }) => `| ${figure} | ${value} | ${goal} | ${rounds} |`,
  );
  const table = ['| figure | measured | goal | half of the rounds |', '|---|---|---|---|', ...lines].join(
    '\n',
  );
  const measured = `Measured ${new Date().toISOString().slice(0, 10)}, ${extent.rounds} rounds: ${machineInWords()}.`;
  return withTable(text, { begin, end }, `${measured}\n\n${table}`);
}

/** On what it was measured, in a sentence. */
export function machineInWords(): string {
  const words = (of: object) =>
    Object.entries(of)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
  const { machine, versions } = machineAndVersions();
  return `${words(machine)}; ${words(versions)}`;
}

/** A page with this between its markers. */
export function withTable(
  page: string,
  markers: { readonly begin: string; readonly end: string },
  table: string,
): string {
  const [before = '', rest = ''] = page.split(markers.begin);
  const [, after = ''] = rest.split(markers.end);
  return `${before}${markers.begin}\n\n${table}\n\n${markers.end}${after}`;
}
