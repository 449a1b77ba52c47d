/**
 * Properties: what holds for every input. Each is tried with inputs made from a seed, in the tests and, for longer, by
 * `npm run fuzz`. Nothing here needs vitest, so that a script can run them too.
 */
import fc from 'fast-check';

/** One property, ready to be tried. */
export interface Property {
  /** No other has it: seeds and `--only` go by it. */
  readonly name: string;
  /** The least share of inputs that has to come through to where something is accepted: 0 to 1. */
  readonly leastAccepted: number;
  /** How many plain inputs one of these takes as long as. */
  readonly cost: number;
  readonly run: (options: RunOptions) => Promise<Outcome>;
}

/** How a property is tried. */
export interface RunOptions {
  /** A whole number of 32 bits. */
  readonly seed: number;
  /** Inputs to try, at a cost of 1: a property that costs more tries fewer. */
  readonly runs: number;
  /** Of a counter-example that was found with this seed: it alone is tried. */
  readonly path?: string | undefined;
  /** Ends it early, in milliseconds. Default never. */
  readonly limitMs?: number | undefined;
}

/** What came of it. */
export interface Outcome {
  readonly name: string;
  readonly seed: number;
  readonly tried: number;
  readonly accepted: number;
  readonly seconds: number;
  /** What is wrong, and how to see it again; undefined where the property held. */
  readonly failure: string | undefined;
}

/** What a property is made of. */
export interface Statement<T> {
  readonly name: string;
  readonly input: fc.Arbitrary<T>;
  /** Says whether the input was accepted. Throws, or rejects, where the property does not hold. */
  readonly check: (input: T) => boolean | Promise<boolean>;
  /** Default 0.2. */
  readonly leastAccepted?: number;
  /** Default 1. */
  readonly cost?: number;
}

/** Whatever one costs. */
const leastRuns = 60;

/**
 * Whether so many are too few to be chance: five standard deviations below the share that is asked for. Of 60 inputs nothing
 * follows, of 100,000 almost the share itself.
 */
function isShallow({ tried, accepted }: { tried: number; accepted: number }, share: number): boolean {
  return accepted < tried * share - 5 * Math.sqrt(tried * share * (1 - share));
}

/** Makes a property. */
export function property<T>(statement: Statement<T>): Property {
  const { name, leastAccepted = 0.2, cost = 1 } = statement;
  return { name, leastAccepted, cost, run: (options) => tryOut(statement, { leastAccepted, cost }, options) };
}

async function tryOut<T>(
  { name, input, check }: Statement<T>,
  { leastAccepted, cost }: Pick<Property, 'leastAccepted' | 'cost'>,
  { seed, runs, path, limitMs }: RunOptions,
): Promise<Outcome> {
  let tried = 0;
  let accepted = 0;
  const began = performance.now();
  const stated = fc.asyncProperty(input, async (one) => {
    tried++;
    if (await check(one)) accepted++;
  });
  const details = await fc.check(stated, {
    seed,
    numRuns: Math.max(leastRuns, Math.round(runs / cost)),
    ...(path !== undefined && { path, endOnFailure: true }),
    ...(limitMs !== undefined && { interruptAfterTimeLimit: limitMs, markInterruptAsFailure: false }),
  });
  const seconds = (performance.now() - began) / 1000;
  const shallow = `${name}: ${accepted} of ${tried} inputs were accepted, fewer than ${leastAccepted * 100} % (seed ${seed})`;
  const isTooShallow = path === undefined && isShallow({ tried, accepted }, leastAccepted);
  const failure = details.failed ? describe(name, details) : isTooShallow ? shallow : undefined;
  return { name, seed, tried, accepted, seconds, failure };
}

function describe<T>(name: string, details: fc.RunDetails<[T]>): string {
  const { seed, counterexamplePath, counterexample, errorInstance } = details;
  const shown = fc.stringify(counterexample?.[0]);
  const error = errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : '';
  return [
    `${name}: does not hold for`,
    shown.length > 4000 ? `${shown.slice(0, 4000)}…` : shown,
    error,
    `To see it again: npm run fuzz -- --only ${JSON.stringify(name)} --seed ${seed}`,
    `For test/fixtures/property-seeds.json: ${JSON.stringify({ property: name, seed, path: counterexamplePath })}`,
  ].join('\n');
}

/** Throws where something does not hold. */
export function ensure(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** Throws where two values differ in anything, the order of members too. */
export function ensureSame(actual: unknown, expected: unknown, what: string): void {
  const [one, other] = [fc.stringify(actual), fc.stringify(expected)];
  ensure(one === other, `${what}: ${one} is not ${other}`);
}

/** A property of a parser: whatever it is given it accepts, refuses, or throws an error of a class that it documents. */
export function parser<T>({
  read,
  throws = [],
  ...statement
}: Omit<Statement<T>, 'check'> & {
  /** Says whether the input was accepted. */
  readonly read: (input: T) => boolean | Promise<boolean>;
  /** Throws where an error tells too much. */
  readonly throws?: readonly (new (
    ...given: never[]
  ) => Error)[];
}): Property {
  const check = async (input: T): Promise<boolean> => {
    try {
      return await read(input);
    } catch (error) {
      if (throws.some((documented) => error instanceof documented)) return false;
      throw error;
    }
  };
  return property({ ...statement, check });
}
