/**
 * Asks both verifiers about one token after another, and keeps what came of it.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { exceptionOf } from './exceptions.ts';
import { type Case, Generator, kinds } from './generator.ts';
import { createOurs, type Verdict } from './ours.ts';
import type { Answer, Reference, Sent } from './reference.ts';
import { differences } from './same-request.ts';
import { add, count, type Figures, noFigures } from './tally.ts';

/** How many tokens are on their way at once. */
const batch = 4000;
/** Of what goes wrong in one way only so many are told. */
const mostTold = 20;

/** What went wrong in one way. */
class Wrongs {
  readonly #seed: number;
  readonly #told: string[] = [];
  #number = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  add(what: string, { story }: Case): void {
    if (this.#number++ < mostTold) this.#told.push(`${what}: ${story}`);
  }

  assertNone(): void {
    assert.equal(this.#number, 0, `${this.#number} with seed ${this.#seed}:\n${this.#told.join('\n')}`);
  }
}

/** Tokens on their way through the reference. */
interface Asked {
  readonly cases: readonly Case[];
  readonly answers: Promise<readonly Answer[]>;
}

export class Comparison {
  readonly figures: Figures;
  /** Refused by the reference, accepted by callerid. */
  readonly looser: Wrongs;
  /** Refused by the reference even without that for which there is an exception. */
  readonly hidden: Wrongs;
  /** Sent to STS in two ways. */
  readonly others: Wrongs;
  /** Wrong whatever the reference says. */
  readonly mistakes: Wrongs;
  readonly #reference: Reference;
  readonly #generator: Generator;
  readonly #judge: (token: string, at: number) => Promise<Verdict>;

  /** @param audience that of the reference */
  constructor(reference: Reference, audience: string, seed: number) {
    this.#reference = reference;
    this.#judge = createOurs(audience);
    this.#generator = new Generator(seed);
    this.figures = noFigures(seed, kinds);
    this.looser = new Wrongs(seed);
    this.hidden = new Wrongs(seed);
    this.others = new Wrongs(seed);
    this.mistakes = new Wrongs(seed);
  }

  /** The reference has the next tokens while callerid has these. */
  async all(tokens: number): Promise<void> {
    let next = this.#ask(Math.min(tokens, batch));
    for (let left = tokens - batch; ; left -= batch) {
      const asked = next;
      if (left > 0) next = this.#ask(Math.min(left, batch));
      await this.#compare(asked);
      if (left <= 0) return;
    }
  }

  #ask(number: number): Asked {
    const now = Date.now();
    const cases = Array.from({ length: number }, () => this.#generator.next(now));
    return { cases, answers: this.#reference.ask(cases.map(({ token }) => token)) };
  }

  async #compare({ cases, answers }: Asked): Promise<void> {
    const excepted: Case[] = [];
    const without: string[] = [];
    for (const [index, answer] of (await answers).entries()) {
      const one = cases[index] as Case;
      // At the time of the reference or later: what is too old for that one is too old here.
      const verdict = await this.#judge(one.token, answer.at);
      if ('mistake' in verdict) this.mistakes.add(verdict.mistake, one);
      count(this.figures, one, answer, verdict);
      if (!('sent' in verdict)) continue;
      if (answer.refused === undefined) {
        for (const part of differences(answer as Sent, verdict.sent)) this.others.add(part, one);
        continue;
      }
      const exception = exceptionOf(one.token, answer.refused);
      if (exception === undefined) {
        this.looser.add(answer.refused, one);
        continue;
      }
      add(this.figures.exceptions, exception.name);
      excepted.push(one);
      without.push(exception.without(one.token));
    }
    for (const [index, { refused }] of (await this.#reference.ask(without)).entries()) {
      if (refused !== undefined) this.hidden.add(refused, excepted[index] as Case);
    }
  }
}
