/**
 * Signing the token of the demo, as a person at a terminal would: with the AWS CLI, or with `callerid token`.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { devNull } from 'node:os';
import { promisify } from 'node:util';
import type { AssumedRolePrincipal } from '../../emulator/principals.ts';
import { region } from './principals.ts';

const run = promisify(execFile);

export interface DemoToken {
  readonly token: string;
  /** The command that printed it, as one would type it. */
  readonly command: string;
}

/** Signs for an audience with the AWS CLI where the machine has one that works, else with `callerid token`. */
export async function signAsPerson(principal: AssumedRolePrincipal, audience: string): Promise<DemoToken> {
  const env = { ...withoutAws(process.env), ...credentialVariables(principal) };
  const aws = ['eks', 'get-token', '--cluster-name', audience, '--region', region, '--output', 'json'];
  const own = ['token', '--audience', audience, '--region', region];
  try {
    return { token: await tokenOf('aws', aws, env), command: `aws ${aws.slice(0, -2).join(' ')}` };
  } catch {
    const script = process.argv[1] as string;
    return {
      token: await tokenOf(process.execPath, [script, ...own], env),
      command: `callerid ${own.join(' ')}`,
    };
  }
}

/** The environment in which any AWS tool signs as this principal. */
export function credentialVariables(principal: AssumedRolePrincipal): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = principal;
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
}

/** The reader's own profiles and endpoints stay out of the demo. */
function withoutAws(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const rest = Object.entries(env).filter(
    ([name]) => !name.startsWith('AWS_') && name !== 'KUBERNETES_EXEC_INFO',
  );
  return { ...Object.fromEntries(rest), AWS_CONFIG_FILE: devNull, AWS_SHARED_CREDENTIALS_FILE: devNull };
}

async function tokenOf(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await run(command, args, { env, timeout: 30_000 });
  const { token } = (JSON.parse(stdout) as { status: { token?: unknown } }).status;
  if (typeof token !== 'string') throw new TypeError('the ExecCredential holds no token');
  return token;
}
