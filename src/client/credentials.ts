/**
 * Where a client takes its AWS credentials from.
 *
 * @module
 */
import { type AwsCredentials, assertCredentials } from '../token/credentials.ts';

/**
 * Credentials, or a function that gives those of the moment, such as a provider of an AWS SDK. It is called for every
 * token, so it should hold what it has fetched; `forceRefresh` asks it not to give what it holds.
 */
export type CredentialSource =
  | AwsCredentials
  | ((options?: { forceRefresh?: boolean }) => AwsCredentials | Promise<AwsCredentials>);

/** Throws a ConfigurationError for a source that can never give credentials. */
export function assertCredentialSource(source: CredentialSource): void {
  if (typeof source !== 'function') assertCredentials(source);
}

/** The credentials of the moment, as they came. Rejects as the function does. */
export async function resolveCredentials(
  source: CredentialSource,
  forceRefresh: boolean,
): Promise<AwsCredentials> {
  if (typeof source !== 'function') return source;
  return forceRefresh ? source({ forceRefresh }) : source();
}
