/**
 * Whether Node verifies certificates at all.
 *
 * @module
 */
import { ConfigurationError } from '../errors/classes.ts';

/**
 * Refuses the variable by which Node verifies none: anybody on the way could be STS.
 *
 * @throws {ConfigurationError}
 */
export function assertVerifiesTls({ NODE_TLS_REJECT_UNAUTHORIZED: value }: NodeJS.ProcessEnv): void {
  if (value !== '0') return;
  throw new ConfigurationError(
    'NODE_TLS_REJECT_UNAUTHORIZED',
    '0, so anybody on the way could answer in place of STS, or of the issuer',
    'Unset it; a private CA goes into NODE_EXTRA_CA_CERTS.',
  );
}
