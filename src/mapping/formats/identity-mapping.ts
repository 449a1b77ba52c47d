/**
 * Reading IAMIdentityMapping objects (`iamauthenticator.k8s.aws/v1alpha1`), the backend CRD of aws-iam-authenticator.
 *
 * @module
 */
import { canonicalArn, parseCallerArn } from '../../identity/arn.ts';
import {
  type Entry,
  type Findings,
  type ImportOptions,
  join,
  namedByArn,
  readFields,
  readNames,
} from './source.ts';

/** It canonicalises ARNs, and compares a role with a path as it is written. */
export function readIdentityMapping(
  path: string,
  document: Readonly<Record<string, unknown>>,
  findings: Findings,
  options: ImportOptions,
): Entry | undefined {
  const at = join(path, 'spec');
  const read = readFields(at, document.spec, ['arn', 'username', 'groups'], findings);
  if (read === undefined) return undefined;
  const { arn } = read.fields;
  const names = readNames(at, read.fields, findings, options);
  const parsed = typeof arn === 'string' ? parseCallerArn(arn) : undefined;
  const entry = { path: at, named: namedByArn(arn), spelling: { role: 'arn', user: 'arn' } };
  if (parsed?.type === 'assumed-role') {
    const role = canonicalArn(parsed);
    findings.note(at, `is the ARN of a session, taken as its role ${role}`);
    return { ...entry, rule: { role, ...names } };
  }
  if (parsed !== undefined && parsed.type !== 'role') return { ...entry, rule: { user: arn, ...names } };
  const neverMatched =
    parsed !== undefined && parsed.path !== '/' ? 'names the role with its path' : undefined;
  return { ...entry, rule: { role: arn, ...names }, neverMatched };
}
