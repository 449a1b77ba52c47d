/**
 * Rules by whom they name, so that finding those of an identity takes the same time whatever else there is.
 *
 * @module
 */
import { canonicalArn, parseCallerArn } from '../identity/arn.ts';
import type { Identity } from '../identity/identity.ts';
import { matchesGlob } from './glob.ts';
import { type ArnPattern, parsePattern } from './pattern.ts';
import { permissionSetOf } from './permission-set.ts';
import type { OfAccount, OfPattern, OfPermissionSet, OfRole, OfUser } from './rule.ts';

/** What a rule names: one principal exactly, a permission set, whatever is like a pattern, or an account. */
export type RuleKind = 'exact' | 'sso' | 'pattern' | 'account';

type Named = OfRole | OfUser | OfPermissionSet | OfPattern | OfAccount;

export function kindOf(rule: Named): RuleKind {
  if ('sso' in rule) return 'sso';
  if ('pattern' in rule) return 'pattern';
  return 'account' in rule ? 'account' : 'exact';
}

/** A rule of type `R`, and where it stands in the policy: of several the later counts. */
export interface Placed<R> {
  readonly rule: R;
  readonly index: number;
}

interface PlacedPattern<R> extends Placed<R> {
  readonly pattern: ArnPattern;
}

export class RuleLookup<R extends Named> {
  readonly #exact = new Map<string, Placed<R>[]>();
  readonly #sso = new Map<string, Placed<R>[]>();
  readonly #patterns = new PatternLookup<R>();
  readonly #accounts = new Map<string, Placed<R>[]>();

  add(rule: R, index: number): void {
    const placed = { rule, index };
    if ('sso' in rule) {
      const set = rule.sso.permissionSet.toLowerCase();
      for (const account of rule.sso.accounts) push(this.#sso, `${account}/${set}`, placed);
    } else if ('pattern' in rule) {
      const pattern = parsePattern(rule.pattern);
      if (typeof pattern === 'string') throw notValidated();
      this.#patterns.add({ ...placed, pattern });
    } else if ('account' in rule) {
      push(this.#accounts, rule.account, placed);
    } else {
      push(this.#exact, exactKey('role' in rule ? rule.role : rule.user), placed);
    }
  }

  /** The rules of one kind that name this identity, the one that counts most first. */
  find(kind: RuleKind, identity: Identity): readonly Placed<R>[] {
    switch (kind) {
      case 'exact':
        return latestFirst(this.#exact.get(identity.canonicalArn.toLowerCase()));
      case 'sso':
        return latestFirst(this.#ofPermissionSet(identity));
      case 'pattern':
        return latestFirst(this.#patterns.find(identity.canonicalArn.toLowerCase()));
      case 'account':
        return latestFirst(this.#accounts.get(identity.account));
    }
  }

  #ofPermissionSet({ roleName, account, partition }: Identity): Placed<R>[] | undefined {
    const set = roleName === undefined ? undefined : permissionSetOf(roleName);
    if (set === undefined) return undefined;
    return this.#sso.get(`${account}/${set}`)?.filter(({ rule }) => {
      return !('sso' in rule) || (rule.sso.partition ?? partition) === partition;
    });
  }
}

/** Patterns by the text before their first wildcard: looked at are those alone that begin as the ARN does. */
class PatternLookup<R> {
  readonly #byHead = new Map<string, PlacedPattern<R>[]>();
  readonly #lengths = new Set<number>();

  add(placed: PlacedPattern<R>): void {
    const head = placed.pattern.prefix + placed.pattern.glob.head;
    push(this.#byHead, head, placed);
    this.#lengths.add(head.length);
  }

  find(arn: string): Placed<R>[] {
    const found: Placed<R>[] = [];
    for (const length of this.#lengths) {
      if (length > arn.length) continue;
      for (const placed of this.#byHead.get(arn.slice(0, length)) ?? []) {
        const { prefix, glob } = placed.pattern;
        if (matchesGlob(glob, arn.slice(prefix.length))) found.push(placed);
      }
    }
    return found;
  }
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function latestFirst<R>(found: readonly Placed<R>[] = []): readonly Placed<R>[] {
  return found.length < 2 ? found : found.toSorted((a, b) => b.index - a.index);
}

/** IAM names are unique without regard to case, so they are compared without it. */
function exactKey(arn: string): string {
  const parsed = parseCallerArn(arn);
  if (parsed === undefined) throw notValidated();
  return canonicalArn(parsed).toLowerCase();
}

function notValidated(): TypeError {
  return new TypeError('a rule was not validated before it was compiled');
}
