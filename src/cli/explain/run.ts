/**
 * What `callerid explain` does.
 *
 * @module
 */
import { publishPolicy } from '../../policy/publish.ts';
import { MemoryStore } from '../../store/memory.ts';
import { type AdminClient, type Answer, openClient } from '../admin/client.ts';
import { LocalClient } from '../admin/local-client.ts';
import type { TargetFlags } from '../admin/options.ts';
import { exitCodes, usageError } from '../exit-codes.ts';
import { print } from '../output.ts';
import { sayNotes } from '../policy/change.ts';
import { readPolicyFile } from '../policy-file.ts';
import { painter } from '../terminal.ts';
import { jsonText } from '../text.ts';
import { readToken } from '../verify/read-token.ts';
import { explanationLines } from './show.ts';

/** The options of the command line. */
export interface ExplainFlags extends TargetFlags {
  readonly token?: string;
  readonly arn?: string;
  readonly principalId?: string;
  readonly sessionName?: string;
  readonly policy?: string;
  readonly audience?: string;
  readonly output: 'text' | 'json';
}

export type Explanation = Answer<'explain'>;

/** Prints an explanation, and ends as it ends. */
export async function explainTo(flags: ExplainFlags): Promise<void> {
  checkSubject(flags);
  const client = flags.policy === undefined ? openClient(flags, flags) : undefined;
  const { token, arn, principalId, sessionName } = flags;
  const body = token === undefined ? { arn, principalId, sessionName } : { token: await readToken(token) };
  const explanation =
    client === undefined
      ? await explainByFile(flags.policy as string, body)
      : await client.call('explain', { body });
  process.exitCode = exitCodeOf(explanation);
  print(
    flags.output === 'json' ? jsonText(explanation) : explanationLines(explanation, painter()).join('\n'),
  );
}

function checkSubject(flags: ExplainFlags): void {
  const { token, arn, principalId, sessionName, policy, server, store } = flags;
  if ((token === undefined) === (arn === undefined)) {
    const what = token === undefined ? 'nobody to explain' : 'both --token and --arn';
    throw usageError(what, 'give one: --token FILE, or --arn ARN');
  }
  if (token !== undefined && (principalId !== undefined || sessionName !== undefined)) {
    throw usageError('--principal-id or --session-name with --token', 'the token says them');
  }
  if (policy === undefined) return;
  if (server !== undefined || store !== undefined) {
    throw usageError('--policy with --server or --store', 'give one of them');
  }
  if (token !== undefined) {
    throw usageError('--policy with --token', 'give --arn; who signed a token says callerid verify');
  }
}

/** By a policy that nobody has to store. */
async function explainByFile(file: string, body: object): Promise<Explanation> {
  const { policy, notes } = await readPolicyFile(file);
  sayNotes(notes);
  const [store, cluster] = [new MemoryStore(), 'file'];
  await publishPolicy(store, cluster, policy, { author: '' });
  const client: AdminClient = new LocalClient({ store, cluster });
  const { policyVersion: _, steps, ...rest } = await client.call('explain', { body });
  const detail = file === '-' ? 'standard input' : file;
  return { ...rest, steps: steps.map((step) => (step.step === 'policy' ? { ...step, detail } : step)) };
}

function exitCodeOf({ user, steps }: Explanation): number {
  const last = steps.at(-1)?.outcome;
  if (user !== undefined && last === 'passed') return exitCodes.done;
  return last === 'refused' ? exitCodes.refused : exitCodes.noVerdict;
}
