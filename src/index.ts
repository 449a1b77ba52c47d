/**
 * callerid: AWS IAM identities for any web service.
 *
 * @module
 */
export { type AccessRefusalCode, reasonOf } from './errors/access.ts';
export { CalleridError, ConfigurationError } from './errors/classes.ts';
export type { Code } from './errors/codes.ts';
export type { StsOutageCode, StsRefusalCode } from './errors/sts.ts';
export type { TokenRefusalCode } from './errors/token.ts';
export type { AllowList } from './http/guard/allow.ts';
export { bindToRequest, type RequestBinding, type RequestBindingOptions } from './http/guard/binding.ts';
export type { Access, AccessEvent } from './http/guard/decide.ts';
export { type Caller, createGuard, type Guard } from './http/guard/guard.ts';
export { createLimiter, type Limiter, type LimiterOptions } from './http/guard/limiter.ts';
export type { AccessOptions, GuardCall, GuardOptions } from './http/guard/options.ts';
export { type AccessRecord, accessRecord } from './http/guard/record.ts';
export type { Identity } from './identity/identity.ts';
export { detached, type TaskContext } from './lib/flights.ts';
export { memoryOnce, type OnceStore } from './store/once.ts';
export type { SigningHost, StsEndpoints } from './sts/endpoint-table.ts';
export { createEndpointResolver, type EndpointOptions, type PartitionId } from './sts/endpoints.ts';
export { ofAccounts } from './token/key-account.ts';
export { nonceSuffix, requestSuffix } from './token/suffix.ts';
export { CallBudget } from './verifier/call-budget.ts';
export type { VerifierOptions, VerifyOptions } from './verifier/options.ts';
export type { SharedCache } from './verifier/shared-cache.ts';
export { type SharedIdentities, shareIdentities } from './verifier/shared-identities.ts';
export type {
  Foreign,
  RefusedToken,
  StsFacts,
  Throttled,
  Unavailable,
  Verification,
  Verified,
} from './verifier/verification.ts';
export { createVerifier, type Verifier } from './verifier/verifier.ts';
