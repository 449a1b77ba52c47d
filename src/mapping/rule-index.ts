/**
 * The rules of a policy, ready to be asked.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';
import { type Condition, compileConditions } from './conditions.ts';
import type { AccountRule, DenyRule, GrantRule, Rule } from './rule.ts';
import { kindOf, type Placed, RuleLookup } from './rule-lookup.ts';
import { parseTemplate, type Template } from './template.ts';

/** A rule that gives names of its own, with its templates read. */
export interface Granting {
  readonly outcome: 'grant';
  readonly rule: GrantRule;
  readonly username: Template;
  readonly groups: readonly Template[];
}

/** What the search for a rule ended with. */
export type Found =
  | Granting
  | { readonly outcome: 'account'; readonly rule: AccountRule }
  | { readonly outcome: 'denied'; readonly rule: DenyRule }
  /** A rule names exactly this principal, and it is another one of that name. */
  | { readonly outcome: 'recreated'; readonly rule: GrantRule }
  /** Rules name exactly this principal, and the conditions of none of them hold. */
  | { readonly outcome: 'unmet'; readonly rule: GrantRule }
  | { readonly outcome: 'none' };

const kinds = ['exact', 'sso', 'pattern', 'account'] as const;

/**
 * Finds the rule for an identity. The kind fixes the precedence: deny, exact with a pinned principal ID, exact,
 * permission set, pattern, account; inside a kind the later rule wins. A rule that names exactly this principal ends the
 * search, whether it grants or refuses: no broader rule is asked then.
 */
export class RuleIndex {
  readonly #deny = new RuleLookup<DenyRule>();
  readonly #allow = new RuleLookup<GrantRule | AccountRule>();
  /** Compiled where it is first used: most rules of a large policy are never asked. */
  readonly #conditions = new Map<Rule, Condition>();
  readonly #granting = new Map<GrantRule, Granting>();

  constructor(rules: readonly Rule[]) {
    for (const [index, rule] of rules.entries()) {
      if ('deny' in rule) this.#deny.add(rule, index);
      else this.#allow.add(rule, index);
    }
  }

  find(identity: Identity): Found {
    for (const kind of kinds) {
      for (const { rule } of this.#deny.find(kind, identity)) {
        if (this.#denies(rule, identity)) return { outcome: 'denied', rule };
      }
    }
    const exact = this.#findExact(identity);
    if (exact !== undefined) return exact;
    for (const kind of ['sso', 'pattern', 'account'] as const) {
      const found = this.#allow.find(kind, identity).find(({ rule }) => this.#holds(rule, identity));
      if (found === undefined) continue;
      const { rule } = found;
      if (!isAccountRule(rule)) return this.#grant(rule);
      if (identity.type !== 'root' || rule.includeRoot) return { outcome: 'account', rule };
    }
    return { outcome: 'none' };
  }

  #findExact(identity: Identity): Found | undefined {
    const rules = this.#allow.find('exact', identity) as readonly Placed<GrantRule>[];
    const pinned = rules.filter(({ rule }) => pinOf(rule) !== undefined);
    const own = pinned.filter(({ rule }) => pinOf(rule) === identity.principalId);
    const [other] = pinned;
    if (other !== undefined && own.length === 0) return { outcome: 'recreated', rule: other.rule };
    const free = rules.filter(({ rule }) => pinOf(rule) === undefined);
    const candidates = [...own, ...free];
    const holding = candidates.find(({ rule }) => this.#holds(rule, identity));
    if (holding !== undefined) return this.#grant(holding.rule);
    const [first] = candidates;
    return first && { outcome: 'unmet', rule: first.rule };
  }

  #denies(rule: DenyRule, identity: Identity): boolean {
    const pin = pinOf(rule);
    const isOther = pin !== undefined && pin !== identity.principalId;
    return !isOther && this.#condition(rule)(identity) !== false;
  }

  #holds(rule: GrantRule | AccountRule, identity: Identity): boolean {
    return this.#condition(rule)(identity) === true;
  }

  #condition(rule: Rule): Condition {
    return remember(this.#conditions, rule, () => compileConditions(rule.conditions, 'deny' in rule));
  }

  #grant(rule: GrantRule): Granting {
    return remember(this.#granting, rule, () => ({
      outcome: 'grant' as const,
      rule,
      username: read(rule.username),
      groups: rule.groups.map(read),
    }));
  }
}

function isAccountRule(rule: GrantRule | AccountRule): rule is AccountRule {
  return kindOf(rule) === 'account';
}

function pinOf(rule: GrantRule | DenyRule): string | undefined {
  return 'principalId' in rule ? rule.principalId : undefined;
}

function remember<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function read(text: string): Template {
  const template = parseTemplate(text);
  if (typeof template === 'string') throw new TypeError('a rule was not validated before it was compiled');
  return template;
}
