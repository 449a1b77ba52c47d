/**
 * An AWS STS for tests that really checks signatures.
 *
 * @module
 */
export {
  createStsEmulator,
  type StsCall,
  type StsEmulator,
  type StsEmulatorOptions,
} from '../emulator/emulator.ts';
export type { Fault } from '../emulator/faults.ts';
export type {
  AssumedRolePrincipal,
  FederatedUserPrincipal,
  Principal,
  RootPrincipal,
  UserPrincipal,
} from '../emulator/principals.ts';
