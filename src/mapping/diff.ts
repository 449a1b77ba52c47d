/**
 * What changes for whom between two policies.
 *
 * @module
 */
import { describeRule, type Policy, type Rule } from './rule.ts';
import { exactKeyOf, isExact } from './rule-keys.ts';

/** What a rule gives, in a text: a username with groups, or that it denies. */
export interface Change {
  readonly kind: 'gains' | 'loses' | 'changes';
  /** Principals as a rule names them, or a setting. */
  readonly who: string;
  /** Absent where there was nothing. */
  readonly before?: string;
  /** Absent where there is nothing any more. */
  readonly after?: string;
}

/**
 * Compares two policies by whom their rules name; of several that name the same the last one counts, as in a decision.
 * To be denied is to lose.
 */
export function diffPolicies(before: Policy, after: Policy): Change[] {
  const [old, now] = [statementsOf(before), statementsOf(after)];
  const changes: Change[] = [];
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const change = compare(old.get(key), now.get(key));
    if (change !== undefined) changes.push(change);
  }
  return changes;
}

interface Statement {
  readonly who: string;
  readonly gives: string;
  readonly denies: boolean;
}

function compare(old: Statement | undefined, now: Statement | undefined): Change | undefined {
  if (old !== undefined && now !== undefined) {
    if (old.gives === now.gives) return undefined;
    return { kind: 'changes', who: now.who, before: old.gives, after: now.gives };
  }
  if (now !== undefined) return { kind: now.denies ? 'loses' : 'gains', who: now.who, after: now.gives };
  if (old !== undefined) return { kind: old.denies ? 'gains' : 'loses', who: old.who, before: old.gives };
  return undefined;
}

function statementsOf({ rules, apiAudiences, notBefore }: Policy): Map<string, Statement> {
  const statements = new Map<string, Statement>();
  for (const rule of rules) {
    for (const one of oneEach(rule)) {
      const key = keyOf(one);
      statements.delete(key); // the last one counts, and stands where it stands
      statements.set(key, { who: describeRule(one), gives: givenBy(one), denies: 'deny' in one });
    }
  }
  const settings = { apiAudiences: apiAudiences?.join(', '), notBefore };
  for (const [who, gives] of Object.entries(settings)) {
    if (gives !== undefined) statements.set(who, { who, gives, denies: false });
  }
  return statements;
}

/** A permission set in several accounts is a rule for each. */
function oneEach(rule: Rule): Rule[] {
  if (!('sso' in rule)) return [rule];
  return rule.sso.accounts.map((account) => ({ ...rule, sso: { ...rule.sso, accounts: [account] } }));
}

function keyOf(rule: Rule): string {
  const { conditions } = rule;
  const pin = isExact(rule) ? rule.principalId : undefined;
  const who = isExact(rule)
    ? [exactKeyOf(rule), 'user' in rule ? rule.user.toLowerCase() : '']
    : 'sso' in rule
      ? ['sso', { ...rule.sso, permissionSet: rule.sso.permissionSet.toLowerCase() }]
      : 'pattern' in rule
        ? ['pattern', rule.pattern]
        : ['account', 'account' in rule ? rule.account : ''];
  return JSON.stringify(['deny' in rule, ...who, pin, conditions?.sessionName]);
}

function givenBy(rule: Rule): string {
  if ('deny' in rule) return 'denied';
  if (!('username' in rule)) return rule.includeRoot ? 'their ARN, root too' : 'their ARN';
  return rule.groups.length === 0 ? rule.username : `${rule.username} [${rule.groups.join(', ')}]`;
}
