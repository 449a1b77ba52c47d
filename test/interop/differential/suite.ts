/**
 * callerid and the verifier of aws-iam-authenticator, asked about the same mutated tokens. What that one refuses before it
 * calls STS callerid must refuse, too; where both call, they must send the same.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { goProgram } from '../go.ts';
import type { Suite } from '../suite.ts';
import { Comparison } from './comparison.ts';
import { exceptions, explainedCodes } from './exceptions.ts';
import { Reference } from './reference.ts';
import { tellFigures } from './tally.ts';

export interface DifferentialOptions {
  /** How many. */
  readonly tokens: number;
  /** Another seed is other tokens. */
  readonly seed: number;
  /** The file for the figures, as JSON, if any. */
  readonly json: string | undefined;
}

/** Of fewer tokens not everything is sure to come up, and is not asked for. */
export const enough = 200_000;
const cluster = 'differential.example.com';

export function differential({ tokens, seed, json }: DifferentialOptions): Suite {
  return {
    name: 'differential: tokens before aws-iam-authenticator 0.7.18',
    async run(check) {
      const reference = new Reference(await goProgram('token-verifier'), cluster, 'aws', 'us-east-1');
      const run = new Comparison(reference, cluster, seed);
      try {
        await run.all(tokens);
      } finally {
        await reference.end();
      }
      const { figures } = run;
      console.log(tellFigures(figures));
      for (const { name, reason } of exceptions) console.log(`exception, ${name}: ${reason}`);
      if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);
      const isWhole = tokens >= enough;
      const missing = (all: Iterable<string>, had: object): string[] =>
        isWhole ? [...all].filter((name) => !(name in had)) : [];

      await check(`nothing that it refuses is accepted, of ${tokens} tokens`, async () =>
        run.looser.assertNone(),
      );
      await check('what STS vouched for is accepted, and nothing else', async () =>
        run.mistakes.assertNone(),
      );
      await check('no exception hides anything else', async () => {
        run.hidden.assertNone();
        const names = exceptions.map(({ name }) => name);
        assert.deepEqual(missing(names, figures.exceptions), [], 'never met');
      });
      await check('what both accept goes to STS as the same request', async () => run.others.assertNone());
      await check('every code by which callerid is stricter has its reason in docs/security.md', async () => {
        const explained = explainedCodes();
        const unexplained = Object.keys(figures.stricter).filter((code) => !explained.has(code));
        assert.deepEqual(unexplained, []);
        assert.deepEqual(missing(explained, figures.stricter), [], 'explained, and never met');
      });
      await check('the tokens are neither all good nor all bad, and of every kind', async () => {
        for (const share of [figures.bothAccept, figures.bothRefuse])
          assert.ok(share >= tokens / 20, String(share));
        const rare = Object.entries(figures.kinds).filter(([, kind]) => kind.tokens < tokens / 1000);
        assert.deepEqual(isWhole ? rare : [], []);
      });
    },
  };
}
