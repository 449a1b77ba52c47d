/**
 * To which rules those may fall whom a rule no longer names: they lose one thing and may gain another.
 *
 * What can be is told, not what is: conditions, kinds of proof, pins and deny rules are left out of account, and case too, since nobody
 * knows how the names of the principals are spelt.
 *
 * @module
 */
import { canonicalArn } from '../identity/arn.ts';
import { matchesGlob } from './glob.ts';
import { parsePattern } from './pattern.ts';
import { permissionSetOf } from './permission-set.ts';
import type { Rule } from './rule.ts';
import { accountsOf, arnOf, exactKeyOf, isExact, kindOf, type RuleKind } from './rule-keys.ts';

const kinds: readonly RuleKind[] = ['exact', 'sso', 'pattern', 'account'];

export class Heirs {
  readonly #exact = new Map<string, Rule[]>();
  readonly #byAccount = new Map<string, Rule[]>();

  constructor(rules: Iterable<Rule>) {
    for (const rule of rules) {
      if ('deny' in rule) continue;
      if (isExact(rule)) push(this.#exact, exactKeyOf(rule), rule);
      else for (const account of accountsOf(rule)) push(this.#byAccount, account, rule);
    }
  }

  /** Rules that can name somebody whom a rule named, those that go first before the others. */
  of(rule: Rule): readonly Rule[] {
    const exact = isExact(rule) ? (this.#exact.get(exactKeyOf(rule)) ?? []) : [];
    const broader = accountsOf(rule).flatMap((account) => this.#byAccount.get(account) ?? []);
    const heirs = [...exact, ...broader.filter((other) => overlaps(rule, other))].reverse();
    return [...new Set(heirs)].sort((a, b) => kinds.indexOf(kindOf(a)) - kinds.indexOf(kindOf(b)));
  }
}

/** Whether two rules of one account can name the same principal; the second is none that names exactly. */
function overlaps(rule: Rule, broader: Rule): boolean {
  if (kinds.indexOf(kindOf(broader)) < kinds.indexOf(kindOf(rule))) return false;
  if ('account' in broader) return true;
  if (isExact(rule)) {
    const arn = arnOf(rule);
    if ('pattern' in broader)
      return matchesGlob(broader.pattern.toLowerCase(), canonicalArn(arn).toLowerCase());
    const set = arn.type === 'role' ? permissionSetOf(arn.name, true) : undefined;
    return 'sso' in broader && set === broader.sso.permissionSet.toLowerCase();
  }
  if ('sso' in rule) return 'sso' in broader ? isSameSet(rule, broader) : isOfRoles(broader);
  return 'pattern' in rule && 'pattern' in broader && prefixOf(rule) === prefixOf(broader);
}

type WithSet = Extract<Rule, { readonly sso: unknown }>;
type WithPattern = Extract<Rule, { readonly pattern: string }>;

function isSameSet(a: WithSet, b: WithSet): boolean {
  return a.sso.permissionSet.toLowerCase() === b.sso.permissionSet.toLowerCase();
}

function isOfRoles(rule: Rule): boolean {
  return 'pattern' in rule && rule.pattern.includes(':role/');
}

function prefixOf({ pattern }: WithPattern): string {
  const parsed = parsePattern(pattern);
  return typeof parsed === 'string' ? pattern : parsed.prefix;
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
