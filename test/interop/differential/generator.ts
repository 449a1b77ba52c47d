/**
 * Mutated tokens, as many as are asked for, the same for the same seed but for their dates.
 *
 * @module
 */
import { Random } from '../../support/random.ts';
import { wrap } from '../../support/token-builder.ts';
import { clients, oddities } from './bases.ts';
import { dateMutations } from './dates.ts';
import { hostMutations } from './hosts.ts';
import type { Mutation } from './mutation.ts';
import { parameterMutations } from './parameters.ts';
import { byteMutations, tokenMutations } from './texts.ts';
import { valueMutations } from './values.ts';

/** A mutated token, and how it came about. */
export interface Case {
  readonly token: string;
  /** Kinds of its mutations, in the order in which they were made. */
  readonly kinds: readonly string[];
  /** Its base and its mutations with their places. Tells nothing of the token. */
  readonly story: string;
}

const urlMutations: readonly Mutation[] = [
  ...parameterMutations,
  ...hostMutations,
  ...dateMutations,
  ...valueMutations,
  ...byteMutations,
];

/** Of every mutation. */
export const kinds: readonly string[] = [...urlMutations, ...tokenMutations].map(({ kind }) => kind);

/** What a good token may have. Without them so often hardly a token with two mutations would be accepted. */
const mild: readonly number[] = [
  'parameters in another order',
  'value encoded',
  'escapes in another form',
  'another endpoint',
  'the global endpoint',
  'date within its 15 minutes',
  'X-Amz-Expires within its bounds',
  'another access key',
  'another signature',
  'another session token',
].map((kind) => kinds.indexOf(kind));

/** One, two or three in a token. */
const counts = [1, 1, 1, 2, 2, 3];

const minutes = 60_000;

export class Generator {
  readonly #chance: Random;
  #made = 0;

  constructor(seed: number) {
    this.#chance = new Random(seed);
  }

  /** @param now in milliseconds since the epoch; tokens are signed in the minutes before */
  next(now: number): Case {
    const chance = this.#chance;
    const base = chance.pick(chance.below(8) === 0 ? oddities : clients);
    const changes = Array.from({ length: chance.pick(counts) }, () =>
      chance.below(3) === 0 ? chance.pick(mild) : chance.below(kinds.length),
    );
    changes.sort((one, other) => Number(one >= urlMutations.length) - Number(other >= urlMutations.length));
    const told: string[] = [];
    let text = base.at(now - chance.below(10 * minutes));
    let isWrapped = false;
    for (const index of changes) {
      const mutation = urlMutations[index] ?? (tokenMutations[index - urlMutations.length] as Mutation);
      if (index >= urlMutations.length && !isWrapped) {
        text = wrap(text);
        isWrapped = true;
      }
      const changed = mutation.change(text, chance, now);
      told.push(`${mutation.kind} (${changed.place})`);
      text = changed.text;
    }
    return {
      token: isWrapped ? text : wrap(text),
      kinds: changes.map((index) => kinds[index] as string),
      story: `token ${this.#made++}, of "${base.name}": ${told.join(', then ')}`,
    };
  }
}
