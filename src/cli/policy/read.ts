/**
 * What `callerid policy get`, `history` and `lint` do.
 *
 * @module
 */
import { PolicyError } from '../../errors/classes.ts';
import { type Finding, lintPolicy } from '../../mapping/lint.ts';
import { openClient } from '../admin/client.ts';
import type { TargetFlags } from '../admin/options.ts';
import { exitCodes } from '../exit-codes.ts';
import { print, say } from '../output.ts';
import { readPolicyFile } from '../policy-file.ts';
import { painter } from '../terminal.ts';
import { jsonText, shown, yamlText } from '../text.ts';
import { sayNotes } from './change.ts';

export interface GetFlags extends TargetFlags {
  readonly version?: number;
  readonly output: 'yaml' | 'json';
}

export interface HistoryFlags extends TargetFlags {
  readonly output: 'text' | 'json';
}

export interface LintFlags {
  readonly acknowledgeSessionNode?: boolean;
  readonly output: 'text' | 'json';
}

/** Prints a version, in YAML so that `apply` reads it again. */
export async function getPolicy({ version, output, ...flags }: GetFlags): Promise<void> {
  const parameters: Record<string, string> = version === undefined ? {} : { version: String(version) };
  const found = await openClient(flags).call('getPolicy', { parameters });
  if (output === 'json') return print(jsonText(found));
  const { author, message, signature } = found;
  const by = author === '' ? '' : ` by ${author}`;
  const signed = signature === undefined ? '' : `, signed by ${signature.key}`;
  const head = `version ${found.version}, written ${found.writtenAt}${by}${signed}${message === '' ? '' : `: ${message}`}`;
  print(`# ${shown(head)}\n${yamlText(found.policy).trimEnd()}`);
}

/** Prints the versions that can be gone back to. */
export async function showHistory({ output, ...flags }: HistoryFlags): Promise<void> {
  const { versions } = await openClient(flags).call('history');
  if (output === 'json') return print(jsonText({ versions }));
  const hasSigned = versions.some(({ signature }) => signature !== undefined);
  const rows = versions.map(({ version, writtenAt, author, message, signature }) => {
    const key = hasSigned
      ? [signature === undefined ? 'unsigned' : `signed by ${signature.key.slice(0, 8)}`]
      : [];
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
