/**
 * Whom rules name, as far as it matters for what is lost where one of them is not exported.
 *
 * @module
 */
import { PARTITIONS } from '../../sts/partitions.ts';
import { parsePattern } from '../pattern.ts';
import type { Rule } from '../rule.ts';
import { type Named, namedByArn, permissionSetKey } from './source.ts';

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
  if ('pattern' in rule) return { kind: kind ?? 'pattern', named: [], anyOf: [accountOf(rule.pattern)] };
  if ('account' in rule) {
    const named: Named = { kind: 'account', key: rule.account, account: rule.account };
    return { kind: kind ?? 'account', named: [named], anyOf: [] };
  }
  const named = namedByArn('role' in rule ? rule.role : rule.user);
  return { kind: kind ?? 'exact', named: named ? [named] : [], anyOf: [] };
}

/** Of a pattern, whose account is literal. */
function accountOf(pattern: string): string {
  const parsed = parsePattern(pattern);
  return typeof parsed === 'string' ? '' : (parsed.prefix.split(':')[4] ?? '');
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

export function keysCovering(named: Named): string[] {
  const keys = [keyOf(named)];
  if (named.kind === 'exact' && named.setKey !== undefined) keys.push(`sso ${named.setKey}`);
  if (named.kind !== 'account') keys.push(`account ${named.account}`);
  return keys;
}

/** Without the path of a user: its name is unique in the account. */
function nameOf({ key }: Named): string {
  return key.replace(/(:user)\/.*\//, '$1/');
}

export function keyOf(named: Named | undefined): string {
  return named === undefined ? '' : `${named.kind} ${named.key}`;
}
