/**
 * What the admin API refuses, as an exit code and lines that say what to do.
 *
 * @module
 */
import type { InferOutput } from 'valibot';
import type { OperationId } from '../../http/admin/operations.ts';
import type { errorResponse } from '../../http/admin/responses.ts';
import { CommandError, exitCodes, usageError } from '../exit-codes.ts';
import { shown } from '../text.ts';

export interface AdminFailure extends InferOutput<typeof errorResponse> {
  readonly status: number;
}

/** More lines would hide the last one. */
const maxDetails = 100;

const changes: ReadonlySet<OperationId> = new Set(['applyPolicy', 'applyManifest', 'rollback']);

/** What a failure is told as. Every word of it is the server's, so none is taken as it is. */
export function commandErrorOf(failure: AdminFailure, operation: OperationId): CommandError {
  const { status, code } = failure;
  const isChange = changes.has(operation);
  if (code === 'policy_conflict') return conflict(failure);
  if (code === 'would_lock_out') return lockOut(failure);
  if (code === 'policy_incomplete') return incomplete(failure, isChange);
  if (status === 429 || status >= 500) return noVerdict(failure, isChange);
  if (isDisbelief(failure, isChange)) return disbelieved(failure, isChange);
  const what = `${texts[code] ?? 'the request is refused'} (${shown(code)})`;
  const details = (failure.issues ?? []).map(({ path, message }) =>
    shown(path === '' ? message : `${path}: ${message}`),
  );
  const exitCode = status === 401 || status === 403 ? exitCodes.refused : exitCodes.usage;
  return new CommandError(exitCode, what, fixOf(failure), cut(details));
}

const texts: Readonly<Record<string, string>> = {
  unauthorized: 'nobody is proven to the server',
  forbidden: 'you are no administrator of this cluster',
  not_found: 'the server knows no such cluster, or has no admin API',
  policy_version_unknown: 'there is no such version',
  policy_invalid: 'the policy does not validate, and the old one stays',
  policy_unsigned: 'not applied: policies of this cluster have to be signed',
  policy_signature_invalid: 'not applied: the signature is not taken',
};

function fixOf({ code, message }: AdminFailure): string {
  switch (code) {
    case 'unauthorized':
      return `${shown(message)}; check --admin-audience and the AWS credentials, or CALLERID_ADMIN_SECRET`;
    case 'forbidden':
      return "ask one; they are those whom the cluster's policy puts into CALLERID_ADMIN_GROUP";
    case 'not_found':
      return 'check --server and --cluster';
    case 'policy_version_unknown':
      return /no policy is stored/.test(message)
        ? `${shown(message)}; write the first one with callerid policy apply`
        : `${shown(message)}; see callerid policy history`;
    case 'policy_invalid':
      return 'mend it, and apply again';
    case 'policy_unsigned':
      return /would not be$/.test(message)
        ? 'give --sign FILE; or callerid policy apply --unsigned, where nobody has the keys any more'
        : 'give --sign FILE, see callerid policy keys';
    case 'policy_signature_invalid':
      return `${shown(message)}; sign with a key of CALLERID_POLICY_KEYS, with the version of callerid that serves`;
    default:
      return shown(message);
  }
}

/** Whether it is the stored version that is not signed as it has to be, and not what was sent. */
function isDisbelief({ code, message }: AdminFailure, isChange: boolean): boolean {
  if (code !== 'policy_unsigned' && code !== 'policy_signature_invalid') return false;
  return !isChange || /^what is stored is not believed/.test(message);
}

function disbelieved({ code, message }: AdminFailure, isChange: boolean): CommandError {
  const what = isChange
    ? `not applied: ${shown(message)} (${code})`
    : `not believed: ${shown(message)} (${code})`;
  const fix = isChange
    ? 'read it with callerid policy get --unbelieved; --replace-unreadable writes over it'
    : 'somebody may have put it there; callerid policy get --unbelieved gives it all the same';
  return usageError(what, fix);
}

function conflict({ version }: AdminFailure): CommandError {
  const what =
    version === undefined ? 'another version' : version === 0 ? 'no version' : `version ${version}`;
  const fix = 'see callerid policy diff, and apply again';
  return new CommandError(exitCodes.notApplied, `not applied: ${what} is current (policy_conflict)`, fix);
}

function lockOut({ effects = [] }: AdminFailure): CommandError {
  const details = effects.map(({ arn, lastSeen, before, after }) => {
    const who = lastSeen === undefined ? 'you' : `last seen ${lastSeen}`;
    return shown(`would be locked out: ${arn} (${who}): ${before} → ${after}`);
  });
  const what = `not applied: ${effects.length} would be locked out (would_lock_out)`;
  const fix = 'mend the policy, or give --yes-lock-out if that is meant';
  return new CommandError(exitCodes.notApplied, what, fix, cut(details));
}

function incomplete({ message }: AdminFailure, isChange: boolean): CommandError {
  const what = `${isChange ? 'not applied: ' : ''}${shown(message)} (policy_incomplete)`;
  const fix = 'run the same command again, which uploads what is missing';
  if (isChange) return new CommandError(exitCodes.notApplied, what, fix);
  return new CommandError(exitCodes.noVerdict, what, 'try again');
}

function noVerdict({ code, message }: AdminFailure, isChange: boolean): CommandError {
  return noAnswer(`no verdict (${shown(code)})`, shown(message), isChange);
}

/** Where it is not known what the server did. */
export function noAnswer(what: string, why: string, isChange: boolean): CommandError {
  const fix = isChange
    ? `${why}; it may be written or not: see callerid policy history, then try again`
    : `${why}; try again`;
  return new CommandError(exitCodes.noVerdict, what, fix);
}

export function isChange(operation: OperationId): boolean {
  return changes.has(operation);
}

function cut(lines: readonly string[]): readonly string[] {
  if (lines.length <= maxDetails) return lines;
  return [...lines.slice(0, maxDetails), `and ${lines.length - maxDetails} more`];
}
