/**
 * Reading the config file of the aws-iam-authenticator server: `server.mapRoles` and its like, and what decides about
 * them. Keys are read without regard to case, as it reads them.
 *
 * @module
 */
import { suggest } from '../../lib/suggest.ts';
import { SectionReader, sections, sectionsOf } from './sections.ts';
import { type Backend, type Findings, type ImportOptions, isObject, join, type Source } from './source.ts';

/** What the file says of all backends, its own among them. */
export interface ServerConfig {
  readonly source: Source;
  /** The backends in the order in which they are asked; undefined where a flag of the server says it, or nothing. */
  readonly backends: readonly Backend[] | undefined;
  readonly refusedPrefixes: ReadonlyMap<string, readonly string[]>;
}

/** Names of before 0.5, too. */
const modes: Readonly<Record<string, Backend>> = {
  MountedFile: 'MountedFile',
  File: 'MountedFile',
  EKSConfigMap: 'EKSConfigMap',
  ConfigMap: 'EKSConfigMap',
  CRD: 'CRD',
  DynamicFile: 'DynamicFile',
};

export function readServerConfig(
  path: string,
  document: Readonly<Record<string, unknown>>,
  findings: Findings,
  options: ImportOptions,
): ServerConfig {
  const server = lowerCased(lowerCased(document).server);
  const at = join(path, 'server');
  const known = sections.map((section) => section.toLowerCase());
  for (const name of Object.keys(server)) {
    const meant = known.includes(name) ? undefined : suggest(name, sections);
    if (meant !== undefined) findings.issue(at, `unknown field ${name}, did you mean ${meant}`);
  }
  for (const name of Object.keys(sectionsOf(document))) {
    findings.issue(
      path,
      `has ${name} beside server, where aws-iam-authenticator does not look: move it into server`,
    );
  }
  noteSettings(at, server, findings);
  const dialect = { canonicalises: true, arnFields: { mapRoles: 'roleARN', mapUsers: 'userARN' } };
  const entries = new SectionReader(dialect, findings, options).read(at, sectionsOf(server));
  return {
    source: { backend: 'MountedFile', entries },
    backends: readModes(at, server.backendmode, findings),
    refusedPrefixes: readPrefixes(at, server.reservedprefixconfig, findings),
  };
}

/** Settings that decide about callers and are no part of a policy. */
function noteSettings(path: string, server: Readonly<Record<string, unknown>>, findings: Findings): void {
  if (Object.hasOwn(server, 'scrubbedaccounts')) {
    const message =
      'is not carried over: callerid gives callers of these accounts their uid and extra as it does all others';
    findings.note(join(path, 'scrubbedAccounts'), message);
  }
  if (Object.hasOwn(server, 'ec2describeinstancesrolearn')) {
    findings.note(
      join(path, 'ec2DescribeInstancesRoleARN'),
      'is a setting of the deployment, no part of a policy',
    );
  }
}

/** A list, or a text with commas. */
function readModes(path: string, value: unknown, findings: Findings): readonly Backend[] | undefined {
  const list = typeof value === 'string' ? value.split(/[\s,]+/).filter((name) => name !== '') : value;
  if (list === undefined || list === null) return undefined;
  const at = join(path, 'backendMode');
  if (!Array.isArray(list)) {
    findings.issue(at, 'must be a list');
    return [];
  }
  return list.flatMap((name) => {
    const backend = typeof name === 'string' && Object.hasOwn(modes, name) ? modes[name] : undefined;
    if (backend !== undefined) return [backend];
    findings.issue(at, `must be among ${Object.keys(modes).join(', ')}`);
    return [];
  });
}

function readPrefixes(
  path: string,
  value: unknown,
  findings: Findings,
): ReadonlyMap<string, readonly string[]> {
  const prefixes = new Map<string, readonly string[]>();
  if (value === undefined || value === null) return prefixes;
  const at = join(path, 'reservedPrefixConfig');
  for (const item of Array.isArray(value) ? value : [value]) {
    const { backendmode, usernameprefixreservelist = [] } = lowerCased(item);
    const list = usernameprefixreservelist;
    if (
      typeof backendmode !== 'string' ||
      !Array.isArray(list) ||
      !list.every((one) => typeof one === 'string')
    ) {
      findings.issue(at, 'must be a list of objects with backendMode and usernamePrefixReserveList');
    } else {
      prefixes.set(
        backendmode,
        list.filter((one) => one !== ''),
      );
    }
  }
  return prefixes;
}

function lowerCased(value: unknown): Record<string, unknown> {
  const entries = isObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(entries.map(([name, content]) => [name.toLowerCase(), content]));
}
