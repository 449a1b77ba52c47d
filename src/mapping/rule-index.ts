/**
 * The rules of a policy, ready to be asked.
 *
 * @module
 */
import { canonicalArn, parseCallerArn } from '../identity/arn.ts';
import type { Identity } from '../identity/identity.ts';
import type { AccountRule, RoleRule, Rule, UserRule } from './rule.ts';
import { parseTemplate, type Template } from './template.ts';

/** A rule with its templates read. */
export interface GrantRule {
  readonly rule: RoleRule | UserRule;
  readonly username: Template;
  readonly groups: readonly Template[];
}

/**
 * Finds the rule for an identity. Exact rules come before account rules; of two equal rules the later wins, as in the
 * reference.
 */
export class RuleIndex {
  readonly #exact = new Map<string, GrantRule>();
  readonly #accounts = new Map<string, AccountRule>();

  constructor(rules: readonly Rule[]) {
    for (const rule of rules) {
      if ('account' in rule) this.#accounts.set(rule.account, rule);
      else this.#exact.set(exactKey('role' in rule ? rule.role : rule.user), compile(rule));
    }
  }

  find(identity: Identity): GrantRule | AccountRule | undefined {
    const exact = this.#exact.get(identity.canonicalArn.toLowerCase());
    if (exact !== undefined) return exact;
    const account = this.#accounts.get(identity.account);
    return identity.type === 'root' && !account?.includeRoot ? undefined : account;
  }
}

/** IAM names are unique without regard to case, so they are compared without it. */
function exactKey(arn: string): string {
  const parsed = parseCallerArn(arn);
  if (parsed === undefined) throw new TypeError('a rule was not validated before it was compiled');
  return canonicalArn(parsed).toLowerCase();
}

function compile(rule: RoleRule | UserRule): GrantRule {
  return { rule, username: read(rule.username), groups: rule.groups.map(read) };
}

function read(text: string): Template {
  const template = parseTemplate(text);
  if (typeof template === 'string') throw new TypeError('a rule was not validated before it was compiled');
  return template;
}
