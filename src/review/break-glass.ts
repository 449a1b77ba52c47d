/**
 * A rule from outside the store, for the hour in which the policy locks everybody out or cannot be read.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';
import { mapIdentity } from '../mapping/map.ts';
import { describeRule, type Rule } from '../mapping/rule.ts';
import { RuleIndex } from '../mapping/rule-index.ts';

export interface BreakGlassOptions {
  /** Of one role or one user, named exactly. */
  readonly rule: Rule;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly clock?: () => number;
}

/** What the rule gives. */
export interface BrokenGlass {
  readonly username: string;
  readonly groups: readonly string[];
  readonly rule: string;
}

export class BreakGlass {
  readonly #indexes: readonly RuleIndex[];
  readonly #expiresAt: number;
  readonly #clock: () => number;
  readonly #name: string;

  constructor({ rule, expiresAt, clock = Date.now }: BreakGlassOptions) {
    this.#indexes = [new RuleIndex([rule])];
    this.#expiresAt = expiresAt;
    this.#clock = clock;
    this.#name = `break-glass ${describeRule(rule)}`;
  }

  /** What this principal gets; undefined for everybody else, and when the time is over. */
  map(identity: Identity): BrokenGlass | undefined {
    if (!(this.#clock() < this.#expiresAt)) return undefined;
    const mapping = mapIdentity(identity, this.#indexes);
    return mapping.ok ? { username: mapping.username, groups: mapping.groups, rule: this.#name } : undefined;
  }
}
