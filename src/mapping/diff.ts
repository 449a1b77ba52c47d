/**
 * What changes for whom between two policies.
 *
 * @module
 */
import { Heirs } from './heirs.ts';
import { parsePattern } from './pattern.ts';
import { proofsOf } from './proof.ts';
import { describeRule, type Policy, type Rule } from './rule.ts';
import { accountsOf, exactKeyOf, isExact, spellingOf } from './rule-keys.ts';

/** What changes for those whom a rule names. */
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
 * To be denied is to lose. Who loses a rule and may fall to another one changes. Gains come first.
 *
 * @param others further rules of the second policy, where those given are a part of it
 */
export function diffPolicies(before: Policy, after: Policy, others: readonly Rule[] = []): Change[] {
  const [old, now] = [statementsOf(before.rules), statementsOf(after.rules)];
  const heirs = new Heirs([...after.rules, ...others]);
  const changes: Change[] = [];
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const change = compare(old.get(key), now.get(key), heirs);
    if (change !== undefined) changes.push(change);
  }
  const all = [...changes, ...reordered(old, now), ...settingsChanged(before, after)];
  return all.sort((a, b) => order[a.kind] - order[b.kind]);
}

const order: Readonly<Record<Change['kind'], number>> = { gains: 0, changes: 1, loses: 2 };

interface Statement {
  readonly rule: Rule;
  readonly who: string;
  readonly gives: string;
  /** The same without any doubt: a name may hold what tells names apart. */
  readonly facts: string;
  readonly denies: boolean;
}

function compare(old: Statement | undefined, now: Statement | undefined, heirs: Heirs): Change | undefined {
  if (old !== undefined && now !== undefined) {
    if (old.facts === now.facts) return undefined;
    return { kind: 'changes', who: now.who, before: old.gives, after: now.gives };
  }
  if (now !== undefined) return { kind: now.denies ? 'loses' : 'gains', who: now.who, after: now.gives };
  if (old === undefined) return undefined;
  if (old.denies) return { kind: 'gains', who: old.who, before: old.gives };
  const after = inWords(heirs.of(old.rule));
  const lost = { kind: 'loses', who: old.who, before: old.gives } as const;
  return after === undefined ? lost : { ...lost, kind: 'changes', after };
}

/** By whom they name, in the order in which they count. */
function statementsOf(rules: readonly Rule[]): Map<string, Statement> {
  const statements = new Map<string, Statement>();
  for (const rule of rules) {
    for (const one of oneEach(rule)) {
      const key = keyOf(one);
      statements.delete(key); // the last one counts, and stands where it stands
      const gives = givenBy(one);
      const facts = JSON.stringify('username' in one ? [one.username, one.groups] : gives);
      statements.set(key, { rule: one, who: describeRule(one), gives, facts, denies: 'deny' in one });
    }
  }
  return statements;
}

/** A permission set in several accounts is a rule for each. */
function oneEach(rule: Rule): Rule[] {
  if (!('sso' in rule)) return [rule];
  return rule.sso.accounts.map((account) => ({ ...rule, sso: { ...rule.sso, accounts: [account] } }));
}

function keyOf(rule: Rule): string {
  const pin = isExact(rule) ? rule.principalId : undefined;
  return JSON.stringify([arenaOf(rule), whoOf(rule), pin, conditionsOf(rule), proofsOf(rule)]);
}

/** In one order, however they are written. */
function conditionsOf({ conditions = {} }: Rule): unknown {
  const { sessionName, orgId, ouPath, principalTags = {} } = conditions;
  return [sessionName, orgId, ouPath, Object.entries(principalTags).sort(([a], [b]) => (a < b ? -1 : 1))];
}

/** Rules of one arena can name the same principal, so their order counts. */
function arenaOf(rule: Rule): string {
  const effect = 'deny' in rule ? 'deny' : 'grant';
  if (isExact(rule)) return `${effect} ${exactKeyOf(rule)}`;
  if ('sso' in rule) return `${effect} ${accountsOf(rule)[0]}/${rule.sso.permissionSet.toLowerCase()}`;
  if ('account' in rule) return `${effect} account ${rule.account}`;
  const pattern = parsePattern(rule.pattern);
  return `${effect} ${typeof pattern === 'string' ? rule.pattern : pattern.prefix}`;
}

/** What tells rules of one arena apart: grants compare the path of a user, and the case of a federated user. */
function whoOf(rule: Rule): string {
  if ('pattern' in rule) return rule.pattern;
  if ('sso' in rule) return rule.sso.partition ?? '';
  return 'deny' in rule || !isExact(rule) ? '' : spellingOf(rule);
}

function givenBy(rule: Rule): string {
  if ('deny' in rule) return 'denied';
  if (!('username' in rule)) return rule.includeRoot ? 'their ARN, root too' : 'their ARN';
  return rule.groups.length === 0 ? rule.username : `${rule.username} ${JSON.stringify(rule.groups)}`;
}

/** Of rules that can name the same principal the later wins: another order is another decision. */
function reordered(old: ReadonlyMap<string, Statement>, now: ReadonlyMap<string, Statement>): Change[] {
  const [was, is] = [commonByArena(old, now), commonByArena(now, old)];
  const changes: Change[] = [];
  for (const [arena, before] of was) {
    const after = is.get(arena) ?? [];
    const last = before.findLastIndex((one, index) => one.key !== after[index]?.key);
    const [loser, winner] = [before[last], after[last]];
    if (loser === undefined || winner === undefined) continue;
    changes.push({
      kind: 'changes',
      who: `whom both name: ${loser.who}; ${winner.who}`,
      before: loser.gives,
      after: winner.gives,
    });
  }
  return changes;
}

function commonByArena(
  these: ReadonlyMap<string, Statement>,
  others: ReadonlyMap<string, Statement>,
): Map<string, (Statement & { readonly key: string })[]> {
  const arenas = new Map<string, (Statement & { readonly key: string })[]>();
  for (const [key, statement] of these) {
    if (statement.denies || !others.has(key)) continue;
    const arena = arenaOf(statement.rule);
    const list = arenas.get(arena) ?? [];
    list.push({ ...statement, key });
    arenas.set(arena, list);
  }
  return arenas;
}

function settingsChanged(before: Policy, after: Policy): Change[] {
  return (['apiAudiences', 'notBefore', 'tokenSeconds'] as const).flatMap((who): Change[] => {
    const [was, is] = [before, after].map((policy) => JSON.stringify(policy[who]));
    const sides = {
      ...(was === undefined ? {} : { before: was }),
      ...(is === undefined ? {} : { after: is }),
    };
    return was === is ? [] : [{ kind: 'changes', who, ...sides }];
  });
}

/** More heirs than these are counted and not told. */
const maxHeirs = 3;

function inWords(heirs: readonly Rule[]): string | undefined {
  if (heirs.length === 0) return undefined;
  // Who may do most must not hide behind the others.
  const isReserved = (rule: Rule): boolean => 'reserved' in rule && rule.reserved !== undefined;
  const told = [...heirs.filter(isReserved), ...heirs.filter((one) => !isReserved(one))].slice(0, maxHeirs);
  const more = heirs.length > told.length ? `; and ${heirs.length - told.length} more` : '';
  return `may get ${told.map((one) => `${givenBy(one)} of ${describeRule(one)}`).join('; ')}${more}`;
}
