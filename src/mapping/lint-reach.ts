/**
 * Rules that never decide, since another one always does.
 *
 * @module
 */
import { headOf, matchesGlob } from './glob.ts';
import type { Finding } from './lint.ts';
import { proofsOf, takesProof } from './proof.ts';
import type { Rule } from './rule.ts';
import { accountsOf, exactKeyOf, isExact, kindOf, spellingOf } from './rule-keys.ts';

/** How much comparing of patterns with each other one lint does, in steps: some 100 ms. */
const maxSteps = 10_000_000;
/** Of these, for looking at a pair at all. */
const pairSteps = 50;

export function lintReach(rules: readonly Rule[]): Finding[] {
  const findings: Finding[] = [];
  const shadows = new Shadows(rules);
  for (const [index, rule] of rules.entries()) {
    const by = shadows.of(rule, index);
    if (by === undefined) continue;
    const message = `never decides: ${by.why} rules[${by.index}]`;
    findings.push({ severity: 'warning', path: `rules[${index}]`, message });
  }
  return findings;
}

interface Shadow {
  readonly index: number;
  readonly why: string;
}

/** What stands in the way of rules: the last rule without conditions for each of their keys and kinds of proof. */
class Shadows {
  readonly #rules: readonly Rule[];
  readonly #last = new Map<string, number>();
  readonly #pinned = new Map<string, number>();
  readonly #patterns = new Map<string, number[]>();
  #steps = 0;

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
    for (const [index, rule] of rules.entries()) {
      if (rule.conditions !== undefined) continue;
      for (const key of keysOf(rule)) this.#last.set(key, index);
      const isPinned = !('deny' in rule) && isExact(rule) && rule.principalId;
      if (isPinned && takesProof(rule, 'signed-url')) this.#pinned.set(exactKeyOf(rule), index);
      if ('pattern' in rule && !('deny' in rule)) this.#patternsLike(rule.pattern).push(index);
    }
  }

  of(rule: Rule, index: number): Shadow | undefined {
    return (
      this.#byDeny(rule) ?? this.#byEqual(rule, index) ?? this.#byPin(rule) ?? this.#byPattern(rule, index)
    );
  }

  #byDeny(rule: Rule): Shadow | undefined {
    if ('deny' in rule) return undefined;
    const accounts = accountsOf(rule).map((account) => `deny account ${account}`);
    const named = keysOf({ ...rule, principalId: undefined }, true);
    const index = this.#ofAll(named) ?? this.#ofAll(byProof(accounts, rule));
    return index === undefined ? undefined : { index, why: 'denied by' };
  }

  #byEqual(rule: Rule, index: number): Shadow | undefined {
    const later = this.#ofAll(keysOf(rule), index);
    return later === undefined ? undefined : { index: later, why: 'the later wins,' };
  }

  /** The first of the rules that stand behind `after` and have all of these keys between them. */
  #ofAll(keys: readonly string[], after = -1): number | undefined {
    const indexes = keys.map((key) => this.#last.get(key) ?? -1);
    return indexes.every((index) => index > after) ? indexes[0] : undefined;
  }

  #byPin(rule: Rule): Shadow | undefined {
    if ('deny' in rule || !isExact(rule) || rule.principalId !== undefined) return undefined;
    const index = this.#pinned.get(exactKeyOf(rule));
    return index === undefined ? undefined : { index, why: 'the pinned one goes first,' };
  }

  #byPattern(rule: Rule, index: number): Shadow | undefined {
    if (!('pattern' in rule) || 'deny' in rule || this.#steps > maxSteps) return undefined;
    const broader = this.#patternsLike(rule.pattern).find((other) => {
      const later = this.#rules[other];
      if (other <= index || this.#steps > maxSteps || later === undefined || !('pattern' in later))
        return false;
      this.#steps += pairSteps;
      if (!proofsOf(rule).every((proof) => takesProof(later, proof))) return false;
      if (!headOf(rule.pattern).startsWith(headOf(later.pattern))) return false;
      this.#steps += later.pattern.length * longestSample * rule.pattern.length;
      return covers(later.pattern, rule.pattern);
    });
    return broader === undefined ? undefined : { index: broader, why: 'the later wins, and it covers this:' };
  }

  #patternsLike(pattern: string): number[] {
    const kind = pattern.slice(0, pattern.indexOf('/'));
    const known = this.#patterns.get(kind);
    if (known !== undefined) return known;
    const list: number[] = [];
    this.#patterns.set(kind, list);
    return list;
  }
}

function isDenial(rule: Rule): boolean {
  return 'deny' in rule;
}

/** Rules with a key in common compete. */
function keysOf(rule: Rule, isDeny = isDenial(rule)): string[] {
  return byProof(principalKeysOf(rule, isDeny), rule);
}

function byProof(keys: readonly string[], rule: Rule): string[] {
  return proofsOf(rule).flatMap((proof) => keys.map((key) => `${proof} ${key}`));
}

/** Each pin is a principal of its own, and a deny rule leaves the path out. */
function principalKeysOf(rule: Rule, isDeny: boolean): string[] {
  const head = `${isDeny ? 'deny ' : ''}${kindOf(rule)}`;
  if ('account' in rule) return [`${head} ${rule.account}`];
  if ('pattern' in rule) return [`${head} ${rule.pattern}`];
  if ('sso' in rule) {
    const { accounts, permissionSet, partition = '' } = rule.sso;
    return accounts.map((account) => `${head} ${account}/${permissionSet.toLowerCase()} ${partition}`);
  }
  const spelling = isDeny ? '' : spellingOf(rule);
  return [`${head} ${exactKeyOf(rule)} ${spelling} ${rule.principalId ?? ''}`];
}

/** What a `*` stands for in the longest sample: more than any run of `?` takes. */
const longestSample = 130;

/** Whether whatever is like one pattern is like the other, as far as a few samples of its wildcards tell. */
function covers(broader: string, narrower: string): boolean {
  return ['', '\0', '\0'.repeat(longestSample)].every((run) =>
    matchesGlob(broader, narrower.replaceAll('*', run).replaceAll('?', '\0')),
  );
}
