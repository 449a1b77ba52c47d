/**
 * The plain uses of `callerid token`: static credentials in the environment, and arguments that need no parser.
 *
 * @module
 */
import { readPlainly } from '../options.ts';
import { environmentCredentials } from './environment-credentials.ts';
import { tokenRows } from './options.ts';
import { type TokenFlags, type TokenSources, tokenText } from './token-text.ts';

/**
 * What it prints. Undefined where anything else is asked, or something is wrong: the command as a whole then does it
 * again, and has the words for what is wrong.
 *
 * @param args those after `token`
 */
export async function plainToken(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const flags = readPlainly(args, tokenRows);
  if (flags === undefined) return undefined;
  try {
    return await tokenText(flags as TokenFlags, env, plainSources);
  } catch {
    return undefined;
  }
}

const plainSources: TokenSources = {
  async loadCredentials({ profile, roleArn }, { env }) {
    const isPlain = profile === undefined && roleArn === undefined;
    return (isPlain ? environmentCredentials(env) : undefined) ?? notPlain();
  },
  async issuedToken() {
    return notPlain();
  },
};

function notPlain(): never {
  throw new Error('not plain');
}
