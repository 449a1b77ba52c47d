/**
 * What `callerid token` prints. Where credentials and JWTs come from is for its callers to say: what starts first has
 * neither the AWS SDK nor the exchange.
 *
 * @module
 */
import type { AwsCredentials } from '../../token/credentials.ts';
import { type SignedToken, signToken } from '../../token/sign.ts';
import { type AudienceFlags, readAudience } from '../audience.ts';
import { CommandError, exitCodes, usageError } from '../exit-codes.ts';
import type { CredentialContext, CredentialFlags } from './credentials.ts';
import { digests } from './digests.ts';
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

/** `--exchange` is among them. */
export type ExchangeFlags = TokenFlags & { readonly exchange: string };

/** Gives what signs. */
export type LoadCredentials = (flags: CredentialFlags, context: CredentialContext) => Promise<AwsCredentials>;

export interface TokenSources {
  readonly loadCredentials: LoadCredentials;
  /** Gives a JWT of the issuer. */
  readonly issuedToken: (flags: ExchangeFlags, env: NodeJS.ProcessEnv) => Promise<SignedToken>;
}

/** A token, or an ExecCredential with it. */
export async function tokenText(
  flags: TokenFlags,
  env: NodeJS.ProcessEnv,
  { loadCredentials, issuedToken }: TokenSources,
): Promise<string> {
  const { exchange } = flags;
  const audience = exchange ?? readAudience(flags);
  checkRoleFlags(flags);
  const apiVersion = flags.tokenOnly ? undefined : execApiVersion(env.KUBERNETES_EXEC_INFO);
  const { token, expiresAt } =
    exchange === undefined
      ? await signed(flags, audience, env, loadCredentials)
      : await issuedToken({ ...flags, exchange }, env);
  return apiVersion === undefined ? token : execCredential(apiVersion, token, expiresAt);
}

/** Signs with the credentials that are loaded. */
export async function signed(
  flags: SigningFlags,
  audience: string,
  env: NodeJS.ProcessEnv,
  loadCredentials: LoadCredentials,
): Promise<SignedToken> {
  const profile = readProfile(flags.profile, env);
  const endpoint = readEndpoint(flags, env, profile);
  const credentials = await loadCredentials(flags, { env, profile, endpoint });
  const token = await signToken(credentials, { audience, endpoint, digests });
  if (token.expiresAt.getTime() > Date.now()) return token;
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
