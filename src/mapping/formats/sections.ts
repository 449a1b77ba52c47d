/**
 * Reading `mapRoles`, `mapUsers` and `mapAccounts`, which the aws-auth ConfigMap, the server's config file and the
 * dynamic file of aws-iam-authenticator have in common. Field names are read without regard to case, as it reads them.
 *
 * What is said here of aws-iam-authenticator was read in the source of 0.7.18.
 *
 * @module
 */
import { canonicalArn, isAccount, parseCallerArn } from '../../identity/arn.ts';
import { isPermissionSetName } from '../permission-set.ts';
import { accountMessage } from '../schema.ts';
import {
  type Entry,
  type Findings,
  type ImportOptions,
  isObject,
  join,
  type Named,
  namedByArn,
  permissionSetKey,
  readFields,
  readNames,
} from './source.ts';

export const sections = ['mapRoles', 'mapUsers', 'mapAccounts'] as const;
export type Section = (typeof sections)[number];

/** In what the backends differ. */
export interface Dialect {
  /** Role sessions are taken for their roles, as the mounted file, the dynamic file and the CRD have it. */
  readonly canonicalises: boolean;
  /** How it spells the field of the ARN. */
  readonly arnFields: { readonly mapRoles: string; readonly mapUsers: string };
  /** `userid` decides, and not the ARN alone, where the server has `dynamicfileUserIDStrict`. */
  readonly userIds?: boolean;
  /** Other spellings of fields are worth a word. */
  readonly notesSpelling?: boolean;
}

export class SectionReader {
  readonly #dialect: Dialect;
  readonly #findings: Findings;
  readonly #options: ImportOptions;

  constructor(dialect: Dialect, findings: Findings, options: ImportOptions) {
    this.#dialect = dialect;
    this.#findings = findings;
    this.#options = options;
  }

  /** All three sections; `prefix` is where they stand. */
  read(prefix: string, data: Readonly<Partial<Record<Section, unknown>>>): Entry[] {
    const entries: Entry[] = [];
    for (const section of sections) {
      const path = join(prefix, section);
      for (const [index, item] of this.#list(path, data[section]).entries()) {
        const entry = this.#entry(`${path}[${index}]`, section, item);
        if (entry !== undefined) entries.push(entry);
      }
    }
    if (entries.some(({ named }) => named?.kind === 'account')) {
      const message =
        "means the account's root user too in aws-iam-authenticator, and here only with includeRoot: true";
      this.#findings.note(join(prefix, 'mapAccounts'), message);
    }
    return entries;
  }

  /** A list, or a YAML text that holds one; older tools leave empty texts of several kinds behind. */
  #list(path: string, value: unknown): readonly unknown[] {
    let list = value;
    if (typeof value === 'string') {
      if (['', '``', "''", '""'].includes(value.trim())) return [];
      try {
        list = this.#options.parseYaml(value);
      } catch (error) {
        this.#findings.issue(path, `is not YAML: ${error instanceof Error ? error.message : ''}`);
        return [];
      }
    }
    if (list === undefined || list === null || list === '') return [];
    if (Array.isArray(list)) return list;
    this.#findings.issue(path, 'must be a list');
    return [];
  }

  #entry(path: string, section: Section, item: unknown): Entry | undefined {
    if (section !== 'mapAccounts') return this.#grant(path, section, item);
    if (isAccount(item)) {
      return { path, rule: { account: item }, named: { kind: 'account', key: item, account: item } };
    }
    this.#findings.issue(path, accountMessage);
    return undefined;
  }

  #grant(path: string, section: 'mapRoles' | 'mapUsers', item: unknown): Entry | undefined {
    const arnField = this.#dialect.arnFields[section];
    const known = [arnField, 'username', 'groups', ...(section === 'mapRoles' ? ['sso'] : []), 'userid'];
    const read = readFields(path, item, known, this.#findings);
    if (read === undefined) return undefined;
    const { fields, respelt } = read;
    if (this.#dialect.notesSpelling && respelt.length > 0) {
      const message = `has ${respelt.join(', ')}, read without regard to case, as aws-iam-authenticator reads it`;
      this.#findings.note(path, message);
    }
    const names = readNames(path, fields, this.#findings, this.#options);
    const pin = this.#pin(path, fields.userid);
    const arn = fields[arnField];
    if (section === 'mapUsers') {
      const rule = { user: arn, ...names, ...pin };
      return { path, rule, named: namedByArn(arn), spelling: { user: arnField, ...spelling } };
    }
    if (fields.sso === undefined) return this.#role(path, arn, { ...names, ...pin });
    if (arn === undefined) return this.#permissionSet(path, fields.sso, { ...names });
    this.#findings.issue(path, `must have either ${arnField} or sso`);
    return undefined;
  }

  #pin(path: string, userId: unknown): { readonly principalId?: unknown } {
    if (userId === undefined || userId === '') return {};
    if (this.#dialect.userIds) {
      const message =
        'has a userid; imported as principalId. Without dynamicfileUserIDStrict, aws-iam-authenticator looks at the ARN alone';
      this.#findings.note(path, message);
      return { principalId: userId };
    }
    const message = 'has a userid, which aws-iam-authenticator does not look at here: left out';
    this.#findings.note(path, message);
    return {};
  }

  #role(path: string, arn: unknown, rest: Readonly<Record<string, unknown>>): Entry {
    const named = namedByArn(arn);
    const entry = { path, named, spelling: { role: this.#dialect.arnFields.mapRoles, ...spelling } };
    if (typeof arn === 'string' && /^arn:[^*?]*:role\/.*[*?]/.test(arn)) {
      const message = 'has a wildcard: 0.7.18 takes it for a name; write a pattern rule where one is meant';
      this.#findings.issue(join(path, entry.spelling.role), message);
    }
    const parsed = typeof arn === 'string' ? parseCallerArn(arn) : undefined;
    if (parsed?.type === 'assumed-role') {
      const role = canonicalArn(parsed);
      const taken = `is the ARN of a session, taken as its role ${role}`;
      if (!this.#dialect.canonicalises) return { ...entry, rule: { role, ...rest }, neverMatched: taken };
      this.#findings.note(path, taken);
      return { ...entry, rule: { role, ...rest } };
    }
    const neverMatched =
      parsed?.type === 'role' && parsed.path !== '/' ? 'names the role with its path' : undefined;
    return { ...entry, rule: { role: arn, ...rest }, neverMatched };
  }

  /** A partition that is left out is `aws` in aws-iam-authenticator. */
  #permissionSet(path: string, value: unknown, names: Readonly<Record<string, unknown>>): Entry | undefined {
    const known = ['permissionSetName', 'accountID', 'partition'];
    const read = readFields(`${path}.sso`, value, known, this.#findings);
    if (read === undefined) return undefined;
    const { permissionSetName, accountID, partition } = read.fields;
    const rule = {
      sso: { permissionSet: permissionSetName, accounts: [accountID], partition: partition ?? 'aws' },
      ...names,
    };
    const named = namedBySet(permissionSetName, accountID, partition ?? 'aws');
    const never = partition === undefined ? undefined : 'has a partition beside sso';
    this.#findings.note(
      path,
      'is of sso: aws-iam-authenticator matches it only with the feature gate SSORoleMatch (alpha, off by default), and then also permission sets whose names go on after this one and "_"; here it always matches, and this set alone',
    );
    return { path, rule, named, neverMatched: never, spelling };
  }
}

const spelling = {
  principalId: 'userid',
  'sso.permissionSet': 'sso.permissionSetName',
  'sso.accounts[0]': 'sso.accountID',
  account: '',
};

function namedBySet(set: unknown, account: unknown, partition: unknown): Named | undefined {
  if (!isPermissionSetName(set) || !isAccount(account) || typeof partition !== 'string') return undefined;
  return { kind: 'sso', key: permissionSetKey(set, account, partition), account };
}

/** The sections of an object whose keys a server reads without regard to case. */
export function sectionsOf(value: unknown): Partial<Record<Section, unknown>> {
  const found: Partial<Record<Section, unknown>> = {};
  if (!isObject(value)) return found;
  for (const [name, content] of Object.entries(value)) {
    const section = sections.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    if (section !== undefined) found[section] = content;
  }
  return found;
}
