/**
 * Static credentials in the environment.
 *
 * @module
 */
import { isAccessKeyId, isSessionToken } from '../../token/access-key.ts';
import type { AwsCredentials } from '../../token/credentials.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';

/**
 * Undefined where there is no access key ID.
 *
 * @throws where something else is missing or cannot be right
 */
export function environmentCredentials(env: NodeJS.ProcessEnv): AwsCredentials | undefined {
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
