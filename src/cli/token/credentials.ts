/**
 * The credentials that the AWS CLI would take. Those in the environment need no SDK.
 *
 * @module
 */
import { isAccessKeyId, isSessionToken } from '../../token/access-key.ts';
import type { AwsCredentials } from '../../token/credentials.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import type { ChosenEndpoint } from './endpoint.ts';
import type { Profile } from './profile.ts';

export interface CredentialFlags {
  readonly profile?: string;
  readonly roleArn?: string;
  readonly externalId?: string;
  readonly sessionName?: string;
  readonly forwardSessionName?: boolean;
}

export interface CredentialContext {
  readonly env: NodeJS.ProcessEnv;
  readonly profile: Profile;
  readonly endpoint: ChosenEndpoint;
}

/**
 * Loads the credentials. As with the AWS CLI, `--profile` beats the environment and AWS_PROFILE does not (botocore,
 * create_credential_resolver).
 */
export async function loadCredentials(
  flags: CredentialFlags,
  context: CredentialContext,
): Promise<AwsCredentials> {
  const static_ = flags.profile === undefined ? environmentCredentials(context.env) : undefined;
  if (static_ !== undefined && flags.roleArn === undefined) return static_;
  const { assumeRole, chainCredentials } = await import('./sdk.ts');
  const own = static_ ?? (await chainCredentials(context, flags.profile !== undefined));
  if (flags.roleArn === undefined) return own;
  return assumeRole({ ...flags, roleArn: flags.roleArn }, own, context);
}

/** Static credentials in the environment; undefined where there is no access key ID. */
function environmentCredentials(env: NodeJS.ProcessEnv): AwsCredentials | undefined {
  const accessKeyId = env.AWS_ACCESS_KEY_ID;
  if (!accessKeyId) return undefined;
  const secretAccessKey = env.AWS_SECRET_ACCESS_KEY;
  if (!secretAccessKey)
    throw unusable('AWS_SECRET_ACCESS_KEY is not set, though AWS_ACCESS_KEY_ID is', 'set both');
  if (!isAccessKeyId(accessKeyId)) {
    throw unusable('AWS_ACCESS_KEY_ID is not an access key ID', 'set it to letters and digits alone');
  }
  const sessionToken = env.AWS_SECURITY_TOKEN || env.AWS_SESSION_TOKEN || undefined;
  if (sessionToken !== undefined && !isSessionToken(sessionToken)) {
    throw unusable(
      'AWS_SESSION_TOKEN is not a session token',
      'set it to base64 alone, without spaces or line ends',
    );
  }
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken,
    expiration: expirationOf(env.AWS_CREDENTIAL_EXPIRATION),
  };
}

function expirationOf(value: string | undefined): Date | undefined {
  if (!value) return undefined;
  const expiration = new Date(value);
  if (Number.isFinite(expiration.getTime())) return expiration;
  throw unusable(
    'AWS_CREDENTIAL_EXPIRATION is not a time',
    'set it to a time such as 2026-11-24T05:00:00Z, or unset it',
  );
}

function unusable(what: string, fix: string): CommandError {
  return new CommandError(exitCodes.noCredentials, what, fix);
}
