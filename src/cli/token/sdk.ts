/**
 * Credentials by way of the AWS SDK: profiles, web identity, SSO, containers, instances, and roles. Loaded only where
 * the environment has none.
 *
 * @module
 */
import { globalAgent } from 'node:https';
import { createInterface } from 'node:readline/promises';
import {
  fromNodeProviderChain,
  fromTemporaryCredentials,
  fromTokenFile,
} from '@aws-sdk/credential-providers';
import { parseCallerArn } from '../../identity/arn.ts';
import { createEndpointResolver, partitionOf } from '../../sts/endpoints.ts';
import type { AwsCredentials } from '../../token/credentials.ts';
import { signToken } from '../../token/sign.ts';
import { createVerifier } from '../../verifier/verifier.ts';
import { CommandError, exitCodes, usageError } from '../exit-codes.ts';
import type { CredentialContext, CredentialFlags } from './credentials.ts';
import { credentialFailure } from './sdk-failure.ts';

/** What a role session is called where nobody says otherwise. */
const defaultSessionName = 'callerid';

/** The SDK writes warnings to the console without one. */
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

// the SDK is bundled: that its next versions want a newer Node is not the reader's affair
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/**
 * The chain of the SDK, with one thing put in the order of the AWS CLI: web identity in the environment comes before
 * the keys of a profile, though not before its role, and not where a profile was asked for by option.
 */
export async function chainCredentials(
  context: CredentialContext,
  isOption: boolean,
): Promise<AwsCredentials> {
  const { env, profile } = context;
  const shared = {
    clientConfig: clientConfig(context),
    parentClientConfig: clientConfig(context),
    logger: silent,
  };
  const isRole = profile.settings.has('role_arn') && !profile.settings.has('web_identity_token_file');
  const isWebIdentity = !isOption && !isRole && env.AWS_WEB_IDENTITY_TOKEN_FILE && env.AWS_ROLE_ARN;
  const provider = isWebIdentity
    ? fromTokenFile(shared)
    : fromNodeProviderChain({
        ...shared,
        ...(profile.named ? { profile: profile.name } : {}),
        mfaCodeProvider: askForMfaCode,
      });
  try {
    return await provider();
  } catch (error) {
    throw credentialFailure(error);
  }
}

/** Credentials of a role. */
export async function assumeRole(
  flags: CredentialFlags & { readonly roleArn: string },
  own: AwsCredentials,
  context: CredentialContext,
): Promise<AwsCredentials> {
  if (parseCallerArn(flags.roleArn)?.type !== 'role') {
    throw usageError(
      '--role-arn: not the ARN of a role',
      'use one such as arn:aws:iam::111122223333:role/Name',
    );
  }
  const sessionName =
    flags.sessionName ?? (flags.forwardSessionName ? await ownSessionName(own, context) : undefined);
  if (sessionName !== undefined && !/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
    throw usageError('--session-name: not a session name', 'use 2 to 64 letters, digits and _+=,.@-');
  }
  const provider = fromTemporaryCredentials({
    masterCredentials: {
      accessKeyId: own.accessKeyId,
      secretAccessKey: own.secretAccessKey,
      ...(own.sessionToken === undefined ? {} : { sessionToken: own.sessionToken }),
    },
    params: {
      RoleArn: flags.roleArn,
      RoleSessionName: sessionName ?? defaultSessionName,
      ...(flags.externalId === undefined ? {} : { ExternalId: flags.externalId }),
    },
    clientConfig: {
      ...clientConfig(context),
      ...(context.profile.named ? { profile: context.profile.name } : {}),
    },
    logger: silent,
  });
  try {
    return await provider();
  } catch (error) {
    throw credentialFailure(error);
  }
}

/** Asks STS. Who has no role session has no session name, and gets the default one, as with aws-iam-authenticator. */
async function ownSessionName(
  own: AwsCredentials,
  { endpoint }: CredentialContext,
): Promise<string | undefined> {
  const audience = 'callerid:own-session-name';
  const partition = partitionOf(endpoint.askedRegion);
  const verifier = createVerifier({
    audience,
    endpoints: createEndpointResolver(partition === undefined ? {} : { partition }),
  });
  const { token } = await signToken(own, { audience, endpoint });
  const result = await verifier.verify(token);
  if (result.verdict === 'verified') return result.identity.sessionName;
  if (result.verdict === 'refused') {
    const what = `STS refused the AWS credentials (${result.code})`;
    throw new CommandError(exitCodes.noCredentials, what, 'log in again, or give --session-name');
  }
  throw new CommandError(
    exitCodes.noVerdict,
    `STS did not say whose session this is${result.verdict === 'foreign' ? '' : ` (${result.code})`}`,
    'try again, or give --session-name',
  );
}

/** The agent of Node itself goes through a proxy where NODE_USE_ENV_PROXY is set; those that the SDK makes do not. */
function clientConfig({ endpoint }: CredentialContext) {
  return {
    region: endpoint.askedRegion,
    useFipsEndpoint: endpoint.fips,
    useDualstackEndpoint: endpoint.dualStack,
    requestHandler: { httpsAgent: globalAgent },
  };
}

async function askForMfaCode(serial: string): Promise<string> {
  if (!process.stdin.isTTY) {
    const fix = 'run it in a terminal, or use a session that has it already';
    throw new CommandError(exitCodes.noCredentials, 'the profile wants an MFA code', fix);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(`MFA code for ${serial}: `)).trim();
  } finally {
    terminal.close();
  }
}
