/**
 * Which bucket of a large policy a rule is in.
 *
 * There are two spaces: exact rules by the key of their principal, all others by account. A position in a space is 32
 * bits of a hash; a bucket is a prefix of them, `exact:0110`, and holds every rule whose position begins with it. For any
 * identity one bucket of each space holds all rules that can name it.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';
import type { Rule } from '../mapping/rule.ts';
import { accountsOf, exactKeyOf, exactKeyOfIdentity, isExact } from '../mapping/rule-keys.ts';

export const spaces = ['exact', 'account'] as const;
export type Space = (typeof spaces)[number];

/** A rule, and where it is found. */
export interface Placement {
  readonly space: Space;
  /** 0 to 2^32 - 1 */
  readonly position: number;
  readonly rule: Rule;
}

/**
 * A rule of several accounts is in the bucket of each, as one of that account alone, which means the same there.
 */
export function placementsOf(rule: Rule): readonly Placement[] {
  if (isExact(rule)) return [{ space: 'exact', position: hash32(exactKeyOf(rule)), rule }];
  const { sso } = rule as Extract<Rule, { sso: unknown }>;
  return [...new Set(accountsOf(rule))].map((account) => ({
    space: 'account',
    position: hash32(account),
    rule: sso === undefined ? rule : ({ ...rule, sso: { ...sso, accounts: [account] } } as Rule),
  }));
}

export type Positions = Readonly<Record<Space, number>>;

/** Where the rules are that can name an identity. */
export function positionsOf(identity: Identity): Positions {
  return { exact: hash32(exactKeyOfIdentity(identity)), account: hash32(identity.account) };
}

/**
 * FNV-1a, then the last step of MurmurHash3 so that every bit depends on every character. Nothing rests on it being hard
 * to invert: only who may write rules chooses keys, and the worst is a bucket that is too large, which publishing refuses.
 */
export function hash32(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Whether a text can be the bits of a prefix. */
export function isPrefix(value: unknown): value is string {
  return typeof value === 'string' && /^[01]{0,32}$/.test(value);
}

/** The first and the last position that begin with a prefix. */
export function rangeOf(prefix: string): readonly [first: number, last: number] {
  return [Number.parseInt(prefix.padEnd(32, '0'), 2), Number.parseInt(prefix.padEnd(32, '1'), 2)];
}

/** Values by prefix, without a gap and without an overlap: for every position there is one, so none is ever absent. */
export class PrefixTable<T> {
  readonly entries: readonly (readonly [prefix: string, value: T])[];
  readonly #firsts: readonly number[];

  private constructor(entries: readonly (readonly [string, T])[]) {
    this.entries = entries;
    this.#firsts = entries.map(([prefix]) => rangeOf(prefix)[0]);
  }

  /** The table; undefined where the prefixes, in their order, are not all that begin with `within`, each once. */
  static of<T>(entries: readonly (readonly [string, T])[], within: string): PrefixTable<T> | undefined {
    const [first, last] = rangeOf(within);
    let next = first;
    for (const [prefix] of entries) {
      const [from, to] = rangeOf(prefix);
      if (!prefix.startsWith(within) || from !== next) return undefined;
      next = to + 1;
    }
    return next === last + 1 ? new PrefixTable(entries) : undefined;
  }

  at(position: number): readonly [prefix: string, value: T] {
    let low = 0;
    let high = this.#firsts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#firsts[middle] as number) <= position) low = middle;
      else high = middle - 1;
    }
    return this.entries[low] as readonly [string, T];
  }
}
