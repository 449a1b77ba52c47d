/**
 * What the AWS SDK failed with, in words of our own: its messages may hold the command line of a credential process,
 * or what that printed.
 *
 * @module
 */
import { isThrottling } from '../../sts/answer.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';

const noNetwork = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);

/** Our words for what the SDK says. They are told apart by its messages, as it has one class for all. */
const reasons: readonly (readonly [pattern: RegExp, what: string, fix: string])[] = [
  [/\bSSO\b|sso login/i, 'the SSO session has ended, or there is none', 'run aws sso login'],
  [
    /aws login|login session|login_session/i,
    'the login session has ended, or there is none',
    'run aws login',
  ],
  [
    /credential_process|Could not load credentials from any providers/,
    'no AWS credentials found',
    'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, give --profile, or log in',
  ],
];

/** Makes the error that the command ends with. */
export function credentialFailure(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  const { name, message, code, $metadata, $fault } = (error ?? {}) as Record<string, unknown>;
  const status = ($metadata as { httpStatusCode?: number } | undefined)?.httpStatusCode ?? 0;
  const word = typeof name === 'string' && /^[A-Za-z][\w.]{0,63}$/.test(name) ? name : 'Error';
  if (noNetwork.has(String(code)) || word === 'TimeoutError') {
    const what = 'AWS cannot be reached for credentials';
    return new CommandError(exitCodes.noVerdict, what, 'try again; behind a proxy set NODE_USE_ENV_PROXY=1');
  }
  if (status >= 500 || status === 429 || isThrottling(word)) {
    return new CommandError(exitCodes.noVerdict, `AWS gave no credentials (${word})`, 'try again');
  }
  if ($fault !== undefined) {
    const fix = 'log in again, or check the trust policy of the role';
    return new CommandError(exitCodes.noCredentials, `AWS refused the credentials (${word})`, fix);
  }
  const [, what, fix] = reasons.find(([pattern]) => pattern.test(String(message))) ?? [];
  return new CommandError(
    exitCodes.noCredentials,
    what ?? `no usable AWS credentials (${word})`,
    fix ?? 'check the profile with aws sts get-caller-identity',
  );
}
