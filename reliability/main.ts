/**
 * `npm run reliability`: real processes on every runtime, under faults, under load and for long, and one table of what came of it.
 *
 * `--minutes N` is the length of the soak, `--only NAME` takes one part, `--seed N` repeats what was left to chance, `--json FILE`
 * writes the figures, and `--record` makes them those of `docs/reliability.md`. `--ci` is a shorter form: CI tries bad inputs by
 * itself. The last line sums up: `N passed, N failed`.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { badInput } from './bad-input.ts';
import { Checks } from './checks.ts';
import { runtimes } from './deployment.ts';
import { faults } from './faults/part.ts';
import { load } from './load/part.ts';
import type { Extent, Part } from './part.ts';
import { toJson, withFigures } from './report.ts';
import { soak } from './soak/part.ts';

const { values: flags } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'string' },
    record: { type: 'boolean', default: false },
    ci: { type: 'boolean', default: false },
  },
});
const parts: readonly Part[] = [faults, load, soak];
const names = ['bad-input', ...parts.map(({ name }) => name)];
const unknown = flags.only?.find((name) => !names.includes(name));
if (unknown !== undefined) throw new Error(`no such part: ${unknown}; there are ${names.join(', ')}`);
if (flags.record && (flags.only !== undefined || flags.ci))
  throw new Error('--record is of all parts: the table is one run');
const isChosen = (name: string) => flags.only?.includes(name) ?? true;

const extent: Extent = {
  minutes: numberOf('minutes', 0.5),
  seed: numberOf('seed', 0),
  isShort: flags.ci,
};
const checks = new Checks();
console.log(`seed ${extent.seed}`);

if (isChosen('bad-input') && !flags.ci) await badInput(checks, extent);
for (const part of parts.filter(({ name }) => isChosen(name))) {
  const began = Date.now();
  const turns = runtimes.map((runtime) => () => attempt(part, { ...extent, checks, runtime }));
  if (part.isSideBySide) await Promise.all(turns.map((turn) => turn()));
  else for (const turn of turns) await turn();
  console.log(`${part.name}: ${Math.round((Date.now() - began) / 1000)} s\n`);
}

console.table(checks.figures);
for (const reason of checks.skipped) console.log(`SKIPPED, not tried: ${reason}`);
if (flags.json !== undefined) writeFileSync(flags.json, toJson(checks, extent));
if (flags.record) {
  const page = join(import.meta.dirname, '../docs/reliability.md');
  writeFileSync(page, withFigures(readFileSync(page, 'utf8'), checks, extent));
  writeFileSync(join(import.meta.dirname, 'recorded.json'), toJson(checks, extent));
}
for (const failure of checks.failures) console.log(`failed: ${failure}`);
console.log(`${checks.passed} passed, ${checks.failures.length} failed`);
process.exitCode = checks.failures.length > 0 ? 1 : 0;

/** What breaks a part off is a failure, and the next ones still run. */
function attempt(part: Part, options: Parameters<Part['run']>[0]): Promise<void> {
  return checks.check(`${options.runtime}: ${part.name}: the part comes to its end`, () => part.run(options));
}

function numberOf(name: 'minutes' | 'seed', least: number): number {
  const number = Number(flags[name]);
  if (!(number >= least)) throw new Error(`--${name} is a number from ${least}`);
  return number;
}
