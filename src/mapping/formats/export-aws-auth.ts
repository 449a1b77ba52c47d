/**
 * Exporting a policy to aws-auth, as far as that can say it.
 *
 * What aws-auth cannot say is left out, never written more broadly. Even so somebody may gain: where a rule that was
 * left out decided, another one that was written now does. Such remarks have `widens: true`.
 *
 * @module
 */
import { canonicalArn, parseCallerArn } from '../../identity/arn.ts';
import { takesProof } from '../proof.ts';
import { isReserved, mastersGroup, reservedPrefixes } from '../reserved.ts';
import type { AccountRule, GrantRule, Policy, Rule, SsoRule } from '../rule.ts';
import { type Scope, type Scoped, ScopedRules, scopeOf } from './export-scope.ts';
import { keyOf, keysCovering } from './source.ts';

/** What a human should know of an export. */
export interface ExportNote {
  /** Path in the policy, such as `rules[3]`. */
  readonly path: string;
  readonly message: string;
  /** Somebody may get in, or get other rights, whom the policy does not give them. */
  readonly widens: boolean;
}

interface Names {
  readonly username: string;
  readonly groups: readonly string[];
}

/** The data of the ConfigMap, each list still to be written as YAML text. */
export interface AwsAuth {
  readonly mapRoles: readonly (({ rolearn: string } | { sso: AwsAuthSso }) & Names)[];
  readonly mapUsers: readonly ({ userarn: string } & Names)[];
  readonly mapAccounts: readonly string[];
}

interface AwsAuthSso {
  readonly permissionSetName: string;
  readonly accountID: string;
}

export interface Exported {
  readonly data: AwsAuth;
  readonly notes: readonly ExportNote[];
}

export function exportAwsAuth(policy: Policy): Exported {
  const exporter = new Exporter();
  for (const [index, rule] of policy.rules.entries()) exporter.add(`rules[${index}]`, rule);
  if (policy.apiAudiences !== undefined) {
    exporter.note('apiAudiences', 'has no like in aws-auth: the API server assumes its own audiences');
  }
  for (const setting of ['notBefore', 'tokenSeconds'] as const) {
    if (policy[setting] !== undefined) exporter.note(setting, 'has no like in aws-auth');
  }
  return exporter.finish();
}

interface Written extends Scoped {
  readonly item: AwsAuth['mapRoles'][number] | AwsAuth['mapUsers'][number] | string;
}

class Exporter {
  readonly #notes: ExportNote[] = [];
  readonly #written: Written[] = [];
  readonly #leftOut: { readonly path: string; readonly scope: Scope; readonly why: string }[] = [];

  note(path: string, message: string, widens = false): void {
    this.#notes.push({ path, message, widens });
  }

  add(path: string, rule: Rule): void {
    const why = unsayable(rule);
    if (why !== undefined) this.#leftOut.push({ path, scope: scopeOf(rule), why });
    else if ('account' in rule) this.#addAccount(path, rule as AccountRule);
    else if ('sso' in rule) this.#addPermissionSet(path, rule as SsoRule);
    else this.#addExact(path, rule as GrantRule);
  }

  #addAccount(path: string, rule: AccountRule): void {
    this.#written.push({ path, scope: scopeOf(rule), item: rule.account });
    if (rule.includeRoot) return;
    const message = "means the account's root user too in aws-auth, which here needs includeRoot: true";
    this.note(path, message, true);
  }

  #addPermissionSet(path: string, rule: SsoRule): void {
    const { permissionSet, accounts } = rule.sso;
    for (const accountID of accounts) {
      const sso = { permissionSetName: permissionSet, accountID };
      this.#written.push({ path, scope: scopeOf(rule, accountID), item: { sso, ...namesOf(rule) } });
    }
    const message = `needs the feature gate SSORoleMatch (alpha, off by default; EKS has it off), and then means other permission sets too whose names begin with ${permissionSet}_`;
    this.note(path, message, true);
  }

  #addExact(path: string, rule: GrantRule): void {
    const arn = 'role' in rule ? rule.role : 'user' in rule ? rule.user : '';
    const parsed = parseCallerArn(arn);
    if (parsed === undefined) return;
    if (parsed.type === 'federated-user') {
      this.note(path, 'means other federated users too, whose names differ by case', true);
    }
    const names = namesOf(rule);
    // A role is compared as it is written, so without its path.
    const item = 'role' in rule ? { rolearn: canonicalArn(parsed), ...names } : { userarn: arn, ...names };
    this.#written.push({ path, scope: scopeOf(rule), item });
  }

  finish(): Exported {
    const written = this.#withoutDenied(this.#lastOfEach());
    const index = new ScopedRules(written);
    for (const { path, scope, why } of this.#leftOut) {
      const instead = index.insteadOf(scope);
      if (instead === undefined) this.note(path, `${why}: left out`);
      else this.note(path, `${why}: left out, and ${instead.path} decides for whom it named`, true);
    }
    this.#noteChance(written);
    const items = written.map(({ item }) => item);
    const data = {
      mapRoles: items.filter((item): item is AwsAuth['mapRoles'][number] => {
        return typeof item !== 'string' && ('rolearn' in item || 'sso' in item);
      }),
      mapUsers: items.filter((item): item is AwsAuth['mapUsers'][number] => {
        return typeof item !== 'string' && 'userarn' in item;
      }),
      mapAccounts: items.filter((item) => typeof item === 'string'),
    };
    return { data, notes: this.#notes };
  }

  /** Users whose ARNs differ by case are both kept by aws-iam-authenticator, and chance decides. */
  #lastOfEach(): Written[] {
    const last = new Map(this.#written.map((one) => [firstKeyOf(one), one]));
    return this.#written.filter((one) => {
      const later = last.get(firstKeyOf(one));
      if (later === one) return true;
      if (later !== undefined && later.path !== one.path) {
        this.note(one.path, `${later.path} decides for the same principals: left out`);
      }
      return false;
    });
  }

  /** A grant that a deny rule has made void altogether is no loss. */
  #withoutDenied(written: readonly Written[]): Written[] {
    const denied = new Map<string, string>();
    for (const { path, scope, why } of this.#leftOut) {
      if (scope.kind !== 'deny' || why !== denyMessage) continue;
      for (const named of scope.named) denied.set(keyOf(named), path);
    }
    return written.filter(({ path, scope }) => {
      const [named] = scope.named;
      const by = named && keysCovering(named).map((key) => denied.get(key));
      const deny = by?.find((one) => one !== undefined);
      if (deny !== undefined) this.note(path, `${deny} denies all whom it names: left out`);
      return deny === undefined;
    });
  }

  #noteChance(written: readonly Written[]): void {
    const sets = new Map(
      written.flatMap(({ path, scope: { named } }) =>
        named[0]?.kind === 'sso' ? [[named[0].key, path] as const] : [],
      ),
    );
    for (const { path, scope } of written) {
      const [named] = scope.named;
      const set = named?.kind === 'exact' && named.setKey ? sets.get(named.setKey) : undefined;
      if (set === undefined) continue;
      const message = `names a role of the permission set of ${set}: in aws-iam-authenticator chance decides between them`;
      this.note(path, message, true);
    }
  }
}

/** What is written names one principal, permission set or account. */
function firstKeyOf({ scope: { named } }: Scoped): string | undefined {
  return named[0] && keyOf(named[0]);
}

const denyMessage = 'is a deny rule';
const variables = ['RoleName', 'PrincipalID', 'Partition', 'SourceIdentity'];

/** Why aws-auth cannot say a rule, as a predicate; undefined where it can. */
function unsayable(rule: Rule): string | undefined {
  const hasConditions = rule.conditions !== undefined;
  const isPinned = 'principalId' in rule && rule.principalId !== undefined;
  if ('deny' in rule) {
    return hasConditions || isPinned || !takesProof(rule, 'signed-url')
      ? `${denyMessage} for some of those whom it names`
      : denyMessage;
  }
  if (!takesProof(rule, 'signed-url')) return 'takes no signed URL';
  if ('pattern' in rule) return 'is a pattern';
  if (hasConditions) return 'has conditions';
  if (isPinned) return 'is pinned to a principal ID';
  if ('sso' in rule && (rule.sso.partition ?? 'aws') !== 'aws') {
    return `is of the partition ${rule.sso.partition}, whose permission sets aws-iam-authenticator never matches`;
  }
  return 'username' in rule ? unsayableName(rule) : undefined;
}

function unsayableName(rule: GrantRule): string | undefined {
  for (const name of [rule.username, ...rule.groups]) {
    const missing = variables.find((variable) => name.includes(`{{${variable}}}`));
    if (missing !== undefined) return `uses {{${missing}}}, which aws-auth does not have`;
    if (name.includes('{{PrincipalTag:')) return 'uses the tag of a principal, which aws-auth does not have';
    if ('user' in rule && /\{\{SessionName(?:Raw)?\}\}/.test(name)) {
      return 'uses a session name, which a user does not have: callerid refuses, and aws-auth would give a name without it';
    }
    if (mayBecomeReserved(name)) {
      return `has "${name}", which a session name may turn into a reserved one: callerid refuses that, and aws-auth would give it`;
    }
  }
  return undefined;
}

/**
 * Whether values can complete a reserved prefix, or the one group that no variable completes. They hold no colon, so that
 * must be in the literal text.
 */
function mayBecomeReserved(template: string): boolean {
  const [head = '', ...rest] = template.split('{{');
  if (isReserved(head)) return rest.length > 0 && head !== mastersGroup && mastersGroup.startsWith(head);
  if (!rest.some((part) => part.includes(':'))) return false;
  return reservedPrefixes.some((prefix) => prefix.startsWith(head.toLowerCase()));
}

function namesOf({ username, groups }: Names): Names {
  return { username, groups };
}
