/**
 * What `callerid explain` does.
 *
 * @module
 */
import type { Proof } from '../../identity/identity.ts';
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
  readonly proof?: Proof;
  readonly orgId?: string;
  readonly ouPath?: string;
  /** `key=value` each */
  readonly principalTag?: readonly string[];
  readonly sourceIdentity?: string;
  readonly policy?: string;
  readonly audience?: string;
  readonly output: 'text' | 'json';
}

export type Explanation = Answer<'explain'>;

/** Prints an explanation, and ends as it ends. */
export async function explainTo(flags: ExplainFlags): Promise<void> {
  checkSubject(flags);
  const client = flags.policy === undefined ? openClient(flags, flags) : undefined;
  const { token } = flags;
  const body = token === undefined ? descriptionOf(flags) : { token: await readToken(token) };
  const explanation =
    client === undefined
      ? await explainByFile(flags.policy as string, body)
      : await client.call('explain', { body });
  process.exitCode = exitCodeOf(explanation);
  print(
    flags.output === 'json' ? jsonText(explanation) : explanationLines(explanation, painter()).join('\n'),
  );
}

function descriptionOf(flags: ExplainFlags): object {
  const { arn, proof, principalId, sessionName, orgId, ouPath, principalTag, sourceIdentity } = flags;
  if (proof !== 'aws-jwt') return { arn, proof, principalId, sessionName };
  return { arn, proof, orgId, ouPath, principalTags: principalTag && tagsOf(principalTag), sourceIdentity };
}

/** The key ends at the first `=`, so that a value may hold one. */
function tagsOf(pairs: readonly string[]): object {
  const tags = pairs.map((pair) => /^([^=]+)=(.*)$/s.exec(pair)?.slice(1) as [string, string] | undefined);
  const wrong = tags.indexOf(undefined);
  if (wrong >= 0) throw usageError(`--principal-tag ${pairs[wrong]}`, 'give KEY=VALUE');
  return Object.fromEntries(tags as [string, string][]);
}

/** Flags by the proof that alone tells them. */
const flagsOf: Readonly<Record<Proof, readonly [flag: string, name: keyof ExplainFlags][]>> = {
  'signed-url': [
    ['--principal-id', 'principalId'],
    ['--session-name', 'sessionName'],
  ],
  'aws-jwt': [
    ['--org-id', 'orgId'],
    ['--ou-path', 'ouPath'],
    ['--principal-tag', 'principalTag'],
    ['--source-identity', 'sourceIdentity'],
  ],
};

function checkSubject(flags: ExplainFlags): void {
  const { token, arn, proof = 'signed-url', policy, server, store } = flags;
  if ((token === undefined) === (arn === undefined)) {
    const what = token === undefined ? 'nobody to explain' : 'both --token and --arn';
    throw usageError(what, 'give one: --token FILE, or --arn ARN');
  }
  for (const [kind, names] of Object.entries(flagsOf)) {
    const given = names.find(([, name]) => flags[name] !== undefined)?.[0];
    if (given === undefined) continue;
    if (token !== undefined) throw usageError(`${given} with --token`, 'the token says it');
    if (kind !== proof)
      throw usageError(`${given} with --proof ${proof}`, `say --proof ${kind}, or leave it out`);
  }
  if (token !== undefined && flags.proof !== undefined) {
    throw usageError('--proof with --token', 'the token says it');
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
