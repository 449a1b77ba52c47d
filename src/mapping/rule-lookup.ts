/**
 * Rules by whom they name, so that finding those of an identity takes the same time however many others there are.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';
import { headOf, matchesGlob } from './glob.ts';
import { permissionSetOf } from './permission-set.ts';
import type { Rule } from './rule.ts';
import { exactKeyOf, exactKeyOfIdentity, type RuleKind } from './rule-keys.ts';

/** A rule of type `R`, and where it stands: of several the later counts. */
interface Placed<R> {
  readonly rule: R;
  readonly index: number;
}

/** Rules that grant, or rules that deny. Patterns and permission sets of deny rules compare without case. */
export class RuleLookup<R extends Rule> {
  readonly #ignoreCase: boolean;
  readonly #byKey = new Map<string, Placed<R>[]>();
  readonly #patternHeads = new Set<number>();
  #size = 0;

  constructor({ ignoreCase }: { readonly ignoreCase: boolean }) {
    this.#ignoreCase = ignoreCase;
  }

  add(rule: R): void {
    const placed = { rule, index: this.#size++ };
    for (const key of this.#keysOf(rule)) {
      const list = this.#byKey.get(key);
      if (list === undefined) this.#byKey.set(key, [placed]);
      else list.push(placed);
    }
  }

  /** The rules of one kind that name this identity, or one of its name; the one that counts most first. */
  find(kind: RuleKind, identity: Identity): R[] {
    const found = this.#find(kind, identity);
    return found.toSorted((a, b) => b.index - a.index).map(({ rule }) => rule);
  }

  #find(kind: RuleKind, identity: Identity): readonly Placed<R>[] {
    switch (kind) {
      case 'exact':
        return this.#at(`exact ${exactKeyOfIdentity(identity)}`);
      case 'sso':
        return this.#ofPermissionSet(identity);
      case 'pattern':
        return this.#ofPatterns(this.#fold(identity.canonicalArn));
      case 'account':
        return this.#at(`account ${identity.account}`);
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

  #ofPermissionSet({ roleName, account, partition }: Identity): readonly Placed<R>[] {
    const set = roleName === undefined ? undefined : permissionSetOf(roleName, this.#ignoreCase);
    if (set === undefined) return [];
    return this.#at(`sso ${account}/${set}`).filter(({ rule }) => {
      return 'sso' in rule && (rule.sso.partition ?? partition) === partition;
    });
  }

  /** Looked at are those patterns alone that begin, up to their first wildcard, as the ARN does. */
  #ofPatterns(arn: string): readonly Placed<R>[] {
    // In ArnLike no wildcard stands for a colon, which the path of a user may hold. A deny rule takes it all the same.
    if (!this.#ignoreCase && arn.split(':').length > 6) return [];
    const heads = [...this.#patternHeads].filter((length) => length <= arn.length);
    return heads.flatMap((length) =>
      this.#at(`pattern ${arn.slice(0, length)}`).filter(
        ({ rule }) => 'pattern' in rule && matchesGlob(this.#fold(rule.pattern), arn),
      ),
    );
  }

  #at(key: string): readonly Placed<R>[] {
    return this.#byKey.get(key) ?? [];
  }

  #fold(text: string): string {
    return this.#ignoreCase ? text.toLowerCase() : text;
  }
}
