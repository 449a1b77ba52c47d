/**
 * What `callerid token` does.
 *
 * @module
 */
import { type SignedToken, signToken } from '../../token/sign.ts';
import { type AudienceFlags, readAudience } from '../audience.ts';
import { CommandError, exitCodes, usageError } from '../exit-codes.ts';
import { print } from '../output.ts';
import { type CredentialFlags, loadCredentials } from './credentials.ts';
import { type EndpointFlags, readEndpoint } from './endpoint.ts';
import { execApiVersion, execCredential } from './exec-credential.ts';
import { readProfile } from './profile.ts';

/** The options of the command line. */
export interface TokenFlags extends AudienceFlags, SigningFlags {
  readonly tokenOnly?: boolean;
  /** URL of an issuer. */
  readonly exchange?: string;
  readonly noCache?: boolean;
}

/** Where a token is signed for, and with which credentials. */
export interface SigningFlags extends EndpointFlags, CredentialFlags {}

/** Prints a token, or an ExecCredential with it. */
export async function printToken(flags: TokenFlags, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const { exchange } = flags;
  const audience = exchange ?? readAudience(flags);
  checkRoleFlags(flags);
  const apiVersion = flags.tokenOnly ? undefined : execApiVersion(env.KUBERNETES_EXEC_INFO);
  const { token, expiresAt } =
    exchange === undefined
      ? await signWith(flags, audience, env)
      : await issuedToken({ ...flags, exchange }, env);
  print(apiVersion === undefined ? token : execCredential(apiVersion, token, expiresAt));
}

/** Loaded when it is wanted: nothing of it is on the plain way. */
async function issuedToken(
  flags: TokenFlags & { readonly exchange: string },
  env: NodeJS.ProcessEnv,
): Promise<{ readonly token: string; readonly expiresAt: Date }> {
  const { exchangedToken } = await import('./exchange.ts');
  const { token, expiresAt } = await exchangedToken(flags, env);
  return { token, expiresAt: new Date(expiresAt) };
}

/** Signs with the credentials that the AWS CLI would take. */
export async function signWith(
  flags: SigningFlags,
  audience: string,
  env: NodeJS.ProcessEnv,
): Promise<SignedToken> {
  const profile = readProfile(flags.profile, env);
  const endpoint = readEndpoint(flags, env, profile);
  const credentials = await loadCredentials(flags, { env, profile, endpoint });
  const signed = await signToken(credentials, { audience, endpoint });
  if (signed.expiresAt.getTime() > Date.now()) return signed;
  throw new CommandError(exitCodes.noCredentials, 'the AWS credentials have expired', 'log in again');
}

function checkRoleFlags(flags: TokenFlags): void {
  const { roleArn, externalId, sessionName, forwardSessionName } = flags;
  if (flags.noCache && flags.exchange === undefined) {
    throw usageError('--no-cache without --exchange', 'leave it out: signed tokens are not kept');
  }
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
