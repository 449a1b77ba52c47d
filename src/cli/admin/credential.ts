/**
 * How the command proves to the admin API who asks.
 *
 * @module
 */
import { assertAudience } from '../../token/audience.ts';
import { usageError } from '../exit-codes.ts';
import { signWith } from '../token/run.ts';
import type { SigningFlags } from '../token/token-text.ts';

/** Gives the credential for a request. */
export type Credential = () => Promise<string>;

export interface CredentialFlags extends Pick<SigningFlags, 'region' | 'profile' | 'roleArn'> {
  readonly adminAudience?: string;
}

/** A token is signed anew so long before its end, in milliseconds: a large upload takes its time. */
const renewMs = 3 * 60_000;

/** A token for `--admin-audience`, else the static secret, else a token for the audience of the environment. */
export function readCredential(flags: CredentialFlags, env: NodeJS.ProcessEnv): Credential {
  const secret = env.CALLERID_ADMIN_SECRET;
  if (flags.adminAudience === undefined && secret) return staticSecret(secret);
  const [setting, audience] =
    flags.adminAudience === undefined
      ? ['CALLERID_ADMIN_AUDIENCE', env.CALLERID_ADMIN_AUDIENCE]
      : ['--admin-audience', flags.adminAudience];
  if (!audience) {
    throw usageError(
      'nothing that proves an administrator',
      'give --admin-audience TEXT, as the deployment has it, or set CALLERID_ADMIN_SECRET',
    );
  }
  assertAudience(setting as string, audience);
  return signedToken(flags, audience, env);
}

function staticSecret(secret: string): Credential {
  if (!/^[\x21-\x7e]+$/.test(secret)) {
    throw usageError(
      'CALLERID_ADMIN_SECRET is not printable ASCII without spaces',
      'is there a line end in it?',
    );
  }
  return async () => secret;
}

function signedToken(flags: CredentialFlags, audience: string, env: NodeJS.ProcessEnv): Credential {
  let signed: ReturnType<typeof signWith> | undefined;
  return async () => {
    const held = await signed;
    if (held !== undefined && held.expiresAt.getTime() - renewMs > Date.now()) return held.token;
    signed = signWith(flags, audience, env);
    return (await signed).token;
  };
}
