/**
 * What `callerid verify` does.
 *
 * @module
 */
import { reasonOf } from '../../errors/codes.ts';
import type { Identity } from '../../identity/identity.ts';
import { createEndpointResolver, type PartitionId, partitionOf } from '../../sts/endpoints.ts';
import type { Verification, Verified } from '../../verifier/verification.ts';
import { createVerifier } from '../../verifier/verifier.ts';
import { type AudienceFlags, readAudience } from '../audience.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { print } from '../output.ts';
import { readToken } from './read-token.ts';

/** The options of the command line. */
export interface VerifyFlags extends AudienceFlags {
  readonly partition?: string;
  readonly region?: readonly string[];
  readonly timeout: number;
  readonly output: 'text' | 'json';
}

/** Prints who signed the token in a file, or on standard input. */
export async function verify(file: string | undefined, flags: VerifyFlags): Promise<void> {
  const regions = flags.region;
  const partition = flags.partition ?? (regions && partitionOf(regions[0] ?? ''));
  const verifier = createVerifier({
    audience: readAudience(flags),
    acknowledgeSharedName: true, // nobody is let in
    endpoints: createEndpointResolver({
      ...(partition === undefined ? {} : { partition: partition as PartitionId }),
      ...(regions === undefined ? {} : { regions }),
    }),
    stsDeadlineMs: flags.timeout * 1000,
    maxTokenLength: 32_768,
  });
  const result = await verifier.verify(await readToken(file));
  if (result.verdict !== 'verified') throw failure(result);
  print(flags.output === 'json' ? JSON.stringify(result.identity) : table(result));
}

function failure(result: Exclude<Verification, Verified>): CommandError {
  if (result.verdict === 'foreign') {
    return new CommandError(
      exitCodes.refused,
      'the token is refused (token_foreign)',
      'it is no k8s-aws-v1 token',
    );
  }
  const { verdict, code } = result;
  const reason = reasonOf(result);
  if (verdict === 'refused') {
    const hint = code === 'host_not_sts' ? '; is another --partition meant?' : '';
    return new CommandError(exitCodes.refused, `the token is refused (${code})`, reason + hint);
  }
  const hint = verdict === 'unavailable' ? ', and behind a proxy set NODE_USE_ENV_PROXY=1' : '';
  return new CommandError(exitCodes.noVerdict, `no verdict (${code})`, `${reason}; try again${hint}`);
}

const labels = {
  arn: 'ARN',
  canonicalArn: 'canonical ARN',
  type: 'type',
  account: 'account',
  principalId: 'principal ID',
  roleName: 'role name',
  sessionName: 'session name',
  accessKeyId: 'access key ID',
  sourceIdentity: 'source identity',
  orgId: 'organization',
  ouPath: 'OU path',
} as const satisfies Partial<Record<keyof Identity, string>>;

/** What STS says is in alphabets without control characters; the grammar of ARNs has seen to it. */
function table({ identity, sts, jwt }: Verified): string {
  const rows = Object.entries(labels).map(([field, label]) => [
    label,
    identity[field as keyof typeof labels],
  ]);
  return [...rows, ['STS', sts?.host], ['issuer', jwt?.issuer]]
    .filter(([, value]) => value !== undefined)
    .map(([label, value]) => `${label?.padEnd(14)} ${value}`)
    .join('\n');
}
