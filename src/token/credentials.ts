/**
 * What signs a token.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';
import { isAccessKeyId, isSessionToken } from './access-key.ts';

/** AWS credentials, as every SDK names them. */
export interface AwsCredentials {
  /** Names the key: `AKIA…` of a user, `ASIA…` of a session. */
  readonly accessKeyId: string;
  /** Signs, and is never sent. */
  readonly secretAccessKey: string;
  /** Belongs to a session. Empty is as good as absent. */
  readonly sessionToken?: string | undefined;
  /** When the session ends. Default never. */
  readonly expiration?: Date | undefined;
}

/** What each field has to be, and how to say so. Messages never hold the value: it may be a secret in the wrong place. */
const fields: readonly (readonly [
  name: keyof AwsCredentials,
  isGood: (value: unknown) => boolean,
  problem: string,
  fix: string,
])[] = [
  [
    'accessKeyId',
    isAccessKeyId,
    'missing, or not 4 to 128 letters and digits',
    'Give the access key ID, without spaces or line ends.',
  ],
  [
    'secretAccessKey',
    (value) => typeof value === 'string' && value !== '',
    'missing, or no text',
    'Give the secret access key that belongs to the access key ID.',
  ],
  [
    'sessionToken',
    (value) => !value || isSessionToken(value),
    'not base64',
    'Give the session token without spaces or line ends, or leave it out.',
  ],
  [
    'expiration',
    (value) => !value || (value instanceof Date && Number.isFinite(value.getTime())),
    'not a valid Date',
    'Give a Date, or leave it out.',
  ],
];

/**
 * Checks what a caller or an SDK gave, with the alphabets that verifiers accept.
 *
 * @throws {ConfigurationError} that names the field, never its value.
 */
export function assertCredentials(value: unknown): asserts value is AwsCredentials {
  if (typeof value !== 'object' || value === null) {
    throw new ConfigurationError(
      'credentials',
      'missing',
      'Give an access key ID and a secret access key, or a function that gives them.',
    );
  }
  for (const [name, isGood, problem, fix] of fields) {
    if (!isGood((value as Partial<AwsCredentials>)[name])) {
      throw new ConfigurationError(`credentials.${name}`, problem, fix);
    }
  }
}
