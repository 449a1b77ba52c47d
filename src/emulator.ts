/**
 * An STS that really checks signatures, and an issuer of JWTs, for tests: no network, no AWS account, and faults on demand.
 *
 * @example
 * ```ts
 * import { createVerifier } from 'callerid';
 * import { createStsEmulator } from 'callerid/emulator';
 * import { createToken } from 'callerid/sign';
 *
 * const audience = 'https://orders.example.com';
 * const alice = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'made up' };
 * const sts = createStsEmulator({
 *   principals: [{ type: 'user', account: '111122223333', userName: 'alice', ...alice }],
 * });
 * const verifier = createVerifier({ audience, fetch: sts.fetch });
 * const { token } = await createToken(alice, { audience, region: 'eu-west-1' });
 * const result = await verifier.verify(token); // verified: arn:aws:iam::111122223333:user/alice
 * ```
 *
 * @module
 */
export {
  createStsEmulator,
  type StsCall,
  type StsEmulator,
  type StsEmulatorOptions,
} from './emulator/emulator.ts';
export type { PartitionName } from './emulator/endpoints.ts';
export type {
  CutFault,
  DelayFault,
  FailFault,
  Fault,
  GzipBombFault,
  NonsenseFault,
  OversizeFault,
  RedirectFault,
  ResetFault,
  StallBodyFault,
  StallFault,
  ThrottleFault,
} from './emulator/faults.ts';
export {
  createJwtIssuerEmulator,
  type EmulatedJwt,
  type JwtIssuerAlgorithm,
  type JwtIssuerEmulator,
  type JwtIssuerEmulatorOptions,
  type JwtIssuerFault,
} from './emulator/jwt-issuer.ts';
export type {
  AssumedRolePrincipal,
  EmulatedKey,
  FederatedUserPrincipal,
  Principal,
  RootPrincipal,
  UserPrincipal,
} from './emulator/principals.ts';
