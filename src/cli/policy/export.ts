/**
 * What `callerid policy export` does.
 *
 * @module
 */
import { stringify } from 'yaml';
import { type AwsAuth, exportAwsAuth } from '../../mapping/formats/export-aws-auth.ts';
import { usageError } from '../exit-codes.ts';
import { print, say } from '../output.ts';
import { readPolicyFile } from '../policy-file.ts';

/** The options of the command line. */
export interface ExportFlags {
  readonly format: 'aws-auth';
  readonly allowWidening?: boolean;
  readonly output: 'yaml' | 'json';
}

/** Prints a policy in another format, unless somebody gained by that. */
export async function exportPolicy(file: string, { allowWidening, output }: ExportFlags): Promise<void> {
  const { policy } = await readPolicyFile(file);
  const { data, notes } = exportAwsAuth(policy);
  if (output === 'yaml' || !allowWidening) {
    for (const { path, message, widens } of notes)
      say(`${widens ? 'would widen' : 'note'}: ${path}: ${message}`);
  }
  const widening = notes.filter(({ widens }) => widens).length;
  if (widening > 0 && !allowWidening) {
    throw usageError(
      `the export would widen the policy in ${widening} ${widening === 1 ? 'place' : 'places'}`,
      'change these rules, or accept it with --allow-widening',
    );
  }
  const configMap = configMapOf(data);
  print(
    output === 'json'
      ? JSON.stringify({ configMap, notes })
      : stringify(configMap, { lineWidth: 0, blockQuote: 'literal' }).trimEnd(),
  );
}

function configMapOf(data: AwsAuth): object {
  const texts = Object.entries(data).filter(([, list]) => list.length > 0);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'aws-auth', namespace: 'kube-system' },
    data: Object.fromEntries(texts.map(([section, list]) => [section, yamlOf(list)])),
  };
}

/** With quotes around every value: aws-iam-authenticator reads YAML 1.1, where `no` is false. */
function yamlOf(value: unknown): string {
  const options = { defaultKeyType: 'PLAIN', defaultStringType: 'QUOTE_DOUBLE', lineWidth: 0 } as const;
  return stringify(value, { ...options, aliasDuplicateObjects: false });
}
