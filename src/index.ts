/**
 * callerid: AWS IAM identities for any web service.
 *
 * @module
 */
export {
  CalleridError,
  type Code,
  ConfigurationError,
  type OutageCode,
  PolicyError,
  type PolicyIssue,
  type RefusalCode,
  StoreError,
} from './errors.ts';
export type { Identity } from './identity/identity.ts';
export type { TaskContext } from './lib/flights.ts';
export type { EndpointOptions, PartitionId } from './sts/endpoints.ts';
export {
  createVerifier,
  type StsFacts,
  type Verification,
  type Verified,
  type Verifier,
  type VerifierOptions,
  type VerifyOptions,
} from './verifier/verifier.ts';
