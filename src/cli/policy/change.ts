/**
 * What `callerid policy apply`, `rollback` and `diff` do.
 *
 * @module
 */
import { PolicySignatureError } from '../../errors/classes.ts';
import { diffPolicies } from '../../mapping/diff.ts';
import { parsePolicy } from '../../mapping/schema.ts';
import { planPolicy } from '../../policy/plan.ts';
import { assertSigned } from '../../policy/trust.ts';
import { type AdminClient, openClient } from '../admin/client.ts';
import type { ChangeFlags, TargetFlags } from '../admin/options.ts';
import { type Changed, changeOf, propose, type Signing } from '../admin/upload.ts';
import { usageError } from '../exit-codes.ts';
import { print, say } from '../output.ts';
import { readPolicyFile } from '../policy-file.ts';
import { painter } from '../terminal.ts';
import { jsonText, shown } from '../text.ts';
import { changeLines, reportLines } from './show-change.ts';
import { readPolicySigner } from './signer.ts';

interface OutputFlags {
  readonly output: 'text' | 'json';
}

interface FileFlags {
  readonly acknowledgeSessionNode?: boolean;
}

export type ApplyFlags = TargetFlags & ChangeFlags & FileFlags & OutputFlags;
export type RollbackFlags = TargetFlags & ChangeFlags & OutputFlags;
export type DiffFlags = TargetFlags & FileFlags & OutputFlags;

/** Writes a policy from a file as the next version. */
export async function applyFile(file: string, flags: ApplyFlags): Promise<void> {
  if (flags.message === undefined && !flags.dryRun) {
    throw usageError('no message', 'say for the history why, with -m, or only try with --dry-run');
  }
  if (file === '-' && flags.sign === '-') throw usageError('standard input twice', 'name one of the files');
  const client = openClient(flags);
  report(await proposeFile(client, file, flags, await signingOf(flags)), flags);
}

/** Undefined where nothing is to be signed. */
async function signingOf({ sign, cluster = '' }: ChangeFlags & TargetFlags): Promise<Signing | undefined> {
  return sign === undefined ? undefined : { signer: await readPolicySigner(sign), cluster };
}

/** Writes an older version again, as the next one. */
export async function rollback(version: number, flags: RollbackFlags): Promise<void> {
  const signing = await signingOf(flags);
  if (signing !== undefined) return report(await signedRollback(version, flags, signing), flags);
  const body = { version, ...changeOf(flags) };
  report(await openClient(flags).call('rollback', { body }), flags);
}

/**
 * What is signed has to be at hand, so the older version is fetched. Whoever can write the store can put what they like there: it
 * counts only as the same key has signed it.
 */
async function signedRollback(version: number, flags: RollbackFlags, signing: Signing): Promise<Changed> {
  const { signer, cluster } = signing;
  const client = openClient(flags);
  const older = await client.call('getPolicy', { parameters: { version: String(version) } });
  const policy = parsePolicy(older.policy);
  const { writtenAt, signature } = older;
  const { content } = await planPolicy(policy);
  try {
    await assertSigned(cluster, { version, writtenAt, content, signature }, { keys: [signer.key] });
  } catch (error) {
    if (!(error instanceof PolicySignatureError)) throw error;
    const fix = `look at it with callerid policy get --version ${version}, and write it with callerid policy apply`;
    throw usageError(`not signed: ${error.message} (asked for is the key in --sign)`, fix);
  }
  return propose(client, policy, { message: `rollback to version ${version}`, ...flags }, signing);
}

/** Compares a file with the current policy, or two files. */
export async function diff(file: string, newer: string | undefined, flags: DiffFlags): Promise<void> {
  if (newer === undefined) {
    const client = openClient(flags);
    report(await proposeFile(client, file, { ...flags, dryRun: true }), flags);
    return;
  }
  if (flags.server !== undefined || flags.store !== undefined) {
    throw usageError(
      'two files, and --server or --store',
      'give one file, which is compared with the current policy',
    );
  }
  if (file === '-' && newer === '-') throw usageError('standard input twice', 'name one of the files');
  const { acknowledgeSessionNode } = flags;
  const before = await readPolicyFile(file, { acknowledgeSessionNode });
  const after = await readPolicyFile(newer, { acknowledgeSessionNode });
  const changes = diffPolicies(before.policy, after.policy);
  if (flags.output === 'json') return print(jsonText({ changes }));
  const lines = changeLines(changes, painter());
  print(lines.length === 0 ? 'nobody gains or loses by the rules' : lines.join('\n'));
}

async function proposeFile(
  client: AdminClient,
  file: string,
  flags: ChangeFlags & FileFlags & OutputFlags,
  signing?: Signing,
): Promise<Changed> {
  const { acknowledgeSessionNode } = flags;
  const { policy, notes } = await readPolicyFile(file, { acknowledgeSessionNode });
  sayNotes(notes);
  return propose(client, policy, flags, signing);
}

/** On standard error, in every form of output. */
export function sayNotes(notes: readonly { readonly path: string; readonly message: string }[]): void {
  for (const { path, message } of notes) say(`note: ${path === '' ? '' : `${path}: `}${message}`);
}

function report(changed: Changed, { output }: OutputFlags): void {
  if (output === 'json') {
    print(jsonText(changed));
    return;
  }
  for (const { severity, path, message } of changed.findings) {
    say(shown(`${severity}: ${path === '' ? '' : `${path}: `}${message}`));
  }
  const { applied, version } = changed;
  const paint = painter();
  const current = version === 0 ? 'there is no version yet' : `version ${version} is current`;
  const end = applied ? `version ${version} is written` : `nothing is written, ${current}`;
  print([...reportLines(changed, paint), '', paint('bold', end)].join('\n'));
}
