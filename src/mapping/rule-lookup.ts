/**
 * Rules by whom they name, so that finding those of an identity takes the same time however many others there are.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';
import { headOf, matchesGlob } from './glob.ts';
import { canBeLike } from './pattern.ts';
import { permissionSetOf } from './permission-set.ts';
import type { Rule } from './rule.ts';
import { exactKeyOf, exactKeyOfIdentity, type RuleKind } from './rule-keys.ts';

/** A rule of type `R`, and where it stands: of several the later counts. */
interface Placed<R> {
  readonly rule: R;
  readonly index: number;
}

/** By what the rules of an identity are found, worked out once. */
export interface LookupKeys {
  /** With the kind before it, as in the lookup. */
  readonly exact: string;
  readonly ofAccount: string;
  readonly account: string;
  readonly partition: string;
  /** Of deny rules, which ignore case. */
  readonly deny: CasedKeys;
  readonly grant: CasedKeys;
}

interface CasedKeys {
  /** Texts of which a pattern must be like one. */
  readonly arns: readonly string[];
  readonly permissionSet: string | undefined;
}

export function lookupKeysOf(identity: Identity): LookupKeys {
  const { canonicalArn, account, partition, roleName = '' } = identity;
  return {
    exact: `exact ${exactKeyOfIdentity(identity)}`,
    ofAccount: `account ${account}`,
    account,
    partition,
    deny: { arns: withoutPath(canonicalArn.toLowerCase()), permissionSet: permissionSetOf(roleName, true) },
    grant: {
      arns: canBeLike(canonicalArn) ? [canonicalArn] : none,
      permissionSet: permissionSetOf(roleName),
    },
  };
}

/** The ARN, and that of a user without the path too: who is moved to another path does not get around a deny rule. */
function withoutPath(arn: string): readonly string[] {
  const bare = arn.replace(/(:user)\/.*\//, '$1/');
  return bare === arn ? [arn] : [arn, bare];
}

/** Rules that grant, or rules that deny. Patterns and permission sets of deny rules compare without case. */
export class RuleLookup<R extends Rule> {
  readonly #effect: 'deny' | 'grant';
  readonly #byKey = new Map<string, Placed<R>[]>();
  readonly #patternHeads = new Set<number>();
  #size = 0;

  constructor(effect: 'deny' | 'grant') {
    this.#effect = effect;
  }

  add(rule: R): void {
    const placed = { rule, index: this.#size++ };
    for (const key of this.#keysOf(rule)) {
      const list = this.#byKey.get(key);
      if (list === undefined) this.#byKey.set(key, [placed]);
      else list.push(placed);
    }
  }

  /** The rules of one kind that name the identity of these keys, or one of its name; the one that counts most first. */
  find(kind: RuleKind, keys: LookupKeys): readonly R[] {
    const found = this.#find(kind, keys);
    if (found.length === 0) return none;
    return found.toSorted((a, b) => b.index - a.index).map(({ rule }) => rule);
  }

  #find(kind: RuleKind, keys: LookupKeys): readonly Placed<R>[] {
    if (this.#size === 0) return none;
    const { arns, permissionSet } = keys[this.#effect];
    switch (kind) {
      case 'exact':
        return this.#at(keys.exact);
      case 'sso':
        return permissionSet === undefined ? none : this.#ofPermissionSet(permissionSet, keys);
      case 'pattern':
        return this.#patternHeads.size === 0 ? none : this.#ofPatterns(arns);
      case 'account':
        return this.#at(keys.ofAccount);
    }
  }

  #keysOf(rule: Rule): string[] {
    if ('account' in rule) return [`account ${rule.account}`];
    if ('sso' in rule) {
      const set = rule.sso.permissionSet.toLowerCase();
      return rule.sso.accounts.map((account) => `sso ${account}/${set}`);
    }
    if (!('pattern' in rule)) return [`exact ${exactKeyOf(rule)}`];
    const head = this.#fold(headOf(rule.pattern));
    this.#patternHeads.add(head.length);
    return [`pattern ${head}`];
  }

  #ofPermissionSet(set: string, { account, partition }: LookupKeys): readonly Placed<R>[] {
    return this.#at(`sso ${account}/${set}`).filter(({ rule }) => {
      return 'sso' in rule && (rule.sso.partition ?? partition) === partition;
    });
  }

  /** Looked at are those patterns alone that begin, up to their first wildcard, as the ARN does. */
  #ofPatterns(arns: readonly string[]): readonly Placed<R>[] {
    const found = new Set<Placed<R>>();
    for (const arn of arns) {
      for (const length of this.#patternHeads) {
        if (length > arn.length) continue;
        for (const placed of this.#at(`pattern ${arn.slice(0, length)}`)) {
          const { rule } = placed;
          if ('pattern' in rule && matchesGlob(this.#fold(rule.pattern), arn)) found.add(placed);
        }
      }
    }
    return [...found];
  }

  #at(key: string): readonly Placed<R>[] {
    return this.#byKey.get(key) ?? none;
  }

  #fold(text: string): string {
    return this.#effect === 'deny' ? text.toLowerCase() : text;
  }
}

const none: readonly never[] = [];
