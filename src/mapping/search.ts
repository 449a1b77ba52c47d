/**
 * Finding the rule that decides on an identity.
 *
 * The kind fixes the precedence: deny, exact with a pinned principal ID, exact, permission set, pattern, account; inside
 * a kind the later rule wins. A rule that names exactly this principal ends the search, whether it grants or refuses: no
 * broader rule is asked then.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';
import { takesProof } from './proof.ts';
import type { AccountRule, DenyRule, GrantRule, Rule } from './rule.ts';
import type { NameTemplates, RuleIndex } from './rule-index.ts';
import { isExact, isWritten } from './rule-keys.ts';
import { LookupKeys } from './rule-lookup.ts';

/** What the search ended with. */
export type Found =
  | { readonly outcome: 'grant'; readonly rule: GrantRule; readonly templates: NameTemplates }
  | { readonly outcome: 'account'; readonly rule: AccountRule }
  | { readonly outcome: 'denied'; readonly rule: DenyRule }
  /** A rule names exactly this principal, and it is another one of that name. */
  | { readonly outcome: 'recreated'; readonly rule: GrantRule }
  /** A rule names exactly this principal and is pinned, and the identity does not tell its ID. */
  | { readonly outcome: 'unidentified'; readonly rule: GrantRule }
  /** Rules name exactly this principal, and the conditions of none of them hold. */
  | { readonly outcome: 'unmet'; readonly rule: GrantRule }
  | { readonly outcome: 'none' };

/** How a rule that was considered stands to an identity. */
export type Standing =
  | 'applies'
  /** Pinned to another principal of this name. */
  | 'recreated'
  /** A grant that is pinned, and the identity does not tell its principal ID. */
  | 'unidentified'
  /** It does not take this kind of proof. */
  | 'proof'
  /** Of a user with this name at another path, or a federated user with this name in another case. */
  | 'other'
  /** A condition does not hold. */
  | 'unmet'
  /** A condition, or the pin of a deny rule, cannot be evaluated. */
  | 'unknown'
  /** Of the account, but not of its root user. */
  | 'root';

/** A rule that was considered, in the order of precedence. */
export interface Considered {
  readonly rule: Rule;
  readonly standing: Standing;
}

interface Weighed<R> {
  readonly rule: R;
  readonly index: RuleIndex;
  readonly standing: Standing;
}

const none: readonly never[] = [];
const kinds = ['exact', 'sso', 'pattern', 'account'] as const;

/**
 * Searches the rules of one policy. They may be spread over several indexes, of which the later hold the later rules.
 *
 * @param note is told of every rule that was considered
 */
export function searchRules(
  identity: Identity,
  indexes: readonly RuleIndex[],
  note: (considered: Considered) => void = () => {},
): Found {
  const keys = new LookupKeys(identity);
  const weigh = <R extends Rule>(rulesOf: (index: RuleIndex) => readonly R[]): Weighed<R>[] => {
    const weighed: Weighed<R>[] = [];
    for (let at = indexes.length - 1; at >= 0; at--) {
      const index = indexes[at] as RuleIndex;
      for (const rule of rulesOf(index)) {
        const standing = standingOf(rule, index, identity);
        note({ rule, standing });
        weighed.push({ rule, index, standing });
      }
    }
    return weighed;
  };
  for (const kind of indexes.some(({ hasDenials }) => hasDenials) ? kinds : none) {
    const denies = weigh((index) => index.denying(kind, keys)).find(
      ({ standing }) => standing === 'applies' || standing === 'unknown',
    );
    if (denies !== undefined) return { outcome: 'denied', rule: denies.rule };
  }
  for (const kind of kinds) {
    const weighed = weigh((index) => index.granting(kind, keys));
    const found = kind === 'exact' ? decideExact(weighed) : firstToApply(weighed);
    if (found !== undefined) return found;
  }
  return { outcome: 'none' };
}

/** Rules pinned to this very principal go first; whatever names it ends the search. */
function decideExact(weighed: readonly Weighed<GrantRule | AccountRule>[]): Found | undefined {
  const rules = weighed.filter(hasNames).filter(({ standing }) => standing !== 'other');
  const pinned = rules.filter(({ rule }) => 'principalId' in rule && rule.principalId !== undefined);
  const own = pinned.filter(({ standing }) => standing !== 'recreated' && standing !== 'unidentified');
  if (pinned[0] !== undefined && own.length === 0) {
    const { rule, standing } = pinned[0];
    return { outcome: standing === 'unidentified' ? standing : 'recreated', rule };
  }
  const named = [...own, ...rules.filter((one) => !pinned.includes(one))];
  return firstToApply(named) ?? (named[0] && { outcome: 'unmet', rule: named[0].rule });
}

function firstToApply(weighed: readonly Weighed<GrantRule | AccountRule>[]): Found | undefined {
  const found = weighed.find(({ standing }) => standing === 'applies' || standing === 'root');
  if (found === undefined || found.standing === 'root') return undefined;
  if (!hasNames(found)) return { outcome: 'account', rule: found.rule as AccountRule };
  return { outcome: 'grant', rule: found.rule, templates: found.index.templates(found.rule) };
}

function hasNames(weighed: Weighed<GrantRule | AccountRule>): weighed is Weighed<GrantRule> {
  return 'username' in weighed.rule;
}

function standingOf(rule: Rule, index: RuleIndex, identity: Identity): Standing {
  const pin = isExact(rule) ? rule.principalId : undefined;
  const isUnknown = pin !== undefined && identity.principalId === undefined;
  if (isExact(rule)) {
    if (isUnknown && !('deny' in rule)) return 'unidentified';
    if (pin !== undefined && pin !== identity.principalId && !isUnknown) return 'recreated';
    if (!('deny' in rule) && !isWritten(rule, identity)) return pin === undefined ? 'other' : 'recreated';
  }
  if (!takesProof(rule, identity.proof)) return 'proof';
  const holds = rule.conditions === undefined || index.condition(rule)(identity);
  if (holds === false) return 'unmet';
  if (holds === undefined || isUnknown) return 'unknown';
  const isOfAccount = 'account' in rule && !('deny' in rule);
  return isOfAccount && identity.type === 'root' && !rule.includeRoot ? 'root' : 'applies';
}
