/**
 * The credentials that the AWS CLI would take. Those in the environment need no SDK.
 *
 * @module
 */
import type { AwsCredentials } from '../../token/credentials.ts';
import type { ChosenEndpoint } from './endpoint.ts';
import { environmentCredentials } from './environment-credentials.ts';
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
