/**
 * What `callerid policy get`, `history` and `lint` do.
 *
 * @module
 */
import { PolicyError, PolicySignatureError } from '../../errors/classes.ts';
import { type Finding, lintPolicy } from '../../mapping/lint.ts';
import { parsePolicy } from '../../mapping/schema.ts';
import { planPolicy } from '../../policy/plan.ts';
import { assertSigned, inlineContent } from '../../policy/trust.ts';
import { type Answer, openClient } from '../admin/client.ts';
import { commandErrorOf } from '../admin/failures.ts';
import type { TargetFlags } from '../admin/options.ts';
import { exitCodes } from '../exit-codes.ts';
import { print, say } from '../output.ts';
import { readPolicyFile } from '../policy-file.ts';
import { painter } from '../terminal.ts';
import { jsonText, shown, yamlText } from '../text.ts';
import { sayNotes } from './change.ts';

export interface GetFlags extends TargetFlags {
  readonly version?: number;
  /** Prints it though it is not believed. */
  readonly unbelieved?: boolean;
  readonly output: 'yaml' | 'json';
}

export interface HistoryFlags extends TargetFlags {
  readonly output: 'text' | 'json';
}

export interface LintFlags {
  readonly acknowledgeSessionNode?: boolean;
  readonly output: 'text' | 'json';
}

/** Prints a version, in YAML so that `apply` reads it again: so none that is not believed, unless that is meant. */
export async function getPolicy({ version, unbelieved, output, ...flags }: GetFlags): Promise<void> {
  const parameters: Record<string, string> = {
    ...(version !== undefined && { version: String(version) }),
    ...(unbelieved && { unbelieved: '1' }),
  };
  const found = await openClient(flags).call('getPolicy', { parameters });
  const disbelief = await disbeliefIn(found, flags.cluster ?? '');
  if (disbelief !== undefined && !unbelieved) {
    const failure = { status: 422, code: 'policy_signature_invalid', message: disbelief };
    throw commandErrorOf(failure, 'getPolicy');
  }
  if (output === 'json') {
    return print(jsonText(disbelief === undefined ? found : { ...found, believed: false, disbelief }));
  }
  const { author, message, signature } = found;
  const by = author === '' ? '' : ` by ${author}`;
  const bySigner = signature === undefined ? ', not signed' : `, signed by ${signature.key}`;
  const signed = disbelief === undefined ? bySigner : `, NOT believed: ${disbelief}`;
  const head = `version ${found.version}, written ${found.writtenAt}${by}${signed}${message === '' ? '' : `: ${message}`}`;
  print(`# ${shown(head)}\n${yamlText(found.policy).trimEnd()}`);
}

/**
 * Why a version is not believed; undefined where it is, or need not be signed. A signature is checked here over what came:
 * not every deployment does, nor is it the deployment's word that counts where a key is named.
 */
async function disbeliefIn(found: Answer<'getPolicy'>, cluster: string): Promise<string | undefined> {
  const { signature, believed, disbelief = 'it is not signed as it has to be' } = found;
  if (believed === false) return disbelief;
  if (signature === undefined) return undefined;
  try {
    const policy = parsePolicy(found.policy);
    const { content } = await planPolicy(policy);
    const trust = { keys: [signature.key] };
    // a record for Workers KV holds a little more than a document of the history
    await assertSigned(cluster, { ...found, content }, trust).catch(async () =>
      assertSigned(cluster, { ...found, content: await inlineContent(policy) }, trust),
    );
    return undefined;
  } catch (error) {
    if (error instanceof PolicySignatureError) return error.message;
    if (error instanceof PolicyError) return 'it does not validate';
    throw error;
  }
}

/** What is said of the key of a version in a row of the history. */
function keyCell({ signature, believed, disbelief }: Answer<'history'>['versions'][number]): string {
  if (believed === false) return `NOT believed: ${disbelief ?? 'it is not signed as it has to be'}`;
  if (signature === undefined) return 'unsigned';
  return `${believed ? 'signed by' : 'names key'} ${signature.key.slice(0, 8)}`;
}

/** Prints the versions that can be gone back to. */
export async function showHistory({ output, ...flags }: HistoryFlags): Promise<void> {
  const { versions } = await openClient(flags).call('history');
  if (output === 'json') return print(jsonText({ versions }));
  const hasSigned = versions.some(({ signature, believed }) => signature !== undefined || believed === false);
  const rows = versions.map((one) => {
    const { version, writtenAt, author, message } = one;
    const key = hasSigned ? [keyCell(one)] : [];
    return [String(version), writtenAt, author || 'unknown', ...key, message].map(shown);
  });
  const widths = [0, 1, 2, ...(hasSigned ? [3] : [])].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  print(lines.map((line) => line.trimEnd()).join('\n'));
}

/** Prints what is wrong with a policy, and what may be. Nobody is asked for it. */
export async function lintFile(file: string, { output, acknowledgeSessionNode }: LintFlags): Promise<void> {
  const findings = await findingsOf(file, acknowledgeSessionNode);
  if (findings.some(({ severity }) => severity === 'error')) process.exitCode = exitCodes.usage;
  if (output === 'json') return print(jsonText({ findings }));
  if (findings.length === 0) return say('nothing is wrong with it');
  const paint = painter();
  for (const { severity, path, message } of findings) {
    const word = paint(severity === 'error' ? 'red' : 'yellow', severity);
    print(`${word}: ${shown(path === '' ? message : `${path}: ${message}`)}`);
  }
}

async function findingsOf(file: string, acknowledgeSessionNode: boolean | undefined): Promise<Finding[]> {
  try {
    const { policy, notes } = await readPolicyFile(file, { acknowledgeSessionNode });
    sayNotes(notes);
    return lintPolicy(policy);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const name = file === '-' ? 'standard input' : file;
    return error.issues.map(({ path, message }) => ({
      severity: 'error',
      path: withoutName(path, name),
      message,
    }));
  }
}

/** The path of the field: of one file there is no need to say which. */
function withoutName(path: string, name: string): string {
  return path === name ? '' : path.startsWith(`${name}: `) ? path.slice(name.length + 2) : path;
}
