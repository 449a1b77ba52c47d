/**
 * What `callerid doctor` does.
 *
 * @module
 */
import { assertAudience } from '../../token/audience.ts';
import { type ExitCode, exitCodes, usageError } from '../exit-codes.ts';
import { print } from '../output.ts';
import { painter } from '../terminal.ts';
import { signWith } from '../token/run.ts';
import type { SigningFlags } from '../token/token-text.ts';
import { readWebhookKubeconfig } from '../webhook-kubeconfig.ts';
import { Examination, skip } from './examination.ts';
import { examineHere } from './here.ts';
import { examineLive } from './live/run.ts';
import { examinationJson, examinationLines, hasFailed } from './show.ts';
import { examineWebhook } from './webhook.ts';

/** The options of the command line. */
export interface DoctorFlags extends Pick<SigningFlags, 'region' | 'profile' | 'roleArn'> {
  readonly policy?: string;
  readonly webhook?: string;
  readonly sign?: boolean;
  readonly audience?: string;
  readonly live?: boolean;
  /** In seconds. */
  readonly timeout: number;
  readonly output: 'text' | 'json';
}

/** Prints what it finds, and ends with 1 where something fails. */
export async function examine(flags: DoctorFlags, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  checkFlags(flags);
  const examinations = flags.live ? [await examineLive(flags, env)] : await examineDeployment(flags, env);
  const isJson = flags.output === 'json';
  print(isJson ? examinationJson(examinations) : examinationLines(examinations, painter()).join('\n'));
  process.exitCode = exitCodeOf(examinations);
}

/** What could not be asked is no failure, and no success either. */
function exitCodeOf(examinations: readonly Examination[]): ExitCode {
  if (hasFailed(examinations)) return exitCodes.unexpected;
  return examinations.find(({ ending }) => ending !== undefined)?.ending ?? exitCodes.done;
}

async function examineDeployment(flags: DoctorFlags, env: NodeJS.ProcessEnv): Promise<Examination[]> {
  const { webhook, policy, audience = '' } = flags;
  const timeoutMs = flags.timeout * 1000;
  const config = webhook === undefined ? undefined : await readWebhookKubeconfig(webhook, '--webhook');
  // other variables may be those of an operator, for callerid policy
  const isServed = policy !== undefined || Boolean(env.CALLERID_CLUSTER || env.CALLERID_CLUSTERS);
  const here = isServed || config === undefined ? await examineHere({ policy, timeoutMs, env }) : undefined;
  const ours = here?.examination ?? (await notLookedAt('this environment', 'settings', notServed));
  if (config === undefined) return [ours, await notLookedAt('the deployed webhook', 'kubeconfig', notNamed)];
  const sign = flags.sign ? async () => (await signWith(flags, audience, env)).token : undefined;
  const { settings, stsOffsetMs } = here ?? {};
  return [ours, await examineWebhook({ config, timeoutMs, settings, stsOffsetMs, sign })];
}

const notServed = 'because neither CALLERID_CLUSTER nor CALLERID_CLUSTERS nor --policy is given';
const notNamed = 'because --webhook FILE is not given';

async function notLookedAt(subject: string, check: string, why: string): Promise<Examination> {
  const examination = new Examination(subject);
  await examination.check(check, [], () => skip(why));
  return examination;
}

function checkFlags({ live, webhook, policy, sign, audience }: DoctorFlags): void {
  if (live && (webhook !== undefined || policy !== undefined || sign || audience !== undefined)) {
    throw usageError('--live with --webhook, --policy, --sign or --audience', 'run them one after the other');
  }
  if (sign && webhook === undefined)
    throw usageError('--sign without --webhook', 'name the kubeconfig of the webhook');
  if (sign && audience === undefined) throw usageError('--sign without --audience', "give the cluster's ID");
  if (!sign && audience !== undefined) throw usageError('--audience without --sign', 'give both');
  if (audience !== undefined) assertAudience('--audience', audience);
}
