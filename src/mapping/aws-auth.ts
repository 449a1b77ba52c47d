/**
 * Reading the aws-auth ConfigMap: `mapRoles`, `mapUsers`, `mapAccounts`, each a list or a list inside a YAML text.
 *
 * Field names are read without regard to case, as the reference reads them.
 *
 * @module
 */
import { PolicyError, type PolicyIssue } from '../errors.ts';
import { canonicalArn, parseCallerArn } from '../identity/arn.ts';
import { reservedUseOf } from './reserved.ts';
import type { Policy } from './rule.ts';
import { accountMessage, parsePolicy, unknownField } from './schema.ts';

export interface ImportOptions {
  /** Reads YAML; plain numbers with a leading zero must not come out as text. Throws on what is not YAML. */
  readonly parseYaml: (text: string) => unknown;
}

/** A policy made from another format, and what a human should know of it. */
export interface Imported {
  readonly policy: Policy;
  readonly notes: readonly PolicyIssue[];
}

const sections = ['mapRoles', 'mapUsers', 'mapAccounts'] as const;

/** Whether a document is an aws-auth ConfigMap, or its data. */
export function isAwsAuth(document: unknown): boolean {
  const data = dataOf(document);
  return data !== undefined && sections.some((section) => Object.hasOwn(data, section));
}

/**
 * Reads an aws-auth ConfigMap, or just its data.
 *
 * @throws {PolicyError} with every issue found
 */
export function importAwsAuth(document: unknown, options: ImportOptions): Imported {
  const data = dataOf(document);
  if (data === undefined) throw new PolicyError([{ path: '', message: 'must be a ConfigMap or its data' }]);
  const reader = new Reader(options);
  reader.names(Object.keys(data));
  const drafts = sections.flatMap((section) => reader.section(section, data[section]));
  // The later of two equal rules wins, and it has to be the one that won in the source.
  const rules = [...drafts.filter(({ isDead }) => isDead), ...drafts.filter(({ isDead }) => !isDead)];
  const read = reader.finish(() => parsePolicy({ rules: rules.map(({ rule }) => rule) }), rules);
  return { policy: read, notes: reader.notes };
}

/** The data of a ConfigMap, or the object itself. */
function dataOf(document: unknown): Record<string, unknown> | undefined {
  if (!isObject(document)) return undefined;
  if (document.kind !== 'ConfigMap') return document;
  const data = document.data ?? {};
  return isObject(data) ? data : undefined;
}

/** A rule in the making, and where it stood. */
interface Draft {
  readonly path: string;
  readonly rule: unknown;
  /** The reference compares role ARNs as they are written, so this one never matched anybody. */
  readonly isDead?: boolean;
}

class Reader {
  readonly notes: PolicyIssue[] = [];
  readonly #issues: PolicyIssue[] = [];
  readonly #options: ImportOptions;

  constructor(options: ImportOptions) {
    this.#options = options;
  }

  names(names: readonly string[]): void {
    for (const name of names) {
      if (!sections.some((section) => section === name))
        this.#issues.push({ path: '', message: unknownField(name, sections) });
    }
  }

  section(name: (typeof sections)[number], value: unknown): Draft[] {
    const list = this.#list(name, value);
    if (name === 'mapAccounts') {
      return list.flatMap((account, index) => {
        if (typeof account === 'string') return [{ path: `${name}[${index}]`, rule: { account } }];
        this.#issues.push({ path: `${name}[${index}]`, message: accountMessage });
        return [];
      });
    }
    const arnField = name === 'mapRoles' ? 'rolearn' : 'userarn';
    return list.flatMap((entry, index) => this.#grant(`${name}[${index}]`, entry, arnField) ?? []);
  }

  /** Throws everything found wrong, in the words of the source. */
  finish(parse: () => Policy, drafts: readonly Draft[]): Policy {
    let policy: Policy | undefined;
    try {
      policy = parse();
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      this.#issues.push(...error.issues.map((issue) => ({ ...issue, path: inSource(issue.path, drafts) })));
    }
    if (policy === undefined || this.#issues.length > 0) throw new PolicyError(this.#issues);
    return policy;
  }

  /** A list, or a YAML text that holds one; older tools leave empty texts of several kinds behind. */
  #list(path: string, value: unknown): readonly unknown[] {
    let list = value;
    if (typeof value === 'string') {
      if (['', '``', "''", '""'].includes(value.trim())) return [];
      try {
        list = this.#options.parseYaml(value);
      } catch (error) {
        this.#issues.push({ path, message: `is not YAML: ${error instanceof Error ? error.message : ''}` });
        return [];
      }
    }
    if (list === undefined || list === null || list === '') return [];
    if (Array.isArray(list)) return list;
    this.#issues.push({ path, message: 'must be a list' });
    return [];
  }

  #grant(path: string, entry: unknown, arnField: 'rolearn' | 'userarn'): Draft[] | undefined {
    if (!isObject(entry)) {
      this.#issues.push({ path, message: 'must be an object' });
      return undefined;
    }
    const known = [arnField, 'username', 'groups', ...(arnField === 'rolearn' ? ['sso'] : [])];
    const fields: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(entry)) {
      const field = known.find((candidate) => candidate === name.toLowerCase());
      if (field === undefined) this.#issues.push({ path, message: unknownField(name, known) });
      else if (Object.hasOwn(fields, field)) this.#issues.push({ path, message: `has ${field} twice` });
      else fields[field] = value ?? undefined;
    }
    const { username, groups = [] } = fields;
    if (typeof username === 'string' && username.includes('{{EC2PrivateDNSName}}')) {
      const message =
        'uses {{EC2PrivateDNSName}}, which this version cannot resolve: these nodes will be refused (template_unavailable)';
      this.notes.push({ path, message });
    }
    const names = { username, groups, ...this.#reserved(path, username, groups) };
    if (arnField === 'userarn') return [{ path, rule: { user: fields.userarn, ...names } }];
    if (fields.sso !== undefined && fields.rolearn === undefined) {
      return [{ path, rule: { sso: this.#permissionSet(path, fields.sso), ...names } }];
    }
    if (fields.sso !== undefined) {
      this.#issues.push({ path, message: 'must have either rolearn or sso' });
      return undefined;
    }
    const { role, isDead } = this.#role(path, fields.rolearn);
    return [{ path, rule: { role, ...names }, isDead }];
  }

  /** Field names as the reference has them, in any case; a partition that it leaves out is `aws` there. */
  #permissionSet(path: string, value: unknown): unknown {
    if (!isObject(value)) return value;
    const known = ['permissionSetName', 'accountID', 'partition'];
    const fields: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(value)) {
      const match = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
      if (match === undefined) {
        this.#issues.push({ path: `${path}.sso`, message: unknownField(name, known) });
      } else fields[match] = field ?? undefined;
    }
    const { permissionSetName, accountID, partition = 'aws' } = fields;
    return { permissionSet: permissionSetName, accounts: [accountID], partition };
  }

  #role(path: string, value: unknown): { role: unknown; isDead: boolean } {
    const arn = typeof value === 'string' ? parseCallerArn(value) : undefined;
    if (arn?.type === 'assumed-role') {
      const role = canonicalArn(arn);
      this.notes.push({ path, message: `is the ARN of a session; taken as its role ${role}` });
      return { role, isDead: true };
    }
    if (arn?.type !== 'role' || arn.path === '/') return { role: value, isDead: false };
    const message =
      'names the role with its path: aws-iam-authenticator never matched it so, and callerid does';
    this.notes.push({ path, message });
    return { role: value, isDead: true };
  }

  /** What the source allows by its silence has to be said here. */
  #reserved(path: string, username: unknown, groups: unknown): { reserved?: string } {
    if (typeof username !== 'string' || !Array.isArray(groups)) return {};
    if (!groups.every((group) => typeof group === 'string')) return {};
    const reserved = reservedUseOf({ username, groups });
    if (reserved === undefined) return {};
    this.notes.push({ path, message: `gives reserved names; imported with reserved: ${reserved}` });
    return { reserved };
  }
}

/** `rules[2].role` → `mapRoles[2].rolearn` */
function inSource(path: string, drafts: readonly Draft[]): string {
  const [, index, field] = /^rules\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
  const draft = index === undefined ? undefined : drafts[Number(index)];
  if (draft === undefined) return path;
  const name = field
    ?.replace(/^(role|user)$/, '$1arn')
    .replace(/^account$/, '')
    .replace(/^sso\.permissionSet$/, 'sso.permissionSetName')
    .replace(/^sso\.accounts.*$/, 'sso.accountID');
  return name ? `${draft.path}.${name}` : draft.path;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
