/**
 * What `callerid token` does.
 *
 * @module
 */
import { signToken } from '../../token/sign.ts';
import { type AudienceFlags, readAudience } from '../audience.ts';
import { CommandError, exitCodes, usageError } from '../exit-codes.ts';
import { print } from '../output.ts';
import { loadCredentials } from './credentials.ts';
import { readEndpoint } from './endpoint.ts';
import { execApiVersion, execCredential } from './exec-credential.ts';
import { readProfile } from './profile.ts';

/** The options of the command line. */
export interface TokenFlags extends AudienceFlags {
  readonly region?: string;
  readonly fips?: boolean;
  readonly dualStack?: boolean;
  readonly profile?: string;
  readonly roleArn?: string;
  readonly externalId?: string;
  readonly sessionName?: string;
  readonly forwardSessionName?: boolean;
  readonly tokenOnly?: boolean;
}

/** Prints a token, or an ExecCredential with it. */
export async function printToken(flags: TokenFlags, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const audience = readAudience(flags);
  checkRoleFlags(flags);
  const apiVersion = flags.tokenOnly ? undefined : execApiVersion(env.KUBERNETES_EXEC_INFO);
  const profile = readProfile(flags.profile, env);
  const endpoint = readEndpoint(flags, env, profile);
  const credentials = await loadCredentials(flags, { env, profile, endpoint });
  const { token, expiresAt } = await signToken(credentials, { audience, endpoint });
  if (expiresAt.getTime() <= Date.now()) {
    throw new CommandError(exitCodes.noCredentials, 'the AWS credentials have expired', 'log in again');
  }
  print(apiVersion === undefined ? token : execCredential(apiVersion, token, expiresAt));
}

function checkRoleFlags({ roleArn, externalId, sessionName, forwardSessionName }: TokenFlags): void {
  const dependent = [
    ['--external-id', externalId],
    ['--session-name', sessionName],
    ['--forward-session-name', forwardSessionName],
  ] as const;
  const [given] = dependent.filter(([, value]) => value !== undefined);
  if (roleArn === undefined && given !== undefined) {
    throw usageError(`${given[0]} without --role-arn`, 'name the role to assume');
  }
  if (sessionName !== undefined && forwardSessionName) {
    throw usageError('both --session-name and --forward-session-name', 'give one');
  }
}
