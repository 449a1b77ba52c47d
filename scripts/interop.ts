/**
 * Proves callerid against software that nobody here wrote, and ends with one line that sums up: `N passed, N failed`.
 * A peer that cannot be had here is skipped, and said so; where all are, the exit code is 77.
 *
 * With `--only TEXT` it runs the suites in whose names this stands. `--tokens N`, `--seed S` and `--json FILE` are of the differential
 * suite: how many tokens, which, and where its figures go.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { suite as adminSchemathesis } from '../test/interop/admin-schemathesis.ts';
import { suite as cluster } from '../test/interop/cluster/suite.ts';
import { suite as deploy } from '../test/interop/deploy.ts';
import { differential, enough } from '../test/interop/differential/suite.ts';
import { suite as ec2Moto } from '../test/interop/ec2-moto.ts';
import { suite as issuer } from '../test/interop/issuer/suite.ts';
import { suite as jose } from '../test/interop/jose/suite.ts';
import { suite as shadow } from '../test/interop/shadow.ts';
import { Skipped, type Suite } from '../test/interop/suite.ts';

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [''] },
    tokens: { type: 'string', default: String(enough) },
    seed: { type: 'string', default: '9' },
    json: { type: 'string' },
  },
});

/** In the order in which they run. A further peer is a module beside these and a line here. */
const all: readonly Suite[] = [
  ec2Moto,
  adminSchemathesis,
  deploy,
  shadow,
  cluster,
  jose,
  issuer,
  differential({ tokens: wholeNumber('tokens'), seed: wholeNumber('seed'), json: flags.json }),
];
const suites = all.filter(({ name }) => flags.only.some((text) => name.includes(text)));
if (suites.length === 0)
  throw new Error(`no such suite; there are ${all.map(({ name }) => name).join('; ')}`);

let passed = 0;
const failures: string[] = [];
const skipped: string[] = [];

for (const suite of suites) {
  console.log(`\n== ${suite.name}`);
  try {
    await suite.run(async (name, act) => {
      try {
        await act();
        passed++;
        console.log(`ok: ${name}`);
      } catch (error) {
        failures.push(`${suite.name}: ${name}`);
        console.log(`FAILED: ${name}\n${error instanceof Error ? error.stack : error}`);
      }
    });
  } catch (error) {
    if (error instanceof Skipped) {
      skipped.push(`${suite.name}: ${error.message}`);
      continue;
    }
    failures.push(`${suite.name}: the suite itself`);
    console.log(`FAILED: the suite itself\n${error instanceof Error ? error.stack : error}`);
  }
}

console.log();
for (const failure of failures) console.log(`failed: ${failure}`);
for (const reason of skipped) console.log(`SKIPPED, not passed: ${reason}`);
console.log(`${passed} passed, ${failures.length} failed`);
const nothingRan = passed === 0 && skipped.length === suites.length;
process.exitCode = failures.length > 0 ? 1 : nothingRan ? 77 : 0;

function wholeNumber(name: 'tokens' | 'seed'): number {
  const number = Number(flags[name]);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} is a whole number from 1`);
  return number;
}
