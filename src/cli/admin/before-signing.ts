/**
 * What has to hold before a version is signed: a signature outlives the moment, and whoever can write the store, or the
 * server, may have chosen what was shown.
 *
 * @module
 */
import { PolicyError } from '../../errors/classes.ts';
import { type CommandError, usageError } from '../exit-codes.ts';
import { shown } from '../text.ts';
import type { AdminClient, Answer } from './client.ts';
import { commandErrorOf } from './failures.ts';
import type { ChangeFlags } from './options.ts';

type Changed = Answer<'applyPolicy'>;
type Told = Answer<'history'>['versions'][number];

/**
 * Rejects unless what was tried would be written, and after the version that the user means.
 *
 * @throws {CommandError} @throws {PolicyError}
 */
export function assertWanted(tried: Changed, { expectedVersion, yesLockOut }: ChangeFlags): void {
  const { version, effects, findings } = tried;
  if (expectedVersion !== undefined && expectedVersion !== version) throw conflict(version);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new PolicyError(errors);
  const lockedOut = effects.filter((one) => one.lockedOut);
  if (lockedOut.length === 0 || yesLockOut) return;
  const failure = { status: 409, code: 'would_lock_out', message: '', effects: lockedOut };
  throw commandErrorOf(failure, 'applyPolicy');
}

/**
 * Rejects where the current version may be somebody else's: the policy to be signed may have been made from it.
 *
 * @param version the current one, by which the next is counted; 0 where there is none to count from
 * @param key the public key of whoever signs
 * @throws {CommandError}
 */
export async function assertOwn(
  client: AdminClient,
  version: number,
  key: string,
  { unbelieved }: ChangeFlags,
): Promise<void> {
  if (version === 0) return;
  const { versions } = await client.call('history');
  const [current] = versions;
  if (current?.version !== version) throw conflict(current?.version ?? 0);
  const problem = problemOf(current, key);
  if (problem === undefined || unbelieved) return;
  throw usageError(
    `nothing is signed: ${shown(problem)}`,
    'read it with callerid policy get --unbelieved, and every line of what you sign; then give --unbelieved',
  );
}

/** A deployment with keys has said whether it believes it. Else nobody is known but whoever signs now. */
function problemOf(current: Told, key: string): string | undefined {
  const { version, signature, believed, disbelief } = current;
  if (believed === true) return undefined;
  if (believed === false) return disbelief ?? `version ${version} is not believed`;
  if (signature !== undefined) {
    return signature.key === key ? undefined : `version ${version} of the policy is signed by another key`;
  }
  return `version ${version} of the policy is not signed`; // whoever wrote it may have left out a past that is
}

function conflict(version: number): CommandError {
  return commandErrorOf({ status: 409, code: 'policy_conflict', message: '', version }, 'applyPolicy');
}
