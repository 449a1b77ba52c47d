/**
 * What `callerid token --exchange` does.
 *
 * @module
 */
import { assertVerifiesTls } from '../../runtime/tls-verification.ts';
import { usageError } from '../exit-codes.ts';
import { readIssuerUrl } from '../issuer-url.ts';
import { askIssuer } from './ask-issuer.ts';
import type { IssuedToken } from './issued-token.ts';
import { cacheFile, readCached, writeCached } from './jwt-cache.ts';
import { type Profile, readProfile } from './profile.ts';
import { signWith } from './run.ts';
import type { ExchangeFlags, TokenFlags } from './token-text.ts';

/** Gives a JWT of the issuer: one from the cache, or a new one. */
export async function exchangedToken(flags: ExchangeFlags, env: NodeJS.ProcessEnv): Promise<IssuedToken> {
  const { exchange: issuer, noCache = false } = flags;
  readIssuerUrl('--exchange', issuer);
  assertVerifiesTls(env);
  const audience = [flags.audience, flags.clusterId, flags.clusterName].find((value) => value !== undefined);
  if (audience !== undefined) {
    throw usageError(
      'both --exchange and an audience',
      'the URL of the issuer is the audience, give it alone',
    );
  }
  const file = noCache || !isKeyKnown(flags, env) ? undefined : cacheFile(ownerOf(flags, env), env);
  const cached = file === undefined ? undefined : readCached(file, issuer);
  if (cached !== undefined) return cached;
  const { token } = await signWith(flags, issuer, env);
  const issued = await askIssuer(issuer, token);
  if (file !== undefined) writeCached(file, issued);
  return issued;
}

/** Settings by which a profile gets its credentials elsewhere. */
const elsewhere =
  /^(?:role_arn|source_profile|credential_source|credential_process|web_identity_token_file|sso_)/;

/**
 * Whether the key that signs is known before anything is run or asked. From a process, a container, an instance or a login another
 * identity may come the next time, and the cache would go on giving out the JWT of the last one.
 */
function isKeyKnown({ profile: option }: TokenFlags, env: NodeJS.ProcessEnv): boolean {
  if (option === undefined && env.AWS_ACCESS_KEY_ID) return true;
  const names = [...readProfile(option, env).settings.keys()];
  return names.includes('aws_access_key_id') && !names.some((name) => elsewhere.test(name));
}

/** Variables that choose the credentials. Of the static ones the access key ID alone: it has one owner. */
const choosing = [
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'HOME',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];

/** Everything that decides whose token it is. Secrets are not among it. */
function ownerOf(flags: ExchangeFlags, env: NodeJS.ProcessEnv): unknown {
  const { exchange, region, profile: option, roleArn, externalId, sessionName, forwardSessionName } = flags;
  const profile = readProfile(option, env);
  return {
    flags: [exchange, region, option, roleArn, externalId, sessionName, forwardSessionName].map(
      (flag) => flag ?? null,
    ),
    env: choosing.map((name) => env[name] ?? null),
    credentials: (option === undefined && env.AWS_ACCESS_KEY_ID) || [profile.name, plainSettings(profile)],
  };
}

/** A profile that is changed may be another principal's. */
function plainSettings({ settings }: Profile): readonly (readonly [string, string])[] {
  return [...settings].filter(([key]) => !/secret|session_token|security_token/.test(key)).sort();
}
