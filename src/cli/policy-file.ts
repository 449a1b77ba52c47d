/**
 * Reading policies from files: the aws-auth ConfigMap as kubectl prints it or just its data, and callerid's own
 * policies, in YAML or JSON.
 *
 * @module
 */
import { parseDocument } from 'yaml';
import { PolicyError } from '../errors.ts';
import { type Imported, importAwsAuth, isAwsAuth } from '../mapping/aws-auth.ts';
import { parsePolicy } from '../mapping/schema.ts';
import { readInput } from './input.ts';

/** Longer files are no policies: a stored one takes 48 KiB at most. */
const maxFileBytes = 1024 * 1024;

/**
 * Reads a policy file; `-` is standard input.
 *
 * @throws {PolicyError} with every issue found, each with the name of the file
 */
export async function readPolicyFile(path: string): Promise<Imported> {
  const text = await readInput(path, { what: 'the policy', maxBytes: maxFileBytes });
  return parsePolicyText(text, path === '-' ? 'standard input' : path);
}

/**
 * Reads the text of a policy.
 *
 * @param name what issues call the text
 * @throws {PolicyError} with every issue found
 */
export function parsePolicyText(text: string, name: string): Imported {
  try {
    const document = parseFile(text);
    if (isAwsAuth(document)) return importAwsAuth(document, { parseYaml });
    if (isConfigMap(document)) throw issue('is a ConfigMap without mapRoles, mapUsers or mapAccounts');
    return { policy: parsePolicy(document), notes: [] };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new PolicyError(
      error.issues.map(({ path, message }) => ({ path: path ? `${name}: ${path}` : name, message })),
    );
  }
}

function parseFile(text: string): unknown {
  try {
    return parseYaml(text);
  } catch (error) {
    throw issue(`is not YAML: ${(error as Error).message}`);
  }
}

/**
 * Reads YAML 1.2 strictly: one document, no key twice, no unknown tag, few aliases. Plain numbers come out as numbers,
 * so that an account number without quotes, which has lost its zeros, is seen to be none.
 *
 * @throws {PolicyError} that says what is wrong with it
 */
export function parseYaml(text: string): unknown {
  const document = parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: true });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw issue(firstLine(problem.message));
  try {
    return document.toJS({ maxAliasCount: 20 });
  } catch (error) {
    throw issue(firstLine((error as Error).message));
  }
}

/** The other lines show the place. */
function firstLine(message: string): string {
  return message.split('\n')[0]?.replace(/:$/, '') ?? '';
}

function isConfigMap(document: unknown): boolean {
  return (
    typeof document === 'object' && document !== null && 'kind' in document && document.kind === 'ConfigMap'
  );
}

function issue(message: string): PolicyError {
  return new PolicyError([{ path: '', message }]);
}
