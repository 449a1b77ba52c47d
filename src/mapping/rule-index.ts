/**
 * The rules of a policy, or of a part of one, ready to be asked.
 *
 * @module
 */
import { type Condition, compileConditions } from './conditions.ts';
import type { AccountRule, DenyRule, GrantRule, Rule } from './rule.ts';
import { notValidated, type RuleKind } from './rule-keys.ts';
import { type LookupKeys, RuleLookup } from './rule-lookup.ts';
import { parseTemplate, type Template } from './template.ts';

/** The names that a rule gives, read. */
export interface NameTemplates {
  readonly username: Template;
  readonly groups: readonly Template[];
}

let made = 0;

/** Conditions and templates are read where they are first used: most rules of a large policy are never asked. */
export class RuleIndex {
  /** No other index of this process has it. Whoever keeps it keeps no rules. */
  readonly serial: number = ++made;
  readonly rules: readonly Rule[];
  readonly #deny = new RuleLookup<DenyRule>('deny');
  readonly #grant = new RuleLookup<GrantRule | AccountRule>('grant');
  readonly #conditions = new Map<Rule, Condition>();
  readonly #templates = new Map<GrantRule, NameTemplates>();

  constructor(rules: readonly Rule[]) {
    this.rules = rules;
    for (const rule of rules) {
      if ('deny' in rule) this.#deny.add(rule);
      else this.#grant.add(rule);
    }
  }

  /** Whether it has any rule that denies: most policies have none, and a tenth of the time went into looking. */
  get hasDenials(): boolean {
    return !this.#deny.isEmpty;
  }

  denying(kind: RuleKind, keys: LookupKeys): readonly DenyRule[] {
    return this.#deny.find(kind, keys);
  }

  granting(kind: RuleKind, keys: LookupKeys): readonly (GrantRule | AccountRule)[] {
    return this.#grant.find(kind, keys);
  }

  condition(rule: Rule): Condition {
    return remember(this.#conditions, rule, () => compileConditions(rule.conditions, 'deny' in rule));
  }

  templates(rule: GrantRule): NameTemplates {
    return remember(this.#templates, rule, () => ({
      username: read(rule.username),
      groups: rule.groups.map(read),
    }));
  }
}

function remember<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = make();
  map.set(key, value);
  return value;
}

function read(text: string): Template {
  const template = parseTemplate(text);
  if (typeof template === 'string') throw notValidated();
  return template;
}
