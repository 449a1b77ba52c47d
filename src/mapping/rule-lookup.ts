/**
 * Rules by whom they name, so that finding those of an identity takes the same time however many others there are.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';
import { GlobTree } from './glob-tree.ts';
import { canBeLike } from './pattern.ts';
import { permissionSetOf } from './permission-set.ts';
import type { Rule } from './rule.ts';
import { exactKeyOf, exactKeyOfIdentity, type RuleKind } from './rule-keys.ts';

/** What the rules do; those of deny rules compare patterns and permission sets without case. */
type Effect = 'deny' | 'grant';

/** By what the rules of an identity are found. Worked out once, and what only some rules need where one does. */
export class LookupKeys {
  readonly exact: string;
  readonly account: string;
  readonly partition: string;
  readonly #identity: Identity;
  readonly #permissionSets: Partial<Record<Effect, string>> = {};
  readonly #arns: Partial<Record<Effect, readonly string[]>> = {};

  constructor(identity: Identity) {
    this.exact = exactKeyOfIdentity(identity);
    this.account = identity.account;
    this.partition = identity.partition;
    this.#identity = identity;
  }

  /** That of the permission set; empty where the role is of none. */
  permissionSet(effect: Effect): string {
    this.#permissionSets[effect] ??= permissionSetKey(this.#identity, effect);
    return this.#permissionSets[effect];
  }

  /** Texts of which a pattern must be like one. */
  arns(effect: Effect): readonly string[] {
    this.#arns[effect] ??= arnsOf(this.#identity, effect);
    return this.#arns[effect];
  }
}

function permissionSetKey({ account, roleName = '' }: Identity, effect: Effect): string {
  const set = permissionSetOf(roleName, effect === 'deny');
  return set === undefined ? '' : `${account}/${set}`;
}

function arnsOf({ canonicalArn }: Identity, effect: Effect): readonly string[] {
  if (effect === 'deny') return withoutPath(canonicalArn.toLowerCase());
  return canBeLike(canonicalArn) ? [canonicalArn] : none;
}

/** The ARN, and that of a user without the path too: who is moved to another path does not get around a deny rule. */
function withoutPath(arn: string): readonly string[] {
  const bare = arn.replace(/(:user)\/.*\//, '$1/');
  return bare === arn ? [arn] : [arn, bare];
}

/** A pattern's rule, and where it stands. */
interface Placed<R> {
  readonly rule: R;
  readonly index: number;
}

/** Rules that grant, or rules that deny. */
export class RuleLookup<R extends Rule> {
  readonly #effect: Effect;
  readonly #byKey: Readonly<Record<Exclude<RuleKind, 'pattern'>, Map<string, R[]>>> = {
    exact: new Map(),
    sso: new Map(),
    account: new Map(),
  };
  #patterns: GlobTree<Placed<R>> | undefined;
  #size = 0;

  constructor(effect: Effect) {
    this.#effect = effect;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  add(rule: R): void {
    this.#size++;
    if ('pattern' in rule) {
      this.#patterns ??= new GlobTree();
      this.#patterns.add(this.#fold(rule.pattern), { rule, index: this.#size });
    } else if ('sso' in rule) {
      const set = rule.sso.permissionSet.toLowerCase();
      for (const account of rule.sso.accounts) push(this.#byKey.sso, `${account}/${set}`, rule);
    } else if ('account' in rule) {
      push(this.#byKey.account, rule.account, rule);
    } else {
      push(this.#byKey.exact, exactKeyOf(rule), rule);
    }
  }

  /** The rules of one kind that name the identity of these keys, or one of its name; the later, which counts, first. */
  find(kind: RuleKind, keys: LookupKeys): readonly R[] {
    if (this.isEmpty) return none;
    switch (kind) {
      case 'exact':
        return this.#byKey.exact.size === 0 ? none : laterFirst(this.#byKey.exact.get(keys.exact));
      case 'sso':
        return this.#byKey.sso.size === 0 ? none : this.#ofPermissionSet(keys);
      case 'pattern':
        return this.#patterns === undefined ? none : this.#ofPatterns(this.#patterns, keys);
      case 'account':
        return this.#byKey.account.size === 0 ? none : laterFirst(this.#byKey.account.get(keys.account));
    }
  }

  #ofPermissionSet(keys: LookupKeys): readonly R[] {
    const rules = this.#byKey.sso.get(keys.permissionSet(this.#effect)) ?? none;
    return laterFirst(
      rules.filter((rule) => 'sso' in rule && (rule.sso.partition ?? keys.partition) === keys.partition),
    );
  }

  /** A pattern that the ARN is like both with its path and without is found once. */
  #ofPatterns(patterns: GlobTree<Placed<R>>, keys: LookupKeys): readonly R[] {
    const [arn, bare] = keys.arns(this.#effect);
    if (arn === undefined) return none;
    const like = patterns.matching(arn);
    const found = bare === undefined ? like : [...new Set([...like, ...patterns.matching(bare)])];
    const ordered = found.length < 2 ? found : found.toSorted((a, b) => b.index - a.index);
    return ordered.map(({ rule }) => rule);
  }

  #fold(text: string): string {
    return this.#effect === 'deny' ? text.toLowerCase() : text;
  }
}

function push<R>(map: Map<string, R[]>, key: string, rule: R): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [rule]);
  else list.push(rule);
}

function laterFirst<R>(rules: readonly R[] = none): readonly R[] {
  return rules.length < 2 ? rules : rules.toReversed();
}

const none: readonly never[] = [];
