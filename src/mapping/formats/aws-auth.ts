/**
 * Reading the aws-auth ConfigMap, as kubectl prints it or just its data, and the file of the backend DynamicFile, which
 * is its like in JSON.
 *
 * @module
 */
import { unknownField } from '../schema.ts';
import { SectionReader, sections } from './sections.ts';
import { type Findings, type ImportOptions, isObject, type Source } from './source.ts';

const arnFields = { mapRoles: 'rolearn', mapUsers: 'userarn' };

/** Its keys are told apart by case, as a ConfigMap's are. */
export function readAwsAuth(
  path: string,
  data: Readonly<Record<string, unknown>>,
  findings: Findings,
  options: ImportOptions,
): Source {
  for (const name of Object.keys(data)) {
    if (!sections.some((section) => section === name)) findings.issue(path, unknownField(name, sections));
  }
  const reader = new SectionReader(
    { canonicalises: false, arnFields, notesSpelling: true },
    findings,
    options,
  );
  return { backend: 'EKSConfigMap', entries: reader.read(path, data) };
}

const dynamicFields = ['LastUpdatedDateTime', 'Version', 'ClusterID'];

/** Whether this is a file of the backend DynamicFile. */
export function isDynamicFile(document: Readonly<Record<string, unknown>>): boolean {
  return dynamicFields.slice(0, 2).some((name) => Object.hasOwn(document, name));
}

export function readDynamicFile(
  path: string,
  document: Readonly<Record<string, unknown>>,
  findings: Findings,
  options: ImportOptions,
): Source {
  const known = [...dynamicFields, ...sections];
  for (const name of Object.keys(document)) {
    if (!known.includes(name)) findings.issue(path, unknownField(name, known));
  }
  const reader = new SectionReader({ canonicalises: true, arnFields, userIds: true }, findings, options);
  const entries = reader.read(path, document).map((entry) => {
    const isSso = entry.rule !== undefined && isObject(entry.rule.sso);
    return isSso ? { ...entry, neverMatched: 'is of sso, which this backend does not know' } : entry;
  });
  return { backend: 'DynamicFile', entries };
}
