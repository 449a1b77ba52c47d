/**
 * Whom rules name, as far as it matters for what is lost where one of them is not exported.
 *
 * @module
 */
import { PARTITIONS } from '../../sts/partitions.ts';
import type { Rule } from '../rule.ts';
import { accountsOf } from '../rule-keys.ts';
import { keyOf, keysCovering, type Named, namedByArn, permissionSetKey } from './source.ts';

/** From the first that is asked. */
const order = ['deny', 'exact', 'sso', 'pattern', 'account'] as const;

/** A rule by whom it names: one key for each account of a permission set, none where a pattern names many. */
export interface Scope {
  readonly kind: (typeof order)[number];
  readonly named: readonly Named[];
  /** Accounts, of any of which nobody knows more. */
  readonly anyOf: readonly string[];
}

export function scopeOf(rule: Rule, account?: string): Scope {
  const kind = 'deny' in rule ? 'deny' : undefined;
  if ('sso' in rule) {
    const { permissionSet, accounts, partition } = rule.sso;
    // Without a partition a deny rule means every one.
    const everywhere = kind === 'deny' ? PARTITIONS.map(({ id }) => id) : (['aws'] as const);
    const partitions = partition === undefined ? everywhere : [partition];
    const named = accounts
      .filter((one) => account === undefined || one === account)
      .flatMap((one) =>
        partitions.map((of): Named => {
          return { kind: 'sso', key: permissionSetKey(permissionSet, one, of), account: one };
        }),
      );
    return { kind: kind ?? 'sso', named, anyOf: [] };
  }
  if ('pattern' in rule) return { kind: kind ?? 'pattern', named: [], anyOf: accountsOf(rule) };
  if ('account' in rule) {
    const named: Named = { kind: 'account', key: rule.account, account: rule.account };
    return { kind: kind ?? 'account', named: [named], anyOf: [] };
  }
  const named = namedByArn('role' in rule ? rule.role : rule.user);
  return { kind: kind ?? 'exact', named: named ? [named] : [], anyOf: [] };
}

/** A rule, and where it stands in the policy. */
export interface Scoped {
  readonly path: string;
  readonly scope: Scope;
}

/** Rules by whom they name. */
export class ScopedRules<S extends Scoped> {
  readonly #byOwnKey = new Map<string, S>();
  readonly #byCoveringKey = new Map<string, S>();
  readonly #byName = new Map<string, S>();

  constructor(written: readonly S[]) {
    for (const one of written) {
      const [named] = one.scope.named;
      if (named === undefined) continue;
      this.#byOwnKey.set(`${one.scope.kind} ${keyOf(named)}`, one);
      for (const key of keysCovering(named)) this.#byCoveringKey.set(`${one.scope.kind} ${key}`, one);
      if (named.kind === 'exact') this.#byName.set(nameOf(named), one);
    }
  }

  /** One that comes no earlier than a rule that is left out, and names somebody whom that one names. */
  insteadOf({ kind, named, anyOf }: Scope): S | undefined {
    const later = order.slice(order.indexOf(kind)).filter((other) => kind !== 'account' || other !== kind);
    for (const other of later) {
      const found =
        anyOf.map((account) => this.#byCoveringKey.get(`${other} account ${account}`)).find(Boolean) ??
        named.map((one) => this.#byCoveringKey.get(`${other} ${keyOf(one)}`)).find(Boolean) ??
        // a deny rule or a pin means the name, wherever its path has gone
        (other === 'exact' ? named.map((one) => this.#byName.get(nameOf(one))).find(Boolean) : undefined) ??
        named
          .flatMap(keysCovering)
          .map((key) => this.#byOwnKey.get(`${other} ${key}`))
          .find(Boolean);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** Without the path of a user: its name is unique in the account. */
function nameOf({ key }: Named): string {
  return key.replace(/(:user)\/.*\//, '$1/');
}
