/**
 * `npm run bench`: measures, prints a table with the goals, and writes it as JSON.
 *
 * With `--short` it takes fewer and shorter rounds. With `--check` it fails where a figure is more than a quarter worse than
 * the recorded one, after that suite was measured once more. With `--record` the figures become the recorded ones.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Skipped } from '../test/interop/suite.ts';
import type { Extent, Figure, Suite } from './figure.ts';
import { type Row, rows } from './rows.ts';
import { suites } from './suites.ts';

const { values: flags } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    /** Suites by name. */
    only: { type: 'string', multiple: true },
    /** Where the JSON goes. */
    json: { type: 'string', default: 'bench.json' },
  },
});

const extent: Extent = flags.short ? { rounds: 3, seconds: 1 } : { rounds: 5, seconds: 3 };
const recordedFile = join(import.meta.dirname, 'recorded.json');
/** How much worse than recorded a figure may be. */
const tolerance = 0.25;

interface Recorded {
  readonly figures: Readonly<Record<string, number>>;
}

const recorded: Recorded = existsSync(recordedFile)
  ? JSON.parse(readFileSync(recordedFile, 'utf8'))
  : { figures: {} };

const figures = new Map<string, Figure>();
const skipped: string[] = [];

const chosen = suites.filter(({ name }) => flags.only?.includes(name) ?? true);
const unknown = flags.only?.find((name) => !suites.some((suite) => suite.name === name));
if (unknown !== undefined)
  throw new Error(`no such suite: ${unknown}; there are ${suites.map(nameOf).join(', ')}`);

for (const suite of chosen) {
  const first = await measure(suite);
  const again = flags.check && first.some((figure) => isWorse(figure)) ? await measure(suite) : [];
  for (const figure of first) {
    const second = again.find(({ id }) => id === figure.id);
    figures.set(figure.id, second !== undefined && isWorse(figure) ? second : figure);
  }
}

const shown = rows.filter(({ id }) => figures.has(id));
print(shown);
for (const reason of skipped) console.log(`SKIPPED, not measured: ${reason}`);
writeFileSync(flags.json, `${JSON.stringify(report(), undefined, 2)}\n`);
if (flags.record) {
  const entries = shown.map(({ id }) => [id, (figures.get(id) as Figure).value] as const);
  const all = { ...recorded.figures, ...Object.fromEntries(entries) };
  writeFileSync(recordedFile, `${JSON.stringify({ figures: all }, undefined, 2)}\n`);
}
const worse = flags.check ? [...figures.values()].filter((figure) => isWorse(figure)) : [];
for (const { id, value } of worse) {
  console.error(`${id}: ${shortened(value)}, and recorded is ${shortened(recorded.figures[id] as number)}`);
}
process.exitCode = worse.length === 0 && figures.size > 0 ? 0 : 1;

async function measure(suite: Suite): Promise<readonly Figure[]> {
  const began = Date.now();
  try {
    return await suite.measure(extent);
  } catch (error) {
    if (!(error instanceof Skipped)) throw error;
    skipped.push(`${suite.name}: ${error.message}`);
    return [];
  } finally {
    console.log(`${suite.name}: ${Math.round((Date.now() - began) / 1000)} s`);
  }
}

function isWorse({ id, value }: Figure): boolean {
  const before = recorded.figures[id];
  if (before === undefined) return false;
  return rowOf(id).better === 'more' ? value < before * (1 - tolerance) : value > before * (1 + tolerance);
}

function rowOf(id: string): Row {
  const row = rows.find((one) => one.id === id);
  if (row === undefined) throw new Error(`a figure without a row: ${id}`);
  return row;
}

function print(list: readonly Row[]): void {
  const table = list.map(({ id, what, better, goal }) => {
    const { value, rounds = [] } = figures.get(id) as Figure;
    const isMet = better === 'more' ? value >= (goal ?? value) : value <= (goal ?? value);
    const sign = better === 'more' ? '≥' : '≤';
    return {
      figure: what,
      value: shortened(value),
      goal: goal === undefined ? '' : `${sign} ${goal}${isMet ? '' : ' MISSED'}`,
      rounds:
        rounds.length < 2 ? '' : `${shortened(Math.min(...rounds))} to ${shortened(Math.max(...rounds))}`,
    };
  });
  console.table(table);
}

function shortened(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}

function report(): object {
  const [cpu] = cpus();
  return {
    machine: { cpu: cpu?.model, cores: cpus().length },
    versions: { node: process.version },
    extent,
    figures: [...figures.values()],
    skipped,
  };
}

function nameOf({ name }: Suite): string {
  return name;
}
