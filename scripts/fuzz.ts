/**
 * Tries the properties of the tests (`test/conformance/properties/`) for long, in Node:
 * `npm run fuzz -- [--runs N] [--minutes N] [--seed S] [--only NAME] [--json FILE]`.
 *
 * `--runs` is how many inputs each property tries (default 100,000; one that costs more tries fewer), `--minutes` ends it
 * early, `--only` takes those with these words in their name, `--seed` repeats what was printed.
 *
 * @module
 */
import './raw-imports.ts';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Outcome } from '../test/support/property.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    minutes: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
  },
});
const runs = numberOf('runs', values.runs, 1);
const minutes = values.minutes === undefined ? undefined : numberOf('minutes', values.minutes, 0);
const seed =
  values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : numberOf('seed', values.seed, -(2 ** 31));

// Imported here, since what it imports needs the hook.
const { allProperties } = await import('../test/conformance/properties/all.ts');
const chosen = allProperties.filter(({ name }) => name.includes(values.only));
if (chosen.length === 0) fail(`no property has ${JSON.stringify(values.only)} in its name`);

const endAt = minutes === undefined ? undefined : performance.now() + minutes * 60_000;
const outcomes: Outcome[] = [];
console.log(`seed ${seed}`);
for (const [index, one] of chosen.entries()) {
  // What is left of the time is shared by what is left of the properties.
  const limitMs = endAt && Math.max(1, (endAt - performance.now()) / (chosen.length - index));
  const outcome = await one.run({ seed, runs, limitMs });
  outcomes.push(outcome);
  console.log(line(outcome));
  if (outcome.failure !== undefined) console.log(outcome.failure);
}
const failed = outcomes.filter(({ failure }) => failure !== undefined).length;
const tried = outcomes.reduce((sum, outcome) => sum + outcome.tried, 0);
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ seed, tried, failed, properties: outcomes }, null, 1)}\n`);
}
console.log(`${tried} inputs, ${outcomes.length - failed} properties held, ${failed} failed, seed ${seed}`);
process.exitCode = failed > 0 ? 1 : 0;

function line({ name, tried: inputs, accepted, seconds, failure }: Outcome): string {
  const share = inputs === 0 ? 0 : Math.round((accepted / inputs) * 100);
  const counts = `${String(inputs).padStart(8)} tried, ${String(accepted).padStart(8)} accepted (${share} %)`;
  return `${failure === undefined ? 'held  ' : 'FAILED'} ${counts}, ${seconds.toFixed(1).padStart(6)} s  ${name}`;
}

function numberOf(option: string, text: string, least: number): number {
  const value = Number(text);
  const isGood = option === 'minutes' ? Number.isFinite(value) : Number.isSafeInteger(value);
  if (text === '' || !isGood || value < least || value >= 2 ** 31)
    fail(`--${option} is no number from ${least}`);
  return value;
}

function fail(problem: string): never {
  console.error(problem);
  process.exit(2);
}
