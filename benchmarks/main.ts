/**
 * `npm run bench`: measures, prints a table with the goals, and writes it as JSON.
 *
 * With `--short` it takes fewer and shorter rounds. With `--check` it fails where a figure is more than a quarter worse than
 * the recorded one, after that suite was measured once more. With `--record` the figures become the recorded ones, and the table of
 * `docs/benchmarks.md`.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Skipped } from '../test/interop/suite.ts';
import type { Extent, Figure, Suite } from './figure.ts';
import { printTable, rowOf, setting, shortened, withFigures } from './report.ts';
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

if (flags.record && flags.only !== undefined)
  throw new Error('--record is of all suites: the table is one run');

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

printTable(figures);
for (const reason of skipped) console.log(`SKIPPED, not measured: ${reason}`);
const json = { ...setting(extent), figures: [...figures.values()], skipped };
writeFileSync(flags.json, `${JSON.stringify(json, undefined, 2)}\n`);
if (flags.record) record();
const worse = flags.check ? [...figures.values()].filter((figure) => isWorse(figure)) : [];
for (const { id, value } of worse) {
  console.error(`${id}: ${shortened(value)}, and recorded is ${shortened(recorded.figures[id] as number)}`);
}
const unrecorded = flags.check ? [...figures.keys()].filter((id) => recorded.figures[id] === undefined) : [];
for (const id of unrecorded) console.error(`${id}: nothing is recorded`);
const isComplete = !flags.check || skipped.length === 0;
process.exitCode = worse.length + unrecorded.length === 0 && isComplete && figures.size > 0 ? 0 : 1;

function record(): void {
  const values = Object.fromEntries([...figures.values()].map(({ id, value }) => [id, value]));
  writeFileSync(recordedFile, `${JSON.stringify({ figures: values }, undefined, 2)}\n`);
  const page = join(import.meta.dirname, '../docs/benchmarks.md');
  writeFileSync(page, withFigures(readFileSync(page, 'utf8'), figures, extent));
}

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

function nameOf({ name }: Suite): string {
  return name;
}
