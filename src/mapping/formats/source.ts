/**
 * What every reader of another format works with: entries on their way to rules, and what was found on the way.
 *
 * @module
 */
import type { PolicyIssue } from '../../errors/classes.ts';
import { canonicalArn, parseCallerArn } from '../../identity/arn.ts';
import { permissionSetOf } from '../permission-set.ts';
import { reservedUseOf } from '../reserved.ts';
import type { Policy } from '../rule.ts';
import { unknownField } from '../schema.ts';

export interface ImportOptions {
  /** Reads YAML; plain numbers with a leading zero must not come out as text. Throws on what is not YAML. */
  readonly parseYaml: (text: string) => unknown;
  /**
   * Allows `system:node:{{SessionName}}`, as Fargate and hybrid nodes have it: whoever may assume such a role chooses
   * the name of the node, unless the role's trust policy pins it. Default false: such an entry is an error.
   */
  readonly acknowledgeSessionNode?: boolean | undefined;
}

/** A policy made from another format, and what a human should know of it. */
export interface Imported {
  readonly policy: Policy;
  readonly notes: readonly PolicyIssue[];
}

/** Where aws-iam-authenticator and EKS take mappings from. */
export type Backend = 'access entries' | 'MountedFile' | 'EKSConfigMap' | 'CRD' | 'DynamicFile';

/** Whom an entry names, as far as it can be compared. */
export type Named =
  | {
      readonly kind: 'exact';
      /** The canonical ARN in lower case. */
      readonly key: string;
      readonly account: string;
      /** Of a role of IAM Identity Center: what `sso` entries of its permission set have for a key. */
      readonly setKey?: string | undefined;
    }
  | { readonly kind: 'sso'; readonly key: string; readonly account: string }
  | { readonly kind: 'account'; readonly key: string; readonly account: string };

/** One entry of a source. */
export interface Entry {
  readonly path: string;
  /** As the policy would have it, not yet validated; undefined where a policy cannot say it. */
  readonly rule: Readonly<Record<string, unknown>> | undefined;
  /** Undefined where it is not valid, which the validation will tell. */
  readonly named: Named | undefined;
  /** Why the source never matched anybody by it, a predicate: "names the role with its path". */
  readonly neverMatched?: string | undefined;
  /** How the source spells the fields of the rule, for messages. */
  readonly spelling?: Readonly<Record<string, string>>;
}

/** All entries of one backend. */
export interface Source {
  readonly backend: Backend;
  readonly entries: readonly Entry[];
  /** Usernames that begin so are refused by the source, in this case and no other. */
  readonly refusedPrefixes?: readonly string[] | undefined;
}

/** What a human should know, and what keeps the import from being done. */
export class Findings {
  readonly notes: PolicyIssue[] = [];
  readonly issues: PolicyIssue[] = [];

  note(path: string, message: string): void {
    this.notes.push({ path, message });
  }

  issue(path: string, message: string): void {
    this.issues.push({ path, message });
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `documents[1]` and `mapRoles[0]` → `documents[1].mapRoles[0]` */
export function join(path: string, rest: string): string {
  if (path === '' || rest === '') return path + rest;
  return rest.startsWith('[') ? path + rest : `${path}.${rest}`;
}

/** Fields without regard to case, each once, and none that is not known. */
export function readFields(
  path: string,
  value: unknown,
  known: readonly string[],
  findings: Findings,
): { readonly fields: Record<string, unknown>; readonly respelt: readonly string[] } | undefined {
  if (!isObject(value)) {
    findings.issue(path, 'must be an object');
    return undefined;
  }
  const fields: Record<string, unknown> = {};
  const respelt: string[] = [];
  for (const [name, content] of Object.entries(value)) {
    const field = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    if (field === undefined) findings.issue(path, unknownField(name, known));
    else if (Object.hasOwn(fields, field)) findings.issue(path, `has ${field} twice`);
    else {
      fields[field] = content ?? undefined;
      if (field !== name) respelt.push(name);
    }
  }
  return { fields, respelt };
}

interface Names {
  readonly username: unknown;
  readonly groups: unknown;
  readonly reserved?: string;
  readonly acknowledgeSessionNode?: true;
}

const sessionNode = 'system:node:{{SessionName}}';
/** Takes the place of a name whose fault has been told, so that the others are found too. */
const standIn = 'x';

/** Username and groups of an entry; what the source allows by its silence is said, and noted. */
export function readNames(
  path: string,
  { username, groups }: { readonly username?: unknown; readonly groups?: unknown },
  findings: Findings,
  options: ImportOptions,
  spelling: Readonly<Record<string, string>> = {},
): Names {
  const names = {
    username: readUsername(join(path, spelling.username ?? 'username'), username, findings, options),
    groups: readGroups(join(path, spelling.groups ?? 'groups'), groups ?? [], findings),
  };
  if (typeof names.username !== 'string' || !isListOfTexts(names.groups)) return names;
  if (names.username.includes('{{EC2PrivateDNSName}}')) {
    findings.note(
      path,
      'uses {{EC2PrivateDNSName}}, which has to be looked up in EC2: where a deployment cannot, these nodes are refused (template_unavailable)',
    );
  }
  const admins = names.groups.find((group) => group.startsWith('callerid:'));
  if (admins !== undefined) {
    findings.note(
      path,
      `gives the group ${admins}, whose members may administrate callerid where it is the admin group`,
    );
  }
  // Without the option that is an issue already, which keeps the import from being done.
  const acknowledged = names.username === sessionNode ? ({ acknowledgeSessionNode: true } as const) : {};
  const reserved = reservedUseOf({ username: names.username, groups: names.groups, ...acknowledged });
  if (reserved === undefined) return { ...names, ...acknowledged };
  findings.note(path, `gives reserved names; imported with reserved: ${reserved}`);
  return { ...names, reserved, ...acknowledged };
}

function readUsername(path: string, value: unknown, findings: Findings, options: ImportOptions): unknown {
  if (value === undefined || value === null || value === '') {
    findings.issue(
      path,
      'is missing, and aws-iam-authenticator would give an empty name: write one, such as "admin:{{SessionName}}"',
    );
    return standIn;
  }
  if (value === sessionNode && options.acknowledgeSessionNode !== true) {
    findings.issue(
      path,
      `is ${sessionNode}, as Fargate and hybrid nodes have it, so whoever may assume the role chooses the name of the node: if its trust policy pins session names, import it with acknowledgeSessionNode (callerid policy import --acknowledge-session-node)`,
    );
  }
  return withoutFlowMaps(path, value, findings);
}

function readGroups(path: string, value: unknown, findings: Findings): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((group, index) => withoutFlowMaps(`${path}[${index}]`, group, findings));
}

/** In YAML `{{SessionName}}` without quotes is a map. */
function withoutFlowMaps(path: string, value: unknown, findings: Findings): unknown {
  if (!isObject(value)) return value;
  findings.issue(path, 'must be text; one that begins with {{ needs quotes: "{{SessionName}}"');
  return standIn;
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Whom the ARN of a role, user, federated user or root user names. */
export function namedByArn(arn: unknown): (Named & { readonly kind: 'exact' }) | undefined {
  const parsed = typeof arn === 'string' ? parseCallerArn(arn) : undefined;
  if (parsed === undefined) return undefined;
  const { account, partition } = parsed;
  const isRole = parsed.type === 'role' || parsed.type === 'assumed-role';
  const set = isRole ? permissionSetOf(parsed.name, true) : undefined; // names of roles have no case
  const setKey = set && permissionSetKey(set, account, partition);
  return { kind: 'exact', key: canonicalArn(parsed).toLowerCase(), account, setKey };
}

/** Whom an entry names, as one text. */
export function keyOf({ kind, key }: Pick<Named, 'kind' | 'key'>): string {
  return `${kind} ${key}`;
}

/** The keys of all entries that name whomever this one names. */
export function keysCovering(named: Named): string[] {
  const keys = [keyOf(named)];
  if (named.kind === 'exact' && named.setKey !== undefined) {
    keys.push(keyOf({ kind: 'sso', key: named.setKey }));
  }
  if (named.kind !== 'account') keys.push(keyOf({ kind: 'account', key: named.account }));
  return keys;
}

export function permissionSetKey(set: string, account: string, partition: string): string {
  return `${partition}/${account}/${set.toLowerCase()}`;
}
