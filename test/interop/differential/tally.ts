/**
 * What came of the tokens, in figures.
 *
 * @module
 */
import type { Case } from './generator.ts';
import type { Verdict } from './ours.ts';
import type { Answer } from './reference.ts';

type Counts = Record<string, number>;

/** Of the tokens with a mutation of one kind. */
interface Kind {
  tokens: number;
  /** How many reached STS. */
  reference: number;
  callerid: number;
}

/** What goes into the JSON file. */
export interface Figures {
  readonly seed: number;
  tokens: number;
  bothAccept: number;
  bothRefuse: number;
  /** Refused by callerid, accepted by the reference: by the code of callerid. */
  readonly stricter: Counts;
  /** Refused by both: by the message of the reference. */
  readonly refusedByReference: Counts;
  /** Accepted by callerid alone, each by an exception. */
  readonly exceptions: Counts;
  readonly kinds: Record<string, Kind>;
}

export function noFigures(seed: number, kinds: readonly string[]): Figures {
  return {
    seed,
    tokens: 0,
    bothAccept: 0,
    bothRefuse: 0,
    stricter: {},
    refusedByReference: {},
    exceptions: {},
    kinds: Object.fromEntries(kinds.map((kind) => [kind, { tokens: 0, reference: 0, callerid: 0 }])),
  };
}

export function count(figures: Figures, { kinds }: Case, { refused }: Answer, verdict: Verdict): void {
  const [reference, callerid] = [refused === undefined, 'sent' in verdict];
  figures.tokens++;
  for (const name of new Set(kinds)) {
    const kind = figures.kinds[name] as Kind;
    kind.tokens++;
    kind.reference += Number(reference);
    kind.callerid += Number(callerid);
  }
  if (reference && callerid) figures.bothAccept++;
  else if ('code' in verdict) {
    if (reference) add(figures.stricter, verdict.code);
    else {
      figures.bothRefuse++;
      add(figures.refusedByReference, refused as string);
    }
  }
}

export function add(counts: Counts, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** The figures for people, the most frequent first. */
export function tellFigures(figures: Figures): string {
  const { seed, tokens, bothAccept, bothRefuse, stricter, exceptions, kinds } = figures;
  const sum = Object.values(stricter).reduce((total, more) => total + more, 0);
  const kind = ([name, of]: [string, Kind]): string =>
    `  ${name}: ${of.tokens}, to STS by the reference ${of.reference}, by callerid ${of.callerid}`;
  return [
    `seed ${seed}: ${tokens} tokens, accepted by both ${bothAccept}, refused by both ${bothRefuse}, by callerid alone ${sum}`,
    `accepted by callerid alone: ${listed(exceptions)}`,
    `refused by callerid alone: ${listed(stricter)}`,
    'by mutation:',
    ...Object.entries(kinds).map(kind),
  ].join('\n');
}

function listed(counts: Counts): string {
  const rows = Object.entries(counts).sort(([, one], [, other]) => other - one);
  return rows.map(([name, number]) => `${name} ${number}`).join(', ') || 'none';
}
