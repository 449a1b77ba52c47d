/**
 * AWS IAM identities for any web service: who signed the token of a request, and whether they may come in.
 *
 * {@link createGuard} lets requests in or answers them; {@link createVerifier} says who signed a token, and leaves the
 * rest to you.
 *
 * @example
 * ```ts
 * import { createGuard } from 'callerid';
 *
 * const guard = createGuard({
 *   audience: 'https://orders.example.com',
 *   allow: { accounts: ['111122223333'] },
 * });
 *
 * export default {
 *   async fetch(request: Request): Promise<Response> {
 *     const { caller, response } = await guard(request);
 *     return response ?? new Response(`Hello ${caller.canonicalArn}`);
 *   },
 * };
 * ```
 *
 * @module
 */
export { type AccessRefusalCode, reasonOf } from './errors/access.ts';
export { CalleridError, ConfigurationError, type ErrorCode, StoreError } from './errors/classes.ts';
export type { AdminErrorCode, Code, OutageCode, RefusalCode, ShadowOutageCode } from './errors/codes.ts';
export type { Ec2OutageCode } from './errors/ec2.ts';
export type { ExchangeErrorCode, ExchangeRefusalCode, SigningOutageCode } from './errors/exchange.ts';
export type { JwtOutageCode, JwtRefusalCode } from './errors/jwt.ts';
export type { Refused } from './errors/refusal.ts';
export type { InternalOutageCode, RequestErrorCode } from './errors/request.ts';
export type { ClientOutageCode, StsOutageCode, StsRefusalCode } from './errors/sts.ts';
export type { KeyRefusalCode, TokenRefusalCode } from './errors/token.ts';
export type { CallerFields } from './http/caller-fields.ts';
export type { AllowList } from './http/guard/allow.ts';
export {
  type BoundSuffix,
  bindToRequest,
  type RequestBinding,
  type RequestBindingOptions,
} from './http/guard/binding.ts';
export type { Access, AccessEvent } from './http/guard/decide.ts';
export { type Caller, createGuard, type Guard, type Guarded } from './http/guard/guard.ts';
export type { AccessOptions, GuardCall, GuardOptions } from './http/guard/options.ts';
export { type AccessRecord, accessRecord } from './http/guard/record.ts';
export type { Identity, Proof } from './identity/identity.ts';
export { detached, type TaskContext } from './lib/flights.ts';
export { createLimiter, type Limiter, type LimiterOptions } from './lib/limiter.ts';
export { type MemoryOnceOptions, memoryOnce, type OnceStore } from './store/once.ts';
export type { SigningHost, StsEndpoints } from './sts/endpoint-table.ts';
export { createEndpointResolver, type EndpointOptions, type PartitionId } from './sts/endpoints.ts';
export type { Endpoint, EndpointResolver } from './token/endpoint.ts';
export { type BoundRequest, nonceSuffix, requestSuffix } from './token/suffix.ts';
export {
  type BreakerOptions,
  type CircuitChange,
  type CircuitClosed,
  type CircuitOpened,
  createBreaker,
} from './verifier/breaker.ts';
export { type CallBudget, createCallBudget } from './verifier/call-budget.ts';
export type { StsGate, StsQuestion, StsVerdict } from './verifier/gate.ts';
export type { JwtQuestion, JwtVerifier } from './verifier/jwt-verifier.ts';
export { keysOfAccounts } from './verifier/keys-of-accounts.ts';
export type {
  StsCall,
  VerifierOptions,
  VerifyOptions,
} from './verifier/options.ts';
export type { SharedCache } from './verifier/shared-cache.ts';
export { type SharedIdentities, shareIdentities } from './verifier/shared-identities.ts';
export type {
  Foreign,
  IssuedNames,
  JwtFacts,
  JwtIssuer,
  RefusedToken,
  StsFacts,
  Throttled,
  Unavailable,
  Verification,
  Verified,
} from './verifier/verification.ts';
export { createVerifier, type Verifier } from './verifier/verifier.ts';
