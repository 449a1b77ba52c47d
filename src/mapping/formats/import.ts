/**
 * Importing other formats of mapping. A document is known by its shape; several make one policy.
 *
 * No import gives anybody a right that the source did not give, unless a note says so.
 *
 * @module
 */
import { PolicyError, type PolicyIssue } from '../../errors/classes.ts';
import { suggest } from '../../lib/suggest.ts';
import type { Policy } from '../rule.ts';
import { parsePolicy } from '../schema.ts';
import { AccessEntryReader } from './access-entry.ts';
import { isDynamicFile, readAwsAuth, readDynamicFile } from './aws-auth.ts';
import { readIdentityMapping } from './identity-mapping.ts';
import { sections } from './sections.ts';
import { readServerConfig, type ServerConfig } from './server-config.ts';
import { settle } from './settle.ts';
import {
  type Backend,
  type Entry,
  Findings,
  type Imported,
  type ImportOptions,
  isObject,
  join,
  type Source,
} from './source.ts';

/** What `importDocuments` reads, for messages. */
export const formats: readonly string[] = [
  'an aws-auth ConfigMap or its data (mapRoles, mapUsers, mapAccounts)',
  'a config file of the aws-iam-authenticator server (server.mapRoles, …)',
  'a file of its backend DynamicFile',
  'IAMIdentityMapping objects',
  'the output of aws eks describe-access-entry (accessEntry)',
];

/**
 * Reads documents of one or more of these formats into one policy.
 *
 * @throws {PolicyError} with every issue found, in the words of the source
 */
export function importDocuments(documents: readonly unknown[], options: ImportOptions): Imported {
  const importer = new Importer(options);
  for (const [index, document] of documents.entries()) {
    importer.add(documents.length > 1 ? `documents[${index}]` : '', document, 0);
  }
  return importer.finish();
}

/** Reads one aws-auth ConfigMap, or just its data. The same as `importDocuments` of one. */
export function importAwsAuth(document: unknown, options: ImportOptions): Imported {
  return importDocuments([document], options);
}

const lists = ['List', 'ConfigMapList', 'IAMIdentityMappingList'];
/** Of the ConfigMap that the DaemonSet of aws-iam-authenticator mounts. */
const configFile = 'config.yaml';
/** Lists in lists are no output of any tool. */
const maxDepth = 3;

class Importer {
  readonly #findings = new Findings();
  readonly #options: ImportOptions;
  readonly #accessEntries: AccessEntryReader;
  readonly #identityMappings: Entry[] = [];
  readonly #files = new Map<Backend, Source>();
  #hasIdentityMappings = false;
  #server: ServerConfig | undefined;

  constructor(options: ImportOptions) {
    this.#options = options;
    this.#accessEntries = new AccessEntryReader(this.#findings, options);
  }

  add(path: string, document: unknown, depth: number): void {
    if (Array.isArray(document)) this.#addAll(path, document, depth);
    else if (!isObject(document)) this.#addUnknown(path, []);
    else if (lists.some((kind) => kind === document.kind) && Array.isArray(document.items)) {
      this.#addAll(join(path, 'items'), document.items, depth);
    } else if (document.kind === 'ConfigMap') this.#addConfigMap(path, document, depth);
    else if (document.kind === 'IAMIdentityMapping') this.#addIdentityMapping(path, document);
    else this.#addPlain(path, document);
  }

  /** An object that is known by its fields. */
  #addPlain(path: string, document: Readonly<Record<string, unknown>>): void {
    if (has(document, 'accessEntry')) {
      this.#accessEntries.describe(join(path, 'accessEntry'), document.accessEntry);
    } else if (has(document, 'accessEntries')) {
      this.#accessEntries.list(join(path, 'accessEntries'), document.accessEntries);
    } else if (has(document, 'principalArn')) this.#accessEntries.describe(path, document);
    else if (isObject(document.server)) this.#addServer(path, document);
    else if (isDynamicFile(document)) {
      this.#addFile(path, readDynamicFile(path, document, this.#findings, this.#options));
    } else if (hasSections(document)) this.#addAwsAuth(path, document);
    else this.#addUnknown(path, Object.keys(document));
  }

  #addAll(path: string, documents: readonly unknown[], depth: number): void {
    if (depth >= maxDepth) {
      this.#findings.issue(path, 'is a list in lists');
      return;
    }
    for (const [index, document] of documents.entries()) this.add(`${path}[${index}]`, document, depth + 1);
  }

  #addConfigMap(path: string, { data }: Readonly<Record<string, unknown>>, depth: number): void {
    const fields = isObject(data) ? data : {};
    const file = fields[configFile];
    if (hasSections(fields)) this.#addAwsAuth(path, fields);
    else if (typeof file === 'string' && depth < maxDepth) this.#addText(join(path, configFile), file);
    else {
      const hint = misspelt(Object.keys(fields));
      this.#findings.issue(path, `is a ConfigMap without mapRoles, mapUsers or mapAccounts${hint}`);
    }
  }

  #addText(path: string, text: string): void {
    try {
      this.add(path, this.#options.parseYaml(text), maxDepth);
    } catch (error) {
      this.#findings.issue(path, `is not YAML: ${error instanceof Error ? error.message : ''}`);
    }
  }

  #addAwsAuth(path: string, data: Readonly<Record<string, unknown>>): void {
    this.#addFile(path, readAwsAuth(path, data, this.#findings, this.#options));
  }

  #addIdentityMapping(path: string, document: Readonly<Record<string, unknown>>): void {
    this.#hasIdentityMappings = true;
    const entry = readIdentityMapping(path, document, this.#findings, this.#options);
    if (entry !== undefined) this.#identityMappings.push(entry);
  }

  #addServer(path: string, document: Readonly<Record<string, unknown>>): void {
    const server = readServerConfig(path, document, this.#findings, this.#options);
    this.#server ??= server;
    this.#addFile(path, server.source);
  }

  #addFile(path: string, source: Source): void {
    if (!this.#files.has(source.backend)) this.#files.set(source.backend, source);
    else
      this.#findings.issue(
        path,
        `is a second one of its kind (${source.backend}): import one cluster at a time`,
      );
  }

  #addUnknown(path: string, names: readonly string[]): void {
    const read = ['a policy (rules)', ...formats].join(', ');
    this.#findings.issue(path, `is nothing that callerid reads, which is: ${read}${misspelt(names)}`);
  }

  finish(): Imported {
    this.#accessEntries.finish();
    const sources = this.#sources();
    const entries = settle(sources, this.#findings);
    const { issues, notes } = this.#findings;
    if (sources.length === 1 && this.#accessEntries.entries.length === 0 && issues.length === 0) {
      this.#addUnknown('', []);
    }
    let policy: Policy | undefined;
    let invalid: readonly PolicyIssue[] = [];
    try {
      policy = parsePolicy({ rules: entries.map(({ rule }) => rule) });
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      invalid = error.issues.map((issue) => ({ ...issue, path: inSource(issue.path, entries) }));
    }
    if (policy === undefined || issues.length > 0) throw new PolicyError(issues.concat(invalid));
    return { policy, notes };
  }

  /** In the order in which they were asked. EKS asks its access entries before aws-auth. */
  #sources(): Source[] {
    const found: Source[] = [...this.#files.values()];
    if (this.#hasIdentityMappings) found.push({ backend: 'CRD', entries: this.#identityMappings });
    const { backends, refusedPrefixes } = this.#server ?? { backends: undefined, refusedPrefixes: undefined };
    const asked = backends === undefined ? found : this.#inOrder(found, backends);
    const sources = asked.map((source) => ({
      ...source,
      refusedPrefixes: refusedPrefixes?.get(source.backend),
    }));
    const accessEntries = { backend: 'access entries', entries: this.#accessEntries.entries } as const;
    if (backends === undefined && sources.length > 1) {
      const order = sources.map(({ backend }) => backend).join(', ');
      this.#findings.note(
        '',
        `backends are taken in this order: ${order}; a server config with backendMode would say another`,
      );
    }
    return [accessEntries, ...sources];
  }

  #inOrder(found: readonly Source[], backends: readonly Backend[]): Source[] {
    for (const { backend, entries } of found) {
      if (backends.includes(backend) || entries.length === 0) continue;
      this.#findings.note(
        '',
        `backendMode does not name ${backend}, so aws-iam-authenticator does not look there: its entries are left out`,
      );
    }
    return backends.flatMap((backend) => found.find((source) => source.backend === backend) ?? []);
  }
}

function has(document: Readonly<Record<string, unknown>>, name: string): boolean {
  return Object.hasOwn(document, name);
}

function hasSections(document: Readonly<Record<string, unknown>>): boolean {
  return sections.some((section) => has(document, section));
}

/** A word on the first name that looks like a known one. */
function misspelt(names: readonly string[]): string {
  for (const name of names) {
    const meant = suggest(name, [...sections, 'rules', 'accessEntry', 'server']);
    if (meant !== undefined) return `; ${name} is unknown, did you mean ${meant}`;
  }
  return '';
}

/** `rules[2].role` → `mapRoles[2].rolearn` */
function inSource(path: string, entries: readonly Entry[]): string {
  const [, index, field = ''] = /^rules\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
  const entry = index === undefined ? undefined : entries[Number(index)];
  if (entry === undefined) return path;
  const { spelling = {} } = entry;
  const known = Object.keys(spelling).find((name) => field === name || field.startsWith(`${name}[`));
  return join(entry.path, known === undefined ? field : `${spelling[known]}${field.slice(known.length)}`);
}
