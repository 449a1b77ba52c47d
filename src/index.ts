/**
 * callerid: AWS IAM identities for any web service.
 *
 * @module
 */
export {
  CalleridError,
  ConfigurationError,
  type StsOutageCode,
  type StsRefusalCode,
  type TokenRefusalCode,
} from './errors.ts';
export type { Identity } from './identity/identity.ts';
export { detached, type TaskContext } from './lib/flights.ts';
export type { EndpointOptions, PartitionId } from './sts/endpoints.ts';
export type {
  Foreign,
  RefusedToken,
  StsFacts,
  Throttled,
  Unavailable,
  Verification,
  Verified,
} from './verifier/verification.ts';
export {
  createVerifier,
  type Verifier,
  type VerifierOptions,
  type VerifyOptions,
} from './verifier/verifier.ts';
