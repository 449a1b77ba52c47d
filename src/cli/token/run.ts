/**
 * What `callerid token` does, whatever it is asked.
 *
 * @module
 */
import type { SignedToken } from '../../token/sign.ts';
import { print } from '../output.ts';
import { loadCredentials } from './credentials.ts';
import { type ExchangeFlags, type SigningFlags, signed, type TokenFlags, tokenText } from './token-text.ts';

/** Prints a token, or an ExecCredential with it. */
export async function printToken(flags: TokenFlags, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  print(await tokenText(flags, env, { loadCredentials, issuedToken }));
}

/** Loaded when it is wanted. */
async function issuedToken(flags: ExchangeFlags, env: NodeJS.ProcessEnv): Promise<SignedToken> {
  const { exchangedToken } = await import('./exchange.ts');
  const { token, expiresAt } = await exchangedToken(flags, env);
  return { token, expiresAt: new Date(expiresAt) };
}

/** Signs with the credentials that the AWS CLI would take. */
export function signWith(
  flags: SigningFlags,
  audience: string,
  env: NodeJS.ProcessEnv,
): Promise<SignedToken> {
  return signed(flags, audience, env, loadCredentials);
}
