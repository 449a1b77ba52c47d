/**
 * The tokens that are mutated: those of every client that is known, what the AWS CLI printed, and every row of the
 * grammar's tables. All are dated anew, as an old date would hide whatever else is wrong with them.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { amzDate, now, wrap } from '../../support/token-builder.ts';
import { tables } from '../../support/token-rows.ts';

export interface Base {
  readonly name: string;
  /** The URL, signed at a time of one's own, in milliseconds since the epoch. */
  readonly at: (time: number) => string;
}

/** A row of more is of its length alone. */
const maxLength = 20_000;

function base(name: string, url: string, date: string): Base {
  return {
    name,
    at(time) {
      const other = amzDate(time);
      return url.replaceAll(date, other).replaceAll(date.slice(0, 8), other.slice(0, 8));
    },
  };
}

/** The rows whose tokens are a URL in the one form of base64: that of the others is a mutation. */
function rows(isMeant: (rule: string) => boolean): readonly Base[] {
  return tables
    .filter(([rule]) => isMeant(rule))
    .flatMap(([, table]) => table)
    .flatMap(([name, text]) => {
      if (typeof text !== 'string' || text.length > maxLength) return [];
      const url = Buffer.from(text.slice('k8s-aws-v1.'.length), 'base64url').toString('latin1');
      return wrap(url) === text ? [base(name, url, amzDate(now))] : [];
    });
}

function printed(): readonly Base[] {
  const file = join(import.meta.dirname, '../../fixtures/aws-cli-tokens.jsonl');
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line, index) => {
      const { url } = JSON.parse(line) as { readonly url: string };
      return base(`AWS CLI, printed, line ${index + 1}`, url, /X-Amz-Date=(\w+)/.exec(url)?.[1] ?? '');
    });
}

/** What clients write. */
export const clients: readonly Base[] = [...rows((rule) => rule === 'the clients'), ...printed()];
/** What they do not write, for the most part. */
export const oddities: readonly Base[] = rows((rule) => rule !== 'the clients');
